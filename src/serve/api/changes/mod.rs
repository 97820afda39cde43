//! `GET /api/v1/changes`: every article at its present state, in the order of the journal, from any cursor.
//!
//! A cursor names the last event that a partner has processed. Events are numbered when they are committed, so none
//! appears later below a cursor that was handed out. A partner that stores `next` after it has processed a page sees a
//! page twice at worst, never a gap. A journal restored from a backup skips the numbers that the lost one may have
//! given, so a cursor of those is answered 410.

/// What a reader asks for: cursor, bounds, selection.
mod query;
/// One copy that is being read: its selection, what it may have, and its waiting for news.
mod copying;
/// Pages that many readers ask for at once.
mod shared;
/// Steps as lines and as server-sent events. Pure.
mod forms;
/// One page, made once for all who ask for it, and as an answer.
mod page;
/// Steps as server-sent events, as long as the reader listens.
mod events;
/// `/api/v1/stream`: the same for the clients of the Durable Streams protocol.
pub mod durable;

use super::access;
use crate::model::StepPage;
use crate::serve::http::client_address::Peer;
use crate::serve::http::error::Answer;
use crate::serve::http::negotiate::{accepted_coding, accepted_media_type};
use crate::serve::state::State;
use axum::extract;
use axum::response::Response;
use copying::Copying;
use http::HeaderMap;
use shared::Form;
pub use shared::SharedPages;
use std::sync::Arc;

const JSON: &str = "application/json";
const LINES: &str = "application/x-ndjson";
const EVENTS: &str = "text/event-stream";

/// `GET /api/v1/changes?after=CURSOR&wait=30s&limit=100`, with `feed`, `source`, `category`, `language`, `province`.
#[utoipa::path(get, path = "/api/v1/changes", tag = "changes",
    summary = "Every article at its present state, in the order in which they last changed, after a cursor",
    description = "JSON; by `Accept` also `application/x-ndjson` (one step a line, and a last line with `next` and `more`) or `text/event-stream` (`id` is the cursor, `event` the type, `data` the step; `Last-Event-ID` goes on). Parameters of the selection may be repeated: of different ones all must match, of one any.",
    params(
        ("after" = Option<String>, Query, description = "The cursor: the `next` of the answer before; 0 or nothing for a full copy", pattern = r"^[0-9]{1,19}(\.[0-9a-f]{16}|\.(0|[0-9a-f]{16})\.[0-9]{1,19}\.(0|[0-9a-f]{16}))?$"),
        ("wait" = Option<String>, Query, description = "How long to wait for a step where there is none: `30s` or `30`, at most 60 s", pattern = "^[0-9]{1,4}s?$"),
        ("limit" = Option<usize>, Query, description = "Steps in one page; 1,000 at most, whatever is asked", minimum = 1),
        ("feed" = Option<Vec<String>>, Query, description = "Articles of this feed, whatever their age: `all`, the id of a configured feed, `source-ID`, `category-SLUG`"),
        ("source" = Option<Vec<String>>, Query, description = "Articles of this source"),
        ("category" = Option<Vec<String>>, Query, description = "Articles of this category, by name, code or slug"),
        ("language" = Option<Vec<String>>, Query, description = "Articles in this language (BCP 47); `vi` takes `vi-VN` too"),
        ("province" = Option<Vec<String>>, Query, description = "Articles whose publisher or host is of this province, in the borders since 1 July 2025"),
    ),
    responses(
        (status = 200, description = "A page of steps", content(
            (StepPage = "application/json"), (String = "application/x-ndjson"), (events::WrittenEvent = "text/event-stream")),
            headers(
                ("Dongtin-Next" = String, description = "The cursor to ask with next, as in the body"),
                ("Dongtin-Journal" = String, description = "The identity of the journal that the cursor belongs to"),
                ("ETag" = String, description = "Of exactly these bytes"))),
        (status = 304, description = "The page is the same as the `ETag` in `If-None-Match`"),
        (status = 400, description = "A parameter is not of its form, or names what is not there; the answer lists what is", body = crate::serve::http::error::Written, content_type = "application/problem+json"),
        (status = 401, description = "The changes are not public and there is no partner's token, or the token is nobody's or has expired", body = crate::serve::http::error::Written, content_type = "application/problem+json"),
        (status = 403, description = "The token is not taken from this address", body = crate::serve::http::error::Written, content_type = "application/problem+json"),
        (status = 410, description = "The cursor is of another selection or names no event of this journal, which was restored from an older backup or is another one; copy anew", body = crate::serve::http::error::Written, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests within a minute; `Retry-After` says when to come again", body = crate::serve::http::error::Written, content_type = "application/problem+json"),
        (status = 500, description = "A fault of ours", body = crate::serve::http::error::Written, content_type = "application/problem+json"),
        (status = 503, description = "Too many streams are open; `Retry-After` says when to come again", body = crate::serve::http::error::Written, content_type = "application/problem+json"),
    ),
    security((), ("token" = [])))]
pub async fn changes(
    extract::State(state): extract::State<Arc<State>>,
    peer: Option<extract::Extension<Peer>>,
    extract::RawQuery(query): extract::RawQuery,
    headers: HeaderMap,
) -> Answer<Response> {
    let mut asked = query::parse(query.as_deref().unwrap_or(""))?;
    let forms = [JSON, LINES, EVENTS];
    let form = accepted_media_type(&headers, &forms).and_then(|form| forms.get(form)).copied();
    if form == Some(EVENTS)
        && let Some(id) = headers.get("last-event-id").and_then(|id| id.to_str().ok())
    {
        asked.after = query::parse_cursor("Last-Event-ID", id)?;
    }
    let config = state.config.load_full();
    let partner =
        access::admit(&state, &config, &headers, peer.map(|extract::Extension(peer)| peer))?;
    let asking = asked.selection.as_ref();
    let (copying, cursor) = Copying::begin(&state, config, partner, asking, asked.after).await?;
    let form = match form {
        Some(EVENTS) => return events::answer(copying, cursor, Form::Events),
        Some(LINES) => Form::Lines,
        _ => Form::Document,
    };
    let written = (form, accepted_coding(&headers));
    let page = page::next_page(&copying, cursor, asked.limit, asked.wait, written).await?;
    Ok(page::answer(&copying, page, form, &headers))
}
