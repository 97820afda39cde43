//! What is remembered of a polled source between its documents: what they usually are, and which articles' pages wait.
//!
//! In: the row of progress, what a list said, what became of a page. Out: the next page to read, and what a person should
//! know. Pure, but for loading and keeping it; losing it costs requests.

/// Which article's page is read next, and which pages are not read any more.
mod page_queue;
/// What a person should know of it.
mod warnings;
#[cfg(test)]
mod tests;

pub use page_queue::{Listed, Pending, Wanted, is_untitled, reads_pages, wants_page};

use super::drift::{Baseline, Quarantine};
use crate::model::{ArticleKey, Fingerprint, Source, SourceKind, Timestamp, Warning};
use crate::refine::Draft;
use crate::store::{self, Kind, Progress};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Addresses that are remembered to find a list again.
const MAX_LINKS: usize = 60;
/// Entries of a list from which on none of them being known means something.
const LONG_LIST: usize = 50;

/// What is remembered of a polled source besides its [`crate::fetch::State`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CrawlState {
    /// What of the config it is about; another address or other selectors begin anew.
    pub about: Fingerprint,
    /// What the list said of each article whose page was read, or is not read any more.
    pub listed: BTreeMap<ArticleKey, Listed>,
    /// When the last list came.
    pub listed_at: Timestamp,
    /// Articles whose pages wait to be read, in the list's order.
    pub pending: Vec<Pending>,
    /// Entries of the list that were left out: too many waited already.
    pub left_out: u32,
    /// What its documents usually are.
    pub baseline: Baseline,
    /// What left the baseline and is kept from readers.
    pub quarantine: Option<Quarantine>,
    /// The sitemaps that its index names.
    pub children: BTreeMap<String, Child>,
    /// What was not well about those.
    pub trouble: Vec<Warning>,
    /// Long lists in a row of which every entry was new.
    pub all_new: u32,
    /// What its last document lacked that they usually have.
    pub notices: Vec<Warning>,
    /// Addresses that its list named last while it was good: they find the list again when the page has changed.
    pub links: Vec<String>,
    /// Selectors that would find those on the page as it is now, as TOML.
    pub proposal: Option<String>,
}

/// A sitemap that an index names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Child {
    /// When it changed, as the index says it.
    pub changed: Option<String>,
    /// When it changed, as it was read last.
    pub read: Option<String>,
    /// To send back.
    pub etag: Option<String>,
    /// To send back.
    pub last_modified: Option<String>,
    /// The last time that it was asked for.
    pub asked: Timestamp,
}

impl Child {
    /// Whether it may hold something new: its last change is another one, or is not said.
    pub fn is_due(&self) -> bool {
        self.changed.is_none() || self.changed != self.read
    }
}

impl CrawlState {
    /// This state if it is about the source as it is configured now, otherwise a new one.
    pub fn about(self, source: &Source) -> Self {
        let about = about(source);
        if self.about == about {
            return self;
        }
        // What was kept from readers is still theirs to get, if a person says so.
        let quarantine = self.quarantine.filter(|quarantine| quarantine.kept > 0);
        Self { about, quarantine, links: self.links, ..Self::default() }
    }

    /// Notes what is kept from readers; of nothing, and without a drift, there is no quarantine.
    pub fn note_kept(&mut self, kept: &[Draft]) {
        self.quarantine.get_or_insert_default().show(kept);
        self.quarantine.take_if(|q| q.kept == 0 && q.drifts.is_empty());
    }

    /// The source is as it was; what was kept stays until somebody says what it is.
    pub fn end_drift(&mut self) {
        if let Some(quarantine) = self.quarantine.as_mut() {
            quarantine.drifts.clear();
            quarantine.polls = 0;
        }
        self.quarantine.take_if(|quarantine| quarantine.kept == 0);
    }

    /// Whether the source is not what it was: its new entries are kept from readers.
    pub fn is_drifted(&self) -> bool {
        self.quarantine.is_some()
    }

    /// Learns from a document that is as it should be.
    pub fn learn(&mut self, source: &Source, drafts: &[Draft]) {
        self.baseline.learn(drafts);
        self.proposal = None;
        if let SourceKind::Page { .. } = source.kind {
            let links = drafts.iter().filter_map(|draft| draft.url.clone());
            self.links = links.take(MAX_LINKS).collect();
        }
    }

    /// Notes how many entries of a list are known: where it is long and none is, poll after poll, its source floods us, or
    /// what it lists between two polls is missed.
    pub fn count_known(&mut self, listed: usize, known: usize) {
        let is_new = known == 0 && listed >= LONG_LIST && self.baseline.polls > 0;
        self.all_new = if is_new { self.all_new.saturating_add(1) } else { 0 };
    }
}

/// What is remembered of a source, for looking only.
///
/// # Errors
/// If the store cannot be read.
pub fn look(progress: &Progress, source: &Source) -> Result<CrawlState, store::Error> {
    let state: CrawlState = progress.get_or_default(Kind::Crawl, source.id.as_str())?;
    Ok(state.about(source))
}

/// What is remembered of a source, for the one who replaces it: its source's lock is held.
///
/// # Errors
/// If the store cannot be read or written.
pub(super) fn load(progress: &Progress, source: &Source) -> Result<CrawlState, store::Error> {
    let state: CrawlState = progress.get_or_set_aside(Kind::Crawl, &source.id)?;
    Ok(state.about(source))
}

/// Replaces what is remembered of a source.
///
/// # Errors
/// If the store cannot be written.
pub(super) fn keep(
    progress: &Progress,
    source: &Source,
    state: &CrawlState,
) -> Result<(), store::Error> {
    progress.put(Kind::Crawl, source.id.as_str(), state)
}

/// What of the config a state is about.
fn about(source: &Source) -> Fingerprint {
    let what = (source.kind.name(), source.kind.address(), &source.selectors, source.full_text);
    Fingerprint::of_bytes(&serde_json::to_vec(&what).unwrap_or_default())
}
