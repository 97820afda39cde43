//! Articles that their source withdrew before they were published: what waits for its page, for a quota or for a person
//! must not come out afterwards.

use super::Intake;
use super::crawl_state::{self, CrawlState};
use super::error::Error;
use super::kept_drafts::{keep_drafts, load_drafts};
use crate::model::{Source, SourceId, Timestamp};
use crate::refine::{Draft, Tombstone};
use crate::store::Kind;
use std::collections::HashMap;

/// Whether a draft is ended by one of these tombstones.
pub(super) fn ended_by(tombstones: &[Tombstone], now: Timestamp) -> impl Fn(&Draft) -> bool {
    let gone: HashMap<&str, &Tombstone> =
        tombstones.iter().map(|t| (t.upstream_id.as_str(), t)).collect();
    move |draft| {
        gone.get(draft.upstream_id.as_str()).is_some_and(|t| t.ends(draft.changed_by_source(), now))
    }
}

/// Drops what waits and is ended by a document's tombstones. Returns true if there was any. A list that goes on saying the
/// same of it brings it back no more than it would if it had been published.
///
/// # Errors
/// If the store fails.
pub(super) async fn drop_tombstoned(
    intake: &Intake,
    source: &Source,
    tombstones: &[Tombstone],
    state: &mut CrawlState,
    now: Timestamp,
) -> Result<bool, Error> {
    let ended = ended_by(tombstones, now);
    let mut any = false;
    let waits: Vec<Draft> = state.pending.iter().map(|p| p.draft.clone()).collect();
    for draft in waits.iter().filter(|draft| ended(draft)) {
        state.done(draft, None);
        any = true;
    }
    if state.quarantine.is_none() || tombstones.is_empty() {
        return Ok(any);
    }
    let kept = load_drafts(intake, source, Kind::Quarantine)?;
    let (gone, kept): (Vec<_>, Vec<_>) = kept.into_iter().partition(ended);
    if !gone.is_empty() {
        gone.iter().for_each(|draft| state.let_go(draft));
        state.note_kept(&kept);
        keep_drafts(intake, source, Kind::Quarantine, kept).await?;
    }
    Ok(any || !gone.is_empty())
}

/// Drops what waits of an article, whatever it says.
///
/// # Errors
/// If the store fails.
pub async fn forget_waiting(
    intake: &Intake,
    source: &SourceId,
    upstream_id: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let Ok(source) = intake.source(source.as_str()) else { return Ok(()) };
    let lock = intake.locks.of_source(&source.id);
    let _alone = lock.lock().await;
    let mut waiting = load_drafts(intake, &source, Kind::Backlog)?;
    let all = waiting.len();
    waiting.retain(|draft| draft.upstream_id != upstream_id);
    if waiting.len() < all {
        keep_drafts(intake, &source, Kind::Backlog, waiting).await?;
    }
    let gone = [Tombstone { upstream_id: upstream_id.to_owned(), when: None, comment: None }];
    let mut state = crawl_state::load(&intake.progress(), &source)?;
    if drop_tombstoned(intake, &source, &gone, &mut state, now).await? {
        crawl_state::keep(&intake.progress(), &source, &state)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::crawl_state::Wanted;
    use crate::model::{DateRule, Dated, Precision};

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn draft(id: &str, hours: i64) -> Draft {
        let at = NOW.plus_millis(hours * 3_600_000);
        let (offset, precision, rule) = (0, Precision::Second, DateRule::Iso);
        let updated = Some(Dated { raw: hours.to_string(), at, offset, precision, rule });
        let url = Some(format!("https://a.vn/{id}"));
        let mut draft = Draft::named(SourceId::new("s").unwrap(), id.into());
        (draft.updated, draft.url) = (updated, url);
        draft
    }

    #[test]
    fn the_later_word_counts_and_only_of_its_own_article() {
        let gone = |hours: Option<i64>| Tombstone {
            upstream_id: "1".into(),
            when: hours.map(|hours| NOW.plus_millis(hours * 3_600_000)),
            comment: None,
        };
        for (when, changed, ends) in [
            (None, -1, true),
            (Some(-1), -2, true),
            (Some(-1), -1, true),
            (Some(-2), -1, false),
            (Some(-2), 48, true),
        ] {
            let tombstones = [gone(when)];
            let ended = ended_by(&tombstones, NOW);
            assert_eq!(ended(&draft("1", changed)), ends, "{when:?} {changed}");
            assert!(!ended(&draft("2", changed)));
        }
    }

    #[test]
    fn what_is_let_go_waits_again_only_when_it_is_said_anew() {
        let mut state = CrawlState::default();
        state.note(draft("1", -5), false, NOW);
        state.done(&draft("1", -5), None);
        assert_eq!(state.note(draft("1", -5), false, NOW), Wanted::Noted);
        assert!(state.pending.is_empty(), "a stale list says the same");
        state.note(draft("1", -1), false, NOW);
        assert_eq!(state.pending.len(), 1);
    }
}
