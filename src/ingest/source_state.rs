//! What is remembered of a polled source between two polls, and the one place where a poll changes it.

use super::apply::Applied;
use super::brought::{Brought, Done};
use super::crawl_state::{CrawlState, is_of_crawl_state};
use super::{Error, Intake, Poll, hub};
use crate::config::FetchConfig;
use crate::fetch::{self, Outcome, State};
use crate::model::{Source, SourceId, Timestamp, Warning};
use crate::store::{self, Kind, Progress};

/// Between two polls of a source whose hub tells of its changes.
const HUB_REST_MS: i64 = 6 * 3_600_000;
/// The warning that names articles which are listed and stay withdrawn; a document that is read anew begins without it.
const STAYS_WITHDRAWN: &str = "stays-withdrawn";

/// What is remembered of a polled source, for looking only; what cannot be read is a source that was never polled.
pub fn look(progress: &Progress, source: &Source) -> State {
    let state = progress.get_or_default(Kind::Source, source.id.as_str());
    let state: State = state.unwrap_or_else(|error| {
        tracing::warn!(source.id = %source.id, %error, "what was remembered of a source is lost");
        State::default()
    });
    state.about(source)
}

/// Replaces what is remembered of a polled source.
///
/// # Errors
/// If the store cannot be written.
pub fn keep(progress: &Progress, source: &SourceId, state: &State) -> Result<(), store::Error> {
    progress.put(Kind::Source, source.as_str(), state)
}

/// What a poll begins with: a source of which a row is lost is read whole.
pub(super) fn before_poll(intake: &Intake, source: &Source) -> State {
    let mut state = look(&intake.progress(), source);
    if requires_whole(intake, source) {
        state.forget_body();
    }
    state
}

/// Remembers what a poll brought and what became of it, and says when the source comes next. It is kept after the articles
/// are on disk: a crash between repeats work and loses nothing.
pub(super) fn remember(
    intake: &Intake,
    poll: &Poll<'_>,
    before: &State,
    brought: &Brought,
    done: Result<Done, Error>,
) -> State {
    let Poll { source, now, config, .. } = *poll;
    let mut state = fetch::next(before, &brought.outcome, now, &config.fetch, poll.jitter);
    note_document(&mut state, brought);
    let mut due = None;
    match done {
        Ok(Done { applied, crawl }) => {
            due = applied.as_ref().and_then(|applied| applied.due);
            if let Some(applied) = &applied {
                note_applied(&mut state, applied);
            }
            if let Some(crawl) = &crawl {
                note_crawl(&mut state, crawl, poll);
            }
            if brought.is_whole() {
                note_read_whole(intake, source);
            }
            log_applied(source, applied.as_ref());
        }
        Err(error) => {
            tracing::error!(source.id = %source.id, %error, "what a source brought was not taken in, it will be asked again");
            state.forget_body();
        }
    }
    if let Some(until) = poll.hubs.live_until(&source.id, now) {
        slow_down(&mut state, until, &config.fetch);
    }
    if requires_whole(intake, source) {
        state.forget_body();
        due = Some(now);
    }
    come_by(&mut state, due, now, &config.fetch);
    if let Err(error) = keep(&intake.progress(), &source.id, &state) {
        tracing::error!(source.id = %source.id, %error, "what to remember of a source was not kept");
    }
    if hub::wanted(source, &config.site.base_url) {
        hub::note_named(poll.hubs, source, &state);
    }
    count(source, &brought.outcome);
    state
}

/// Returns true if a row of a source is lost, so that it must be read whole.
fn requires_whole(intake: &Intake, source: &Source) -> bool {
    intake.progress().requires_whole(&source.id).unwrap_or_else(|error| {
        tracing::warn!(source.id = %source.id, %error, "read whole, since nobody knows what is kept of it");
        true
    })
}

fn note_read_whole(intake: &Intake, source: &Source) {
    if let Err(error) = intake.progress().was_read_whole(&source.id) {
        tracing::warn!(source.id = %source.id, %error, "not noted as read whole, it is read whole again");
    }
}

/// Notes what a document said of itself.
fn note_document(state: &mut State, brought: &Brought) {
    let Some(facts) = &brought.facts else { return };
    state.warnings = facts.warnings.clone();
    state.settled = brought.date_order;
    state.hubs = facts.hubs.clone();
    state.topic = facts.topic.clone();
}

/// Notes which articles had to wait or stay withdrawn.
fn note_applied(state: &mut State, applied: &Applied) {
    state.warnings.retain(|warning| !warning.name.starts_with("held-"));
    let mut warn = |name: &str, count: usize, example: Option<String>| {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        state.warnings.push(Warning { name: name.into(), count, example });
    };
    let held = applied.held.saturating_sub(applied.beyond);
    if held > 0 {
        let what = format!("{held} wait for the next poll: see `quota` and `delay`");
        warn("held-back", held, Some(what));
    }
    if applied.beyond > 0 {
        warn("held-beyond", applied.beyond, Some("raise `quota`".into()));
    }
    if let (count @ 1.., example) = &applied.stay_withdrawn {
        state.warnings.retain(|warning| warning.name != STAYS_WITHDRAWN);
        let count = u32::try_from(*count).unwrap_or(u32::MAX);
        let (name, example) = (STAYS_WITHDRAWN.into(), example.clone());
        state.warnings.push(Warning { name, count, example });
    }
    if applied.beyond > 0 {
        // These stand in the document only: have the next poll read it whole.
        state.forget_body();
    }
}

/// Notes which articles' pages wait and what was not well; pages that wait bring the next poll forward.
fn note_crawl(state: &mut State, crawl: &CrawlState, poll: &Poll<'_>) {
    let offset = poll.config.site.utc_offset;
    state.warnings.retain(|warning| !is_of_crawl_state(&warning.name));
    state.warnings.extend(crawl.warnings(poll.client.hosts(), poll.now, offset));
    if crawl.left_out > 0 {
        // What did not fit stands in the document still: have the next poll read it whole.
        state.forget_body();
    }
    if let Some(at) = crawl.next_at() {
        let at = at.max(poll.now.plus_millis(poll.config.fetch.min_interval_ms));
        state.next_check = state.next_check.map(|next| next.min(at));
    }
}

/// While a hub tells of changes, polls are only a safety net: every six hours, and when its lease ends.
fn slow_down(state: &mut State, until: Timestamp, config: &FetchConfig) {
    if state.failures > 0 {
        return;
    }
    let Some(now) = state.last_check else { return };
    let wait = HUB_REST_MS.clamp(config.min_interval_ms, config.max_interval_ms);
    let slowly = now.plus_millis(wait).min(until.max(now.plus_millis(config.min_interval_ms)));
    state.next_check = state.next_check.max(Some(slowly));
}

/// Brings the next poll forward for what waits, as soon as it may come; a source in trouble is left in peace.
fn come_by(state: &mut State, due: Option<Timestamp>, now: Timestamp, config: &FetchConfig) {
    let Some(due) = due.filter(|_| state.failures == 0) else { return };
    let at = due.max(now.plus_millis(config.min_interval_ms));
    state.next_check = state.next_check.map(|next| next.min(at));
}

fn log_applied(source: &Source, applied: Option<&Applied>) {
    if let Some(taken) = applied.filter(|applied| !applied.is_nothing()) {
        tracing::info!(source.id = %source.id, %taken, "source read");
    }
}

/// Counts a poll and logs a failure.
fn count(source: &Source, outcome: &Outcome) {
    let name = match outcome {
        Outcome::Fresh(_) => "fresh",
        Outcome::NotModified { .. } => "not-modified",
        Outcome::Gone => "gone",
        Outcome::Failed(_) => "failed",
    };
    metrics::counter!("dongtin_polls_total", "outcome" => name).increment(1);
    if let Outcome::Failed(failure) = outcome {
        tracing::warn!(source.id = %source.id, failure = %failure.name, why = %failure.why, "source not read, its last good articles stay");
    }
}
