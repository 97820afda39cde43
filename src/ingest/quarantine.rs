//! Entries that are kept from readers: how they are held, released and let go.

use super::backlog::{apply_with_waiting, join};
use super::crawl_state::{self, CrawlState, Wanted, wants_page};
use super::decide::Origin;
use super::drift::{Baseline, is_error};
use super::kept_drafts::{keep_drafts, load_drafts};
use super::{Applied, Error, Intake};
use crate::model::{Source, Timestamp};
use crate::refine::{Draft, Refined};
use crate::store::Kind;
use std::collections::HashSet;

/// Entries that are kept of one source; the newest stay.
const MAX_KEPT: usize = 500;

/// A document that is to be applied.
pub(super) struct Trusted {
    /// Its entries, with those that were kept and are believed now.
    pub refined: Refined,
    /// Whether it ends the quarantine, once it is applied: [`end`].
    pub ends_quarantine: bool,
}

/// Judges a document by its source's baseline. `None` if it drifted: its new entries are kept from readers. Otherwise, or
/// if the drift has held so long that it is believed, its entries come back to be applied.
///
/// What is believed stays kept all the same until it was applied: then [`end`] lets it go.
///
/// # Errors
/// If the store fails.
pub(super) async fn judge(
    intake: &Intake,
    source: &Source,
    mut refined: Refined,
    state: &mut CrawlState,
    now: Timestamp,
) -> Result<Option<Trusted>, Error> {
    let drafts = std::mem::take(&mut refined.drafts);
    let (held, drafts) = intake.resolver.known_among(source, drafts).await?;
    refined.drafts = drafts;
    let is_known = |draft: &Draft| held.contains(&draft.key());
    let drifts = state.baseline.judge(&refined.drafts, &is_known);
    state.count_known(refined.drafts.len(), held.len());
    // An index of sitemaps has no entries of its own.
    let has_entries = state.children.is_empty();
    state.notices = if has_entries { state.baseline.notices(&refined.drafts) } else { Vec::new() };
    if drifts.is_empty() {
        let errors = |draft: &Draft| is_error(draft) && !is_known(draft);
        let (bad, good): (Vec<_>, Vec<_>) = refined.drafts.into_iter().partition(errors);
        refined.drafts = good;
        if !bad.is_empty() {
            set_aside(intake, source, bad, state).await?;
        }
        state.learn(source, &refined.drafts);
        state.end_drift();
        return Ok(Some(Trusted { refined, ends_quarantine: false }));
    }
    let new = refined.drafts.iter().filter(|draft| !is_known(draft)).cloned().collect();
    let count = set_aside(intake, source, new, state).await?;
    let names: Vec<&str> = drifts.iter().map(|drift| drift.notice.name()).collect();
    tracing::warn!(source.id = %source.id, drift = %names.join(", "), new = count, "the source is not what it was: its new entries are kept from readers, its last good articles stay");
    let quarantine = state.quarantine.get_or_insert_default();
    quarantine.hold(&refined.drafts, drifts, count, now);
    if !quarantine.is_believed(now) {
        return Ok(None);
    }
    tracing::info!(source.id = %source.id, "the source's new shape has held: it is believed now");
    release(state);
    let kept = load_drafts(intake, source, Kind::Quarantine)?;
    Ok(Some(Trusted { refined: join(kept, refined, now), ends_quarantine: true }))
}

/// Keeps entries from readers that are not kept already and that nobody let go. Returns how many they are.
async fn set_aside(
    intake: &Intake,
    source: &Source,
    new: Vec<Draft>,
    state: &mut CrawlState,
) -> Result<usize, Error> {
    let mut kept = load_drafts(intake, source, Kind::Quarantine)?;
    let before: HashSet<_> = kept.iter().map(Draft::key).collect();
    let is_new = |draft: &Draft| !before.contains(&draft.key()) && !state.has_seen(draft);
    let new: Vec<Draft> = new.into_iter().filter(is_new).collect();
    let count = new.len();
    kept.splice(0..0, new);
    kept.truncate(MAX_KEPT);
    state.quarantine.get_or_insert_default().show(&kept);
    if count > 0 {
        keep_drafts(intake, source, Kind::Quarantine, kept).await?;
    }
    Ok(count)
}

/// Recounts the quarantined entries when the state does not know them: the state was lost, or a stop came before a
/// quarantine's end.
///
/// # Errors
/// If the store fails.
pub(super) async fn recount(
    intake: &Intake,
    source: &Source,
    state: &mut CrawlState,
) -> Result<(), Error> {
    let progress = intake.progress();
    if state.quarantine.is_some() || !progress.has(Kind::Quarantine, source.id.as_str())? {
        return Ok(());
    }
    let kept = load_drafts(intake, source, Kind::Quarantine)?;
    let (held, mut kept) = intake.resolver.known_among(source, kept).await?;
    kept.retain(|draft| !held.contains(&draft.key()));
    state.note_kept(&kept);
    keep_drafts(intake, source, Kind::Quarantine, kept).await
}

/// Ends a quarantine: what was kept is applied, or let go.
///
/// # Errors
/// If the store fails.
pub(super) async fn end(intake: &Intake, source: &Source) -> Result<(), Error> {
    keep_drafts(intake, source, Kind::Quarantine, Vec::new()).await
}

/// Publishes what was kept of a source: a person says that it is news. Its shape is the baseline from now on.
///
/// # Errors
/// If the journal or the store fails.
pub async fn accept(intake: &Intake, source: &Source, now: Timestamp) -> Result<Applied, Error> {
    let lock = intake.locks.of_source(&source.id);
    let _alone = lock.lock().await;
    let mut state = crawl_state::load(&intake.progress(), source)?;
    let mut plain = Vec::new();
    for draft in load_drafts(intake, source, Kind::Quarantine)?.into_iter().rev() {
        let is_known = intake.store.known(draft.key())?.is_some();
        let wanted =
            wants_page(source, &draft) && state.note(draft.clone(), is_known, now) == Wanted::Noted;
        if !wanted {
            plain.push(draft);
        }
    }
    plain.reverse();
    let refined = Refined { drafts: plain, ..Refined::default() };
    let applied = apply_with_waiting(intake, source, refined, Origin::Polled, now).await?;
    release(&mut state);
    crawl_state::keep(&intake.progress(), source, &state)?;
    end(intake, source).await?;
    Ok(applied)
}

/// Lets go what was kept of a source: a person says that it is no news. Returns how many entries it was.
///
/// # Errors
/// If the store fails.
pub async fn discard(intake: &Intake, source: &Source) -> Result<usize, Error> {
    let lock = intake.locks.of_source(&source.id);
    let _alone = lock.lock().await;
    let mut state = crawl_state::load(&intake.progress(), source)?;
    let kept = load_drafts(intake, source, Kind::Quarantine)?;
    kept.iter().for_each(|draft| state.let_go(draft));
    state.quarantine = None;
    crawl_state::keep(&intake.progress(), source, &state)?;
    end(intake, source).await?;
    Ok(kept.len())
}

/// Ends a quarantine as good: its shape is the baseline.
fn release(state: &mut CrawlState) {
    if let Some(quarantine) = state.quarantine.take()
        && !quarantine.drifts.is_empty()
    {
        state.baseline = Baseline::of(&quarantine);
    }
}

#[cfg(test)]
mod tests;
