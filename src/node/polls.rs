//! Polls the sources whose turn it is. [`crate::ingest::poll`] says what a poll is.

use super::app::App;
use crate::config::{Config, FetchConfig};
use crate::fetch::{Last, State};
use crate::ingest::schedule::{Schedule, polled_host};
use crate::ingest::{Poll, poll, source_state};
use crate::model::{Source, SourceId, Timestamp};
use crate::net::HostLock;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};

/// The loop looks at least this often, whatever the schedule says: the clock may jump.
const LONGEST_SLEEP_MS: i64 = 60_000;

/// Polls until stopped; a poll under way is finished first.
pub async fn run(rooms: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let (mut reloads, mut moves) = (rooms.reloads(), rooms.clock.moves());
    let mut polls = Polls::new(Arc::clone(&rooms), stopped.clone(), rooms.clock.now());
    loop {
        let now = rooms.clock.now();
        let next = polls.step(now).map_or(LONGEST_SLEEP_MS, |at| at.millis() - now.millis());
        let sleep = Duration::from_millis(next.clamp(1, LONGEST_SLEEP_MS).unsigned_abs());
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => break,
            Some(ended) = polls.under_way.join_next_with_id() => polls.end(ended, rooms.clock.now()),
            asked = rooms.polls_asked() => {
                asked.iter().for_each(|(id, at)| polls.schedule.hurry(id, *at));
            }
            Ok(()) = reloads.changed() => polls.reschedule(rooms.clock.now()),
            Ok(()) = moves.changed() => {}
            _ = tokio::time::sleep(sleep) => {}
        }
    }
    while polls.under_way.join_next().await.is_some() {}
}

/// The polls that are under way, and those to come.
struct Polls {
    rooms: Arc<App>,
    stopped: watch::Receiver<bool>,
    config: Arc<Config>,
    schedule: Schedule,
    under_way: JoinSet<(Source, State)>,
    sources: HashMap<Id, SourceId>,
}

impl Polls {
    /// Nothing under way; every source of the config has its turn.
    fn new(rooms: Arc<App>, stopped: watch::Receiver<bool>, now: Timestamp) -> Self {
        let (config, schedule) = (rooms.config.load_full(), Schedule::default());
        let (under_way, sources) = (JoinSet::new(), HashMap::new());
        let mut polls = Self { rooms, stopped, config, schedule, under_way, sources };
        polls.load(true, now);
        polls
    }

    /// Begins the polls whose turn it is. Returns when the next one's is.
    fn step(&mut self, now: Timestamp) -> Option<Timestamp> {
        let hosts = Arc::clone(self.rooms.client.load().hosts());
        for (id, lock) in self.schedule.due(&hosts, now) {
            self.begin(id, lock, now);
        }
        self.schedule.wake_at(&hosts, now)
    }

    fn begin(&mut self, id: SourceId, lock: HostLock, now: Timestamp) {
        let source = self.config.sources.iter().find(|source| source.id == id).cloned();
        let Some(source) = source else { return };
        let (rooms, config) = (Arc::clone(&self.rooms), Arc::clone(&self.config));
        let stopped = self.stopped.clone();
        let task = self.under_way.spawn(async move {
            let client = rooms.client.load_full();
            let this = Poll {
                source: &source,
                config: &config,
                now,
                jitter: chance(),
                client: &client,
                pool: &rooms.pool,
                hubs: &rooms.subscriber,
                host: lock.host(),
                stopped: &stopped,
            };
            let state = poll::poll(&rooms.ingest, &this).await;
            drop(lock);
            (source, state)
        });
        self.sources.insert(task.id(), id);
    }

    /// Notes that a poll has ended, and when its source is next.
    fn end(&mut self, ended: Result<(Id, (Source, State)), JoinError>, now: Timestamp) {
        match ended {
            Ok((task, (source, state))) => {
                self.sources.remove(&task);
                self.schedule.finished(&source, &state, now);
            }
            Err(error) => {
                tracing::error!(%error, "a poll was lost, its source is asked again");
                if let Some(id) = self.sources.remove(&error.id()) {
                    self.schedule.forget(&id);
                }
                self.reschedule(now);
            }
        }
    }

    /// Takes the config as it is now; polls under way go on.
    fn reschedule(&mut self, now: Timestamp) {
        self.config = self.rooms.config.load_full();
        self.load(false, now);
    }

    fn load(&mut self, is_start: bool, now: Timestamp) {
        self.schedule.rebound(&self.config.fetch);
        let progress = self.rooms.store.progress();
        let polled = self.config.sources.iter().filter(|source| source.kind.address().is_some());
        let states: BTreeMap<&SourceId, (&Source, State)> = polled
            .map(|source| {
                let mut state = source_state::look(&progress, source);
                if is_start {
                    heed_hub(&self.rooms, source, &mut state, now);
                }
                (&source.id, (source, state))
            })
            .collect();
        self.schedule.load(states.values().map(|(source, state)| (*source, state)), now);
    }
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

/// Has sources polled now because a person asks for it, also where a host wanted to be left alone longer: it is asked
/// once, and left alone again if it still refuses.
pub fn insist(rooms: &App, sources: Vec<SourceId>, now: Timestamp) {
    let (config, client) = (rooms.config.load(), rooms.client.load());
    for source in config.sources.iter().filter(|source| sources.contains(&source.id)) {
        client.hosts().end_rest(
            &polled_host(source, &source_state::look(&rooms.store.progress(), source)),
            now,
        );
    }
    rooms.ask_polls(sources, now);
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

    #[tokio::test]
    async fn a_step_polls_what_is_due_and_nothing_before_its_time() {
        let folder = tempfile::tempdir().unwrap();
        crate::net::install_crypto();
        let text = "[[source]]\nid = \"a\"\nkind = \"feed\"\naddress = \"http://127.0.0.1:9/\"\n";
        let config = Config::parse(text, folder.path()).unwrap();
        let rooms = Arc::new(App::open(config).unwrap());
        let (_stop, stopped) = watch::channel(false);
        let now = Timestamp::now();
        let mut polls = Polls::new(Arc::clone(&rooms), stopped, now);
        polls.step(now);
        let ended = polls.under_way.join_next_with_id().await.unwrap();
        polls.end(ended, now);
        let next = polls.step(now).unwrap();
        assert!(polls.under_way.is_empty() && next > now);
        polls.step(next);
        assert_eq!(polls.under_way.len(), 1);
        while polls.under_way.join_next().await.is_some() {}
        rooms.close().unwrap();
    }

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
