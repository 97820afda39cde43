//! What holds for every request: a panic is a 500, problems are written, security headers stand, it is counted and logged once.

use super::error::{Problem, accept_language, write};
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, header};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Instant;

/// Pages load nothing from elsewhere but pictures, and run nothing.
const CONTENT_SECURITY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; img-src http: https: data:; media-src http: https:; style-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// The layer around every route.
pub async fn around(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let language = accept_language(request.headers());
    let mut response = unpanicking(next.run(request)).await;
    write(&mut response, language.as_ref(), uri.path(), method == Method::HEAD);
    secure(&mut response);
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    count(&method, route, &response, started);
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

fn secure(response: &mut Response) {
    let headers = response.headers_mut();
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(CONTENT_SECURITY);
    let nosniff = HeaderValue::from_static("nosniff");
    headers.entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(nosniff);
    let referrer = HeaderValue::from_static("no-referrer-when-downgrade");
    headers.entry(header::REFERRER_POLICY).or_insert(referrer);
}

fn count(method: &Method, route: &str, response: &Response, started: Instant) {
    let (status, taken) = (response.status(), started.elapsed());
    let method = match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        _ => "other",
    };
    let route_label = route.to_owned();
    let code = status.as_u16().to_string();
    metrics::counter!("dongtin_http_requests_total", "method" => method, "route" => route_label.clone(), "status" => code)
        .increment(1);
    metrics::histogram!("dongtin_http_request_seconds", "route" => route_label)
        .record(taken.as_secs_f64());
    tracing::debug!(
        method,
        route,
        status = status.as_u16(),
        duration_ms = taken.as_secs_f64() * 1000.0,
        "request"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt;

    async fn panics() -> Response {
        panic!("on purpose")
    }

    #[tokio::test]
    async fn a_panic_is_a_problem() {
        let routes =
            Router::new().route("/x", get(panics)).layer(axum::middleware::from_fn(around));
        let request = Request::get("/x").header("accept-language", "en").body(Body::empty());
        let response = routes.oneshot(request.unwrap()).await.unwrap();
        assert_eq!(response.status(), 500);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert!(response.headers().contains_key("content-security-policy"));
    }
}
