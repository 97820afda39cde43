//! `GET /api/v1/changes`: the journal itself, in order, from any cursor.
//!
//! A cursor is the number of the last event that a partner has processed. Events are numbered when they are committed,
//! so none appears later below a cursor that was handed out. A partner that stores `next` after it has processed a page
//! sees a page twice at worst, never a gap. A journal restored from a backup skips the numbers that the lost one may have
//! given, so a cursor of those is answered 410.

use crate::model::{Article, Change, Event, Seq};
use crate::serve::http::compressed_answer;
use crate::serve::http::error::{Answer, Kind, Problem, run_blocking};
use crate::serve::http::guarded_body::guarded;
use crate::serve::state::{Phase, State};
use axum::body::{Body, HttpBody};
use axum::extract;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::Serialize;
use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;

/// How long an answer waits until the views show its events.
const SHOWN_WITHIN: Duration = Duration::from_secs(2);
/// Events in one answer, if the client names no limit.
const USUAL: usize = 100;
/// Events in one answer at most.
const MOST: usize = 1_000;
const LONGEST: Duration = Duration::from_secs(60);
/// About the size of one answer; it has at least one event.
const PAGE_KIB: u32 = 2 << 10;
/// The size where many are being answered.
const SMALL_KIB: u32 = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Asked {
    after: Seq,
    wait: Duration,
    limit: usize,
}

/// One page of changes.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Page {
    /// In order; empty where nothing has changed since the cursor.
    pub changes: Vec<Item>,
    /// The cursor to ask with next.
    pub next: u64,
    /// The number of the last event there is.
    pub last: u64,
    /// Whether more events wait behind `next`.
    pub more: bool,
}

/// One change.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Item {
    /// Its number: ordered, not promised dense.
    pub seq: u64,
    /// When it was taken in, RFC 3339.
    pub at: String,
    /// `published`, `revised` or `withdrawn`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The article's permanent id.
    pub id: String,
    /// The last part of the article's address here.
    pub key: String,
    /// Whose it is.
    pub source: String,
    /// What the source calls it.
    pub upstream_id: String,
    /// 1 for the first publication.
    pub revision: u32,
    /// Why it was withdrawn, in the source's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The whole article as it stood after this change; absent where it was withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub article: Option<Arc<Article>>,
}

impl Item {
    fn of(event: Event) -> Self {
        let (seq, at, kind) = (event.seq.0, event.at.rfc3339(), event.change.name());
        match event.change {
            Change::Published { article } | Change::Revised { article } => Self {
                seq,
                at,
                kind,
                id: article.id.to_string(),
                key: article.key.to_string(),
                source: article.source.to_string(),
                upstream_id: article.upstream_id.clone(),
                revision: article.revision,
                reason: None,
                article: Some(article),
            },
            Change::Withdrawn { key, id, source, upstream_id, reason, revision, .. } => Self {
                seq,
                at,
                kind,
                id: id.to_string(),
                key: key.to_string(),
                source: source.to_string(),
                upstream_id,
                revision,
                reason,
                article: None,
            },
        }
    }
}

/// `GET /api/v1/changes?after=SEQ&wait=30s&limit=100`
#[utoipa::path(get, path = "/api/v1/changes", tag = "changes",
    summary = "Every published, revised and withdrawn article after a cursor, in order",
    params(
        ("after" = Option<u64>, Query, description = "The cursor: the `next` of the page before; 0 or nothing for a full copy"),
        ("wait" = Option<String>, Query, description = "How long to wait for a change where there is none: `30s` or `30`, at most 60 s", pattern = "^[0-9]{1,4}s?$"),
        ("limit" = Option<usize>, Query, description = "Events in one page; 1,000 at most, whatever is asked", minimum = 1),
    ),
    responses(
        (status = 200, description = "A page of changes", body = Page),
        (status = 304, description = "The page is the same as the `ETag` in `If-None-Match`"),
        (status = 400, description = "A parameter is not of its form", body = crate::serve::http::error::Written, content_type = "application/problem+json"),
        (status = 410, description = "The cursor names no event of this journal: it was restored from an older backup, or is another one; copy anew", body = crate::serve::http::error::Written, content_type = "application/problem+json"),
        (status = 500, description = "A fault of ours", body = crate::serve::http::error::Written, content_type = "application/problem+json"),
    ))]
pub async fn changes(
    extract::State(state): extract::State<Arc<State>>,
    extract::RawQuery(query): extract::RawQuery,
    headers: HeaderMap,
) -> Answer<Response> {
    let asked = parse_query(query.as_deref().unwrap_or(""))?;
    if !names_an_event(&state, asked.after).await? {
        return Err(unknown_cursor(asked.after));
    }
    wait_for_news(&state, asked).await;
    let room = Arc::clone(&state.room).try_acquire_many_owned(PAGE_KIB).ok();
    let kib = if room.is_some() { PAGE_KIB } else { SMALL_KIB };
    let page = read_page(&state, asked, kib as usize * 1024).await?;
    let answer = run_blocking(move || answer_page(&page, &headers)).await??;
    let room = keep_needed(answer.body(), room);
    Ok(answer.map(|body| guarded(body, room)))
}

/// Keeps the room that a body needs, and gives the rest back at once.
fn keep_needed(body: &Body, room: Option<OwnedSemaphorePermit>) -> Option<OwnedSemaphorePermit> {
    let needed = body.size_hint().exact().unwrap_or(u64::MAX).div_ceil(1024);
    let needed = usize::try_from(needed).unwrap_or(usize::MAX);
    let mut room = room?;
    drop(room.split(room.num_permits().saturating_sub(needed)));
    Some(room)
}

/// Waits until there is an event after the cursor, the time is up, or the daemon stops. Registers before it looks.
async fn wait_for_news(state: &State, asked: Asked) {
    if asked.wait.is_zero() {
        return;
    }
    let Ok(_place) = state.waiters.try_acquire() else { return };
    let mut tail = state.journal.tail();
    let mut phase = state.phase.clone();
    tokio::select! {
        _ = tail.wait_for(|last| *last > asked.after) => {}
        _ = phase.wait_for(|phase| *phase == Phase::Stopping) => {}
        () = tokio::time::sleep(asked.wait) => {}
    }
}

async fn read_page(state: &Arc<State>, asked: Asked, bytes: usize) -> Answer<Page> {
    let journal = state.journal.clone();
    let read = move || journal.read_within(asked.after, asked.limit, bytes);
    let events = run_blocking(read).await?.map_err(|error| Problem::internal(&error))?;
    let next = events.last().map_or(asked.after, |event| event.seq);
    // A partner that hears of a change finds it in the feeds too; a store that lags delays nobody for long.
    let _ = tokio::time::timeout(SHOWN_WITHIN, state.store.caught_up(next)).await;
    let last = state.journal.last().max(next);
    let changes = events.into_iter().map(Item::of).collect();
    Ok(Page { changes, next: next.0, last: last.0, more: last > next })
}

/// A page's tag is its range of the journal: events never change, so the same range is the same page.
fn answer_page(page: &Page, headers: &HeaderMap) -> Answer<Response> {
    let first = page.changes.first().map_or(page.next, |item| item.seq);
    let tag = format!("{first}-{}-{}", page.next, page.last);
    let bytes = serde_json::to_vec(page).map_err(|error| Problem::internal(&error))?;
    let mut response = compressed_answer::answer_conditionally(bytes, &tag, headers);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(HeaderName::from_static("dongtin-next"), page.next.into());
    Ok(response)
}

/// Whether this journal gave the cursor: the number of one of its events, or 0.
async fn names_an_event(state: &State, cursor: Seq) -> Answer<bool> {
    let last = state.journal.last();
    if cursor == last || cursor == Seq(0) || cursor > last {
        return Ok(cursor <= last);
    }
    let journal = state.journal.clone();
    let found = run_blocking(move || journal.log().has(cursor)).await?;
    found.map_err(|error| Problem::internal(&error))
}

fn unknown_cursor(cursor: Seq) -> Box<Problem> {
    Problem::new(
        Kind::CursorGone,
        format!("the cursor {cursor} names no event of this journal: it is from another one, or this one was restored from a backup that was older; copy anew with after=0, and delete what is not in the copy"),
        format!("con trỏ {cursor} không ứng với sự kiện nào của nhật ký này: con trỏ thuộc một nhật ký khác, hoặc nhật ký này đã được khôi phục từ bản sao lưu cũ hơn; hãy chép lại từ đầu với after=0 và xóa những bài không có trong bản chép"),
    )
    .field("after")
}

fn parse_query(query: &str) -> Answer<Asked> {
    let mut asked = Asked { after: Seq(0), wait: Duration::ZERO, limit: USUAL };
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "after" => asked.after = Seq(parse_number(&name, &value)?),
            "wait" => {
                let seconds = parse_bound(&name, value.strip_suffix('s').unwrap_or(&value))?;
                asked.wait = Duration::from_secs(seconds).min(LONGEST);
            }
            "limit" => {
                let limit = usize::try_from(parse_bound(&name, &value)?).unwrap_or(MOST).min(MOST);
                asked.limit = NonZero::new(limit).ok_or_else(|| no_events(&name))?.get();
            }
            _ => return Err(unknown_parameter(&name)),
        }
    }
    Ok(asked)
}

fn no_events(name: &str) -> Box<Problem> {
    let (en, vi) = ("`limit` is 1 at least", "`limit` phải từ 1 trở lên");
    Problem::new(Kind::BadRequest, en, vi).field(name)
}

/// A whole number that is only a bound; one that is too large counts as the largest.
fn parse_bound(name: &str, value: &str) -> Answer<u64> {
    let huge = value.len() > 18 && value.bytes().all(|b| b.is_ascii_digit());
    if huge { Ok(u64::MAX) } else { parse_number(name, value) }
}

/// A whole number up to 2^63-1, since the OpenAPI document says `int64`.
fn parse_number(name: &str, value: &str) -> Answer<u64> {
    let figures = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
    let number = figures.then(|| value.parse::<i64>().ok()?.try_into().ok()).flatten();
    number.ok_or_else(|| {
        let shown: String = value.chars().take(40).collect();
        Problem::new(
            Kind::BadRequest,
            format!("`{name}` is a whole number, not `{shown}`"),
            format!("`{name}` phải là số nguyên, không phải `{shown}`"),
        )
        .field(name)
    })
}

fn unknown_parameter(name: &str) -> Box<Problem> {
    let name: String = name.chars().take(40).collect();
    Problem::new(
        Kind::BadRequest,
        format!("there is no parameter `{name}`: use `after`, `wait`, `limit`"),
        format!("không có tham số `{name}`: hãy dùng `after`, `wait`, `limit`"),
    )
    .field(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_read_or_refused_by_name() {
        let full = parse_query("after=812&wait=30s&limit=5").unwrap();
        assert_eq!(full, Asked { after: Seq(812), wait: Duration::from_secs(30), limit: 5 });
        assert_eq!(parse_query("after=9223372036854775807").unwrap().after, Seq(i64::MAX as u64));
        assert_eq!(parse_query("").unwrap().limit, USUAL);
        assert_eq!(parse_query("wait=999999&limit=1").unwrap().wait, LONGEST);
        assert_eq!(parse_query("limit=99999999").unwrap().limit, MOST);
        assert_eq!(parse_query("limit=330432740748099970003161308987392").unwrap().limit, MOST);
        for (bad, field) in [
            ("after=-1", "after"),
            ("after=", "after"),
            ("wait=1m", "wait"),
            ("since=3", "since"),
            ("limit=%2B5", "limit"),
            ("limit=0", "limit"),
            ("after=99999999999999999999", "after"),
            ("after=9223372036854775808", "after"),
        ] {
            assert_eq!(parse_query(bad).unwrap_err().field.as_deref(), Some(field), "{bad}");
        }
    }
}
