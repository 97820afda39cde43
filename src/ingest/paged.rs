//! The further documents of a feed in pages or with an archive (RFC 5005 sections 3 and 4, `next_url` of JSON Feed): read
//! once, back to the first article, since what stands there never comes to the current document again. A source's first
//! poll begins, the next ones go on where it stopped.

use super::decide::Origin;
use super::error::Error;
use super::worker::JobOutput;
use super::{Intake, Poll, backlog};
use crate::fetch::request_for;
use crate::model::{DateOrder, Notice, Source, SourceKind};
use crate::net::{Purpose, Request};
use crate::store::Kind;
use crate::text::host_key;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use url::Url;

/// Pages that one poll reads at most besides the first.
const MOST: usize = 9;
/// Pages that are read of one source at most.
const ALL: u32 = 1_000;
/// Failures in a row that end the walk.
const TRIES: u32 = 5;

/// Where the reading of a source's pages goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct PagesLeft {
    /// The next page.
    next: String,
    /// Pages read so far.
    read: u32,
    /// Failures in a row.
    failures: u32,
}

/// Adds what the further pages of a feed bring. A page that fails ends the walk; what is left for the next poll is the
/// output's `next`.
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
        let read = match (is_new, room) {
            (true, true) => read_page(poll, &address, date_order).await,
            (true, false) => {
                whole.next = Some(address);
                return;
            }
            (false, _) => Err("it was read already".to_owned()),
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

/// Remembers that pages are left, once what was read is on the disk.
///
/// # Errors
/// If the store fails.
pub(super) fn leave(intake: &Intake, source: &Source, next: String) -> Result<(), Error> {
    let left = PagesLeft { next, read: MOST as u32, failures: 0 };
    Ok(intake.progress().put(Kind::PagesLeft, source.id.as_str(), &left)?)
}

/// Reads the next pages of a source of which some are left, and applies them. It reads no further while articles wait.
///
/// # Errors
/// If the journal or the store fails.
pub(super) async fn read_on(
    intake: &Intake,
    poll: &Poll<'_>,
    date_order: DateOrder,
) -> Result<(), Error> {
    let (progress, name) = (intake.progress(), poll.source.id.as_str());
    let Some(mut left) = progress.get::<PagesLeft>(Kind::PagesLeft, name)? else { return Ok(()) };
    let lock = intake.locks.of_source(&poll.source.id);
    let _alone = lock.lock().await;
    for _ in 0..MOST {
        if *poll.stopped.borrow() || backlog::has_waiting(intake, poll.source)? {
            return Ok(());
        }
        let next = match read_page(poll, &left.next, date_order).await {
            Ok(page) => {
                let (refined, origin) = (page.refined, Origin::Polled);
                backlog::apply_with_waiting(intake, poll.source, refined, origin, poll.now).await?;
                left = PagesLeft { read: left.read + 1, failures: 0, ..left };
                page.next.filter(|next| *next != left.next)
            }
            Err(why) => {
                left.failures += 1;
                tracing::debug!(source.id = name, address = left.next, why, "a page was not read");
                Some(left.next.clone()).filter(|_| left.failures < TRIES)
            }
        };
        let Some(next) = next.filter(|_| left.read < ALL) else {
            return Ok(progress.remove(Kind::PagesLeft, name)?);
        };
        left.next = next;
        progress.put(Kind::PagesLeft, name, &left)?;
        if left.failures > 0 {
            return Ok(());
        }
    }
    Ok(())
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
