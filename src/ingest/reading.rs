//! Reading and cleaning as one pure step: what the worker does with untrusted bytes, and this process with cheap ones.
//!
//! In: a document's bytes or a pushed entry. Out: drafts.

use super::worker::{Job, Reading, Unread};
use crate::model::{DateOrder, FeedKind, ParsedEntry, ParsedFeed, Source, Timestamp};
use crate::read::{self, Limits, file};
use crate::refine::{
    self, Context, DateEvidence, Draft, FeedContext, FeedHints, Refined, Rejected, html,
};
use url::Url;

/// An entry of more text than this is read in a worker, however plain.
const CHEAP_BYTES: usize = 128 * 1024;

/// Does a worker's job.
pub fn read_job(job: Job, body: &[u8]) -> Result<Reading, Unread> {
    match job {
        Job::Feed { content_type, source, fetched_from, now, settled, max_entries } => {
            let limits = Limits { entries: max_entries, ..Limits::default() };
            let feed = read::read_within(body, content_type.as_deref(), &limits);
            Ok(refine_document(feed.map_err(unread)?, &source, &fetched_from, now, settled))
        }
        Job::File { path, source, base, now } => {
            let feed = file::read_file(&path, body);
            let feed = feed.map_err(|e| Unread { name: "file".into(), message: e.to_string() })?;
            Ok(refine_document(feed, &source, &base, now, DateOrder::Auto))
        }
        Job::Entry { entry, source, base, now } => {
            let refined = match refine_entry(*entry, &source, &base, now) {
                Ok(draft) => Refined { drafts: vec![draft], ..Refined::default() },
                Err(reason) => Refined { rejected: vec![(0, reason)], ..Refined::default() },
            };
            Ok(Reading { refined, ..Reading::default() })
        }
    }
}

fn unread(error: read::Error) -> Unread {
    let name = match &error {
        read::Error::Empty => "empty",
        read::Error::Html { .. } => "html",
        read::Error::Challenge => "challenge",
        read::Error::TooDeep { .. } => "too-deep",
        read::Error::TooLarge { .. } => "too-large",
        read::Error::Encoding { .. } => "encoding",
        _ => "not-a-feed",
    };
    Unread { name: name.to_owned(), message: error.to_string() }
}

fn refine_document(
    feed: ParsedFeed,
    source: &Source,
    from: &str,
    now: Timestamp,
    settled: DateOrder,
) -> Reading {
    let from = Url::parse(from).ok();
    let is_feed = feed.kind != FeedKind::File;
    let hubs = feed.links.iter().filter(|link| link.rel == "hub").map(|link| link.href.clone());
    let (ttl, hubs) = (feed.ttl, hubs.collect());
    let title = feed.title.as_ref().map(|title| title.value.chars().take(200).collect());
    let context = FeedContext { source, fetched_from: from.as_ref(), now, settled };
    Reading { refined: refine::refine_feed(feed, &context), is_feed, ttl, title, hubs }
}

/// Makes a draft of one pushed entry.
pub fn refine_entry(
    entry: ParsedEntry,
    source: &Source,
    base: &str,
    now: Timestamp,
) -> Result<Draft, Rejected> {
    let base = Url::parse(base).ok();
    let evidence = DateEvidence::default();
    let context = Context {
        source,
        fetched_from: base.as_ref(),
        feed: FeedHints::default(),
        now,
        dates: &evidence,
    };
    refine::refine(entry, &context)
}

/// Whether cleaning an entry here costs little whatever it holds: short, and markup that html5ever cannot blow up.
pub fn is_cheap(entry: &ParsedEntry) -> bool {
    let texts = [&entry.title, &entry.summary, &entry.dc_description, &entry.rights];
    let texts =
        || texts.into_iter().flatten().chain(&entry.content).map(|text| text.value.as_str());
    texts().map(str::len).sum::<usize>() <= CHEAP_BYTES
        && texts().all(|text| html::already_clean(text) || html::blowup_bounded(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Text;

    fn entry(html: String) -> ParsedEntry {
        ParsedEntry {
            content: vec![Text { value: html, ..Text::default() }],
            ..ParsedEntry::default()
        }
    }

    #[test]
    fn bombs_are_not_cheap_and_news_is() {
        assert!(is_cheap(&entry("<p>Một <b>tin</b> ngắn</p>".repeat(20))));
        assert!(!is_cheap(&entry("<p><a href=1>".to_owned() + &"<p>a".repeat(10_000))));
        assert!(!is_cheap(&entry("<p>tin</p>".repeat(20_000))));
        assert!(is_cheap(&entry("ô<ô<é".repeat(100))));
    }
}
