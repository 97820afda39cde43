use super::client_address::{Peer, client_address};
use super::connections::ip_prefix;
use super::error::{Kind, Problem, accept_language, write};
use super::{request_log, room};
use crate::serve::state::State;
use axum::extract::{self, MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, header};
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

/// Pages load only pictures and media from elsewhere, and run nothing.
const CONTENT_SECURITY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; img-src http: https: data:; media-src http: https:; style-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// Wrong tokens that an address may send in a minute. Right ones are never refused for it: behind a proxy that the config
/// does not name all come from one address.
const WRONG_TOKENS: usize = 100;

/// The layer around every route.
pub async fn around(
    extract::State(state): extract::State<Arc<State>>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let language = accept_language(request.headers());
    let from = request.extensions().get::<Peer>().map(|Peer(peer)| {
        let proxies = &state.config.load().server.proxies;
        ip_prefix(client_address(*peer, request.headers(), proxies))
    });
    let mut response = match leads_upwards(uri.path()) {
        true => illegal_path().into_response(),
        false => unpanicking(next.run(request)).await,
    };
    if response.status() == StatusCode::UNAUTHORIZED {
        response = slowed_down(&state, from, response);
    }
    write(&mut response, language.as_ref(), uri.path(), method == Method::HEAD);
    secure(&mut response);
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let label = request_log::label(&method);
    state.traffic.count(route, label, response.status(), started.elapsed());
    response
}

/// The layer around routes that write each answer anew: what clients do not read has a common bound.
pub async fn in_room(
    extract::State(state): extract::State<Arc<State>>,
    request: Request,
    next: Next,
) -> Response {
    match *request.method() == Method::GET {
        true => room::within(&state.room, next.run(request)).await,
        false => next.run(request).await,
    }
}

/// An answer to a wrong token; after too many from one address it asks to come later.
fn slowed_down(state: &State, from: Option<IpAddr>, response: Response) -> Response {
    let Some(from) = from else { return response };
    match state.wrong_tokens.take(from, WRONG_TOKENS, (state.now)()) {
        Ok(()) => response,
        Err(seconds) => Problem::too_many_wrong_tokens(seconds).into_response(),
    }
}

/// Whether a part of the path is `.` or `..`, however it is written: clients resolve those before they ask.
fn leads_upwards(path: &str) -> bool {
    let mut parts = path.split(['/', '\\']);
    parts.any(|part| {
        let part = percent_encoding::percent_decode_str(part);
        matches!(part.take(3).collect::<Vec<u8>>().as_slice(), b"." | b"..")
    })
}

fn illegal_path() -> Box<Problem> {
    Problem::new(
        Kind::BadRequest,
        "the address has a `.` or `..` between its slashes: write it out",
        "địa chỉ có phần `.` hoặc `..` giữa các dấu gạch chéo: hãy ghi đầy đủ",
    )
}

/// Turns a panic of the future into an answer: the connection and all others live on.
async fn unpanicking(future: impl Future<Output = Response>) -> Response {
    let mut future = pin!(future);
    std::future::poll_fn(move |cx| {
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(poll) => poll,
            Err(_) => Poll::Ready(Problem::internal(&"a handler panicked").into_response()),
        }
    })
    .await
}

/// Sets the headers that every answer has; a 304 leaves the client those that it has.
pub fn secure(response: &mut Response) {
    if response.status() == StatusCode::NOT_MODIFIED {
        return;
    }
    let headers = response.headers_mut();
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(CONTENT_SECURITY);
    let nosniff = HeaderValue::from_static("nosniff");
    headers.entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(nosniff);
    let referrer = HeaderValue::from_static("no-referrer-when-downgrade");
    headers.entry(header::REFERRER_POLICY).or_insert(referrer);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_lead_upwards_are_known_however_they_are_written() {
        for path in ["/../x", "/a/..", "/a/%2e%2E/b", "/a/.%2e", "/./a", "/a\\..\\b", "/.."] {
            assert!(leads_upwards(path), "{path}");
        }
        for path in ["/", "/a/...", "/.well-known/x", "/a/..b", "/a/b..", "/a/%252e%252e/b"] {
            assert!(!leads_upwards(path), "{path}");
        }
    }

    #[tokio::test]
    async fn a_panic_is_a_problem() {
        let mut response = unpanicking(async { panic!("on purpose") }).await;
        write(&mut response, None, "/x", false);
        secure(&mut response);
        assert_eq!(response.status(), 500);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert!(response.headers().contains_key("content-security-policy"));
    }
}
