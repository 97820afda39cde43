//! The sitemaps that an index names: those that changed are read, a bounded number at each poll.

use super::memory::Memory;
use super::poll::Polling;
use super::worker::{Job, JobOutput};
use crate::model::{DateOrder, Source, SourceKind, Timestamp, Warning};
use crate::net::{Purpose, Request, Trust};
use crate::text::host_key;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use url::Url;

/// Sitemaps of an index that one poll reads.
const PER_POLL: usize = 5;
/// Sitemaps of an index that are remembered.
const MANY: usize = 1_000;
/// Words in the names of sitemaps that hold no articles.
const OTHERS: &[&str] = &[
    "category",
    "tag",
    "author",
    "taxonom",
    "product",
    "image",
    "video",
    "page-sitemap",
    "posts-page",
    "user",
    "chuyen-muc",
];

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

/// Remembers what an index names now.
fn remember(children: &mut BTreeMap<String, Child>, named: &[(String, Option<String>)]) {
    let mut now = BTreeMap::new();
    for (address, changed) in named.iter().take(MANY) {
        let known = children.remove(address).unwrap_or_default();
        now.insert(address.clone(), Child { changed: changed.clone(), ..known });
    }
    *children = now;
}

/// The sitemaps to read now: those with news first, then the newest change, then the longest not asked.
fn due(children: &BTreeMap<String, Child>) -> Vec<String> {
    let other = |address: &str| {
        let name = address.rsplit('/').next().unwrap_or(address).to_ascii_lowercase();
        OTHERS.iter().any(|word| name.contains(word))
    };
    let only_others = children.keys().all(|address| other(address));
    let mut due: Vec<(&String, &Child)> = children
        .iter()
        .filter(|(address, child)| child.is_due() && (only_others || !other(address)))
        .collect();
    due.sort_by(|(a, x), (b, y)| {
        let news = |address: &str| !address.contains("news");
        news(a)
            .cmp(&news(b))
            .then_with(|| y.changed.cmp(&x.changed))
            .then_with(|| x.asked.cmp(&y.asked))
    });
    due.into_iter().take(PER_POLL).map(|(address, _)| address.clone()).collect()
}

/// The sitemaps of an index that a first poll reads.
pub fn first(named: &[(String, Option<String>)]) -> Vec<String> {
    let mut children = BTreeMap::new();
    remember(&mut children, named);
    due(&children)
}

/// Reads the sitemaps of an index that may hold something new; what they bring is added to the reading.
pub(super) async fn follow(
    source: &Source,
    reading: Option<JobOutput>,
    settled: DateOrder,
    polling: Polling<'_>,
    memory: &mut Memory,
    now: Timestamp,
) -> Option<JobOutput> {
    if !matches!(source.kind, SourceKind::Sitemap { .. }) {
        return reading;
    }
    match &reading {
        Some(reading) => remember(&mut memory.children, &reading.sitemaps),
        None if memory.children.is_empty() => return None,
        None => {}
    }
    memory.trouble.clear();
    let mut whole = reading;
    for address in due(&memory.children) {
        if polling.client.hosts().rest(polling.host, Purpose::Crawl, now).is_some() {
            break;
        }
        let Some(child) = memory.children.get_mut(&address) else { continue };
        child.asked = now;
        match one(source, &address, child, settled, polling, now).await {
            Ok(None) => {}
            Ok(Some(part)) => add(whole.get_or_insert_default(), part),
            Err(why) => {
                let example = format!("{address}: {why}");
                Warning::add(&mut memory.trouble, "sitemap-failed", Some(&example));
            }
        }
    }
    whole
}

fn add(whole: &mut JobOutput, part: JobOutput) {
    whole.refined.drafts.extend(part.refined.drafts);
    whole.refined.rejected.extend(part.refined.rejected);
}

/// Reads one sitemap; nothing where it has not changed.
async fn one(
    source: &Source,
    address: &str,
    child: &mut Child,
    settled: DateOrder,
    polling: Polling<'_>,
    now: Timestamp,
) -> Result<Option<JobOutput>, String> {
    let url = Url::parse(address).map_err(|error| error.to_string())?;
    if host_key(&url) != polling.host {
        return Err("it is on another host than its index".to_owned());
    }
    let (etag, last_modified) = (child.etag.clone(), child.last_modified.clone());
    let request = Request {
        accept: "application/xml, text/xml;q=0.9, */*;q=0.5",
        etag,
        last_modified,
        ..Request::to(url, Trust::of(source), Purpose::Crawl)
    };
    let answer = polling.client.get(request).await.map_err(|error| error.to_string())?;
    match answer.status.as_u16() {
        304 => {
            child.read = child.changed.clone();
            return Ok(None);
        }
        200..=203 => {}
        status => {
            let until = answer.rests_until.map(|until| until.rfc3339_at(polling.utc_offset));
            let until = until.map_or(String::new(), |until| format!(", left alone until {until}"));
            return Err(format!("HTTP status {status}{until}"));
        }
    }
    let header = |name: http::HeaderName| {
        let value = answer.headers.get(name)?.to_str().ok()?;
        (value.len() <= 200).then(|| value.to_owned())
    };
    let job = Job::Feed {
        content_type: header(http::header::CONTENT_TYPE),
        source: source.clone(),
        fetched_from: answer.final_url.to_string(),
        now,
        settled,
        max_entries: polling.max_entries,
        max_bytes: polling.config.body_bytes,
    };
    let (etag, last_modified) = (header(http::header::ETAG), header(http::header::LAST_MODIFIED));
    let reading = polling.pool.call(&job, answer.body).await.map_err(|error| error.to_string())?;
    (child.etag, child.last_modified, child.read) = (etag, last_modified, child.changed.clone());
    Ok(Some(reading))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_read_news_first_and_what_holds_no_articles_is_not() {
        let named = |changed: &str| {
            vec![
                ("https://a.vn/post-sitemap1.xml".to_owned(), Some("2026-01-01".to_owned())),
                ("https://a.vn/post-sitemap2.xml".to_owned(), Some(changed.to_owned())),
                ("https://a.vn/category-sitemap.xml".to_owned(), Some("2026-06-12".to_owned())),
                ("https://a.vn/news.xml".to_owned(), None),
            ]
        };
        let mut children = BTreeMap::new();
        remember(&mut children, &named("2026-06-12"));
        let first = due(&children);
        assert_eq!(
            first,
            [
                "https://a.vn/news.xml",
                "https://a.vn/post-sitemap2.xml",
                "https://a.vn/post-sitemap1.xml"
            ]
        );
        for address in first {
            let child = children.get_mut(&address).unwrap();
            child.read = child.changed.clone();
        }
        remember(&mut children, &named("2026-06-12"));
        assert_eq!(due(&children), ["https://a.vn/news.xml"], "it says nothing of its changes");
        remember(&mut children, &named("2026-06-13"));
        assert_eq!(due(&children), ["https://a.vn/news.xml", "https://a.vn/post-sitemap2.xml"]);
    }
}
