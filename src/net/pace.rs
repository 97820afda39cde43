//! A pause between two requests to one host, whoever makes them: polls, redirects that lead there, articles' own pages.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Hosts that are remembered before those whose pause is over are let go.
const HOSTS: usize = 1_024;

/// When each host may be asked again.
#[derive(Debug, Default)]
pub struct Pace {
    pause: Duration,
    turns: Arc<Mutex<HashMap<String, Turns>>>,
}

/// One host's turns.
#[derive(Clone, Copy, Debug)]
struct Turns {
    free_at: Instant,
    /// What the host asks for between two requests; the common pause where that is longer.
    asks: Duration,
}

impl Pace {
    /// The same hosts and their turns with another pause.
    pub fn with_pause(&self, pause: Duration) -> Self {
        Self { pause, turns: Arc::clone(&self.turns) }
    }

    /// Waits for a host's turn.
    pub async fn turn(&self, host: &str) {
        let wait = self.reserve(host, Instant::now());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }

    /// Has requests to a host so far apart as it asks, from its last one on; `now` is the time where it had none.
    pub fn slow(&self, host: &str, asks: Duration, now: Instant) {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let host = machine(host);
        let known = turns.get(host).copied();
        if known.is_none() && asks.is_zero() {
            return;
        }
        let Turns { free_at, asks: before } =
            known.unwrap_or(Turns { free_at: now, asks: Duration::ZERO });
        let longer = asks.max(self.pause).saturating_sub(before.max(self.pause));
        turns.insert(host.to_owned(), Turns { free_at: free_at + longer, asks });
    }

    /// Takes the host's next turn; how long it is until then.
    fn reserve(&self, host: &str, now: Instant) -> Duration {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let host = machine(host);
        let known = turns.get(host).copied();
        let asks = known.map_or(Duration::ZERO, |known| known.asks);
        let pause = asks.max(self.pause);
        if pause.is_zero() {
            return Duration::ZERO;
        }
        if turns.len() >= HOSTS {
            turns.retain(|_, turns| turns.free_at > now);
        }
        let mine = known.map_or(now, |known| known.free_at).max(now);
        turns.insert(host.to_owned(), Turns { free_at: mine + pause, asks });
        mine - now
    }
}

/// `www.` is the same machine.
fn machine(host: &str) -> &str {
    host.strip_prefix("www.").unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn www_is_the_same_machine() {
        let pace = Pace::default().with_pause(Duration::from_secs(1));
        let now = Instant::now();
        let waits = ["a.vn", "www.a.vn"].map(|host| pace.reserve(host, now).as_secs());
        assert_eq!(waits, [0, 1]);
        pace.slow("www.a.vn", Duration::from_secs(5), now);
        assert_eq!(pace.reserve("a.vn", now).as_secs(), 6);
    }

    #[test]
    fn each_host_has_its_own_turns() {
        let pace = Pace::default().with_pause(Duration::from_secs(1));
        let now = Instant::now();
        let waits = ["a", "a", "b", "a"].map(|host| pace.reserve(host, now).as_secs());
        assert_eq!(waits, [0, 1, 0, 2]);
        let later = now + Duration::from_secs(10);
        assert_eq!(pace.reserve("a", later), Duration::ZERO);
        assert_eq!(Pace::default().with_pause(Duration::ZERO).reserve("a", now), Duration::ZERO);
    }

    #[test]
    fn hosts_are_forgotten() {
        let pace = Pace::default().with_pause(Duration::from_secs(1));
        let start = Instant::now();
        for n in 0..5_000_u64 {
            pace.reserve(&n.to_string(), start + Duration::from_secs(n));
        }
        assert!(pace.turns.lock().unwrap().len() <= HOSTS);
    }

    #[test]
    fn a_host_that_asks_for_it_is_asked_more_slowly_from_its_last_request_on() {
        let pace = Pace::default().with_pause(Duration::from_secs(1));
        let now = Instant::now();
        pace.reserve("a", now);
        pace.slow("a", Duration::from_secs(5), now);
        pace.slow("a", Duration::from_secs(5), now);
        let waits = ["a", "a", "b", "b"].map(|host| pace.reserve(host, now).as_secs());
        assert_eq!(waits, [5, 10, 0, 1]);
        pace.slow("a", Duration::ZERO, now);
        let later = now + Duration::from_secs(60);
        assert_eq!(["a", "a"].map(|host| pace.reserve(host, later).as_secs()), [0, 1]);
        let none = Pace::default().with_pause(Duration::ZERO);
        none.slow("a", Duration::from_secs(2), now);
        assert_eq!(["a", "a"].map(|host| none.reserve(host, now).as_secs()), [2, 4]);
    }

    #[test]
    fn another_pause_forgets_no_host() {
        let old = Pace::default().with_pause(Duration::from_secs(1));
        let now = Instant::now();
        old.slow("a", Duration::from_secs(60), now);
        let waits = ["a", "b"].map(|host| old.reserve(host, now).as_secs());
        let new = old.with_pause(Duration::from_secs(2));
        assert_eq!(waits, [59, 0]);
        assert_eq!(["a", "b", "b"].map(|host| new.reserve(host, now).as_secs()), [119, 1, 3]);
    }
}
