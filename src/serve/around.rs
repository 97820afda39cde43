//! What holds for every request: a panic is a 500, problems are written, security headers stand, it is counted and logged once.

use super::error::{Problem, accept_language, write};
use super::state::State;
use super::traffic;
use axum::extract::{self, MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, header};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

/// Pages load nothing from elsewhere but pictures, and run nothing.
const CONTENT_SECURITY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; img-src http: https: data:; media-src http: https:; style-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

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
    let mut response = unpanicking(next.run(request)).await;
    write(&mut response, language.as_ref(), uri.path(), method == Method::HEAD);
    secure(&mut response);
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let label = traffic::label(&method);
    traffic::count(&state, route, label, response.status(), started.elapsed());
    response
}

/// A future whose panic is an answer: the connection and the others live on.
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

/// The headers that stand on every answer; of 304 the client keeps the headers that it has.
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
