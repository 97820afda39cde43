//! The registry of hosts: when each may be asked again, who is asking it now, and what its robots.txt says.
//!
//! Every request of this process asks it, since `Client` does so before each hop. A [`HostRow`] must outlive the process;
//! the owner of the registry stores it.

use super::backoff::{is_refusal, refusal_wait_ms, retry_after_ms};
use super::host::{Host, HostRow, Purpose, Rest, RobotsTxt};
use crate::config::FetchConfig;
use crate::model::Timestamp;
use http::{HeaderMap, StatusCode};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The most hosts that are remembered.
const MANY: usize = 1_000;

/// Called when a host's row has changed; `None` if there is nothing to remember.
type Keep = Box<dyn Fn(&str, Option<&HostRow>) + Send + Sync>;

/// Every host that was asked, and when it may be asked again.
pub struct Hosts {
    table: Mutex<Table>,
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    keep: Keep,
}

struct Table {
    hosts: HashMap<String, Host>,
    config: FetchConfig,
}

/// The answer to a request that wants a host's turn.
#[derive(Debug, PartialEq, Eq)]
enum Turn {
    Go,
    Wait(Duration),
    Rest(Rest),
}

impl Hosts {
    /// A registry that stores nothing.
    pub fn new(
        config: &FetchConfig,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Self {
        Self::kept(config, clock, Vec::new(), |_, _| {})
    }

    /// A registry that begins with the rows of an earlier run and calls `keep` with every change.
    pub fn kept(
        config: &FetchConfig,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
        rows: Vec<(String, HostRow)>,
        keep: impl Fn(&str, Option<&HostRow>) + Send + Sync + 'static,
    ) -> Self {
        let mut table = Table { hosts: HashMap::new(), config: config.clone() };
        let now = clock();
        for (name, row) in rows {
            let host = Host::restored(row.clone(), table.longest_ms(), now);
            if host.row != row {
                keep(&name, host.row_to_keep());
            }
            table.hosts.insert(name, host);
        }
        Self { table: Mutex::new(table), clock: Box::new(clock), keep: Box::new(keep) }
    }

    /// Takes the pauses and intervals of a new config.
    pub fn reconfigure(&self, config: &FetchConfig) {
        self.table().config = config.clone();
    }

    /// Takes a host for one poll or crawl. Returns `None` if another has it.
    pub fn enter(self: &Arc<Self>, host: &str) -> Option<HostLock> {
        let mut table = self.table();
        let entry = self.entry(&mut table, host);
        if std::mem::replace(&mut entry.in_use, true) {
            return None;
        }
        Some(HostLock { hosts: Arc::clone(self), host: host.to_owned() })
    }

    /// When a poll of a host can begin, after its rest and its pause. Returns `None` if the host is in use.
    pub fn ready_at(&self, host: &str, now: Timestamp) -> Option<Timestamp> {
        let mut table = self.table();
        let (pause, longest) = (table.pause_ms(), table.longest_ms());
        let Some(host) = table.hosts.get_mut(host) else { return Some(now) };
        let free_at = host.free_at(pause, now).max(host.rest(Purpose::Poll, longest, now).until);
        (!host.in_use).then_some(free_at.max(now))
    }

    /// The rest that stops requests of a purpose to a host now.
    pub fn rest(&self, host: &str, purpose: Purpose, now: Timestamp) -> Option<Rest> {
        let mut table = self.table();
        let longest = table.longest_ms();
        let rest = table.hosts.get_mut(host)?.rest(purpose, longest, now);
        (rest.until > now).then_some(rest)
    }

    /// Ends the rests of a host, because a person wants it asked now. Its count of refusals stays, so that the next rest is
    /// longer.
    pub fn end_rest(&self, host: &str, now: Timestamp) {
        let mut table = self.table();
        let Some(entry) = table.hosts.get_mut(host) else { return };
        for rest in [&mut entry.row.poll, &mut entry.row.crawl] {
            rest.until = rest.until.min(now);
        }
        (self.keep)(host, entry.row_to_keep());
    }

    /// What is known of a host's robots.txt.
    pub fn robots(&self, host: &str) -> RobotsTxt {
        self.table().hosts.get(host).map(|host| host.row.robots.clone()).unwrap_or_default()
    }

    /// Stores a host's robots.txt. Its crawl delay holds from the last request on.
    pub fn set_robots(&self, host: &str, robots: RobotsTxt) {
        let mut table = self.table();
        let entry = self.entry(&mut table, host);
        if entry.row.robots != robots {
            entry.row.robots = robots;
            (self.keep)(host, Some(&entry.row));
        }
    }

    /// Waits for a turn at a host.
    ///
    /// # Errors
    /// The host's rest.
    pub(super) async fn turn(&self, host: &str, purpose: Purpose) -> Result<(), Rest> {
        loop {
            match self.try_turn(host, purpose, (self.clock)()) {
                Turn::Go => return Ok(()),
                Turn::Rest(rest) => return Err(rest),
                Turn::Wait(wait) => tokio::time::sleep(wait).await,
            }
        }
    }

    fn try_turn(&self, host: &str, purpose: Purpose, now: Timestamp) -> Turn {
        let mut table = self.table();
        let (pause, longest) = (table.pause_ms(), table.longest_ms());
        let entry = self.entry(&mut table, host);
        let rest = entry.rest(purpose, longest, now);
        if rest.until > now {
            return Turn::Rest(rest);
        }
        let pause = if purpose == Purpose::Copy { 0 } else { pause };
        let wait = entry.free_at(pause, now).millis().saturating_sub(now.millis());
        if wait > 0 {
            return Turn::Wait(Duration::from_millis(wait.unsigned_abs()));
        }
        entry.asked_at = Some(now);
        Turn::Go
    }

    /// Notes that a request has ended, so that the pause begins.
    pub fn ended(&self, host: &str) {
        let now = (self.clock)();
        if let Some(host) = self.table().hosts.get_mut(host) {
            host.asked_at = Some(now);
        }
    }

    /// Notes what a host has answered. Returns the end of its rest, if it has refused.
    pub(super) fn answered(
        &self,
        host: &str,
        purpose: Purpose,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> Option<Timestamp> {
        let is_busy = purpose == Purpose::Crawl && status == StatusCode::SERVICE_UNAVAILABLE;
        if is_refusal(status, headers) || is_busy {
            let why = format!("HTTP status {}", status.as_u16());
            return Some(self.refused(host, purpose, why, headers));
        }
        self.accepted(host, purpose);
        None
    }

    /// Begins a rest; a longer one that the host already has stays.
    fn refused(&self, host: &str, purpose: Purpose, why: String, headers: &HeaderMap) -> Timestamp {
        let now = (self.clock)();
        let mut table = self.table();
        let (longest, config) = (table.longest_ms(), table.config.clone());
        let entry = self.entry(&mut table, host);
        let known = entry.own_rest(purpose, longest, now);
        let times = known.times.saturating_add(1);
        let wait = refusal_wait_ms(retry_after_ms(headers, now), times, &config);
        let until = known.until.max(now.plus_millis(wait));
        *known = Rest { until, times, why };
        (self.keep)(host, Some(&entry.row));
        until
    }

    /// Ends refusals in a row. A rest that began meanwhile stays.
    fn accepted(&self, host: &str, purpose: Purpose) {
        let now = (self.clock)();
        let mut table = self.table();
        let longest = table.longest_ms();
        let Some(entry) = table.hosts.get_mut(host) else { return };
        let rest = entry.own_rest(purpose, longest, now);
        if rest.times > 0 && rest.until <= now {
            *rest = Rest::default();
            (self.keep)(host, entry.row_to_keep());
        }
    }

    /// The entry of a host; makes room for a new one.
    fn entry<'t>(&self, table: &'t mut Table, host: &str) -> &'t mut Host {
        if !table.hosts.contains_key(host) {
            if table.hosts.len() >= MANY {
                self.make_room(table);
            }
            table.hosts.insert(host.to_owned(), Host::default());
        }
        table.hosts.entry(host.to_owned()).or_default()
    }

    /// Forgets the hosts that need not be remembered or, if there are none, the one that is needed for the shortest time.
    fn make_room(&self, table: &mut Table) {
        let now = (self.clock)();
        let pause = table.pause_ms();
        let needed = |host: &Host| host.needed_until(pause, now);
        let mut by_need: Vec<_> = table.hosts.iter().map(|(n, h)| (needed(h), n.clone())).collect();
        by_need.sort_unstable();
        let over = by_need.iter().take_while(|(until, _)| *until <= now).count();
        for (_, name) in by_need.into_iter().take(over.max(1)) {
            if table.hosts.get(&name).is_some_and(|host| host.in_use) {
                continue;
            }
            let gone = table.hosts.remove(&name);
            if gone.is_some_and(|host| host.row_to_keep().is_some()) {
                (self.keep)(&name, None);
            }
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn pause_ms(&self) -> i64 {
        self.config.host_interval_ms.max(0)
    }

    /// The longest rest, in milliseconds.
    fn longest_ms(&self) -> i64 {
        self.config.max_interval_ms.max(self.config.min_interval_ms)
    }
}

/// A host that one poll or crawl has for itself until this is dropped.
pub struct HostLock {
    hosts: Arc<Hosts>,
    host: String,
}

impl HostLock {
    /// The host, as [`crate::text::host_key`] writes it.
    pub fn host(&self) -> &str {
        &self.host
    }
}

impl Drop for HostLock {
    fn drop(&mut self) {
        if let Some(host) = self.hosts.table().hosts.get_mut(&self.host) {
            host.in_use = false;
        }
    }
}

#[cfg(test)]
mod tests;
