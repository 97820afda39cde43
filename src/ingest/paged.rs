//! The further pages of a feed in pages (RFC 5005 §3, `next_url` of JSON Feed): read at the first poll of a source, since
//! what stands there never comes to the first page again.

use super::Poll;
use super::worker::JobOutput;
use crate::fetch::request_for;
use crate::model::{DateOrder, Notice, SourceKind};
use crate::net::{Purpose, Request};
use crate::text::host_key;
use std::collections::HashSet;
use url::Url;

/// Pages that are read at most besides the first.
const MOST: usize = 9;

/// Adds what the further pages of a feed bring. A page that fails ends the walk.
pub(super) async fn follow(poll: &Poll<'_>, whole: &mut JobOutput, date_order: DateOrder) {
    if !matches!(poll.source.kind, SourceKind::Feed { .. }) {
        return;
    }
    let mut seen = HashSet::new();
    let mut next = whole.next.take();
    while let Some(address) = next {
        let is_new = seen.insert(address.clone());
        let room =
            seen.len() <= MOST && whole.refined.drafts.len() < poll.config.worker.max_entries;
        let read = match is_new && room {
            true => read_page(poll, &address, date_order).await,
            false => Err("no further page is read".to_owned()),
        };
        match read {
            Ok(page) => next = add(whole, page),
            Err(why) => {
                let example = format!("{address}: {why}");
                return Notice::PagesLeft.add(&mut whole.refined.warnings, &example);
            }
        }
    }
}

/// Adds the articles of a page that are not there yet. Returns the address of the page after it, if it had any.
fn add(whole: &mut JobOutput, page: JobOutput) -> Option<String> {
    let known: HashSet<String> =
        whole.refined.drafts.iter().map(|draft| draft.upstream_id.clone()).collect();
    let before = known.len();
    let new = page.refined.drafts.into_iter().filter(|d| !known.contains(&d.upstream_id));
    whole.refined.drafts.extend(new);
    whole.refined.rejected.extend(page.refined.rejected);
    page.next.filter(|_| whole.refined.drafts.len() > before)
}

async fn read_page(
    poll: &Poll<'_>,
    address: &str,
    date_order: DateOrder,
) -> Result<JobOutput, String> {
    let url = Url::parse(address).map_err(|error| error.to_string())?;
    if host_key(&url) != poll.host {
        return Err("it is on another host".to_owned());
    }
    let request = request_for(poll.source, url, Purpose::Crawl).await;
    let request = Request { accept: "*/*", ..request.map_err(|failure| failure.why)? };
    let answer = poll.client.get(request).await.map_err(|error| error.to_string())?;
    if !(200..=203).contains(&answer.status.as_u16()) {
        return Err(format!("HTTP status {}", answer.status.as_u16()));
    }
    let content_type = answer.headers.get(http::header::CONTENT_TYPE);
    let content_type = content_type.map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned());
    let job = poll.feed_job(content_type, answer.final_url.to_string(), date_order);
    poll.pool.call(&job, answer.body).await.map_err(|error| error.to_string())
}
