//! What a polled source's documents usually are, and which articles' pages wait to be read. Pure, but for loading and
//! keeping it; losing it costs requests.

use super::drift::{Baseline, Quarantine};
use crate::model::{ArticleKey, Fingerprint, Notice, Source, SourceKind, Timestamp, Warning};
use crate::net::{Backoff, Hosts, Purpose};
use crate::refine::Draft;
use crate::store::{self, Kind, Progress};
use crate::text::host_key;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use url::Url;

/// Articles whose pages wait, at most.
const MAX_PENDING: usize = 500;
/// Articles that are remembered as listed, at most, besides those that stand in the list.
const MAX_LISTED: usize = 4_000;
/// Addresses that are remembered to find a list again.
const MAX_LINKS: usize = 60;
/// Tries at one article's page before it is left as the list has it.
pub(super) const MAX_TRIES: u32 = 5;
/// Other pages with the same date outside of their articles from which on it is no article's.
const FURNITURE: usize = 2;
/// Entries of a list from which on none of them being known means something.
const LONG_LIST: usize = 50;
/// Such lists in a row before the status says so.
const FLOOD_POLLS: u32 = 3;
/// The wait after failures of a page.
const RETRY: Backoff = Backoff { first_ms: 600_000, factor: 4, most_ms: LONGEST_MS };

/// Milliseconds that an article waits at most before it is looked at again.
const LONGEST_MS: i64 = 7 * 24 * 3_600_000;

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

/// What a listed draft means for its article's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Its page is read, or waits to be.
    Noted,
    /// Its page will not be read: take the draft as it is.
    AsListed,
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

    /// Warns of each host that keeps what it waits for from being read now.
    fn closed_hosts(&self, hosts: &Hosts, now: Timestamp, utc_offset: i32) -> Vec<Warning> {
        let children = self.children.iter().filter(|(_, child)| child.is_due());
        let children =
            children.filter_map(|(address, _)| Some(host_key(&Url::parse(address).ok()?)));
        let waited_for = self.pending.iter().filter_map(Pending::host).chain(children);
        let mut warnings = Vec::new();
        for host in waited_for.collect::<BTreeSet<_>>() {
            let mut warn = |notice: Notice, until: Timestamp, why: &str| {
                let until = until.rfc3339_at(utc_offset);
                notice.add(&mut warnings, &format!("{host}: {until}: {why}"));
            };
            if let Some(rest) = hosts.rest(&host, Purpose::Crawl, now) {
                warn(Notice::DetailResting, rest.until, &rest.why);
            } else if let Some(until) = hosts.robots(&host).closed_until(now) {
                warn(Notice::DetailRobotsUnreachable, until, "robots.txt");
            }
        }
        warnings
    }

    /// What a person should know of it; times are written with the site's offset from UTC.
    pub fn warnings(&self, hosts: &Hosts, now: Timestamp, utc_offset: i32) -> Vec<Warning> {
        let mut warnings = self.quarantine.as_ref().map(Quarantine::warnings).unwrap_or_default();
        warnings.extend(self.trouble.iter().chain(&self.notices).cloned());
        warnings.extend(self.closed_hosts(hosts, now, utc_offset));
        for pending in &self.pending {
            let url = pending.draft.url.as_deref().unwrap_or("");
            match &pending.why {
                Some(why) => Notice::DetailFailed.add(&mut warnings, &format!("{url}: {why}")),
                None => Notice::DetailWaiting.add(&mut warnings, url),
            }
        }
        for (notice, why) in self.listed.values().filter_map(|listed| listed.note.as_ref()) {
            notice.add(&mut warnings, why);
        }
        let left_out =
            (self.left_out > 0).then(|| Notice::ListLeftOut.warning(self.left_out as usize, None));
        warnings.extend(left_out);
        if self.all_new >= FLOOD_POLLS {
            warnings.push(Notice::ListAllNew.warning(self.all_new as usize, None));
        }
        warnings
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

impl Pending {
    fn of(draft: Draft, now: Timestamp) -> Self {
        Self { draft, tries: 0, not_before: now, why: None }
    }

    /// The host of its page.
    fn host(&self) -> Option<String> {
        self.draft.url.as_deref().and_then(|url| Url::parse(url).ok()).map(|url| host_key(&url))
    }
}

/// Whether a draft has no title but its address or its first words.
pub(super) fn is_untitled(draft: &Draft) -> bool {
    draft.flags.iter().any(|flag| flag.field == "title" && flag.rule == "untitled")
}

/// What of the config a memory is about.
fn about(source: &Source) -> Fingerprint {
    let what = (source.kind.name(), source.kind.address(), &source.selectors, source.full_text);
    Fingerprint::of_bytes(&serde_json::to_vec(&what).unwrap_or_default())
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
            let content = draft.content.as_deref().map(crate::text::html_to_text);
            content.is_none_or(|text| text.trim().chars().count() < WHOLE)
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SourceId;
    use crate::net::tests::config;
    use crate::net::{HostRow, Rest};

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn draft(id: &str, title: &str) -> Draft {
        let mut draft = Draft::named(SourceId::new("s").unwrap(), id.into());
        draft.title = title.into();
        draft.url = Some(format!("https://a.vn/{id}"));
        draft
    }

    #[test]
    fn a_page_is_read_once_and_again_when_the_list_says_something_else() {
        let mut state = CrawlState::default();
        assert_eq!(state.note(draft("1", "Một"), false, NOW), Wanted::Noted);
        state.note(draft("1", "Một"), false, NOW);
        assert_eq!(state.pending.len(), 1);
        let next = state.next(NOW).unwrap();
        state.done(&next.draft, None);
        state.note(draft("1", "Một"), true, NOW);
        assert_eq!(state.next(NOW), None);
        state.note(draft("1", "Một đã sửa"), true, NOW);
        assert_eq!(state.next(NOW).unwrap().draft.title, "Một đã sửa");
    }

    #[test]
    fn a_date_on_three_pages_is_none_of_an_article() {
        let mut state = CrawlState::default();
        let (raw, third) = ("Ngày đăng: 28/11/2026", draft("3", "Ba"));
        for id in ["1", "2"] {
            assert!(!state.is_on_other_pages(raw, third.key()), "{id}");
            let note = (Notice::DateOutsideArticle, format!("https://a.vn/{id}: {raw}"));
            state.done(&draft(id, "Tin"), Some(note));
        }
        assert!(state.is_on_other_pages(raw, third.key()));
        assert!(!state.is_on_other_pages("28/11/2026", third.key()));
        assert!(!state.is_on_other_pages(raw, draft("2", "Tin").key()));
    }

    #[test]
    fn of_several_lists_that_come_by_turns_the_one_longest_ago_is_forgotten_first() {
        let mut state = CrawlState::default();
        let list = |list: usize| (0..3_000).map(move |n| draft(&format!("{list}-{n}"), "Tin"));
        for (turn, number) in [(0, 0), (1, 1), (2, 0), (3, 2)] {
            let in_list = list(number).map(|draft| draft.key()).collect();
            state.prune(&in_list, NOW.plus_millis(turn));
            list(number).for_each(|draft| state.done(&draft, None));
        }
        let in_list = list(2).map(|draft| draft.key()).collect();
        state.prune(&in_list, NOW.plus_millis(4));
        let kept = |number| list(number).filter(|draft| state.has_seen(draft)).count();
        assert_eq!([0, 1, 2].map(kept), [3_000, 1_000, 3_000]);
    }

    #[test]
    fn a_clock_that_was_ahead_keeps_no_page_waiting_for_ever() {
        let mut state = CrawlState::default();
        state.note(draft("1", "Một"), false, NOW.plus_millis(400 * LONGEST_MS));
        state.bound_waits(NOW);
        state.bound_waits(NOW.plus_millis(1));
        assert_eq!(state.next_at(), Some(NOW.plus_millis(LONGEST_MS)));
    }

    #[test]
    fn a_failing_page_is_tried_later_and_in_the_end_no_more() {
        let mut state = CrawlState::default();
        state.note(draft("1", "Một"), false, NOW);
        state.note(draft("2", "Hai"), false, NOW);
        let hosts = Hosts::new(&config(), || NOW);
        let mut now = NOW;
        for tries in 1..=MAX_TRIES {
            state.failed(&draft("1", "Một"), "HTTP status 500", now);
            assert_eq!(state.next(now).unwrap().draft.upstream_id, "2", "the others go on");
            if tries < MAX_TRIES {
                assert_eq!(state.warnings(&hosts, now, 25_200)[0].name, "detail-failed");
                now = state.pending[0].not_before;
            }
        }
        assert_eq!(state.pending.len(), 1);
        let warnings = state.warnings(&hosts, now, 25_200);
        assert!(warnings.iter().any(|w| w.name == "detail-given-up"), "{warnings:?}");
        state.note(draft("1", "Một"), true, now);
        assert_eq!(state.pending.len(), 1, "not asked again");
    }

    #[test]
    fn a_resting_host_keeps_its_articles_waiting_and_no_others() {
        let mut state = CrawlState::default();
        ["1", "2"].iter().for_each(|id| _ = state.note(draft(id, "Tin"), false, NOW));
        let mut other = draft("3", "Tin");
        other.url = Some("https://b.vn/3".into());
        state.note(other, false, NOW);
        let hour = NOW.plus_millis(3_600_000);
        let crawl = Rest { until: hour, times: 1, why: "HTTP status 429".into() };
        let row = HostRow { crawl, ..HostRow::default() };
        let hosts = Hosts::kept(&config(), || NOW, vec![("a.vn".into(), row)], |_, _| {});
        state.behind(&draft("1", "Tin"));
        assert_eq!(state.put_off("a.vn", hour).len(), 2);
        assert_eq!(state.put_off("a.vn", hour).len(), 0, "put off once");
        assert_eq!(state.next(NOW).unwrap().draft.upstream_id, "3");
        assert_eq!(state.next_at(), Some(NOW));
        let warnings = state.warnings(&hosts, NOW, 25_200);
        let warning = warnings.into_iter().find(|w| w.name == "detail-resting").unwrap();
        let said = warning.example.unwrap();
        assert!(said.contains("a.vn") && said.contains("T") && said.contains("429"), "{said}");
        state.done(&state.next(NOW).unwrap().draft, None);
        assert_eq!(state.next(NOW), None);
        assert_eq!(state.next(hour).unwrap().draft.upstream_id, "2", "the refused one comes last");
        let warnings = state.warnings(&hosts, hour, 25_200);
        assert!(warnings.iter().all(|w| w.name == "detail-waiting"), "{warnings:?}");
    }

    #[test]
    fn what_does_not_fit_is_taken_as_listed_and_never_dropped() {
        let mut state = CrawlState::default();
        for number in 0..MAX_PENDING {
            assert_eq!(state.note(draft(&number.to_string(), "Tin"), false, NOW), Wanted::Noted);
        }
        assert_eq!(state.note(draft("new", "Tin"), false, NOW), Wanted::AsListed);
        assert_eq!(state.note(draft("known", "Tin"), true, NOW), Wanted::Noted);
        assert_eq!(state.left_out, 2);
    }

    #[test]
    fn long_lists_of_which_nothing_is_known_are_named() {
        let mut state = CrawlState::default();
        let hosts = Hosts::new(&config(), || NOW);
        let is_named = |state: &CrawlState| {
            let name = Notice::ListAllNew.name();
            state.warnings(&hosts, NOW, 25_200).iter().any(|warning| warning.name == name)
        };
        state.count_known(400, 0);
        assert_eq!(state.all_new, 0, "a first list is new");
        state.baseline.polls = 1;
        for _ in 0..FLOOD_POLLS {
            assert!(!is_named(&state));
            state.count_known(400, 0);
        }
        assert!(is_named(&state));
        state.count_known(400, 1);
        assert!(!is_named(&state));
        (0..9).for_each(|_| state.count_known(20, 0));
        assert!(!is_named(&state), "a short list may be new each time");
    }
}
