//! Entries that are kept from readers: how they are held, released and let go.

use super::drift::{Baseline, Drift, is_error};
use super::memory::{Memory, Wanted, wants_page};
use super::poll::{Document, Polling};
use super::worker::Job;
use super::{Error, Ingest, Taken};
use crate::model::{Selectors, Source, Timestamp};
use crate::refine::{Draft, Refined};
use std::collections::HashSet;
use std::path::PathBuf;

/// Entries that are kept of one source; the newest stay.
const MAX_KEPT: usize = 500;
/// Titles of them that the status shows.
const TITLES: usize = 5;

impl Ingest {
    /// Judges a document. Where it left the source's baseline its new entries are kept from readers and nothing comes
    /// back; where it did not, or has held so long that it is believed, the drafts come back to be taken.
    pub(super) fn judged(
        &self,
        source: &Source,
        mut refined: Refined,
        memory: &mut Memory,
        now: Timestamp,
    ) -> Result<Option<Refined>, Error> {
        let is_known = |draft: &Draft| self.is_held(source, draft).unwrap_or(false);
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
                self.set_aside(source, &bad, memory)?;
            }
            memory.learn(source, &refined.drafts);
            if let Some(quarantine) = memory.quarantine.as_mut() {
                // The source is as it was; what was kept stays until somebody says what it is.
                quarantine.drifts.clear();
                quarantine.polls = 0;
            }
            memory.quarantine.take_if(|quarantine| quarantine.kept == 0);
            return Ok(Some(refined));
        }
        self.hold(source, &refined.drafts, &is_known, drifts, memory, now)?;
        let believed = memory.quarantine.as_ref().is_some_and(|q| q.is_believed(now));
        if !believed {
            return Ok(None);
        }
        tracing::info!(source.id = %source.id, "the source's new shape has held: it is believed now");
        let kept = self.release(source, memory)?;
        let listed: HashSet<_> = refined.drafts.iter().map(Draft::key).collect();
        refined.drafts.extend(kept.into_iter().filter(|draft| !listed.contains(&draft.key())));
        Ok(Some(refined))
    }

    /// Keeps the new entries of a document from readers.
    fn hold(
        &self,
        source: &Source,
        drafts: &[Draft],
        is_known: &dyn Fn(&Draft) -> bool,
        drifts: Vec<Drift>,
        memory: &mut Memory,
        now: Timestamp,
    ) -> Result<(), Error> {
        let new: Vec<Draft> = drafts.iter().filter(|draft| !is_known(draft)).cloned().collect();
        let count = self.set_aside(source, &new, memory)?;
        let names: Vec<&str> = drifts.iter().map(|drift| drift.name.as_str()).collect();
        tracing::warn!(source.id = %source.id, drift = %names.join(", "), new = count, "the source is not what it was: its new entries are kept from readers, its last good articles stay");
        memory.quarantine.get_or_insert_default().hold(drafts, drifts, count, now);
        Ok(())
    }

    /// Keeps entries from readers that are not kept already and that nobody let go; how many they are.
    fn set_aside(
        &self,
        source: &Source,
        new: &[Draft],
        memory: &mut Memory,
    ) -> Result<usize, Error> {
        let mut kept = self.kept(source)?;
        let before: HashSet<_> = kept.iter().map(Draft::key).collect();
        let is_new = |draft: &&Draft| !before.contains(&draft.key()) && !memory.has_seen(draft);
        let new: Vec<Draft> = new.iter().filter(is_new).cloned().collect();
        let count = new.len();
        kept.splice(0..0, new);
        kept.truncate(MAX_KEPT);
        if count > 0 {
            self.keep(source, &kept)?;
        }
        tell(&kept, memory);
        Ok(count)
    }

    /// Replaces what is kept by what is left of it.
    pub(super) fn keep_rest(
        &self,
        source: &Source,
        rest: &[Draft],
        memory: &mut Memory,
    ) -> Result<(), Error> {
        self.keep(source, rest)?;
        tell(rest, memory);
        memory.quarantine.take_if(|q| q.kept == 0 && q.drifts.is_empty());
        Ok(())
    }

    /// Ends a quarantine as good: its shape is the baseline, its entries are to be taken.
    fn release(&self, source: &Source, memory: &mut Memory) -> Result<Vec<Draft>, Error> {
        let kept = self.kept(source)?;
        if let Some(quarantine) = memory.quarantine.take()
            && !quarantine.drifts.is_empty()
        {
            memory.baseline = Baseline::of(&quarantine);
        }
        self.keep(source, &[])?;
        Ok(kept)
    }

    /// Takes in what was kept of a source: a person says that it is news. Its shape is the baseline from now on.
    pub async fn accept(&self, source: &Source, now: Timestamp) -> Result<Taken, Error> {
        let lock = self.poll_lock(source);
        let _alone = lock.lock().await;
        let mut memory = self.memory(source)?;
        let kept = self.kept(source)?;
        let mut plain = Vec::new();
        for draft in kept {
            let is_known = self.store().known(draft.key())?.is_some();
            let wanted = wants_page(source, &draft)
                && memory.note(draft.clone(), is_known, now) == Wanted::Noted;
            if !wanted {
                plain.push(draft);
            }
        }
        let refined = Refined { drafts: plain, ..Refined::default() };
        let taken = self.take_list(source, refined, now).await?;
        self.release(source, &mut memory)?;
        self.keep_memory(source, &memory)?;
        Ok(taken)
    }

    /// Lets go what was kept of a source: a person says that it is no news. How many entries it was.
    pub async fn discard(&self, source: &Source) -> Result<usize, Error> {
        let lock = self.poll_lock(source);
        let _alone = lock.lock().await;
        let mut memory = self.memory(source)?;
        let kept = self.kept(source)?;
        kept.iter().for_each(|draft| memory.let_go(draft));
        let count = kept.len();
        memory.quarantine = None;
        self.keep(source, &[])?;
        self.keep_memory(source, &memory)?;
        Ok(count)
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

    /// What is kept of a source from readers, the newest first.
    pub fn kept(&self, source: &Source) -> Result<Vec<Draft>, Error> {
        self.kept_drafts(source, self.quarantine_file(source))
    }

    fn keep(&self, source: &Source, drafts: &[Draft]) -> Result<(), Error> {
        self.keep_drafts(source, self.quarantine_file(source), drafts)
    }

    /// The drafts that a file of a source holds; one that is not there holds none.
    pub(super) fn kept_drafts(&self, source: &Source, path: PathBuf) -> Result<Vec<Draft>, Error> {
        match std::fs::read(&path) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).unwrap_or_else(|error| {
                tracing::error!(source.id = %source.id, %error, path = %path.display(), "the articles that were kept here cannot be read");
                Vec::new()
            })),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(Error::Folder { source_id: source.id.clone(), path, error }),
        }
    }

    /// Replaces the drafts that a file of a source holds; of none nothing is left.
    pub(super) fn keep_drafts(
        &self,
        source: &Source,
        path: PathBuf,
        drafts: &[Draft],
    ) -> Result<(), Error> {
        if !drafts.is_empty() {
            return self.replace_file(source, path, &drafts);
        }
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::Folder { source_id: source.id.clone(), path, error })
            }
            _ => Ok(()),
        }
    }

    fn quarantine_file(&self, source: &Source) -> PathBuf {
        self.data().join("quarantine").join(format!("{}.json", source.id))
    }
}

/// Notes what is kept for the status.
fn tell(kept: &[Draft], memory: &mut Memory) {
    let quarantine = memory.quarantine.get_or_insert_default();
    quarantine.kept = kept.len();
    quarantine.titles = kept.iter().take(TITLES).map(|draft| draft.title.clone()).collect();
}
