use super::copying::Copying;
use super::events;
use super::page::{answer, next_page};
use super::query::{self, Live, Offset};
use super::shared::Form;
use crate::deliver::Cursor;
use crate::model::{Step, Timestamp};
use crate::serve::api::access;
use crate::serve::http::client_address::Peer;
use crate::serve::http::error::Answer;
use crate::serve::http::negotiate::accepted_coding;
use crate::serve::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use std::sync::Arc;
use std::time::Duration;

/// Steps in one answer.
const STEPS: usize = 1_000;
/// How long a long poll waits; the clients' own deadlines are longer.
const WAIT: Duration = Duration::from_secs(20);
/// The protocol counts intervals of 20 seconds since 2024-10-09T00:00:00Z (section 8.1).
const EPOCH: Timestamp = Timestamp::from_secs(1_728_432_000);
const INTERVAL_S: i64 = 20;

/// What a reader echoes, so that caches between us give nobody the same empty answer for ever.
pub fn interval(now: Timestamp, echoed: u64) -> u64 {
    let intervals = (now.secs() - EPOCH.secs()).div_euclid(INTERVAL_S);
    u64::try_from(intervals).unwrap_or(0).max(echoed.saturating_add(1))
}

/// `GET /api/v1/stream?offset=-1&live=long-poll`: the changes, read by the clients of Durable Streams.
#[utoipa::path(get, path = "/api/v1/stream", tag = "changes",
    summary = "The changes as a stream of the Durable Streams protocol, to read",
    description = "The same steps as `/api/v1/changes`, as a JSON array, with the same selection. `Stream-Next-Offset` is the offset to ask with next.",
    params(
        ("offset" = Option<String>, Query, description = "The `Stream-Next-Offset` of the answer before; `-1` or nothing for the beginning, `now` for what comes from now on", pattern = r"^(-1|now|[0-9]{1,19}(\.[0-9a-f]{16}|\.(0|[0-9a-f]{16})\.[0-9]{1,19}\.(0|[0-9a-f]{16}))?)$"),
        ("live" = Option<String>, Query, description = "`long-poll` waits up to 20 s where there is nothing, `sse` sends server-sent events", pattern = "^(long-poll|sse)$"),
        ("cursor" = Option<String>, Query, description = "The `Stream-Cursor` of the answer before, a whole number", pattern = "^[0-9]{1,40}$"),
        ("feed" = Option<Vec<String>>, Query, description = "As in `/api/v1/changes`"),
        ("source" = Option<Vec<String>>, Query, description = "As in `/api/v1/changes`"),
        ("category" = Option<Vec<String>>, Query, description = "As in `/api/v1/changes`"),
        ("language" = Option<Vec<String>>, Query, description = "As in `/api/v1/changes`"),
        ("province" = Option<Vec<String>>, Query, description = "As in `/api/v1/changes`"),
    ),
    responses(
        (status = 200, description = "Steps", content((Vec<Step> = "application/json"), (events::WrittenEvent = "text/event-stream")),
            headers(
                ("Stream-Next-Offset" = String, description = "The offset to ask with next"),
                ("Stream-Up-To-Date" = String, description = "`true` where there is nothing behind it now"),
                ("Stream-Cursor" = String, description = "To echo in `cursor`"))),
        (status = 204, description = "Nothing came while a long poll waited"),
        (status = 304, description = "The same as the `ETag` in `If-None-Match`"),
        (status = 400, description = "A parameter is not of its form, or names what is not there", body = crate::serve::http::error::Written, content_type = "application/problem+json"),
        (status = 401, description = "No partner's token where one is needed, or one that is nobody's", body = crate::serve::http::error::Written, content_type = "application/problem+json"),
        (status = 403, description = "The token is not taken from this address", body = crate::serve::http::error::Written, content_type = "application/problem+json"),
        (status = 410, description = "The offset is of another selection or journal; read anew from -1", body = crate::serve::http::error::Written, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests within a minute", body = crate::serve::http::error::Written, content_type = "application/problem+json"),
        (status = 500, description = "A fault of ours", body = crate::serve::http::error::Written, content_type = "application/problem+json"),
        (status = 503, description = "Too many streams are open", body = crate::serve::http::error::Written, content_type = "application/problem+json"),
    ),
    security((), ("token" = [])))]
pub async fn stream(
    extract::State(state): extract::State<Arc<State>>,
    peer: Option<extract::Extension<Peer>>,
    extract::RawQuery(query): extract::RawQuery,
    headers: HeaderMap,
) -> Answer<Response> {
    let asked = query::parse_stream(query.as_deref().unwrap_or(""))?;
    let config = state.config.load_full();
    let peer = peer.map(|extract::Extension(peer)| peer);
    let partner = access::admit(&state, &config, &headers, peer)?;
    let (is_now, cursor) = match asked.offset {
        Offset::At(cursor) => (false, cursor),
        Offset::Now => (true, Cursor::default()),
    };
    let begun = Copying::begin(&state, config, partner, asked.selection.as_ref(), cursor);
    let (copying, mut cursor) = begun.await?;
    if is_now {
        cursor.seq = state.journal.last();
    }
    let echo = interval((state.now)(), asked.cursor);
    match asked.live {
        Live::Events => events::answer(copying, cursor, Form::DurableEvents { echo }),
        live => {
            let wait = if live == Live::LongPoll { WAIT } else { Duration::ZERO };
            let written = (Form::Array, accepted_coding(&headers));
            let page = next_page(&copying, cursor, STEPS, wait, written).await?;
            let (next, more) = (page.next.clone(), page.more);
            let mut response = match page.is_empty && live == Live::LongPoll {
                true => nothing_came(),
                false => answer(&copying, page, Form::Array, &headers),
            };
            name(&mut response, &next, more, echo);
            Ok(response)
        }
    }
}

fn nothing_came() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn name(response: &mut Response, next: &Cursor, more: bool, echo: u64) {
    let headers = response.headers_mut();
    let next = HeaderValue::from_str(&next.padded()).ok();
    headers.extend(next.map(|next| (HeaderName::from_static("stream-next-offset"), next)));
    headers.insert("stream-cursor", echo.into());
    if !more {
        headers.insert("stream-up-to-date", HeaderValue::from_static("true"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_echoed_never_goes_back() {
        let now = EPOCH.plus_millis(20_000 * 1_000);
        assert_eq!(
            (interval(now, 0), interval(now, 999), interval(now, 1_000)),
            (1_000, 1_000, 1_001)
        );
    }
}
