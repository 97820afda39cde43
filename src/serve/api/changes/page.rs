use super::copying::Copying;
use super::{Form, JSON, LINES};
use crate::deliver::{Cursor, Page};
use crate::model::{Fingerprint, StepPage};
use crate::serve::http::compressed_answer;
use crate::serve::http::error::{Answer, Problem, run_blocking};
use crate::serve::http::room;
use crate::text::hex;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// How many KiB more than usual one answer may take where few are being answered; it has at least one step, if there is one.
const MORE_KIB: u32 = 1_536;
/// The size where there is no room: so little needs none.
const SMALL_KIB: usize = 48;
/// Answers without room that are made at once.
static TURNS: Semaphore = Semaphore::const_new(16);
/// Caches may keep a page that is full for so long: its articles may be taken back.
const FULL: HeaderValue = HeaderValue::from_static("public, max-age=30");
const UNFINISHED: HeaderValue = HeaderValue::from_static("no-cache");
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");

/// What a page holds until it is sent: its room, or its turn while it is made.
#[derive(Default)]
pub struct Held {
    room: Option<OwnedSemaphorePermit>,
    _turn: Option<SemaphorePermit<'static>>,
}

/// The last of the lines.
#[derive(Serialize)]
struct End<'a> {
    next: &'a str,
    more: bool,
}

/// The page after a cursor; where there is no step, the first one that comes within `wait`. With it the room that it may
/// take in memory.
///
/// # Errors
/// An event cannot be read.
pub async fn next_page(
    copying: &Arc<Copying>,
    mut cursor: Cursor,
    limit: usize,
    wait: Duration,
) -> Answer<(Page, Held)> {
    let until = Instant::now() + wait;
    let mut place = None;
    loop {
        let mut room = room::enter(&copying.state.room).await;
        let turn = if room.is_none() { TURNS.acquire().await.ok() } else { None };
        if let (Some(room), Ok(more)) =
            (&mut room, Arc::clone(&copying.state.room).try_acquire_many_owned(MORE_KIB))
        {
            room.merge(more);
        }
        let kib = room.as_ref().map_or(SMALL_KIB, OwnedSemaphorePermit::num_permits);
        let page = copying.read(&cursor, limit, kib * 1024).await?;
        let is_over = wait.is_zero() || copying.is_stopping() || Instant::now() >= until;
        if is_over || !page.steps.is_empty() || page.more {
            return Ok((page, Held { room, _turn: turn }));
        }
        drop((room, turn));
        place = place.or_else(|| copying.state.waiters.try_acquire().ok());
        if place.is_none() || !copying.wait_for_news(page.next.seq, until).await {
            return Ok((page, Held::default()));
        }
        cursor = page.next;
    }
}

/// A page as an answer.
///
/// # Errors
/// It cannot be written.
pub async fn write(
    copying: &Arc<Copying>,
    page: Page,
    held: Held,
    form: Form,
    headers: HeaderMap,
) -> Answer<Response> {
    let own = Arc::clone(copying);
    let answer = run_blocking(move || write_now(&own, page, form, &headers)).await??;
    Ok(room::fit(&copying.state.room, held.room, answer))
}

fn write_now(copying: &Copying, page: Page, form: Form, asked: &HeaderMap) -> Answer<Response> {
    let (next, more) = (page.next.to_string(), page.more);
    let cache = match (more, copying.is_public()) {
        (true, true) => FULL,
        (_, true) => UNFINISHED,
        (_, false) => PRIVATE,
    };
    let (bytes, media_type) = match form {
        Form::Document => (serde_json::to_vec(&StepPage { changes: page.steps, next, more }), JSON),
        Form::Lines => (lines(&page, &next), LINES),
        Form::Array => (serde_json::to_vec(&page.steps), JSON),
    };
    let bytes = bytes.map_err(|error| Problem::internal(&error))?;
    let tag = hex(&Fingerprint::of_bytes(&bytes).0);
    let mut response = compressed_answer::answer_conditionally(bytes, &tag, asked);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, cache);
    headers.append(header::VARY, HeaderValue::from_static("Accept, Authorization"));
    copying.name(&page.next, headers);
    Ok(response)
}

fn lines(page: &Page, next: &str) -> serde_json::Result<Vec<u8>> {
    let mut lines = Vec::new();
    for step in &page.steps {
        serde_json::to_writer(&mut lines, step)?;
        lines.push(b'\n');
    }
    serde_json::to_writer(&mut lines, &End { next, more: page.more })?;
    lines.push(b'\n');
    Ok(lines)
}
