//! Reads and cleans a document: pure. A worker does it with untrusted bytes; the daemon itself only with short texts.
//!
//! In: a document's bytes or a pushed entry. Out: drafts.

use super::job::{Fault, Job, JobError, JobOutput};
use crate::model::{
    CopiedArticle, DateOrder, FeedKind, Notice, ParsedEntry, ParsedFeed, ParsedSource, Source,
    SourceKind, Timestamp, Warning,
};
use crate::read::discover::{self, Discovery};
use crate::read::page::{PageError, Trouble};
use crate::read::{self, Limits, file};
use crate::refine::{self, DateEvidence, Draft, FeedContext, Refined, Rejected, html};
use url::Url;

/// The most text of an entry that the daemon cleans itself.
const CHEAP_BYTES: usize = 128 * 1024;
/// Addresses of a sitemap that are looked at (sitemaps.org 0.9 allows as many).
const MANY_ADDRESSES: usize = 50_000;
/// Sitemaps of an index that are looked at.
const MANY_SITEMAPS: usize = 1_000;

/// Does a worker's job.
///
/// # Errors
/// What is wrong with the document.
pub fn run_job(job: Job, body: &[u8]) -> Result<JobOutput, JobError> {
    match job {
        Job::Feed { content_type, source, fetched_from, now, settled, max_entries, max_bytes } => {
            let limits = Limits { entries: max_entries, bytes: max_bytes, ..Limits::default() };
            let feed = match (&source.kind, &source.selectors) {
                (SourceKind::Page { .. }, Some(selectors)) => {
                    read::page::list(body, content_type.as_deref(), selectors)
                        .map_err(unread_page)?
                }
                (SourceKind::Sitemap { .. }, _) => sitemap(body, content_type.as_deref(), &limits)?,
                _ => read::read_within(body, content_type.as_deref(), &limits).map_err(unread)?,
            };
            Ok(refine_document(feed, &source, &fetched_from, now, settled))
        }
        Job::Detail { content_type, source, listed, fetched_from, now, settled } => {
            let from = Url::parse(&fetched_from).ok();
            let (fetched_from, source) = (from.as_ref(), &source);
            let context = FeedContext { source, fetched_from, now, settled };
            detail_page(body, content_type.as_deref(), *listed, &context)
        }
        Job::Discover { content_type, fetched_from, links, known } => {
            discover_page(body, content_type.as_deref(), &fetched_from, &links, known.as_deref())
        }
        Job::File { path, source, base, now } => {
            let feed = file::read_file(&path, body);
            let mut feed = feed.map_err(|e| Fault::File.because(e.to_string()))?;
            let base = its_own_base(&mut feed).unwrap_or_else(|| {
                // What an article names lies beside its file.
                feed.base.get_or_insert_with(|| base.clone());
                base
            });
            Ok(refine_document(feed, &source, &base, now, DateOrder::Auto))
        }
        Job::Picture => Ok(JobOutput { pixels: pixels(body), ..JobOutput::default() }),
        Job::Copied { article, source, now } => {
            let drafts = vec![refine::refine_copied(*article, &source, now)];
            let refined = Refined { drafts, ..Refined::default() };
            Ok(JobOutput { refined, ..JobOutput::default() })
        }
        Job::Entry { entry, source, now } => {
            let refined = match refine_entry(*entry, &source, now) {
                Ok(draft) => Refined { drafts: vec![draft], ..Refined::default() },
                Err(reason) => Refined { rejected: vec![(0, reason)], ..Refined::default() },
            };
            Ok(JobOutput { refined, ..JobOutput::default() })
        }
    }
}

/// The width and height of a picture that says a size which it can have.
fn pixels(head: &[u8]) -> Option<(u32, u32)> {
    let size = imagesize::blob_size(head).ok()?;
    let side =
        |pixels: usize| u32::try_from(pixels).ok().filter(|side| (1..=65_535).contains(side));
    Some((side(size.width)?, side(size.height)?))
}

/// Names a feed that lies in a folder as the origin of its entries. Returns its site's address, which its links are
/// relative to; `None` for a file that is no feed.
fn its_own_base(feed: &mut ParsedFeed) -> Option<String> {
    if feed.kind == FeedKind::File {
        return None;
    }
    let title = feed.title.as_ref().map(|title| title.value.clone());
    let origin = ParsedSource {
        title,
        link: feed.link.clone(),
        id: feed.id.clone(),
        ..ParsedSource::default()
    };
    if origin != ParsedSource::default() {
        for entry in feed.entries.iter_mut().filter(|entry| entry.source.is_none()) {
            entry.source = Some(origin.clone());
        }
    }
    feed.link.clone().filter(|link| Url::parse(link).is_ok_and(|url| url.has_host()))
}

/// Reads a sitemap: of its addresses the newest, since they stand in any order.
fn sitemap(
    body: &[u8],
    content_type: Option<&str>,
    limits: &Limits,
) -> Result<ParsedFeed, JobError> {
    let max_entries = limits.entries;
    let all = Limits { entries: MANY_ADDRESSES, ..limits.clone() };
    let mut feed = read::read_within(body, content_type, &all).map_err(unread)?;
    if feed.kind != FeedKind::Sitemap {
        let message = "a feed and no sitemap: say kind = \"feed\"".to_owned();
        return Err(Fault::NotASitemap.because(message));
    }
    let said = |entry: &ParsedEntry| {
        let date = entry.published.as_ref().or(entry.updated.as_ref());
        date.map(|date| date.raw.clone()).filter(|raw| raw.starts_with(['1', '2']))
    };
    feed.entries.sort_by_cached_key(|entry| std::cmp::Reverse(said(entry)));
    if feed.entries.len() > max_entries {
        feed.entries.truncate(max_entries);
        Warning::add(&mut feed.warnings, "entry-limit", None);
    }
    Ok(feed)
}

/// Finds what a web page offers; with `known` only the list that holds those articles.
fn discover_page(
    body: &[u8],
    content_type: Option<&str>,
    from: &str,
    links: &[String],
    known: Option<&[String]>,
) -> Result<JobOutput, JobError> {
    let address = Url::parse(from).map_err(|e| Fault::Address.because(e.to_string()))?;
    let found = match known {
        Some(known) => {
            let pattern = discover::relearn(body, content_type, &address, known);
            Discovery { pattern, ..Discovery::default() }
        }
        None => discover::discover(body, content_type, &address, links).map_err(unread)?,
    };
    Ok(JobOutput { found: Some(Box::new(found)), ..JobOutput::default() })
}

/// Reads an article's own page and completes the draft of a list with it.
fn detail_page(
    body: &[u8],
    content_type: Option<&str>,
    listed: Draft,
    context: &FeedContext<'_>,
) -> Result<JobOutput, JobError> {
    let source = context.source;
    let selectors = source.selectors.clone().unwrap_or_default();
    let is_sitemap = matches!(source.kind, SourceKind::Sitemap { .. });
    let look = source.full_text || is_sitemap;
    let mut page =
        read::page::article(body, content_type, &selectors, look).map_err(unread_page)?;
    if is_sitemap && !page.is_article {
        let message = "the page is no article".to_owned();
        return Err(Fault::NotAnArticle.because(message));
    }
    if !source.full_text && selectors.detail_body.is_empty() {
        page.selected.content.clear();
    }
    let mut refined = Refined::default();
    if let (Some(why), true) = (page.unsure, source.full_text) {
        Notice::FullTextUnsure.add(&mut refined.warnings, why);
    }
    let dates = DateEvidence { settled: context.settled, ..DateEvidence::default() };
    match refine::complete(listed, page, &context.of_entry(&dates)) {
        Ok(draft) => {
            let outside =
                draft.warnings.iter().filter(|w| w.name == Notice::DateOutsideArticle.name());
            refined.warnings.extend(outside.cloned());
            refined.drafts.push(draft);
        }
        Err(reason) => refined.rejected.push((0, reason)),
    }
    Ok(JobOutput { refined, ..JobOutput::default() })
}

fn unread_page(error: PageError) -> JobError {
    let fault = match &error {
        PageError::Trouble(Trouble::Error) => Fault::ErrorPage,
        PageError::Trouble(Trouble::Login) => Fault::LoginPage,
        PageError::Trouble(Trouble::Challenge) => Fault::Challenge,
        _ => Fault::Page,
    };
    fault.because(error.to_string())
}

fn unread(error: read::Error) -> JobError {
    let fault = match &error {
        read::Error::Empty => Fault::Empty,
        read::Error::Html { .. } => Fault::Html,
        read::Error::Challenge => Fault::Challenge,
        read::Error::TooDeep { .. } => Fault::TooDeep,
        read::Error::TooLarge { .. } => Fault::TooLarge,
        read::Error::Encoding { .. } => Fault::Encoding,
        _ => Fault::NotAFeed,
    };
    fault.because(error.to_string())
}

fn refine_document(
    feed: ParsedFeed,
    source: &Source,
    from: &str,
    now: Timestamp,
    settled: DateOrder,
) -> JobOutput {
    let from = Url::parse(from).ok();
    let is_feed = feed.kind != FeedKind::File;
    let is_sitemap = feed.kind == FeedKind::Sitemap;
    let hubs = feed.links.iter().filter(|link| link.rel == "hub").map(|link| link.href.clone());
    let (ttl, hubs) = (feed.ttl, hubs.collect());
    let topic = feed.links.iter().find(|link| link.rel == "self").map(|link| link.href.clone());
    let mut next = ["next", "prev-archive"].iter();
    let next = next.find_map(|rel| feed.links.iter().find(|link| link.rel == *rel));
    let next = next.and_then(|link| match &from {
        Some(from) => from.join(link.href.trim()).ok().map(String::from),
        None => Some(link.href.clone()),
    });
    let sitemaps = feed.links.iter().filter(|link| link.rel == "sitemap");
    let sitemaps =
        sitemaps.take(MANY_SITEMAPS).map(|l| (l.href.clone(), l.title.clone())).collect();
    let title = feed.title.as_ref().map(|title| title.value.chars().take(200).collect());
    let context = FeedContext { source, fetched_from: from.as_ref(), now, settled };
    JobOutput {
        refined: refine::refine_feed(feed, &context),
        is_feed,
        is_sitemap,
        ttl,
        title,
        hubs,
        topic,
        next,
        sitemaps,
        pixels: None,
        found: None,
    }
}

/// Makes a draft of one pushed entry.
///
/// # Errors
/// If the entry cannot be an article.
pub fn refine_entry(
    entry: ParsedEntry,
    source: &Source,
    now: Timestamp,
) -> Result<Draft, Rejected> {
    let context = FeedContext { source, fetched_from: None, now, settled: DateOrder::Auto };
    refine::refine(entry, &context.of_entry(&DateEvidence::default()))
}

/// Returns true if an entry costs little to clean, whatever is in it: it is short, and html5ever cannot blow it up.
pub fn is_cheap(entry: &ParsedEntry) -> bool {
    let texts = [&entry.title, &entry.summary, &entry.dc_description, &entry.rights];
    let texts =
        || texts.into_iter().flatten().chain(&entry.content).map(|text| text.value.as_str());
    texts().map(str::len).sum::<usize>() <= CHEAP_BYTES && texts().all(html::blowup_bounded)
}

/// Refines an article of another journal here if that costs little; otherwise gives it back for a worker.
///
/// # Errors
/// The article, where it is not.
pub fn refine_if_cheap(
    article: CopiedArticle,
    source: &Source,
    now: Timestamp,
) -> Result<Draft, Box<CopiedArticle>> {
    let html = article.content_html.as_deref().unwrap_or("");
    match html.len() <= CHEAP_BYTES && html::blowup_bounded(html) {
        true => Ok(refine::refine_copied(article, source, now)),
        false => Err(Box::new(article)),
    }
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
    fn a_feed_in_a_folder_is_credited_and_its_links_are_its_own() {
        let xml = "<rss version='2.0'><channel><title>Đường</title><link>https://duong.example/</link>\
            <item><title>Một</title><link>/a.html</link><guid>1</guid></item></channel></rss>";
        let mut feed = file::read_file("tin.rss", xml.as_bytes()).unwrap();
        assert_eq!(its_own_base(&mut feed).as_deref(), Some("https://duong.example/"));
        let origin = feed.entries[0].source.as_ref().unwrap();
        assert_eq!(origin.title.as_deref(), Some("Đường"));
        let mut text = file::read_file("a.txt", "Một\n\nHai".as_bytes()).unwrap();
        assert_eq!(its_own_base(&mut text), None);
        assert!(text.entries[0].source.is_none());
    }

    #[test]
    fn a_document_may_be_as_large_as_the_config_says_packed_or_not() {
        use std::io::Write;
        let block = |kind: &str| {
            format!("[[source]]\nid = \"a\"\nkind = \"{kind}\"\naddress = \"https://a.vn/\"\n")
        };
        let read = |kind: &str, body: &[u8], max_bytes: usize| {
            let config = crate::config::Config::parse(&block(kind), std::path::Path::new("/"));
            let job = Job::Feed {
                content_type: None,
                source: config.unwrap().sources.remove(0),
                fetched_from: "https://a.vn/".into(),
                now: Timestamp(1_800_000_000_000),
                settled: DateOrder::Auto,
                max_entries: 10,
                max_bytes,
            };
            run_job(job, body).map(|reading| reading.refined.drafts.len())
        };
        let padded = |text: &str| format!("{text}<!--{}-->", " ".repeat(11 << 20)).into_bytes();
        let packed = |bytes: &[u8]| {
            let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            out.write_all(bytes).unwrap();
            out.finish().unwrap()
        };
        let rss = padded(
            "<rss><channel><item><title>Tin</title><link>https://a.vn/1</link></item></channel></rss>",
        );
        let map = padded("<urlset><url><loc>https://a.vn/1</loc></url></urlset>");
        for (kind, body) in [("feed", rss), ("sitemap", map)] {
            for body in [packed(&body), body] {
                assert_eq!(read(kind, &body, 12 << 20).ok(), Some(1), "{kind}");
                assert_eq!(
                    read(kind, &body, 10 << 20).unwrap_err().fault,
                    Fault::TooLarge,
                    "{kind}"
                );
            }
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
