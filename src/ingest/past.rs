//! What an article said before, and whether a listed text that differs from it is news. Pure.
//!
//! Portals sign addresses anew at every request, count views in the text, serve old copies from caches, and answer by
//! turns from two servers. None of that is a revision.

use crate::model::{Article, Fingerprint, Timestamp};
use crate::net::Backoff;
use crate::text::{steady_file, steady_html, steady_link, text_of_html, words_without_figures};
use serde::{Deserialize, Serialize};

/// Revisions of an article that are looked at.
pub const LOOKED_AT: usize = 8;
/// Texts in a row of one shape, or that come by turns, before the next one has to wait.
const FREE: usize = 3;
/// How long it waits after the last.
const DAMPED: Backoff = Backoff { first_ms: 3_600_000, factor: 2, most_ms: 24 * 3_600_000 };

/// A text that an article had.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// What a reader saw.
    pub seen: Fingerprint,
    /// Its title and its words, without figures.
    pub shape: Fingerprint,
    /// When it was taken in.
    pub at: Timestamp,
    /// When its source said that it was changed.
    pub updated: Option<Timestamp>,
}

/// Why a listed text that differs from what is known is no revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stale {
    /// Only addresses differ, in what signs them: no reader sees it.
    Resigned,
    /// Its source dates it earlier than what is known.
    Older,
    /// Figures in it change at every look: it waits.
    Counting,
    /// Texts that were there before come back by turns: it waits.
    ByTurns,
    /// A hub delivers what was there before; the next poll says whether it counts.
    Replayed,
}

impl Past {
    /// What an article says.
    pub fn of(article: &Article) -> Self {
        let updated = article.updated.as_ref().map(|dated| dated.at);
        Self { seen: seen(article), shape: shape(article), at: article.changed, updated }
    }

    /// Why a text that is listed now is stale beside what its article said before, newest first. `None`: it is a revision.
    pub fn stale(&self, past: &[Past], is_delivery: bool, now: Timestamp) -> Option<Stale> {
        let (last, earlier) = past.split_first()?;
        if self.seen == last.seen {
            return Some(Stale::Resigned);
        }
        let (is_older, is_newer) = match self.updated.zip(last.updated) {
            // What was dated later than it came says no more than that it came.
            Some((listed, known)) => (listed < known.min(last.at), listed > known),
            None => (false, false),
        };
        if is_older {
            return Some(Stale::Older);
        }
        let returns = !is_newer && earlier.iter().any(|past| past.seen == self.seen);
        if returns && is_delivery {
            return Some(Stale::Replayed);
        }
        let waits = |times: usize| {
            let times = u32::try_from(times).unwrap_or(u32::MAX);
            now < last.at.plus_millis(DAMPED.wait_ms(times))
        };
        let of_one_shape = past.iter().take_while(|past| past.shape == self.shape).count();
        if of_one_shape >= FREE && waits(of_one_shape + 1 - FREE) {
            return Some(Stale::Counting);
        }
        let turns = turns(past);
        (returns && turns > 0 && waits(turns)).then_some(Stale::ByTurns)
    }
}

/// How many texts of a past were there before.
fn turns(past: &[Past]) -> usize {
    let came_back = |place: usize, text: &Past| {
        past.iter().skip(place + 1).any(|before| before.seen == text.seen)
    };
    past.iter().enumerate().filter(|(place, text)| came_back(*place, text)).count()
}

/// What a reader sees of an article: addresses without what signs them.
fn seen(article: &Article) -> Fingerprint {
    let files: Vec<_> = article
        .enclosures
        .iter()
        .map(|file| (steady_file(&file.url), &file.media_type, &file.title, file.duration))
        .collect();
    let image = article.image.as_ref().map(|image| (steady_file(&image.url), &image.alt));
    let seen = (
        article.url.as_deref().map(steady_link),
        &article.title,
        &article.summary,
        article.content.as_deref().map(steady_html),
        &article.authors,
        &article.categories,
        (files, image),
        (&article.language, &article.rights, &article.publisher, &article.origin),
    );
    Fingerprint::of_bytes(&serde_json::to_vec(&seen).unwrap_or_default())
}

/// The title and the words of an article, without figures.
fn shape(article: &Article) -> Fingerprint {
    let content = article.content.as_deref().map(text_of_html).unwrap_or_default();
    let summary = article.summary.as_deref().unwrap_or_default();
    let words: Vec<&str> =
        words_without_figures(summary).chain(words_without_figures(&content)).collect();
    Fingerprint::of_bytes(format!("{}\n{}", article.title, words.join(" ")).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Timestamp = Timestamp(1_800_000_000_000);

    fn text(words: &str, minutes: i64, updated: Option<i64>) -> (Past, Timestamp) {
        let at = DAY.plus_millis(minutes * 60_000);
        let print = |text: &str| Fingerprint::of_bytes(text.as_bytes());
        let shape: Vec<&str> = words_without_figures(words).collect();
        let updated = updated.map(|minutes| DAY.plus_millis(minutes * 60_000));
        (Past { seen: print(words), shape: print(&shape.join(" ")), at, updated }, at)
    }

    /// How many of some texts, each a minute after the last, are taken in.
    fn taken(texts: &[(&str, Option<i64>)], is_delivery: bool) -> usize {
        let mut past: Vec<Past> = Vec::new();
        for (minute, (words, updated)) in (0..).zip(texts) {
            let (listed, now) = text(words, minute, *updated);
            if listed.stale(&past, is_delivery, now).is_none() {
                past.insert(0, listed);
            }
        }
        past.len()
    }

    #[test]
    fn an_older_text_never_replaces_a_newer_one_and_a_newer_one_does() {
        let texts = [("cũ", Some(-9)), ("mới", Some(-1)), ("cũ", Some(-9)), ("mới", Some(-1))];
        assert_eq!(taken(&texts, false), 2);
        assert_eq!(taken(&[("a", Some(-3)), ("b", Some(-2)), ("a", Some(-1))], false), 3);
        let ahead = Some(1_000_000);
        let texts = [("cũ", ahead), ("mới", Some(5))];
        assert_eq!(taken(&texts, false), 2, "its clock was ahead");
    }

    #[test]
    fn what_counts_or_comes_by_turns_waits_and_what_is_corrected_does_not() {
        let views: Vec<String> = (0..40).map(|n| format!("Lượt xem: {n}")).collect();
        let views: Vec<_> = views.iter().map(|text| (text.as_str(), None)).collect();
        assert_eq!(taken(&views, false), 3);
        let turns: Vec<_> = (0..40).map(|n| (["một", "hai"][n % 2], None)).collect();
        assert_eq!(taken(&turns, false), 3);
        let three: Vec<_> = (0..40).map(|n| (["một", "hai", "ba"][n % 3], None)).collect();
        assert_eq!(taken(&three, false), 4);
        let written = [("18 hộ", None), ("21 hộ", None), ("21 hộ dân", None), ("hai mốt", None)];
        assert_eq!(taken(&written, false), 4);
    }

    #[test]
    fn what_waits_comes_once_its_time_is_over() {
        let (first, _) = text("1 lượt", 0, None);
        let (second, _) = text("2 lượt", 1, None);
        let (third, _) = text("3 lượt", 2, None);
        let (fourth, now) = text("4 lượt", 3, None);
        let past = [third, second, first];
        assert_eq!(fourth.stale(&past, false, now), Some(Stale::Counting));
        let later = now.plus_millis(3_600_000);
        assert_eq!(fourth.stale(&past, false, later), None);
    }

    #[test]
    fn a_hub_does_not_bring_back_what_was_there_before() {
        let texts = [("một", None), ("hai", None), ("một", None)];
        assert_eq!(taken(&texts, true), 2);
        assert_eq!(taken(&texts, false), 3);
    }
}
