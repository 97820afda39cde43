use super::following::Following;
use super::gauges;
use super::page::{SourceStatusView, WarningView};
use super::sources;
use super::state::{Phase, State};
use crate::ingest::health::SourceHealth;
use crate::ingest::redate::AHEAD_MS;
use crate::model::Language;
use crate::serve::http::error::{Answer, Kind, Problem, run_blocking};
use crate::store::IndexId;
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
        (status = 503, description = "It cannot; the detail says why", body = crate::serve::http::error::Written, content_type = "application/problem+json"),
    ))]
pub async fn ready(extract::State(state): extract::State<Arc<State>>) -> Answer<Response> {
    let phase = *state.phase.borrow();
    let unready = |en: String, vi: String| Err(Problem::new(Kind::Unavailable, en, vi));
    match (phase, state.store.trouble()) {
        (Phase::Ready, None) => {
            let follows = Following::of(&state);
            if let Some(follows) = follows.as_ref().filter(|follows| !follows.was_whole) {
                let first = |words, language| format!("{words}: {}", follows.line(language));
                return unready(
                    first("copying its leader for the first time", Language::En),
                    first("đang chép nút chính lần đầu", Language::Vi),
                );
            }
            let clock = clock_trouble(&state).map(|told| format!("clock: {told}\n"));
            let follows = follows.map(|told| format!("follower: {}\n", told.line(Language::En)));
            let more = clock.unwrap_or_default() + &follows.unwrap_or_default();
            Ok(([NO_STORE], format!("ready\n{more}")).into_response())
        }
        (Phase::Starting, _) => unready("still starting".into(), "đang khởi động".into()),
        (Phase::Stopping, _) => unready("stopping".into(), "đang dừng".into()),
        (Phase::Ready, Some(error)) => {
            unready(format!("stuck: {error}"), format!("bị kẹt: {error}"))
        }
    }
}

/// Why the clock cannot be right, or was not: the newest news is dated later than now.
fn clock_trouble(state: &State) -> Option<String> {
    let now = (state.now)();
    let last = state.journal.get(state.journal.last()).ok().flatten().map(|event| event.at);
    let first = state.store.latest(IndexId::all(), 1).ok().into_iter().flatten().next();
    let newest = last.max(first.map(|article| article.order()));
    let newest = newest.filter(|newest| *newest > now.plus_millis(AHEAD_MS))?;
    Some(format!(
        "it is {now} here and there is news of {newest}: this clock is behind, or was ahead (then `dongtin redate` puts right what came meanwhile)"
    ))
}

/// `GET /metrics`: everything counted, for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operation", summary = "Metrics in Prometheus' text format",
    responses((status = 200, description = "The metrics", body = String, content_type = "text/plain")))]
pub async fn metrics(extract::State(state): extract::State<Arc<State>>) -> Response {
    let (measured, now) = (state.clone(), (state.now)());
    let _ = tokio::task::spawn_blocking(move || gauges::measure(&measured, now)).await;
    let text = state.metrics.as_ref().map(|handle| {
        handle.run_upkeep();
        handle.render()
    });
    let text_type = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    let kind = (header::CONTENT_TYPE, text_type);
    ([NO_STORE, kind], text.unwrap_or_default()).into_response()
}

/// `/status.json`
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
    /// Why the clock is, or was, wrong, if it must be.
    pub clock: Option<String>,
    /// How it is behind the leader that it follows; absent where it leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follows: Option<Following>,
    /// Each source.
    pub sources: Vec<SourceStatus>,
}

/// How one source is doing.
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
    /// `new`, `good`, `warned`, `failing` or `stopped`, as on the status page.
    pub state: &'static str,
    /// What is wrong, in English; absent where nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// When it last gave us something readable, RFC 3339; absent where it never did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_good: Option<String>,
    /// When it is looked at next, RFC 3339; absent where no time is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_check: Option<String>,
    /// Failures in a row.
    pub failures: u32,
    /// What was unusual when it was last read.
    pub warnings: Vec<WarningView>,
    /// Articles that are published; the same as `live`.
    pub articles: u64,
    /// Entries that are kept from readers until somebody accepts them.
    pub kept: usize,
    /// Articles that wait for a quota, their age or their own pages.
    pub waiting: usize,
}

/// One source, as everybody may know it.
fn of_source(health: SourceHealth) -> SourceStatus {
    let (kind, withdrawn) = (health.source.kind.name(), health.withdrawn);
    let (last_change, kept, waiting) = (health.last_change, health.kept, health.waiting);
    let view = sources::view(health);
    let problem = problem(&view);
    SourceStatus {
        id: view.id,
        title: view.title,
        kind,
        live: view.articles,
        withdrawn,
        last_change: last_change.map(|at| at.rfc3339()),
        state: view.state.name(),
        problem,
        last_good: view.last_good.map(|at| at.rfc3339()),
        next_check: view.next_check.map(|at| at.rfc3339()),
        failures: view.failures,
        warnings: view.warnings,
        articles: view.articles,
        kept,
        waiting,
    }
}

/// What is wrong with a source, in one line: the error, or the first files that could not be read.
pub(super) fn problem(view: &SourceStatusView) -> Option<String> {
    let files = view.bad_files.iter().map(|(file, error)| format!("{file}: {error}"));
    let more = (view.bad_files_more > 0).then(|| format!("and {} more files", view.bad_files_more));
    let told = view.told.map(|told| told.en.to_owned()).filter(|_| view.problem.is_none());
    let parts: Vec<String> =
        view.problem.clone().into_iter().chain(told).chain(files).chain(more).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// How everything is doing.
pub fn status(state: &State) -> Answer<Status> {
    let sources = sources::healths(state)?;
    Ok(Status {
        phase: match *state.phase.borrow() {
            Phase::Starting => "starting",
            Phase::Ready => "ready",
            Phase::Stopping => "stopping",
        },
        last_seq: state.journal.last().0,
        watermark: state.store.watermark().0,
        trouble: state.store.trouble().map(|error| error.to_string()),
        clock: clock_trouble(state),
        follows: Following::of(state),
        sources: sources.into_iter().map(of_source).collect(),
    })
}

/// `GET /status.json`
#[utoipa::path(get, path = "/status.json", tag = "operation", summary = "How the daemon and each source are",
    responses(
        (status = 200, description = "The status", body = Status),
        (status = 500, description = "A fault of ours", body = crate::serve::http::error::Written, content_type = "application/problem+json"),
    ))]
pub async fn json(extract::State(state): extract::State<Arc<State>>) -> Answer<Response> {
    let status = run_blocking(move || status(&state)).await??;
    Ok(([NO_STORE], axum::Json(status)).into_response())
}
