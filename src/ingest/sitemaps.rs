//! The sitemaps that an index names: those that changed are read, a bounded number at each poll.

use super::Poll;
use super::crawl_state::{Child, CrawlState};
use super::worker::JobOutput;
use crate::fetch::request_for;
use crate::model::{DateOrder, Notice, SourceKind};
use crate::net::{Purpose, Request};
use crate::text::host_key;
use std::collections::BTreeMap;
use url::Url;

/// Sitemaps of an index that one poll reads.
const PER_POLL: usize = 5;
/// Sitemaps of an index that are remembered.
const MANY: usize = 1_000;
/// Words in the names of sitemaps that hold no articles.
const OTHERS: &[&str] = &[
    "category", "tag", "author", "taxonom", "product", "image", "video", "page-sitemap",
    "posts-page", "user", "chuyen-muc",
];

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

/// Reads the sitemaps of an index that may hold something new; what they bring is added to the output.
pub(super) async fn follow(
    poll: &Poll<'_>,
    output: Option<JobOutput>,
    date_order: DateOrder,
    state: &mut CrawlState,
) -> Option<JobOutput> {
    if !matches!(poll.source.kind, SourceKind::Sitemap { .. }) {
        return output;
    }
    match &output {
        Some(output) => remember(&mut state.children, &output.sitemaps),
        None if state.children.is_empty() => return None,
        None => {}
    }
    state.trouble.clear();
    let mut whole = output;
    for address in due(&state.children) {
        if poll.client.hosts().rest(poll.host, Purpose::Crawl, poll.now).is_some() {
            break;
        }
        let Some(child) = state.children.get_mut(&address) else { continue };
        child.asked = poll.now;
        match read_child(poll, &address, child, date_order).await {
            Ok(None) => {}
            Ok(Some(part)) => add(whole.get_or_insert_default(), part),
            Err(why) => {
                let example = format!("{address}: {why}");
                Notice::SitemapFailed.add(&mut state.trouble, &example);
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
async fn read_child(
    poll: &Poll<'_>,
    address: &str,
    child: &mut Child,
    date_order: DateOrder,
) -> Result<Option<JobOutput>, String> {
    let url = Url::parse(address).map_err(|error| error.to_string())?;
    if host_key(&url) != poll.host {
        return Err("it is on another host than its index".to_owned());
    }
    let request = request_for(poll.source, url, Purpose::Crawl).await;
    let request = Request {
        accept: "application/xml, text/xml;q=0.9, */*;q=0.5",
        etag: child.etag.clone(),
        last_modified: child.last_modified.clone(),
        ..request.map_err(|failure| failure.why)?
    };
    let answer = poll.client.get(request).await.map_err(|error| error.to_string())?;
    match answer.status.as_u16() {
        304 => {
            child.read = child.changed.clone();
            return Ok(None);
        }
        200..=203 => {}
        status => {
            let offset = poll.config.site.utc_offset;
            let until = answer.rests_until.map(|until| until.rfc3339_at(offset));
            let until = until.map_or(String::new(), |until| format!(", left alone until {until}"));
            return Err(format!("HTTP status {status}{until}"));
        }
    }
    let header = |name: http::HeaderName| {
        let value = answer.headers.get(name)?.to_str().ok()?;
        (value.len() <= 200).then(|| value.to_owned())
    };
    let content_type = header(http::header::CONTENT_TYPE);
    let (etag, last_modified) = (header(http::header::ETAG), header(http::header::LAST_MODIFIED));
    let job = poll.feed_job(content_type, answer.final_url.to_string(), date_order);
    let output = poll.pool.call(&job, answer.body).await.map_err(|error| error.to_string())?;
    (child.etag, child.last_modified, child.read) = (etag, last_modified, child.changed.clone());
    Ok(Some(output))
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
