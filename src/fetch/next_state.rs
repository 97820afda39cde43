//! What to remember after a request, and when to come again. Pure: the result depends on the old state, the outcome, the
//! time and chance.

use super::{Fresh, Last, Moved, Outcome, State, Validators};
use crate::config::FetchConfig;
use crate::model::Timestamp;
use crate::net::Backoff;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// How many polls in a row must see a permanent redirect before it is believed.
const MOVED_POLLS: u32 = 3;
/// The wait after a source said that it is gone. Portals say so by mistake too.
const PROBE_MS: i64 = DAY_MS;
/// A silent source is asked again after this part of its silence.
const SILENCE_PART: i64 = 12;

/// The state after a request. `jitter` in 0..1 is chance; it lengthens the wait by up to a tenth.
pub fn next(
    state: &State,
    outcome: &Outcome,
    now: Timestamp,
    config: &FetchConfig,
    jitter: f64,
) -> State {
    let mut next = State { last_check: Some(now), ..state.clone() };
    let wait = match outcome {
        Outcome::Fresh(fresh) => {
            remember_body(&mut next, fresh, now);
            count_success(&mut next, &fresh.moved, now);
            polite(learned(&next, now, config), fresh.wait_ms, config)
        }
        Outcome::NotModified { wait_ms, moved, validators, whole } => {
            next.last = Last::NotModified;
            remember_validators(&mut next, validators, false);
            next.body_at = next.body_at.filter(|_| !whole).or(Some(now));
            count_success(&mut next, moved, now);
            polite(learned(&next, now, config), *wait_ms, config)
        }
        Outcome::Gone => {
            next.last = Last::Gone;
            // The address that it had moved to is gone; the configured one may be alive.
            next.address = None;
            count_failure(&mut next, now);
            PROBE_MS.max(config.min_interval_ms)
        }
        Outcome::Failed(failure) => {
            next.last = Last::Failed(failure.clone());
            count_failure(&mut next, now);
            polite(backoff(&next, now, config), failure.wait_ms, config)
        }
    };
    let most = if next.is_gone() { i64::MAX } else { longest(config) };
    let wait = jittered(wait, jitter).min(most);
    next.interval_ms = Some(wait);
    next.next_check = Some(now.plus_millis(wait));
    next
}

/// Remembers a new body: its validators, and whether its entries are new.
fn remember_body(next: &mut State, fresh: &Fresh, now: Timestamp) {
    let changed = fresh.entries.is_none() || fresh.entries != next.entries;
    if changed {
        if let Some(before) = next.last_change {
            next.change_gap_ms = Some(gap(next.change_gap_ms, before, now));
        }
        next.last_change = Some(now);
    }
    next.last = Last::Fresh;
    next.entries = fresh.entries;
    remember_validators(next, &fresh.validators, changed);
    next.body_at = Some(now);
    next.body_hash = Some(fresh.body_hash);
}

/// Remembers what to send back. Validators that stay while the entries change are frozen, until others come.
fn remember_validators(next: &mut State, validators: &Validators, changed: bool) {
    let same = *validators != Validators::default() && next.validators == *validators;
    next.is_frozen = same && (next.is_frozen || changed);
    next.validators = validators.clone();
}

/// The time between changes: seven parts what was known, three parts what was seen now.
fn gap(known: Option<i64>, before: Timestamp, now: Timestamp) -> i64 {
    let seen = now.millis().saturating_sub(before.millis()).clamp(0, 366 * DAY_MS);
    known.map_or(seen, |known| (known.clamp(0, 366 * DAY_MS) * 7 + seen * 3) / 10)
}

fn count_success(next: &mut State, moved: &Option<String>, now: Timestamp) {
    next.last_good = Some(now);
    next.failures = 0;
    next.failing_since = None;
    watch_move(next, moved, now);
}

/// Takes a permanent redirect as the address once it has held for some polls and a day.
fn watch_move(next: &mut State, moved: &Option<String>, now: Timestamp) {
    let Some(to) = moved.clone().filter(|_| !has_password(next)) else {
        next.moved = None;
        return;
    };
    let watched = match next.moved.take().filter(|m| m.to == to) {
        Some(m) => Moved { polls: m.polls.saturating_add(1), ..m },
        None => Moved { to, since: now, polls: 1 },
    };
    let held = now.millis().saturating_sub(watched.since.millis());
    if watched.polls >= MOVED_POLLS && held >= DAY_MS {
        next.address = Some(watched.to);
    } else {
        next.moved = Some(watched);
    }
}

/// Whether the configured address has a name or password, which no other address may get.
fn has_password(state: &State) -> bool {
    let url = state.configured.as_deref().and_then(|a| url::Url::parse(a).ok());
    url.is_some_and(|url| !url.username().is_empty() || url.password().is_some())
}

fn count_failure(next: &mut State, now: Timestamp) {
    next.failures = next.failures.saturating_add(1);
    next.failing_since = next.failing_since.or(Some(now));
}

/// Half the time between changes; longer while the source is silent.
fn learned(state: &State, now: Timestamp, config: &FetchConfig) -> i64 {
    let silent = state.last_change.map_or(0, |t| now.millis().saturating_sub(t.millis()));
    let usual = state.change_gap_ms.map_or(0, |gap| gap / 2);
    usual.max(silent / SILENCE_PART).clamp(config.min_interval_ms, longest(config))
}

/// Doubling on the first day, then by days of failure, at most the longest interval.
fn backoff(state: &State, now: Timestamp, config: &FetchConfig) -> i64 {
    let since = state.failing_since.unwrap_or(now);
    let days = now.millis().saturating_sub(since.millis()).max(0) / DAY_MS;
    let wait = match days {
        0 => Backoff::of(config).wait_ms(state.failures),
        days => (days + 1).min(24) * 2 * HOUR_MS,
    };
    wait.clamp(config.min_interval_ms, longest(config))
}

/// The longer of our wait and the source's, within the config's intervals.
fn polite(ours: i64, asked: Option<i64>, config: &FetchConfig) -> i64 {
    ours.max(asked.unwrap_or(0)).clamp(config.min_interval_ms, longest(config))
}

/// The longest wait of any source with jitter, in milliseconds.
pub fn longest_wait(config: &FetchConfig) -> i64 {
    longest(config).max(jittered(PROBE_MS.max(config.min_interval_ms), 1.0))
}

fn longest(config: &FetchConfig) -> i64 {
    config.max_interval_ms.max(config.min_interval_ms)
}

fn jittered(wait: i64, jitter: f64) -> i64 {
    let share = if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 0.0 };
    let tenth = (wait / 10).clamp(0, DAY_MS);
    #[expect(clippy::cast_possible_truncation, reason = "at most a day of milliseconds")]
    let more = (tenth as f64 * share) as i64;
    wait.saturating_add(more)
}
