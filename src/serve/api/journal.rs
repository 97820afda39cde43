//! `/api/v1/journal`: the events as they are, for followers.

use super::{access, leader};
use crate::deliver::{Cursor, Selection};
use crate::journal::{self, Journal};
use crate::model::{Event, JournalHead, Partner, Seq};
use crate::serve::http::client_address::Peer;
use crate::serve::http::compressed_answer;
use crate::serve::http::error::{Answer, Kind, Problem, Written, run_blocking};
use crate::serve::state::{Phase, State};
use axum::extract;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Events in one page at most, and about the bytes of what they say.
const EVENTS: usize = 1_000;
const BYTES: usize = 4 << 20;
const LONGEST: Duration = Duration::from_secs(60);
/// Characters of a mark at most.
const MARK: usize = 80;

/// What a follower asks for.
#[derive(Clone, Debug, PartialEq, Eq, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// The number of the last event that is there; 0 for all
    #[param(value_type = u64, required = false)]
    after: Seq,
    /// What tells that event from another journal's
    #[param(required = false)]
    mark: String,
    /// The same of the last purge that is there
    #[param(required = false)]
    purged: String,
    /// Events at most
    #[param(minimum = 1, required = false)]
    limit: usize,
    /// How long to wait for an event if there is none: `30s` or `30`, at most 60 s
    #[param(value_type = String, pattern = "^[0-9]{1,4}s?$", required = false)]
    wait: Duration,
}

impl Asked {
    fn parse(query: &str) -> Answer<Self> {
        let (after, wait, limit) = (Seq(0), Duration::ZERO, EVENTS);
        let mut asked = Self { after, mark: String::new(), purged: String::new(), limit, wait };
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            asked.set(&name, &value).ok_or_else(|| {
                let en = "the parameters are `after`, `mark`, `purged`, `limit` and `wait`, as a follower sends them";
                let vi = "các tham số là `after`, `mark`, `purged`, `limit` và `wait`, như nút chép theo vẫn gửi";
                Problem::new(Kind::BadRequest, en, vi).field(name)
            })?;
        }
        Ok(asked)
    }

    /// Takes a parameter; `None` if it is none, or not of its form.
    fn set(&mut self, name: &str, value: &str) -> Option<()> {
        match name {
            "after" => self.after = Seq(value.parse().ok()?),
            "limit" => self.limit = value.parse::<NonZero<usize>>().ok()?.get().min(EVENTS),
            "wait" => {
                let seconds = value.strip_suffix('s').unwrap_or(value).parse().ok()?;
                self.wait = Duration::from_secs(seconds).min(LONGEST);
            }
            "mark" if value.len() <= MARK => value.clone_into(&mut self.mark),
            "purged" if value.len() <= MARK => value.clone_into(&mut self.purged),
            _ => return None,
        }
        Some(())
    }
}

/// `GET /api/v1/journal`: the events after a number as they are, for a partner with `follow = true`.
#[utoipa::path(get, path = "/api/v1/journal", tag = "changes",
    summary = "The events of the journal as they are, for followers of this node",
    description = "Lines of JSON: first a `JournalHead`, then one event a line, in order. Never public: it has earlier and withdrawn texts.",
    params(Asked),
    responses(
        (status = 200, description = "A head, and events", body = JournalHead, content_type = "application/x-ndjson",
            headers(
                ("Dongtin-Journal" = String, description = "The identity of the journal"),
                ("Dongtin-Term" = u64, description = "How often a leader was made in its history"))),
        (status = 400, description = "A parameter is not of its form", body = Written, content_type = "application/problem+json"),
        (status = 401, description = "There is no partner's token", body = Written, content_type = "application/problem+json"),
        (status = 403, description = "The partner may not follow, or not from this address", body = Written, content_type = "application/problem+json"),
        (status = 410, description = "The journal has no such event, or another one", body = Written, content_type = "application/problem+json"),
        (status = 421, description = "This node follows another one", body = Written, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests within a minute", body = Written, content_type = "application/problem+json"),
        (status = 500, description = "A fault of ours", body = Written, content_type = "application/problem+json"),
    ),
    security(("token" = [])))]
pub async fn journal(
    extract::State(state): extract::State<Arc<State>>,
    peer: Option<extract::Extension<Peer>>,
    extract::RawQuery(query): extract::RawQuery,
    headers: HeaderMap,
) -> Answer<Response> {
    let follower = admit_follower(&state, peer.map(|extract::Extension(peer)| peer), &headers)?;
    let asked = Asked::parse(query.as_deref().unwrap_or(""))?;
    leader::refuse_if_following(&state, &headers)?;
    let (journal, known) = (state.journal.clone(), asked.clone());
    let is_ours = run_blocking(move || has(&journal, &known)).await?;
    if !is_ours.map_err(Box::<Problem>::from)? {
        return Err(other_road(&state.journal));
    }
    let cursor = Cursor { seq: asked.after, ..Cursor::default() };
    state.partners.note(&follower.id, &Selection::default(), &cursor, (state.now)());
    wait_for_news(&state, &asked).await?;
    let journal = state.journal.clone();
    let page = run_blocking(move || page(&journal, &asked)).await?;
    let bytes = page.map_err(Box::<Problem>::from)?;
    let packed = run_blocking(move || compressed_answer::answer_always(bytes, &headers)).await?;
    Ok(named(packed, &state.journal))
}

/// Lets pass a partner that follows.
///
/// # Errors
/// 401 without a partner's token; 403 with one that may not.
pub fn admit_follower(state: &State, peer: Option<Peer>, headers: &HeaderMap) -> Answer<Partner> {
    let config = state.config.load();
    let partner = access::admit(state, &config, headers, peer)?;
    match partner {
        Some(partner) if partner.follows => Ok(partner),
        None => Err(access::refused()),
        Some(_) => {
            let en = "this partner may not follow: its [[partner]] needs follow = true";
            let vi = "đối tác này không được chép theo: mục [[partner]] cần có follow = true";
            let mut problem = Problem::new(Kind::Token, en, vi);
            problem.status = StatusCode::FORBIDDEN;
            Err(problem)
        }
    }
}

/// Whether the journal has the follower's last event.
fn has(journal: &Journal, asked: &Asked) -> Result<bool, journal::Error> {
    let is_empty = asked.after == Seq(0);
    Ok(is_empty || journal.mark_of(asked.after)?.is_some_and(|mark| mark == asked.mark))
}

async fn wait_for_news(state: &State, asked: &Asked) -> Answer<()> {
    let until = Instant::now() + asked.wait;
    let (mut tail, mut purges) = (state.journal.tail(), state.journal.purges());
    let (mut phase, mut roles) = (state.phase.clone(), state.journal.roles());
    let has_purges = !state.journal.purges_after(Some(&asked.purged))?.is_empty();
    if !has_purges && let Ok(_place) = state.waiters.try_acquire() {
        tokio::select! {
            _ = tail.wait_for(|last| *last > asked.after) => {}
            _ = purges.changed() => {}
            _ = roles.changed() => {}
            _ = phase.wait_for(|phase| *phase == Phase::Stopping) => {}
            () = tokio::time::sleep_until(until) => {}
        }
    }
    Ok(())
}

fn page(journal: &Journal, asked: &Asked) -> Result<Vec<u8>, journal::Error> {
    // First the purges: an event that is read after them says nothing that they took out.
    let purges = journal.purges_after(Some(&asked.purged))?;
    let last = journal.last();
    let events: Vec<Event> = journal.read_within(asked.after, asked.limit, BYTES)?;
    let head = JournalHead {
        journal: journal.identity().to_string(),
        term: journal.standing().term,
        last: events.last().map_or(last, |event| event.seq.max(last)),
        count: journal.event_count(),
        lines: events.len(),
        purges,
    };
    let mut bytes = Vec::new();
    put_line(&mut bytes, &head)?;
    events.iter().try_for_each(|event| put_line(&mut bytes, event))?;
    Ok(bytes)
}

fn put_line(bytes: &mut Vec<u8>, value: &impl Serialize) -> Result<(), journal::Error> {
    let written = serde_json::to_writer(&mut *bytes, value);
    written.map_err(|error| journal::Error::Store(error.to_string()))?;
    bytes.push(b'\n');
    Ok(())
}

fn other_road(journal: &Journal) -> Box<Problem> {
    let en = "this journal does not have that event: it was restored from an older backup, or is another one";
    let vi = "nhật ký này không có sự kiện đó: nhật ký đã được khôi phục từ bản sao lưu cũ hơn, hoặc là nhật ký khác";
    let mut problem = Problem::new(Kind::CursorGone, en, vi).field("after");
    for (name, value) in names_of(journal) {
        problem = problem.header(name, value);
    }
    problem
}

/// Which journal it is, and of which term, as headers.
fn names_of(journal: &Journal) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    let identity = HeaderValue::from_str(&journal.identity()).ok();
    let term = HeaderValue::from(journal.standing().term);
    let identity = identity.map(|id| (HeaderName::from_static("dongtin-journal"), id));
    identity.into_iter().chain([(HeaderName::from_static("dongtin-term"), term)])
}

fn named(mut response: Response, journal: &Journal) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.extend(names_of(journal));
    response
}
