//! What is remembered of a polled source between two polls, and the one place where a poll changes it.

use super::apply::Applied;
use super::brought::{Brought, Done};
use super::crawl_state::CrawlState;
use super::{Error, Intake, Poll, hub};
use crate::config::FetchConfig;
use crate::fetch::{self, Outcome, State};
use crate::model::{Source, SourceId, Timestamp};
use crate::store::{self, Kind, Progress};

/// What is remembered of a polled source, for looking only; what cannot be read is a source that was never polled.
pub fn look(progress: &Progress, source: &Source) -> State {
    let state = progress.get_or_default(Kind::Source, source.id.as_str());
    let mut state: State = state.unwrap_or_else(|error| {
        tracing::warn!(source.id = %source.id, %error, "what was remembered of a source is lost");
        State::default()
    });
    if state.noted.is_none() {
        // An earlier version kept all warnings in one list.
        state.warnings.clear();
    }
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
    let settings = config.fetch.of(source);
    let mut state = fetch::next(before, &brought.outcome, now, &settings, poll.jitter);
    note_document(&mut state, brought);
    let mut due = None;
    match done {
        Ok(Done { applied, crawl }) => {
            due = applied.as_ref().and_then(|applied| applied.due);
            if let Some(applied) = &applied {
                note_applied(&mut state, applied, brought.is_whole());
                if brought.is_whole() && applied.published + applied.revised > 0 {
                    poll.hubs.note_found(&source.id, before.last_check, now);
                }
            }
            state.waits = due.is_some();
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
    if requires_whole(intake, source) {
        state.forget_body();
        state.waits = true;
        due = Some(now);
    }
    if poll.hubs.has_unconfirmed(&source.id) {
        // What a hub delivered is compared with what the source says itself.
        state.forget_body();
    }
    come_by(&mut state, due, now, &settings);
    keep_and_count(intake, source, &state, &brought.outcome);
    if hub::wanted(source, &config.site.base_url) {
        hub::note_named(poll.hubs, source, &state);
    }
    state
}

/// Keeps what a poll leaves to remember, counts it and logs a failure.
pub(super) fn keep_and_count(intake: &Intake, source: &Source, state: &State, outcome: &Outcome) {
    if let Err(error) = keep(&intake.progress(), &source.id, state) {
        tracing::error!(source.id = %source.id, %error, "what to remember of a source was not kept");
    }
    count(source, outcome);
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
    state.own_link = facts.own_link.clone();
}

/// Notes which articles have to wait, and what is listed and does not count: all of it where the document was read whole.
fn note_applied(state: &mut State, applied: &Applied, is_whole: bool) {
    let noted = state.noted.get_or_insert_default();
    noted.held = applied.held.saturating_sub(applied.beyond);
    noted.beyond = applied.beyond;
    noted
        .ignored
        .retain(|old| !is_whole && applied.ignored.iter().all(|ignored| ignored.name != old.name));
    noted.ignored.extend(applied.ignored.iter().cloned());
    if applied.beyond > 0 {
        // These stand in the document only: have the next poll read it whole.
        state.forget_body();
    }
}

/// Notes whether articles' pages wait; they bring the next poll forward.
fn note_crawl(state: &mut State, crawl: &CrawlState, poll: &Poll<'_>) {
    if crawl.left_out > 0 {
        // What did not fit stands in the document still: have the next poll read it whole.
        state.forget_body();
    }
    if let Some(at) = crawl.next_at() {
        let at = at.max(poll.now.plus_millis(poll.config.fetch.min_interval_ms));
        state.next_check = state.next_check.map(|next| next.min(at));
        state.waits = true;
    }
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
