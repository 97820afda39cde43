use super::copying::Copying;
use super::forms;
use super::shared::{Form, Question, SharedPage, WrittenPage};
use super::{JSON, LINES};
use crate::deliver::{Cursor, Page};
use crate::feeds::Encoding;
use crate::model::{Fingerprint, StepPage};
use crate::serve::http::compressed_answer;
use crate::serve::http::error::{Answer, Problem, run_blocking};
use crate::serve::http::guarded_body::guarded;
use crate::serve::http::room;
use crate::text::hex;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// How many KiB more than usual one answer may take where few are being answered; it has at least one step, if there is one.
const MORE_KIB: u32 = 1_536;
/// The size where there is no room: so little needs none.
const SMALL_KIB: usize = 48;
/// The size of a piece of a stream.
const PIECE_BYTES: usize = 64 << 10;
/// Answers without room that are made at once.
static TURNS: Semaphore = Semaphore::const_new(16);
/// Caches may keep a page that is full for so long: its articles may be taken back.
const FULL: HeaderValue = HeaderValue::from_static("public, max-age=30");
const UNFINISHED: HeaderValue = HeaderValue::from_static("no-cache");
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");

/// The page after a cursor; where there is no step, the first one that comes within `wait`.
///
/// # Errors
/// An event cannot be read, or there is no room for the answer.
pub async fn next_page(
    copying: &Arc<Copying>,
    mut cursor: Cursor,
    limit: usize,
    wait: Duration,
    (form, coding): (Form, Encoding),
) -> Answer<SharedPage> {
    let until = Instant::now() + wait;
    let mut place = None;
    loop {
        let page = page_of(copying, copying.question(cursor, limit, form, coding)).await?;
        let is_over = wait.is_zero() || copying.is_stopping() || Instant::now() >= until;
        if is_over || !page.is_empty || page.more {
            return Ok(page);
        }
        place = place.or_else(|| copying.state.waiters.try_acquire().ok());
        cursor = page.next.clone();
        if place.is_none() || !copying.wait_for_news(cursor.seq, until).await {
            return Ok(page);
        }
    }
}

/// The page that answers a question, shared with all who ask it now.
///
/// # Errors
/// An event cannot be read, or there is no room for the answer.
pub async fn page_of(copying: &Arc<Copying>, question: Question) -> Answer<SharedPage> {
    copying.state.pages.get(question, async |question| make(copying, question).await).await
}

async fn make(copying: &Arc<Copying>, question: &Question) -> Answer<WrittenPage> {
    if copying.is_at_end(&question.cursor) {
        return write(Page { next: question.cursor.clone(), ..Page::default() }, question);
    }
    let mut room = room::enter(&copying.state.room).await;
    let _turn = if room.is_none() { TURNS.acquire().await.ok() } else { None };
    let bytes = match question.form {
        Form::Events | Form::DurableEvents { .. } => PIECE_BYTES,
        _ => {
            if let Some(room) = &mut room
                && let Ok(more) = Arc::clone(&copying.state.room).try_acquire_many_owned(MORE_KIB)
            {
                room.merge(more);
            }
            room.as_ref().map_or(SMALL_KIB, OwnedSemaphorePermit::num_permits) * 1024
        }
    };
    let page = copying.read(&question.cursor, question.limit, bytes).await?;
    let asked = question.clone();
    let written = run_blocking(move || write(page, &asked)).await??;
    let room = room::trim(&copying.state.room, room, written.bytes.len() as u64)?;
    Ok(WrittenPage { _room: room, ..written })
}

fn write(page: Page, question: &Question) -> Answer<WrittenPage> {
    let (next, more, is_empty) = (page.next.to_string(), page.more, page.steps.is_empty());
    let bytes = match question.form {
        Form::Document => {
            let changes = page.steps;
            serde_json::to_vec(&StepPage { changes, next, more })
        }
        Form::Lines => forms::lines(&page.steps, &next, more),
        Form::Array => serde_json::to_vec(&page.steps),
        Form::Events => forms::events(&question.cursor, &page.steps),
        Form::DurableEvents { echo } => forms::durable_events(&page, echo),
    };
    let bytes = bytes.map_err(|error| Problem::internal(&error))?;
    let tag = hex(&Fingerprint::of_bytes(&bytes).0);
    let (bytes, coding) = compressed_answer::encode(bytes, question.coding)
        .map_err(|error| Problem::internal(&error))?;
    Ok(WrittenPage { bytes, next: page.next, more, is_empty, coding, tag, _room: None })
}

/// A page as an answer.
pub fn answer(copying: &Copying, page: SharedPage, form: Form, asked: &HeaderMap) -> Response {
    let cache = match (page.more, copying.is_public()) {
        (true, true) => FULL,
        (_, true) => UNFINISHED,
        (_, false) => PRIVATE,
    };
    let media_type = if form == Form::Lines { LINES } else { JSON };
    let (bytes, coding) = (page.bytes.clone(), page.coding);
    let mut response = compressed_answer::answer_encoded(bytes, coding, &page.tag, asked);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, cache);
    headers.append(header::VARY, HeaderValue::from_static("Accept, Authorization"));
    copying.name(&page.next, headers);
    response.map(|body| guarded(body, page))
}
