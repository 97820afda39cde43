//! A pause between two requests to one host, whoever makes them: polls, redirects that lead there, articles' own pages.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Hosts that are remembered before those whose pause is over are let go.
const HOSTS: usize = 1_024;

/// When each host may be asked again.
#[derive(Debug, Default)]
pub struct Pace {
    pause: Duration,
    free_at: Mutex<HashMap<String, Instant>>,
}

impl Pace {
    /// A pace with so long a pause.
    pub fn new(pause: Duration) -> Self {
        Self { pause, free_at: Mutex::default() }
    }

    /// Waits for a host's turn.
    pub async fn turn(&self, host: &str) {
        let wait = self.reserve(host, Instant::now());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }

    /// Takes the host's next turn; how long it is until then.
    fn reserve(&self, host: &str, now: Instant) -> Duration {
        if self.pause.is_zero() {
            return Duration::ZERO;
        }
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        if free_at.len() >= HOSTS {
            free_at.retain(|_, at| *at > now);
        }
        let mine = free_at.get(host).copied().unwrap_or(now).max(now);
        free_at.insert(host.to_owned(), mine + self.pause);
        mine - now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_host_has_its_own_turns() {
        let pace = Pace::new(Duration::from_secs(1));
        let now = Instant::now();
        let waits = ["a", "a", "b", "a"].map(|host| pace.reserve(host, now).as_secs());
        assert_eq!(waits, [0, 1, 0, 2]);
        let later = now + Duration::from_secs(10);
        assert_eq!(pace.reserve("a", later), Duration::ZERO);
        assert_eq!(Pace::new(Duration::ZERO).reserve("a", now), Duration::ZERO);
    }

    #[test]
    fn hosts_are_forgotten() {
        let pace = Pace::new(Duration::from_secs(1));
        let start = Instant::now();
        for n in 0..5_000_u64 {
            pace.reserve(&n.to_string(), start + Duration::from_secs(n));
        }
        assert!(pace.free_at.lock().unwrap().len() <= HOSTS);
    }
}
