//! One poll of one source: fetch, then read and refine in a worker. Taking in what it brought is [`super::Ingest`]'s.

use super::worker::{self, Job, JobOutput, Pool};
use crate::config::FetchConfig;
use crate::fetch::{self, Failure, Fresh, Outcome, State};
use crate::model::{DateOrder, Fingerprint, Source, SourceKind, Timestamp, Warning};
use crate::net::Client;
use crate::refine::{Draft, Refined};
use crate::text::{host_key, untracked};
use bytes::Bytes;
use tokio::sync::watch;
use url::Url;

/// Kinds of warnings that are remembered of one source.
const MAX_WARNINGS: usize = 50;
/// Hubs that are remembered of one source, and characters of each.
const MAX_HUBS: (usize, usize) = (4, 2048);

/// What one poll needs besides the source.
#[derive(Clone, Copy)]
pub struct Polling<'a> {
    /// The outgoing client.
    pub client: &'a Client,
    /// The workers.
    pub pool: &'a Pool,
    /// The bounds of the schedule.
    pub config: &'a FetchConfig,
    /// Entries taken from one document at most.
    pub max_entries: usize,
    /// Seconds east of UTC in which a person is told of times.
    pub utc_offset: i32,
    /// The host that this poll keeps others from, as [`polled_host`] says it.
    pub host: &'a str,
    /// Whether the daemon stops: then no further article's page is begun.
    pub stopped: &'a watch::Receiver<bool>,
}

/// The host that a poll of a source keeps others from: of its address, or of where it has moved for good.
pub fn polled_host(source: &Source, state: &State) -> String {
    host_in(state.address_of(source).as_deref()).unwrap_or_default()
}

/// The [`host_key`] of an address as it is written, if it is one.
pub(super) fn host_in(address: Option<&str>) -> Option<String> {
    address.and_then(|address| Url::parse(address).ok()).map(|url| host_key(&url))
}

/// What one poll brought.
#[derive(Debug)]
pub struct Polled {
    /// What came.
    pub outcome: Outcome,
    /// What stood in it, where there was something new.
    pub reading: Option<JobOutput>,
    /// The page itself, where the source is one: when it has changed its list is looked for in it.
    pub document: Option<Document>,
    /// What to remember. Keep it only after the articles are on disk: otherwise a crash between loses them.
    pub state: State,
}

/// A page as it came.
#[derive(Debug)]
pub struct Document {
    /// Decoded.
    pub body: Bytes,
    /// As sent.
    pub content_type: Option<String>,
    /// Its address after redirects.
    pub from: String,
}

impl Document {
    fn of(fresh: &Fresh) -> Self {
        let Fresh { body, content_type, final_url, .. } = fresh;
        Self { body: body.clone(), content_type: content_type.clone(), from: final_url.to_string() }
    }
}

/// Polls a source; `jitter` in 0..1 is chance for the next time.
pub async fn poll_one(
    source: &Source,
    state: State,
    polling: Polling<'_>,
    now: Timestamp,
    jitter: f64,
) -> Polled {
    let state = state.about(source);
    let outcome = fetch::fetch(polling.client, source, &state, now).await;
    let document = match (&outcome, &source.kind) {
        (Outcome::Fresh(fresh), SourceKind::Page { .. }) => Some(Document::of(fresh)),
        _ => None,
    };
    let (outcome, reading) = match outcome {
        Outcome::Fresh(fresh) => read(source, &state, *fresh, polling, now).await,
        other => (other, None),
    };
    let mut next = fetch::next(&state, &outcome, now, polling.config, jitter);
    if let Some(reading) = &reading {
        remember(&mut next, reading);
        if let Outcome::Fresh(fresh) = &outcome {
            remember_hubs(&mut next, fresh, reading);
        }
    }
    Polled { outcome, reading, document, state: next }
}

async fn read(
    source: &Source,
    state: &State,
    mut fresh: Fresh,
    polling: Polling<'_>,
    now: Timestamp,
) -> (Outcome, Option<JobOutput>) {
    let job = Job::Feed {
        content_type: fresh.content_type.clone(),
        source: source.clone(),
        fetched_from: fresh.final_url.to_string(),
        now,
        settled: state.settled,
        max_entries: polling.max_entries,
        max_bytes: polling.config.body_bytes,
    };
    match polling.pool.call(&job, fresh.body.clone()).await {
        Ok(reading) => {
            fresh.entries = Some(entries_of(&reading.refined));
            if let Some(minutes) = reading.ttl {
                fresh.asks_minutes(minutes);
            }
            (Outcome::Fresh(Box::new(fresh)), Some(reading))
        }
        Err(error) => (failure(&error, &fresh).into(), None),
    }
}

/// A document that cannot be read fails its poll: its validators are not kept, what was good before is.
fn failure(error: &worker::Error, fresh: &Fresh) -> Failure {
    Failure {
        wait_ms: fresh.wait_ms,
        status: Some(200),
        ..Failure::named(error.name(), error.to_string())
    }
}

/// What a reader would see of the entries, as a hash: many bodies change (a build date, an advertisement) where nothing is new.
fn entries_of(refined: &Refined) -> Fingerprint {
    let seen: Vec<_> =
        refined.drafts.iter().map(|d| (page_of(d), &d.title, &d.summary, &d.content)).collect();
    Fingerprint::of_bytes(&serde_json::to_vec(&seen).unwrap_or_default())
}

/// A new number or another tracking parameter is nothing new.
fn page_of(draft: &Draft) -> Option<String> {
    draft.url.as_deref().and_then(|url| Url::parse(url).ok()).map(|url| untracked(&url))
}

fn remember(state: &mut State, reading: &JobOutput) {
    state.warnings = reading.refined.warnings.iter().take(MAX_WARNINGS).cloned().collect();
    if !reading.refined.rejected.is_empty() {
        let example = reading.refined.rejected.first().map(|(_, why)| why.to_string());
        let count = u32::try_from(reading.refined.rejected.len()).unwrap_or(u32::MAX);
        state.warnings.push(Warning { name: "entry-rejected".into(), count, example });
    }
    if reading.refined.settled != DateOrder::Auto {
        state.settled = reading.refined.settled;
    }
}

/// The hubs of a feed and its own address: what the headers say counts before the document (WebSub §4).
fn remember_hubs(state: &mut State, fresh: &Fresh, reading: &JobOutput) {
    let (most, longest) = MAX_HUBS;
    let whole = |link: &String| {
        let url = fresh.final_url.join(link.trim()).ok()?;
        let is_web = matches!(url.scheme(), "http" | "https") && url.as_str().len() <= longest;
        is_web.then(|| url.to_string())
    };
    let named = if fresh.hubs.is_empty() { &reading.hubs } else { &fresh.hubs };
    state.hubs = named.iter().filter_map(whole).take(most).collect();
    let own = fresh.topic.as_ref().or(reading.topic.as_ref()).and_then(whole);
    let own = own.or_else(|| Some(fresh.final_url.to_string()));
    state.topic = own.filter(|_| !state.hubs.is_empty());
}
