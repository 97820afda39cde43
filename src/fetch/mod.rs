//! One conditional request of one source, and when to come again.
//!
//! In: a source, what is remembered of it (`State`) and the client. Out: an `Outcome`; and what to remember of it and
//! when to come again (`next`, which is pure).

/// What is remembered of a source between two polls. If it is lost, the source is read whole once.
mod state;
/// What one request of a source can bring.
mod outcome;
/// What an answer's headers say: how long to wait, what to send back, and links. Each value has bounds.
mod headers;
/// What to remember after a request (validators, address, failures), and when to come again; pure.
mod next_state;
/// What a failure of a source means and what to do, in both languages of the status page.
mod explain;
#[cfg(test)]
mod tests;

pub use explain::explain;
pub use next_state::{longest_wait, next};
pub use outcome::{Failure, Fresh, Outcome};
pub use state::{Last, Moved, State};

use crate::model::{Source, Timestamp};
use crate::net::{Client, Purpose, Request, Response, Trust};
use url::Url;

/// The formats that we read, best first.
const ACCEPT_FEED: &str = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5";

/// Gets a source's document, unless it is still the one that the state remembers.
pub async fn fetch(client: &Client, source: &Source, state: &State, now: Timestamp) -> Outcome {
    let address = state.address_of(source);
    let Some(url) = address.and_then(|address| Url::parse(&address).ok()) else {
        return Failure::named("address", "the source has no address that can be read").into();
    };
    let conditional = state.remembers(source);
    let request = Request {
        accept: ACCEPT_FEED,
        etag: state.etag.clone().filter(|_| conditional),
        last_modified: state.last_modified.clone().filter(|_| conditional),
        ..Request::to(url, Trust::of(source), Purpose::Poll)
    };
    let asked = request.etag.is_some() || request.last_modified.is_some();
    match client.get(request).await {
        Ok(response) => outcome_of(response, state, asked, conditional, now),
        Err(error) => Failure::of(&error, now).into(),
    }
}

/// The outcome of an answer. `asked`: the request was conditional; `conditional`: the state may be compared with it.
fn outcome_of(
    response: Response,
    state: &State,
    asked: bool,
    conditional: bool,
    now: Timestamp,
) -> Outcome {
    let wait_ms = headers::wait_ms(&response.headers, now);
    let moved = response.permanent_redirect.as_ref().map(Url::to_string);
    match response.status.as_u16() {
        304 if asked => Outcome::NotModified { wait_ms, moved },
        410 => Outcome::Gone,
        200..=203 if response.body.is_empty() => Failure::named("empty", "empty answer").into(),
        200..=203 => {
            let fresh = Fresh::of(response, wait_ms, moved, now);
            let same = conditional && state.body_hash == Some(fresh.body_hash);
            if same { fresh.unchanged() } else { Outcome::Fresh(Box::new(fresh)) }
        }
        status => Failure::status(status, wait_ms).into(),
    }
}
