//! Entries that are kept from readers: how they are held, released and let go.

use super::drift::{Baseline, Drift, is_error};
use super::memory::{Memory, Wanted, wants_page};
use super::poll::{Document, Polling};
use super::tombstones::ended_by;
use super::worker::Job;
use super::{Applied, Error, Ingest};
use crate::model::{Selectors, Source, Timestamp};
use crate::refine::{Draft, Refined};
use crate::store::Kind;
use std::collections::HashSet;

/// Entries that are kept of one source; the newest stay.
const MAX_KEPT: usize = 500;
/// Titles of them that the status shows.
const TITLES: usize = 5;

impl Ingest {
    /// Judges a document. Where it left the source's baseline its new entries are kept from readers and nothing comes
    /// back; where it did not, or has held so long that it is believed, the drafts come back to be taken.
    ///
    /// What is believed stays kept all the same until it was taken in: then [`Ingest::empty_quarantine`] ends it.
    pub(super) async fn judged(
        &self,
        source: &Source,
        mut refined: Refined,
        memory: &mut Memory,
        now: Timestamp,
    ) -> Result<Option<Judged>, Error> {
        let drafts = std::mem::take(&mut refined.drafts);
        let (held, drafts) = self.held(source, drafts).await?;
        refined.drafts = drafts;
        let is_known = |draft: &Draft| held.contains(&draft.key());
        let drifts = memory.baseline.judge(&refined.drafts, &is_known);
        // An index of sitemaps has no entries of its own.
        let has_entries = memory.children.is_empty();
        memory.notices =
            if has_entries { memory.baseline.notices(&refined.drafts) } else { Vec::new() };
        if drifts.is_empty() {
            let errors = |draft: &Draft| is_error(draft) && !is_known(draft);
            let (bad, good): (Vec<_>, Vec<_>) = refined.drafts.into_iter().partition(errors);
            refined.drafts = good;
            if !bad.is_empty() {
                self.set_aside(source, bad, memory).await?;
            }
            memory.learn(source, &refined.drafts);
            if let Some(quarantine) = memory.quarantine.as_mut() {
                // The source is as it was; what was kept stays until somebody says what it is.
                quarantine.drifts.clear();
                quarantine.polls = 0;
            }
            memory.quarantine.take_if(|quarantine| quarantine.kept == 0);
            return Ok(Some(Judged { refined, is_believed: false }));
        }
        let new = refined.drafts.iter().filter(|draft| !is_known(draft)).cloned().collect();
        self.hold(source, &refined.drafts, new, drifts, memory, now).await?;
        let believed = memory.quarantine.as_ref().is_some_and(|q| q.is_believed(now));
        if !believed {
            return Ok(None);
        }
        tracing::info!(source.id = %source.id, "the source's new shape has held: it is believed now");
        let mut kept = self.load_drafts(source, Kind::Quarantine)?;
        released(memory);
        let listed: HashSet<_> = refined.drafts.iter().map(Draft::key).collect();
        kept.retain(|draft| !listed.contains(&draft.key()));
        let is_gone = ended_by(&refined.tombstones, now);
        kept.retain(|draft| !is_gone(draft));
        drop(is_gone);
        refined.drafts.extend(kept);
        Ok(Some(Judged { refined, is_believed: true }))
    }

    /// Keeps the new entries of a document from readers.
    async fn hold(
        &self,
        source: &Source,
        drafts: &[Draft],
        new: Vec<Draft>,
        drifts: Vec<Drift>,
        memory: &mut Memory,
        now: Timestamp,
    ) -> Result<(), Error> {
        let count = self.set_aside(source, new, memory).await?;
        let names: Vec<&str> = drifts.iter().map(|drift| drift.name.as_str()).collect();
        tracing::warn!(source.id = %source.id, drift = %names.join(", "), new = count, "the source is not what it was: its new entries are kept from readers, its last good articles stay");
        memory.quarantine.get_or_insert_default().hold(drafts, drifts, count, now);
        Ok(())
    }

    /// Keeps entries from readers that are not kept already and that nobody let go; how many they are.
    async fn set_aside(
        &self,
        source: &Source,
        new: Vec<Draft>,
        memory: &mut Memory,
    ) -> Result<usize, Error> {
        let mut kept = self.load_drafts(source, Kind::Quarantine)?;
        let before: HashSet<_> = kept.iter().map(Draft::key).collect();
        let is_new = |draft: &Draft| !before.contains(&draft.key()) && !memory.has_seen(draft);
        let new: Vec<Draft> = new.into_iter().filter(is_new).collect();
        let count = new.len();
        kept.splice(0..0, new);
        kept.truncate(MAX_KEPT);
        tell(&kept, memory);
        if count > 0 {
            self.keep_drafts(source, Kind::Quarantine, kept).await?;
        }
        Ok(count)
    }

    /// Replaces what is kept by what is left of it.
    pub(super) async fn keep_rest(
        &self,
        source: &Source,
        rest: Vec<Draft>,
        memory: &mut Memory,
    ) -> Result<(), Error> {
        tell(&rest, memory);
        memory.quarantine.take_if(|q| q.kept == 0 && q.drifts.is_empty());
        self.keep_drafts(source, Kind::Quarantine, rest).await
    }

    /// Has a memory that knows of nothing kept know what is: the memory was lost, or a stop came before a quarantine's end.
    pub(super) async fn recount(&self, source: &Source, memory: &mut Memory) -> Result<(), Error> {
        let progress = self.store().progress();
        if memory.quarantine.is_some() || !progress.has(Kind::Quarantine, source.id.as_str())? {
            return Ok(());
        }
        let kept = self.load_drafts(source, Kind::Quarantine)?;
        let (held, mut kept) = self.held(source, kept).await?;
        kept.retain(|draft| !held.contains(&draft.key()));
        self.keep_rest(source, kept, memory).await
    }

    /// Lets nothing be kept of a source any more; what was is taken in, or let go.
    pub(super) async fn empty_quarantine(&self, source: &Source) -> Result<(), Error> {
        self.keep_drafts(source, Kind::Quarantine, Vec::new()).await
    }

    /// Takes in what was kept of a source: a person says that it is news. Its shape is the baseline from now on.
    pub async fn accept(&self, source: &Source, now: Timestamp) -> Result<Applied, Error> {
        let lock = self.poll_lock(source);
        let _alone = lock.lock().await;
        let mut memory = self.own_memory(source)?;
        let mut plain = Vec::new();
        for draft in self.load_drafts(source, Kind::Quarantine)? {
            let is_known = self.store().known(draft.key())?.is_some();
            let wanted = wants_page(source, &draft)
                && memory.note(draft.clone(), is_known, now) == Wanted::Noted;
            if !wanted {
                plain.push(draft);
            }
        }
        let refined = Refined { drafts: plain, ..Refined::default() };
        let taken = self.take_list(source, refined, now).await?;
        released(&mut memory);
        self.keep_memory(source, &memory)?;
        self.empty_quarantine(source).await?;
        Ok(taken)
    }

    /// Lets go what was kept of a source: a person says that it is no news. How many entries it was.
    pub async fn discard(&self, source: &Source) -> Result<usize, Error> {
        let lock = self.poll_lock(source);
        let _alone = lock.lock().await;
        let mut memory = self.own_memory(source)?;
        let kept = self.load_drafts(source, Kind::Quarantine)?;
        kept.iter().for_each(|draft| memory.let_go(draft));
        memory.quarantine = None;
        self.keep_memory(source, &memory)?;
        self.empty_quarantine(source).await?;
        Ok(kept.len())
    }

    /// Looks for the list on a page that has changed, by the articles that it named while it was good.
    pub(super) async fn propose(
        &self,
        source: &Source,
        document: &Document,
        polling: Polling<'_>,
        memory: &mut Memory,
    ) {
        let job = Job::Discover {
            content_type: document.content_type.clone(),
            fetched_from: document.from.clone(),
            links: Vec::new(),
            known: Some(memory.links.clone()),
        };
        let Ok(reading) = polling.pool.call(&job, document.body.clone()).await else { return };
        let Some(pattern) = reading.found.and_then(|found| found.pattern) else { return };
        let old = source.selectors.clone().unwrap_or_default();
        let new = Selectors {
            item: pattern.selectors.item,
            link: pattern.selectors.link,
            title: pattern.selectors.title,
            date: pattern.selectors.date,
            lead: pattern.selectors.lead,
            ..old.clone()
        };
        memory.proposal = (new != old).then(|| new.to_toml());
    }
}

/// A document that is to be taken in.
pub(super) struct Judged {
    /// Its entries, with those that were kept and are believed now.
    pub refined: Refined,
    /// Whether it ends what was kept.
    pub is_believed: bool,
}

/// Notes what is kept for the status.
fn tell(kept: &[Draft], memory: &mut Memory) {
    let quarantine = memory.quarantine.get_or_insert_default();
    quarantine.kept = kept.len();
    quarantine.titles = kept.iter().take(TITLES).map(|draft| draft.title.clone()).collect();
}

/// Ends a quarantine as good: its shape is the baseline.
fn released(memory: &mut Memory) {
    if let Some(quarantine) = memory.quarantine.take()
        && !quarantine.drifts.is_empty()
    {
        memory.baseline = Baseline::of(&quarantine);
    }
}

#[cfg(test)]
mod tests;
