//! Which source is polled when: pure decisions; the node does it.
//!
//! `Hosts` says which hosts may be asked now: one poll at a time each, none before its pause or rest is over. When a
//! source is due is kept in its `State`, so a restart neither forgets it nor asks everybody at once.

use crate::config::FetchConfig;
use crate::fetch::{Last, State, longest_wait};
use crate::model::{Source, SourceId, SourceKind, Timestamp};
use crate::net::{HostLock, Hosts};
use crate::text::host_key;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use url::Url;

/// At a start, overdue sources begin this far apart, at most.
const SPREAD_MS: i64 = 1_000;

/// Every polled source, with its turn.
#[derive(Debug, Default)]
pub struct Schedule {
    sources: BTreeMap<SourceId, Turn>,
    /// Those that are not under way, by their turn: many hundreds cost no more than a few.
    queue: BTreeSet<(Timestamp, SourceId)>,
    running: usize,
    concurrency: usize,
    /// Mirrors: their polls wait for news, so each has a place of its own besides.
    mirrors: usize,
    min_interval_ms: i64,
    longest_ms: i64,
}

#[derive(Debug)]
struct Turn {
    host: String,
    /// As configured now; a poll under way may be of another one.
    address: Option<String>,
    at: Timestamp,
    /// The time to which somebody brought the turn forward.
    hurried: Option<Timestamp>,
    running: bool,
    /// Whether the config still names it; if not, it goes when its poll ends.
    named: bool,
}

impl Schedule {
    /// An empty schedule with the config's bounds.
    pub fn new(config: &FetchConfig) -> Self {
        Self {
            concurrency: config.concurrency.max(1),
            min_interval_ms: config.min_interval_ms.max(1),
            longest_ms: longest_wait(config),
            ..Self::default()
        }
    }

    /// Takes the bounds of a new config.
    pub fn rebound(&mut self, config: &FetchConfig) {
        let Self { concurrency, min_interval_ms, longest_ms, .. } = Self::new(config);
        self.longest_ms = longest_ms;
        self.concurrency = concurrency;
        self.min_interval_ms = min_interval_ms;
    }

    /// Takes the sources of a config, new or reloaded, with what is remembered of each. Those overdue, and those
    /// never polled, are spread over the time to come; the others keep their time. Polls under way go on.
    pub fn load<'a>(
        &mut self,
        sources: impl IntoIterator<Item = (&'a Source, &'a State)>,
        now: Timestamp,
    ) {
        let mut seen = HashSet::new();
        let mut overdue = Vec::new();
        self.mirrors = 0;
        for (source, state) in sources {
            self.mirrors += usize::from(matches!(source.kind, SourceKind::Mirror { .. }));
            let Some(turn) = self.turn(source, state, now) else { continue };
            seen.insert(source.id.clone());
            if turn.at <= now && !turn.running {
                overdue.push((turn.at, source.id.clone()));
            }
            self.sources.insert(source.id.clone(), turn);
        }
        self.sources.retain(|id, turn| seen.contains(id) || turn.running);
        for (id, turn) in &mut self.sources {
            turn.named = seen.contains(id);
        }
        self.spread(overdue, now);
        let queued = self.sources.iter().filter(|(_, turn)| !turn.running);
        self.queue = queued.map(|(id, turn)| (turn.at, id.clone())).collect();
        self.running = self.sources.values().filter(|turn| turn.running).count();
    }

    fn turn(&self, source: &Source, state: &State, now: Timestamp) -> Option<Turn> {
        state.address_of(source)?;
        let host = polled_host(source, state);
        let address = source.kind.address().map(str::to_owned);
        let known = self.sources.get(&source.id);
        let running = known.is_some_and(|turn| turn.running);
        let hurried = known.and_then(|turn| turn.hurried);
        let at = self.time_of(source, state, now);
        let at = hurried.map_or(at, |hurried| at.min(hurried));
        Some(Turn { host, address, at, hurried, running, named: true })
    }

    /// Gives each overdue source its own moment, the longest overdue first.
    fn spread(&mut self, mut overdue: Vec<(Timestamp, SourceId)>, now: Timestamp) {
        overdue.sort();
        let count = i64::try_from(overdue.len()).unwrap_or(i64::MAX).max(1);
        let step = (self.min_interval_ms / count).clamp(1, SPREAD_MS);
        for (place, (_, id)) in (0_i64..).zip(overdue) {
            if let Some(turn) = self.sources.get_mut(&id) {
                turn.at = now.plus_millis(place.saturating_mul(step));
            }
        }
    }

    /// The sources whose turn it is, longest due first, each with its host to itself until the lock is dropped; they count
    /// as running until [`Schedule::finished`].
    pub fn due(&mut self, hosts: &Arc<Hosts>, now: Timestamp) -> Vec<(SourceId, HostLock)> {
        let (mut started, mut locks) = (Vec::new(), Vec::new());
        for (at, id) in self.queue.iter().take_while(|(at, _)| *at <= now) {
            if self.running + started.len() >= self.places() {
                break;
            }
            let Some(turn) = self.sources.get_mut(id) else { continue };
            if hosts.ready_at(&turn.host, now).is_none_or(|ready| ready > now) {
                continue;
            }
            let Some(lock) = hosts.enter(&turn.host) else { continue };
            turn.running = true;
            started.push((*at, id.clone()));
            locks.push(lock);
        }
        self.running += started.len();
        started.iter().for_each(|entry| _ = self.queue.remove(entry));
        started.into_iter().map(|(_, id)| id).zip(locks).collect()
    }

    /// Notes that a poll has ended, and when the source is next.
    pub fn finished(&mut self, source: &Source, state: &State, now: Timestamp) {
        let at = self.time_of(source, state, now);
        let Some(turn) = self.sources.get_mut(&source.id).filter(|turn| turn.running) else {
            return;
        };
        self.running -= 1;
        (turn.running, turn.hurried) = (false, None);
        if turn.address.as_deref() == source.kind.address() {
            (turn.at, turn.host) = (at, polled_host(source, state));
        } else {
            // It was given another address meanwhile, of which nothing is known yet.
            (turn.at, turn.host) = (now, host_in(turn.address.as_deref()).unwrap_or_default());
        }
        if turn.named {
            self.queue.insert((turn.at, source.id.clone()));
        } else {
            self.sources.remove(&source.id);
        }
    }

    /// Drops a source whose poll was lost (its task panicked) or that is not wanted any more.
    pub fn forget(&mut self, id: &SourceId) {
        let Some(turn) = self.sources.remove(id) else { return };
        if turn.running {
            self.running -= 1;
        } else {
            self.queue.remove(&(turn.at, id.clone()));
        }
    }

    /// Brings a source's turn forward (somebody asked for it), never back; its host's pause and rest still hold.
    pub fn hurry(&mut self, id: &SourceId, at: Timestamp) {
        let Some(turn) = self.sources.get_mut(id).filter(|turn| !turn.running) else { return };
        let at = at.min(turn.at);
        turn.hurried = Some(at);
        let before = std::mem::replace(&mut turn.at, at);
        self.queue.remove(&(before, id.clone()));
        self.queue.insert((at, id.clone()));
    }

    /// When [`Schedule::due`] will next have something; `None`: only after something has finished or changed.
    pub fn wake_at(&self, hosts: &Hosts, now: Timestamp) -> Option<Timestamp> {
        if self.running >= self.places() {
            return None;
        }
        let mut first = None;
        for (at, id) in &self.queue {
            if first.is_some_and(|first| first <= *at) {
                break;
            }
            let host = self.sources.get(id).map(|turn| &turn.host);
            let possible =
                host.and_then(|host| hosts.ready_at(host, now)).map(|ready| ready.max(*at));
            first = first.into_iter().chain(possible).min();
        }
        first
    }

    /// How many polls may be under way.
    fn places(&self) -> usize {
        self.concurrency + self.mirrors
    }

    /// When a source is due: what its state says, but no later than any wait is long, since the clock may have been ahead;
    /// now, where nothing is known of its address.
    fn time_of(&self, source: &Source, state: &State, now: Timestamp) -> Timestamp {
        let next = state.next_check.filter(|_| state.remembers(source)).unwrap_or(now);
        next.min(now.plus_millis(self.longest_ms))
    }
}

/// The host that a poll of a source keeps others from: of its address, or of where it has moved for good.
pub fn polled_host(source: &Source, state: &State) -> String {
    host_in(state.address_of(source).as_deref()).unwrap_or_default()
}

/// When a source may be polled before its turn, because a hub says so: never while it is in trouble or has told us to wait.
pub fn soonest(state: &State, config: &FetchConfig) -> Option<Timestamp> {
    if state.failures > 0 || matches!(state.last, Last::Failed(_) | Last::Gone) {
        return None;
    }
    Some(state.last_check?.plus_millis(config.min_interval_ms))
}

/// The [`host_key`] of an address as it is written, if it is one.
pub(super) fn host_in(address: Option<&str>) -> Option<String> {
    address.and_then(|address| Url::parse(address).ok()).map(|url| host_key(&url))
}

#[cfg(test)]
mod tests;
