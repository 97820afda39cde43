use super::CrawlState;
use crate::model::{ArticleKey, Fingerprint, Notice, Source, SourceKind, Timestamp};
use crate::net::Backoff;
use crate::refine::Draft;
use crate::text::{host_key, html_to_text};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Articles whose pages wait, at most.
pub(super) const MAX_PENDING: usize = 500;
/// Articles that are remembered as listed, at most, besides those that stand in the list.
const MAX_LISTED: usize = 4_000;
/// Tries at one article's page before it is left as the list has it.
pub(super) const MAX_TRIES: u32 = 5;
/// Other pages with the same date outside of their articles from which on it is no article's.
const FURNITURE: usize = 2;
/// The wait after failures of a page.
const RETRY: Backoff = Backoff { first_ms: 600_000, factor: 4, most_ms: LONGEST_MS };
/// Milliseconds that an article waits at most before it is looked at again.
pub(super) const LONGEST_MS: i64 = 7 * 24 * 3_600_000;

/// An article as a list said it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// What it said, as a hash.
    pub said: Fingerprint,
    /// When it was listed last.
    #[serde(default)]
    pub seen: Timestamp,
    /// What was not well about its page, and the particulars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<(Notice, String)>,
}

/// An article whose page waits to be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    /// What the list said.
    pub draft: Draft,
    /// Failures so far.
    pub tries: u32,
    /// Not before this.
    pub not_before: Timestamp,
    /// Why it failed last.
    pub why: Option<String>,
}

/// What a listed draft means for its article's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Its page is read, or waits to be.
    Noted,
    /// Its page will not be read: take the draft as it is.
    AsListed,
}

impl CrawlState {
    /// Notes what a list said of an article whose page is to be read; `is_known` says that we hold it.
    pub fn note(&mut self, draft: Draft, is_known: bool, now: Timestamp) -> Wanted {
        let (key, said) = (draft.key(), saying(&draft));
        if let Some(waits) = self.pending.iter_mut().find(|p| p.draft.key() == key) {
            if saying(&waits.draft) != said {
                *waits = Pending::of(draft, now);
            }
            return Wanted::Noted;
        }
        if self.listed.get(&key).is_some_and(|listed| listed.said == said) {
            return Wanted::Noted;
        }
        if self.pending.len() < MAX_PENDING {
            self.pending.push(Pending::of(draft, now));
            return Wanted::Noted;
        }
        self.left_out = self.left_out.saturating_add(1);
        // What we hold stands as it is; what is new must not be lost, and has at least a title.
        if is_known || is_untitled(&draft) { Wanted::Noted } else { Wanted::AsListed }
    }

    /// The article whose page is next, if one's time has come.
    pub fn next(&self, now: Timestamp) -> Option<Pending> {
        self.pending.iter().find(|pending| pending.not_before <= now).cloned()
    }

    /// An article's page needs no more reading.
    pub fn done(&mut self, draft: &Draft, note: Option<(Notice, String)>) {
        let key = draft.key();
        self.pending.retain(|pending| pending.draft.key() != key);
        self.listed.insert(key, Listed { said: saying(draft), seen: self.listed_at, note });
    }

    /// Whether so many other pages have a date outside of their articles that it is none of an article.
    pub fn is_on_other_pages(&self, raw: &str, key: ArticleKey) -> bool {
        let others = self.listed.iter().filter(|(other, _)| **other != key);
        let notes = others.filter_map(|(_, listed)| listed.note.as_ref());
        let same = notes.filter(|(notice, why)| {
            let known = why.split_once(": ").map(|(_, known)| known);
            *notice == Notice::DateOutsideArticle && known == Some(raw)
        });
        same.take(FURNITURE).count() == FURNITURE
    }

    /// An article that a person let go is not looked at again while its list says the same.
    pub fn let_go(&mut self, draft: &Draft) {
        let seen = self.listed_at;
        self.listed.insert(draft.key(), Listed { said: saying(draft), seen, note: None });
    }

    /// Whether the list said the same of an article when it was read, or let go.
    pub fn has_seen(&self, draft: &Draft) -> bool {
        self.listed.get(&draft.key()).is_some_and(|listed| listed.said == saying(draft))
    }

    /// An article's page could not be read: it is tried again later, and in the end no more.
    pub fn failed(&mut self, draft: &Draft, why: &str, now: Timestamp) {
        let key = draft.key();
        let Some(pending) = self.pending.iter_mut().find(|p| p.draft.key() == key) else { return };
        pending.tries += 1;
        pending.why = Some(why.chars().take(200).collect());
        pending.not_before = now.plus_millis(RETRY.wait_ms(pending.tries));
        if pending.tries >= MAX_TRIES {
            self.done(draft, Some((Notice::DetailGivenUp, why.chars().take(200).collect())));
        }
    }

    /// An article is not due yet.
    pub fn wait(&mut self, draft: &Draft, until: Timestamp) {
        let key = draft.key();
        if let Some(pending) = self.pending.iter_mut().find(|p| p.draft.key() == key) {
            pending.not_before = until;
        }
    }

    /// Puts off the pages of a host until it may be asked again. Returns those that did not wait so long yet.
    pub fn put_off(&mut self, host: &str, until: Timestamp) -> Vec<Draft> {
        let waits = self.pending.iter_mut().filter(|p| p.not_before < until);
        let mut put_off = Vec::new();
        for pending in waits.filter(|pending| pending.host().as_deref() == Some(host)) {
            pending.not_before = until;
            put_off.push(pending.draft.clone());
        }
        put_off
    }

    /// Bounds how long a page waits: a clock that was ahead once must not keep it waiting for ever.
    pub fn bound_waits(&mut self, now: Timestamp) {
        let latest = now.plus_millis(LONGEST_MS);
        self.pending.iter_mut().for_each(|p| p.not_before = p.not_before.min(latest));
    }

    /// An article's turn comes after the others': its page may be the only one that its host refuses.
    pub fn behind(&mut self, draft: &Draft) {
        let key = draft.key();
        if let Some(at) = self.pending.iter().position(|pending| pending.draft.key() == key) {
            let pending = self.pending.remove(at);
            self.pending.push(pending);
        }
    }

    /// A list came. Forgets articles that have left it, where there are too many: those first that left it longest ago, for
    /// the parts of a list may come by turns.
    pub fn prune(&mut self, in_list: &HashSet<ArticleKey>, now: Timestamp) {
        self.left_out = 0;
        self.listed_at = now;
        for key in in_list {
            if let Some(listed) = self.listed.get_mut(key) {
                listed.seen = now;
            }
        }
        let beyond = self.listed.len().saturating_sub(MAX_LISTED + in_list.len());
        if beyond == 0 {
            return;
        }
        let left = self.listed.iter().filter(|(key, _)| !in_list.contains(*key));
        let mut left: Vec<_> = left.map(|(key, listed)| (listed.seen, *key)).collect();
        left.sort_unstable();
        left.into_iter().take(beyond).for_each(|(_, key)| _ = self.listed.remove(&key));
    }

    /// When an article's page is next due, if one waits.
    pub fn next_at(&self) -> Option<Timestamp> {
        self.pending.iter().map(|pending| pending.not_before).min()
    }
}

impl Pending {
    fn of(draft: Draft, now: Timestamp) -> Self {
        Self { draft, tries: 0, not_before: now, why: None }
    }

    /// The host of its page.
    pub(super) fn host(&self) -> Option<String> {
        self.draft.parsed_url().map(|url| host_key(&url))
    }
}

/// Whether a draft has no title but its address or its first words.
pub fn is_untitled(draft: &Draft) -> bool {
    draft.flags.iter().any(|flag| flag.field == "title" && flag.rule == "untitled")
}

/// What a list says of an article that would make us read its page again; no dates, which may be relative, but the last change.
fn saying(draft: &Draft) -> Fingerprint {
    let changed = draft.updated.as_ref().map(|date| &date.raw);
    let said = (&draft.url, &draft.title, &draft.summary, changed);
    Fingerprint::of_bytes(&serde_json::to_vec(&said).unwrap_or_default())
}

/// Whether a source's articles are completed from their own pages, as far as the config says.
pub fn reads_pages(source: &Source) -> bool {
    let selectors = source.selectors.as_ref();
    let named = selectors.is_some_and(|s| {
        [&s.detail_title, &s.detail_date, &s.detail_lead, &s.detail_body, &s.detail_author]
            .iter()
            .any(|selector| !selector.trim().is_empty())
    });
    match source.kind {
        SourceKind::Sitemap { .. } => true,
        SourceKind::Page { .. } => named || source.full_text,
        SourceKind::Feed { .. } => source.full_text,
        SourceKind::Push | SourceKind::Folder { .. } | SourceKind::Mirror { .. } => false,
    }
}

/// Characters of text from which on a feed's content is more than a lead.
const WHOLE: usize = 600;

/// Whether this draft's page is to be read: a sitemap's where it has no title, a feed's where it has only a lead.
pub fn wants_page(source: &Source, draft: &Draft) -> bool {
    if draft.url.is_none() || !reads_pages(source) {
        return false;
    }
    match source.kind {
        SourceKind::Sitemap { .. } => source.full_text || is_untitled(draft),
        SourceKind::Feed { .. } => {
            let content = draft.content.as_deref().map(html_to_text);
            content.is_none_or(|text| text.trim().chars().count() < WHOLE)
        }
        _ => true,
    }
}
