//! Polls the sources whose turn it is, takes in what they bring, and remembers when to come again.

use super::app::App;
use crate::config::{Config, FetchConfig};
use crate::fetch::{Last, Outcome, State};
use crate::ingest::memory::{Memory, is_of_memory, reads_pages};
use crate::ingest::poll::{Polled, Polling, poll_one, polled_host};
use crate::ingest::schedule::Schedule;
use crate::ingest::{self, Applied, Settled, hub};
use crate::model::{Source, SourceId, Timestamp, Warning};
use crate::net::{HostLock, Hosts, Purpose};
use crate::refine::Refined;
use crate::store::{Kind, Store};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The loop looks at least this often, whatever the schedule says: the clock may jump.
const LONGEST_SLEEP_MS: i64 = 60_000;
/// Between two polls of a source whose hub tells of its changes.
const HUB_REST_MS: i64 = 6 * 3_600_000;

/// Polls until stopped; a poll under way is finished first.
pub async fn poll(rooms: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let mut polls = JoinSet::new();
    let mut under_way = HashMap::new();
    let mut reloads = rooms.reloads();
    let (mut config, mut schedule) = scheduled(&rooms, None);
    loop {
        let now = Timestamp::now();
        let hosts = Arc::clone(rooms.client.load().hosts());
        for (id, lock) in schedule.due(&hosts, now) {
            if let Some(task) = start(&rooms, &config, &id, lock, &stopped, &mut polls) {
                under_way.insert(task, id);
            }
        }
        let sleep =
            schedule.wake_at(&hosts, now).map_or(LONGEST_SLEEP_MS, |at| at.millis() - now.millis());
        let sleep = Duration::from_millis(sleep.clamp(1, LONGEST_SLEEP_MS).unsigned_abs());
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => break,
            Some(done) = polls.join_next_with_id() => match done {
                Ok((task, (source, state))) => {
                    under_way.remove(&task);
                    schedule.finished(&source, &state, Timestamp::now());
                }
                Err(error) => {
                    tracing::error!(%error, "a poll was lost, its source is asked again");
                    if let Some(id) = under_way.remove(&error.id()) {
                        schedule.forget(&id);
                    }
                    (config, schedule) = scheduled(&rooms, Some(schedule));
                }
            },
            asked = rooms.polls_asked() => {
                asked.iter().for_each(|(id, at)| schedule.hurry(id, *at));
            }
            Ok(()) = reloads.changed() => (config, schedule) = scheduled(&rooms, Some(schedule)),
            _ = tokio::time::sleep(sleep) => {}
        }
    }
    while polls.join_next().await.is_some() {}
}

/// The schedule of the config as it is now.
fn scheduled(rooms: &App, before: Option<Schedule>) -> (Arc<Config>, Schedule) {
    let (config, now) = (rooms.config.load_full(), Timestamp::now());
    let is_start = before.is_none();
    let mut schedule = before.unwrap_or_default();
    schedule.rebound(&config.fetch);
    let state = |source| {
        let mut state = state_of(&rooms.store, source);
        if is_start {
            heed_hub(rooms, source, &mut state, now);
        }
        state
    };
    let states: BTreeMap<&SourceId, State> =
        config.sources.iter().map(|source| (&source.id, state(source))).collect();
    let polled = config.sources.iter().filter(|source| source.kind.address().is_some());
    schedule.load(polled.filter_map(|source| Some((source, states.get(&source.id)?))), now);
    (config, schedule)
}

/// At a start a source whose hub tells of changes is polled as soon as it may be: what was delivered before the stop, or
/// meanwhile, may be known to nobody.
fn heed_hub(rooms: &App, source: &Source, state: &mut State, now: Timestamp) {
    let soonest = soonest(state, &rooms.config.load().fetch);
    if rooms.subscriber.live_until(&source.id, now).is_some() && soonest.is_some() {
        state.next_check = state.next_check.min(soonest);
    }
}

/// When a source may be polled before its turn, because a hub says so: never while it is in trouble or has told us to wait.
pub fn soonest(state: &State, config: &FetchConfig) -> Option<Timestamp> {
    if state.failures > 0 || matches!(state.last, Last::Failed(_) | Last::Gone) {
        return None;
    }
    Some(state.last_check?.plus_millis(config.min_interval_ms))
}

/// The polled sources of these ids; all of them if no id is given.
///
/// # Errors
/// If an id is not that of a polled source.
pub fn wanted(config: &Config, ids: &[String]) -> anyhow::Result<Vec<SourceId>> {
    let polled = config.sources.iter().filter(|source| source.kind.address().is_some());
    let polled: Vec<_> = polled.map(|source| source.id.clone()).collect();
    if ids.is_empty() {
        return Ok(polled);
    }
    let find = |id: &String| {
        let found = polled.iter().find(|polled| polled.as_str() == id).cloned();
        found.ok_or_else(|| anyhow::anyhow!("source {id}: not in the config, or not polled"))
    };
    ids.iter().map(find).collect()
}

/// What is remembered of a polled source.
pub fn state_of(store: &Store, source: &Source) -> State {
    let state = store.progress().get(Kind::Source, source.id.as_str());
    let state: Option<State> = state.unwrap_or_else(|error| {
        tracing::warn!(source.id = %source.id, %error, "what was remembered of a source is lost");
        None
    });
    state.unwrap_or_default().about(source)
}

/// What is remembered of a polled source, and that its host wants to be left alone, if it does; times are written with
/// the site's offset from UTC.
pub fn standing_of(
    store: &Store,
    hosts: &Hosts,
    source: &Source,
    now: Timestamp,
    utc_offset: i32,
) -> State {
    let mut state = state_of(store, source);
    let host = polled_host(source, &state);
    if let Some(rest) = hosts.rest(&host, Purpose::Poll, now) {
        let until = rest.until.rfc3339_at(utc_offset);
        let example = format!("{host}: {until}: {}", rest.why);
        Warning::add(&mut state.warnings, "host-resting", Some(&example));
        state.next_check = state.next_check.max(Some(rest.until));
    }
    state
}

/// Has sources polled now because a person asks for it, also where a host wanted to be left alone longer: it is asked
/// once, and left alone again if it still refuses.
pub fn insist(rooms: &App, sources: Vec<SourceId>, now: Timestamp) {
    let (config, client) = (rooms.config.load(), rooms.client.load());
    for source in config.sources.iter().filter(|source| sources.contains(&source.id)) {
        client.hosts().end_rest(&polled_host(source, &state_of(&rooms.store, source)), now);
    }
    rooms.ask_polls(sources, now);
}

fn start(
    rooms: &Arc<App>,
    config: &Arc<Config>,
    id: &SourceId,
    lock: HostLock,
    stopped: &watch::Receiver<bool>,
    polls: &mut JoinSet<(Source, State)>,
) -> Option<tokio::task::Id> {
    let source = config.sources.iter().find(|source| source.id == *id).cloned()?;
    let (rooms, config, stopped) = (Arc::clone(rooms), Arc::clone(config), stopped.clone());
    let task = polls.spawn(async move {
        let state = one(&rooms, &config, &source, &lock, &stopped).await;
        drop(lock);
        (source, state)
    });
    Some(task.id())
}

/// One poll from beginning to end; what is remembered is kept only after the articles are on disk.
async fn one(
    rooms: &App,
    config: &Config,
    source: &Source,
    lock: &HostLock,
    stopped: &watch::Receiver<bool>,
) -> State {
    let (mut before, now) = (state_of(&rooms.store, source), Timestamp::now());
    if requires_whole(rooms, source) {
        before.forget_body();
    }
    let client = rooms.client.load_full();
    let polling = Polling {
        host: lock.host(),
        client: &client,
        pool: &rooms.pool,
        config: &config.fetch,
        max_entries: config.worker.max_entries,
        utc_offset: config.site.utc_offset,
        stopped,
    };
    let Polled { outcome, reading, document, mut state } =
        poll_one(source, before, polling, now, chance()).await;
    let (mut due, is_whole) = (None, reading.is_some());
    let waits = matches!(outcome, Outcome::NotModified { .. }) && reads_pages(source);
    if reading.is_some() || document.is_some() || waits {
        let settled = state.settled;
        match rooms.ingest.settle(source, reading, document, settled, polling, now).await {
            Ok(Settled { taken, memory }) => {
                due = taken.due;
                took(source, &taken, &mut state);
                remembered(&memory, &mut state, client.hosts(), now, config);
                if is_whole {
                    was_read_whole(rooms, source);
                }
            }
            Err(error) => not_taken(source, &error, &mut state),
        }
    } else if rooms.ingest.has_waiting(source).unwrap_or(true) {
        match rooms.ingest.take_delivered(source, Refined::default(), now).await {
            Ok(taken) => {
                due = taken.due;
                took(source, &taken, &mut state);
            }
            Err(error) => not_taken(source, &error, &mut state),
        }
    }
    metrics::counter!("dongtin_polls_total", "outcome" => name(&outcome)).increment(1);
    if let Outcome::Failed(failure) = &outcome {
        tracing::warn!(source.id = %source.id, failure = %failure.name, why = %failure.why, "source not read, its last good articles stay");
    }
    if let Some(until) = rooms.subscriber.live_until(&source.id, now) {
        rest(&mut state, until, &config.fetch);
    }
    if requires_whole(rooms, source) {
        state.forget_body();
        due = Some(now);
    }
    come_for(due, &mut state, now, &config.fetch);
    if let Err(error) = rooms.store.progress().put(Kind::Source, source.id.as_str(), &state) {
        tracing::error!(source.id = %source.id, %error, "what to remember of a source was not kept");
    }
    if hub::wanted(source, &config.site.base_url) {
        super::hubs::hear(rooms, source);
    }
    state
}

/// Returns true if a row of a source is lost, so that it must be read whole.
fn requires_whole(app: &App, source: &Source) -> bool {
    let requires = app.store.progress().requires_whole(&source.id);
    requires.unwrap_or_else(|error| {
        tracing::warn!(source.id = %source.id, %error, "read whole, since nobody knows what is kept of it");
        true
    })
}

fn was_read_whole(app: &App, source: &Source) {
    if let Err(error) = app.store.progress().was_read_whole(&source.id) {
        tracing::warn!(source.id = %source.id, %error, "not noted as read whole, it is read whole again");
    }
}

fn name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Fresh(_) => "fresh",
        Outcome::NotModified { .. } => "not-modified",
        Outcome::Gone => "gone",
        Outcome::Failed(_) => "failed",
    }
}

/// While a hub tells of changes, polls are only a safety net: every six hours, and when its lease ends.
fn rest(state: &mut State, until: Timestamp, fetch: &FetchConfig) {
    if state.failures > 0 {
        return;
    }
    let Some(now) = state.last_check else { return };
    let wait = HUB_REST_MS.clamp(fetch.min_interval_ms, fetch.max_interval_ms);
    let slowly = now.plus_millis(wait).min(until.max(now.plus_millis(fetch.min_interval_ms)));
    state.next_check = state.next_check.max(Some(slowly));
}

/// What waits is taken at the next poll, which comes as soon as it may; a source in trouble is left in peace.
fn come_for(due: Option<Timestamp>, state: &mut State, now: Timestamp, config: &FetchConfig) {
    let Some(due) = due.filter(|_| state.failures == 0) else { return };
    let at = due.max(now.plus_millis(config.min_interval_ms));
    state.next_check = state.next_check.map(|next| next.min(at));
}

/// The warning that names articles which are listed and stay withdrawn; a document that is read anew begins without it.
const STAYS: &str = "stays-withdrawn";

fn took(source: &Source, taken: &Applied, state: &mut State) {
    state.warnings.retain(|warning| !warning.name.starts_with("held-"));
    let mut warn = |name: &str, count: usize, example: String| {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        state.warnings.push(Warning { name: name.into(), count, example: Some(example) });
    };
    if taken.held > taken.beyond {
        let held = taken.held - taken.beyond;
        warn("held-back", held, format!("{held} wait for the next poll: see `quota` and `delay`"));
    }
    if taken.beyond > 0 {
        warn("held-beyond", taken.beyond, "raise `quota`".into());
        // These stand in the document only: have the next poll read it whole.
        state.forget_body();
    }
    if let (count @ 1.., example) = &taken.stay_withdrawn {
        state.warnings.retain(|warning| warning.name != STAYS);
        let count = u32::try_from(*count).unwrap_or(u32::MAX);
        state.warnings.push(Warning { name: STAYS.into(), count, example: example.clone() });
    }
    if !taken.is_nothing() {
        tracing::info!(source.id = %source.id, %taken, "source read");
    }
}

/// Puts what else is remembered of a source into its status; articles' pages that wait bring the next poll forward.
fn remembered(memory: &Memory, state: &mut State, hosts: &Hosts, now: Timestamp, config: &Config) {
    state.warnings.retain(|warning| !is_of_memory(&warning.name));
    state.warnings.extend(memory.warnings(hosts, now, config.site.utc_offset));
    if memory.left_out > 0 {
        // What did not fit stands in the document still: have the next poll read it whole.
        state.forget_body();
    }
    if let Some(at) = memory.next_at() {
        let at = at.max(now.plus_millis(config.fetch.min_interval_ms));
        state.next_check = state.next_check.map(|next| next.min(at));
    }
}

fn not_taken(source: &Source, error: &ingest::Error, state: &mut State) {
    tracing::error!(source.id = %source.id, %error, "what a source brought was not taken in, it will be asked again");
    state.forget_body();
}

/// A number in 0..1, so that many sources do not move in step.
fn chance() -> f64 {
    let mut bytes = [0; 4];
    match getrandom::fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0),
        Err(_) => 0.5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::Failure;

    #[test]
    fn a_hub_brings_no_poll_before_its_time() {
        let config = Config::parse("", std::path::Path::new("/x")).unwrap().fetch;
        let polled = Timestamp::from_secs(1_795_000_000);
        let good = State { last_check: Some(polled), ..State::default() };
        assert_eq!(soonest(&good, &config), Some(polled.plus_millis(config.min_interval_ms)));
        assert_eq!(soonest(&State::default(), &config), None);
        let failing = State { failures: 1, ..good.clone() };
        let failure = Failure {
            name: "status-429".into(),
            why: String::new(),
            status: Some(429),
            wait_ms: None,
        };
        let refused = State { last: Last::Failed(failure), ..good.clone() };
        let gone = State { last: Last::Gone, ..good };
        for state in [failing, refused, gone] {
            assert_eq!(soonest(&state, &config), None);
        }
    }
}
