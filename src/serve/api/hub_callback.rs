use crate::ingest::hub::{Received, Subscriber, Verification};
use crate::serve::http::body::Upload;
use crate::serve::state::State;
use axum::extract;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use std::sync::Arc;
use std::time::Duration;

const SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature");
/// The longest time that the body of a delivery may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// The longest query of a verification, in bytes.
const QUESTION: usize = 8 << 10;

/// `GET /websub/{token}`: returns the hub's challenge only if we asked for exactly this.
pub async fn verify(
    extract::State(state): extract::State<Arc<State>>,
    extract::Path(token): extract::Path<String>,
    extract::RawQuery(query): extract::RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let asked = (query.len() <= QUESTION).then(|| verification(&query));
    let subscriber = subscriber(&state);
    let answer =
        subscriber.zip(asked).and_then(|(s, asked)| s.verify(&token, &asked, (state.now)()));
    match answer {
        Some(challenge) => plain(StatusCode::OK, challenge),
        None => plain(StatusCode::NOT_FOUND, String::new()),
    }
}

/// `POST /websub/{token}`: a delivery. The answer does not show whether the signature was right (WebSub §8).
pub async fn deliver(
    extract::State(state): extract::State<Arc<State>>,
    extract::Path(token): extract::Path<String>,
    request: extract::Request,
) -> Response {
    if !state.journal.leads() {
        return plain(StatusCode::MISDIRECTED_REQUEST, String::new());
    }
    let subscriber = subscriber(&state).filter(|subscriber| subscriber.knows(&token));
    let Some(subscriber) = subscriber else {
        return plain(StatusCode::GONE, String::new());
    };
    let (parts, body) = request.into_parts();
    let mut body = Upload::new(&parts, body);
    if parts.headers.get(header::CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
        subscriber.note_unusable(&token);
        return plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, String::new());
    }
    let Some(_place) = subscriber.may_read() else {
        return plain(StatusCode::SERVICE_UNAVAILABLE, String::new());
    };
    let limit = state.config.load().fetch.body_bytes;
    let reading = tokio::time::timeout(PATIENCE, body.read_all(&parts.headers, limit));
    let bytes = match reading.await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(problem)) => {
            subscriber.note_unusable(&token);
            return body.refuse(problem).await;
        }
        Err(_) => return plain(StatusCode::REQUEST_TIMEOUT, String::new()),
    };
    let content_type = text(&parts.headers, &header::CONTENT_TYPE).map(str::to_owned);
    let signature = text(&parts.headers, &SIGNATURE);
    let received = subscriber.deliver(&token, signature, content_type, bytes, (state.now)());
    let status = match received {
        Received::Taken | Received::Ignored => StatusCode::ACCEPTED,
        Received::Unknown => StatusCode::GONE,
        Received::Busy => StatusCode::SERVICE_UNAVAILABLE,
    };
    plain(status, String::new())
}

fn subscriber(state: &State) -> Option<&Subscriber> {
    state.examiner.as_ref().map(|examiner| &*examiner.hubs)
}

fn verification(query: &str) -> Verification {
    let mut asked = Verification::default();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "hub.mode" => asked.mode = value.into_owned(),
            "hub.topic" => asked.topic = value.into_owned(),
            "hub.challenge" => asked.challenge = value.into_owned(),
            "hub.lease_seconds" => asked.lease_seconds = Some(value.into_owned()),
            _ => {}
        }
    }
    asked
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// An answer that no browser shows as a page.
fn plain(status: StatusCode, body: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, body).into_response()
}
