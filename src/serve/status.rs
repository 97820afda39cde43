//! How the daemon is: `/healthz`, `/readyz`, `/metrics`, and `/status.json`.

use super::error::{Answer, Kind, Problem};
use super::measure;
use super::state::{Phase, State};
use crate::store::Counts;
use axum::extract;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde::Serialize;
use std::sync::Arc;

const NO_STORE: (http::HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));

/// `GET /healthz`: the process answers.
#[utoipa::path(get, path = "/healthz", tag = "operation", summary = "Whether the process answers",
    responses((status = 200, description = "It does", body = String, content_type = "text/plain")))]
pub async fn health() -> Response {
    ([NO_STORE], "ok\n").into_response()
}

/// `GET /readyz`: everything is open, nothing is stuck.
#[utoipa::path(get, path = "/readyz", tag = "operation", summary = "Whether it can do its work",
    responses(
        (status = 200, description = "It can", body = String, content_type = "text/plain"),
        (status = 503, description = "It cannot; the detail says why", body = super::error::Written, content_type = "application/problem+json"),
    ))]
pub async fn ready(extract::State(state): extract::State<Arc<State>>) -> Answer<Response> {
    let phase = *state.phase.borrow();
    let unready = |en: String, vi: String| Err(Problem::new(Kind::Unavailable, en, vi));
    match (phase, state.store.trouble()) {
        (Phase::Ready, None) => Ok(([NO_STORE], "ready\n").into_response()),
        (Phase::Starting, _) => unready("still starting".into(), "đang khởi động".into()),
        (Phase::Stopping, _) => unready("stopping".into(), "đang dừng".into()),
        (Phase::Ready, Some(error)) => unready(
            format!("the views do not get on: {error}"),
            format!("dữ liệu dẫn xuất bị kẹt: {error}"),
        ),
    }
}

/// `GET /metrics`: everything counted, for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operation", summary = "Metrics in Prometheus' text format",
    responses((status = 200, description = "The metrics", body = String, content_type = "text/plain")))]
pub async fn metrics(extract::State(state): extract::State<Arc<State>>) -> Response {
    let (measured, now) = (state.clone(), (state.now)());
    let _ = tokio::task::spawn_blocking(move || measure::measure(&measured, now)).await;
    let text = state.metrics.as_ref().map(|handle| {
        handle.run_upkeep();
        handle.render()
    });
    let text_type = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    let kind = (header::CONTENT_TYPE, text_type);
    ([NO_STORE, kind], text.unwrap_or_default()).into_response()
}

/// How the daemon is, for programs.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Status {
    /// `starting`, `ready` or `stopping`.
    pub phase: &'static str,
    /// The last event.
    pub last_seq: u64,
    /// The last event that feeds and pages know of.
    pub watermark: u64,
    /// Why feeds and pages do not get on, if they do not.
    pub trouble: Option<String>,
    /// Each source.
    pub sources: Vec<SourceStatus>,
}

/// How one source is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SourceStatus {
    /// Its name in the config.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// `push`, `folder`, `feed`, `page` or `sitemap`.
    pub kind: &'static str,
    /// Articles that are there for readers.
    pub live: u64,
    /// Articles taken back.
    pub withdrawn: u64,
    /// When it last changed anything, RFC 3339; absent where it never did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_change: Option<String>,
}

/// How the daemon is just now.
pub fn status(state: &State) -> Answer<Status> {
    let config = state.config.load();
    let counts = state.store.counts().map_err(|error| Problem::internal(&error))?;
    let sources = config.sources.iter().map(|source| {
        let own = counts.iter().find(|counts| counts.source == source.id).cloned();
        let own = own.unwrap_or_else(|| Counts::none(source.id.clone()));
        SourceStatus {
            id: source.id.to_string(),
            title: source.title.clone(),
            kind: source.kind.name(),
            live: own.live,
            withdrawn: own.withdrawn,
            last_change: (own.last_seq.0 > 0).then(|| own.last_at.rfc3339()),
        }
    });
    Ok(Status {
        phase: match *state.phase.borrow() {
            Phase::Starting => "starting",
            Phase::Ready => "ready",
            Phase::Stopping => "stopping",
        },
        last_seq: state.journal.last().0,
        watermark: state.store.watermark().0,
        trouble: state.store.trouble().map(|error| error.to_string()),
        sources: sources.collect(),
    })
}

/// `GET /status.json`
#[utoipa::path(get, path = "/status.json", tag = "operation", summary = "How the daemon and each source are",
    responses(
        (status = 200, description = "The status", body = Status),
        (status = 500, description = "A fault of ours", body = super::error::Written, content_type = "application/problem+json"),
    ))]
pub async fn json(extract::State(state): extract::State<Arc<State>>) -> Answer<Response> {
    Ok(([NO_STORE], axum::Json(status(&state)?)).into_response())
}
