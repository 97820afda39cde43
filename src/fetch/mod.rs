//! One conditional request of one source, and when to come again.
//!
//! In: a source, what is remembered of it (`State`) and the client. Out: an `Outcome`; and what to remember of it and
//! when to come again (`next`, which is pure).

/// What is remembered of a source between two polls. If it is lost, the source is read whole once.
mod state;
/// What is sent for a source.
mod request;
/// What a request can bring.
mod outcome;
/// Whether an answer is a bot wall.
mod challenge;
/// What the headers of an answer say: validators, waits, links.
mod headers;
/// What to remember after a request (validators, address, failures), and when to come again; pure.
mod next_state;
/// What a failure of a source means and what to do, in both languages of the status page.
mod explain;
/// A page of the steps by which another dongtin is copied, and why there is none.
mod steps;
/// A page of the journal of the leader that is followed, and why there is none.
mod events;
#[cfg(test)]
mod tests;

pub use events::{
    AskedEvents, EventPage, EventsError, fetch_events, leader_answers, request_of_file,
    request_of_leader,
};
pub use explain::explain;
pub use next_state::{longest_wait, next};
pub use outcome::{Failure, Fresh, Outcome, Validators};
pub use request::request_for;
pub use state::{Last, Moved, State};
pub use steps::{AskedSteps, START, Steps, StepsError, fetch_steps};

use crate::model::{Source, SourceKind, Timestamp};
use crate::net::{Client, Purpose, Request, Response};
use url::Url;

/// The formats that we read, best first.
const ACCEPT_FEED: &str = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5";

/// Gets a source's document, unless it is still the one that the state remembers.
pub async fn fetch(client: &Client, source: &Source, state: &State, now: Timestamp) -> Outcome {
    let address = state.address_of(source);
    let Some(url) = address.and_then(|address| Url::parse(&address).ok()) else {
        return Failure::named("address", "the source has no address that can be read").into();
    };
    let conditional = state.remembers(source) && !state.distrusts_validators(now);
    let request = match request_for(source, url, Purpose::Poll).await {
        Ok(request) => Request {
            accept: ACCEPT_FEED,
            etag: state.validators.etag.clone().filter(|_| conditional),
            last_modified: state.validators.last_modified.clone().filter(|_| conditional),
            ..request
        },
        Err(failure) => return failure.into(),
    };
    let asked = request.etag.is_some() || request.last_modified.is_some();
    match client.get(request).await {
        Ok(response) => outcome_of(response, source, state, asked, now),
        Err(error) => Failure::of(&error, now).into(),
    }
}

/// What an answer means. `asked` says that the request was conditional.
fn outcome_of(
    response: Response,
    source: &Source,
    state: &State,
    asked: bool,
    now: Timestamp,
) -> Outcome {
    let wait_ms = headers::wait_ms(&response.headers, now);
    let moved = response.permanent_redirect.as_ref().map(Url::to_string);
    let status = response.status.as_u16();
    match status {
        304 if asked => {
            let validators = Validators::of(&response.headers, now).or(&state.validators);
            Outcome::NotModified { wait_ms, moved, validators, whole: false }
        }
        410 => Outcome::Gone,
        200..=203 if response.body.is_empty() => Failure::named("empty", "empty answer").into(),
        _ if is_bot_wall(&response, source) => Failure::challenge(status, wait_ms).into(),
        200..=203 => {
            let fresh = Fresh::of(response, wait_ms, moved, now);
            let same = state.remembers(source) && state.body_hash == Some(fresh.body_hash);
            if same { fresh.unchanged() } else { Outcome::Fresh(Box::new(fresh)) }
        }
        status => Failure::status(status, wait_ms).into(),
    }
}

/// Returns true if an answer is a test for browsers. Where the source is a page, its words alone do not say so.
fn is_bot_wall(response: &Response, source: &Source) -> bool {
    let is_page = matches!(source.kind, SourceKind::Page { .. });
    let walled = matches!(response.status.as_u16(), 401 | 403 | 429 | 503);
    challenge::is_named(&response.headers)
        || (walled || response.status.is_success() && !is_page)
            && challenge::is_challenge(&response.body)
}
