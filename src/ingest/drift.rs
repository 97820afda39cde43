//! Compares a document with what its source usually sends. Pure. Entries that differ too much are kept from readers.
//!
//! The number of entries says nothing: a quiet source lists fewer, a busy one more. A page has changed if the entries
//! themselves differ: their titles are all the same or those of a menu, their dates or texts are gone, or they lead to
//! other hosts.

use crate::model::{Notice, Timestamp, Warning};
use crate::read::page::{Said, said_by};
use crate::refine::Draft;
use crate::text::{host_key, html_to_text, one_line};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashSet};
use url::Url;

/// Titles of kept entries that the status shows.
const TITLES: usize = 5;
/// Characters of text from which an entry says more than that something is wrong.
const LONG: usize = 300;
/// Bytes of an entry that are looked at.
const LONGEST: usize = 16_000;
/// Bytes of text from which on its getting short means something.
const LONG_TEXT: f64 = 800.0;
/// Texts that a document should have before having none of them means something, where not all entries have one.
const MANY_TEXTS: f64 = 8.0;
/// Good polls before a baseline is believed.
const SETTLED: u32 = 3;
/// Entries that a document needs before shares of them mean anything.
const FEW: usize = 4;
/// Polls that a new shape must hold before it is believed without a person.
const HELD_POLLS: u32 = 6;
/// Milliseconds that it must hold at least.
const HELD_MS: i64 = 24 * 3_600_000;

/// What a source's documents usually are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Baseline {
    /// Documents that it was learned from.
    pub polls: u32,
    /// What they were, on the average; later ones count more.
    pub usual: Measure,
    /// The hosts that entries lead to.
    pub hosts: BTreeSet<String>,
}

/// What a document's entries are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Measure {
    /// How many.
    pub entries: f64,
    /// The share whose titles differ.
    pub distinct: f64,
    /// Characters of the middle title.
    pub title: f64,
    /// The share with a date that could be read.
    pub dated: f64,
    /// The share with a lead.
    pub leads: f64,
    /// The share with a picture.
    pub images: f64,
    /// The share with a text.
    pub texts: f64,
    /// Characters of the middle text.
    pub text: f64,
}

/// How a document differs from its source's baseline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// Which way.
    #[serde(rename = "name")]
    pub notice: Notice,
    /// What it was and what it is.
    pub what: String,
    /// Whether it is no news for certain; then time alone does not make it believed.
    pub certain: bool,
}

/// Entries that are kept from readers, and since when.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Quarantine {
    /// Since when.
    pub since: Timestamp,
    /// Documents of the new shape so far.
    pub polls: u32,
    /// How they differ.
    pub drifts: Vec<Drift>,
    /// What they are: the baseline, once it is believed.
    pub shape: Measure,
    /// The hosts that they lead to.
    pub hosts: BTreeSet<String>,
    /// The titles of the first ones that were kept.
    pub titles: Vec<String>,
    /// How many are kept.
    pub kept: usize,
    /// Whether new ones came while it held: what is alive is more likely news than a menu is.
    pub moves: bool,
}

impl Measure {
    /// Measures a document's entries.
    pub fn of(drafts: &[Draft]) -> Self {
        let count = drafts.len().max(1) as f64;
        let share =
            |holds: fn(&Draft) -> bool| drafts.iter().filter(|d| holds(d)).count() as f64 / count;
        let titles: HashSet<&str> = drafts.iter().map(|d| d.title.as_str()).collect();
        let long = |text: &str| text.chars().count();
        let texts = drafts.iter().filter_map(|d| d.content.as_deref()).map(str::len).collect();
        Self {
            entries: drafts.len() as f64,
            distinct: titles.len() as f64 / count,
            title: middle(drafts.iter().map(|d| long(&d.title)).collect()),
            dated: share(|d| d.published.is_some()),
            leads: share(|d| d.summary.is_some()),
            images: share(|d| d.image.is_some()),
            texts: share(|d| d.content.is_some()),
            text: middle(texts),
        }
    }

    /// Moves three parts of ten towards another measure.
    fn towards(&mut self, new: &Self) {
        let mix = |old: &mut f64, new: f64| *old = *old * 0.7 + new * 0.3;
        mix(&mut self.entries, new.entries);
        mix(&mut self.distinct, new.distinct);
        mix(&mut self.title, new.title);
        mix(&mut self.dated, new.dated);
        mix(&mut self.leads, new.leads);
        mix(&mut self.images, new.images);
        mix(&mut self.texts, new.texts);
        mix(&mut self.text, new.text);
    }
}

fn middle(mut numbers: Vec<usize>) -> f64 {
    numbers.sort_unstable();
    numbers.get(numbers.len() / 2).copied().unwrap_or(0) as f64
}

impl Baseline {
    /// Learns from a good document.
    pub fn learn(&mut self, drafts: &[Draft]) {
        if drafts.is_empty() {
            return;
        }
        let measure = Measure::of(drafts);
        match self.polls {
            0 => self.usual = measure,
            _ => self.usual.towards(&measure),
        }
        self.polls = self.polls.saturating_add(1);
        self.hosts.extend(hosts(drafts));
        while self.hosts.len() > 50 {
            self.hosts.pop_first();
        }
    }

    /// Finds what a document lacks that its source's documents usually have. It is no reason to keep entries from readers.
    pub fn notices(&self, drafts: &[Draft]) -> Vec<Warning> {
        let mut notices = Vec::new();
        let now = Measure::of(drafts);
        if self.polls < SETTLED || (!drafts.is_empty() && drafts.len() < FEW) {
            return notices;
        }
        if drafts.is_empty() {
            if self.usual.entries >= FEW as f64 {
                let what = format!("it had {:.0}", self.usual.entries);
                Notice::ListEntriesGone.add(&mut notices, &what);
            }
            return notices;
        }
        let gone = |before: f64, now: f64| before >= 0.8 && now <= 0.2;
        if gone(self.usual.leads, now.leads) {
            Notice::ListLeadsGone.add(&mut notices, "");
        }
        if gone(self.usual.images, now.images) {
            Notice::ListImagesGone.add(&mut notices, "");
        }
        notices
    }

    /// The baseline of a shape that is believed from now on.
    pub fn of(quarantine: &Quarantine) -> Self {
        Self { polls: SETTLED, usual: quarantine.shape.clone(), hosts: quarantine.hosts.clone() }
    }

    /// Finds the differences for which a document's new entries are kept from readers. `is_known` tells the articles that
    /// we hold; it is asked only where that matters.
    pub fn judge(&self, drafts: &[Draft], is_known: &dyn Fn(&Draft) -> bool) -> Vec<Drift> {
        let mut drifts = errors(drafts, is_known);
        let now = Measure::of(drafts);
        let known = || drafts.iter().filter(|draft| is_known(draft)).count();
        if drafts.len() < FEW {
            return drifts;
        }
        if now.distinct <= 0.3 && (self.polls == 0 || self.usual.distinct > 0.6) {
            let what = format!("{:.0} of 100 titles differ", now.distinct * 100.0);
            drifts.push(Drift::certain(Notice::DriftTitlesEqual, what));
        }
        if self.polls < SETTLED {
            return drifts;
        }
        let gone = |before: f64, now: f64| before >= 0.8 && now <= 0.2;
        if gone(self.usual.dated, now.dated) {
            let what = share("have a date", self.usual.dated, now.dated);
            drifts.push(Drift::doubtful(Notice::DriftDatesGone, what));
        }
        if self.texts_are_gone(drafts) {
            let what = format!(
                "the middle text had {:.0} characters, now {:.0}",
                self.usual.text, now.text
            );
            drifts.push(Drift::doubtful(Notice::DriftTextsGone, what));
        }
        // A menu has short titles, and nothing in it is known.
        if self.usual.title >= 30.0
            && now.title * 2.5 < self.usual.title
            && known() * 4 < drafts.len()
        {
            let what = format!(
                "the middle title had {:.0} characters, now {:.0}",
                self.usual.title, now.title
            );
            drifts.push(Drift::doubtful(Notice::DriftTitlesShort, what));
        }
        let here = hosts(drafts);
        if !self.hosts.is_empty()
            && !here.is_empty()
            && here.is_disjoint(&self.hosts)
            && known() == 0
        {
            let what = format!("entries lead to {}", here.iter().next().map_or("", String::as_str));
            drifts.push(Drift::doubtful(Notice::DriftLinksElsewhere, what));
        }
        drifts
    }

    /// Returns true if texts are missing, or a sixth of what they were. The middle one alone does not say so: where few
    /// entries have a text, or half of them a short one, a single new entry moves it.
    fn texts_are_gone(&self, drafts: &[Draft]) -> bool {
        let are_long = self.usual.text > LONG_TEXT;
        let is_long = |text: &String| !are_long || text.len() as f64 * 6.0 >= self.usual.text;
        let whole = drafts.iter().filter(|draft| draft.content.as_ref().is_some_and(is_long));
        let (whole, count) = (whole.count() as f64, drafts.len() as f64);
        match self.usual.texts {
            usual if usual >= 0.8 => whole <= count * 0.2,
            usual => whole == 0.0 && usual * count >= MANY_TEXTS,
        }
    }
}

impl Drift {
    fn certain(notice: Notice, what: String) -> Self {
        Self { notice, what, certain: true }
    }

    fn doubtful(notice: Notice, what: String) -> Self {
        Self { notice, what, certain: false }
    }
}

fn share(what: &str, before: f64, now: f64) -> String {
    format!("{:.0} of 100 entries {what}, it was {:.0}", now * 100.0, before * 100.0)
}

/// Returns true if an entry is an error message or a login, and no article.
pub fn is_error(draft: &Draft) -> bool {
    match said_by(&draft.title) {
        Some(Said::Sure(_)) => true,
        Some(Said::Maybe(_)) => !is_article(draft),
        None => draft.published.is_none() && matches!(said_by(&words(draft)), Some(Said::Sure(_))),
    }
}

/// Returns true if an entry has what articles have: a date, a page of its own, a text.
fn is_article(draft: &Draft) -> bool {
    let own = draft.parsed_url().is_some_and(|url| url.path() != "/" || url.query().is_some());
    draft.published.is_some() && own && words(draft).chars().count() >= LONG
}

/// An entry's text without its markup, as far as it is looked at.
fn words(draft: &Draft) -> String {
    let text = draft.content.as_deref().or(draft.summary.as_deref()).unwrap_or_default();
    one_line(&html_to_text(text.get(..text.floor_char_boundary(LONGEST)).unwrap_or_default()))
}

/// Documents of which most entries are an error's or a login's titles.
fn errors(drafts: &[Draft], is_known: &dyn Fn(&Draft) -> bool) -> Vec<Drift> {
    let found: Vec<&Draft> =
        drafts.iter().filter(|draft| is_error(draft) && !is_known(draft)).collect();
    match found.first() {
        Some(first) if found.len() * 2 > drafts.len() => {
            vec![Drift::certain(Notice::DriftErrorTitles, format!("`{}`", first.title))]
        }
        _ => Vec::new(),
    }
}

/// The hosts that entries lead to.
fn hosts(drafts: &[Draft]) -> BTreeSet<String> {
    let urls = drafts.iter().filter_map(|draft| draft.parsed_url());
    urls.filter(Url::has_host).map(|url| host_key(&url)).take(2_000).collect()
}

impl Quarantine {
    /// Notes another document of a shape that is not believed; `new` entries came with it.
    pub fn hold(&mut self, drafts: &[Draft], drifts: Vec<Drift>, new: usize, now: Timestamp) {
        if self.polls == 0 {
            self.since = now;
        }
        self.moves |= self.polls > 0 && new > 0;
        self.polls = self.polls.saturating_add(1);
        self.drifts = drifts;
        self.shape = Measure::of(drafts);
        self.hosts = hosts(drafts);
    }

    /// Notes what is kept, for the status.
    pub fn show(&mut self, kept: &[Draft]) {
        self.kept = kept.len();
        self.titles = kept.iter().take(TITLES).map(|draft| draft.title.clone()).collect();
    }

    /// Returns true if the new shape has held so long, with new entries, that it is believed without a person.
    pub fn is_believed(&self, now: Timestamp) -> bool {
        let held = now.millis().saturating_sub(self.since.millis()) >= HELD_MS;
        let doubtful = self.drifts.iter().all(|drift| !drift.certain);
        held && doubtful && self.moves && self.polls >= HELD_POLLS && self.shape.distinct > 0.8
    }

    /// What a person should know of it.
    pub fn warnings(&self) -> Vec<Warning> {
        let polls = self.polls.max(1) as usize;
        let drifts = self.drifts.iter();
        let drifts = drifts.map(|drift| drift.notice.warning(polls, Some(drift.what.clone())));
        let kept = (self.kept > 0)
            .then(|| Notice::DriftKept.warning(self.kept, Some(self.titles.join(" | "))));
        drifts.chain(kept).collect()
    }
}

#[cfg(test)]
mod tests;
