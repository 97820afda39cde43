use crate::net::Backoff;
use std::time::Duration;

/// After failures in a row: a second, doubled up to five minutes.
const FAILED: Backoff = Backoff { first_ms: 1_000, factor: 2, most_ms: 300_000 };

/// How long to wait after so many failures in a row. `random` from 0 to 1 spreads the partners of a publisher that was
/// away, so that they do not all come back at once.
pub fn wait_after(failures: u32, random: f64) -> Duration {
    let longest = FAILED.wait_ms(failures).unsigned_abs() as f64;
    Duration::from_millis((longest * (0.5 + random / 2.0)) as u64)
}

/// How long to wait until a time that the publisher named, and up to two seconds longer.
pub fn wait_until(until_ms: i64, now_ms: i64, random: f64) -> Duration {
    let named = until_ms.saturating_sub(now_ms).max(0).unsigned_abs();
    Duration::from_millis(named.saturating_add((random * 2_000.0) as u64))
}

/// A number from 0 to 1.
pub fn random() -> f64 {
    let mut bytes = [0; 4];
    match getrandom::fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX),
        Err(_) => 0.5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_are_spread() {
        let waits = [1, 2, 9, 10, 99].map(|failures| wait_after(failures, 1.0).as_millis());
        assert_eq!(waits, [1_000, 2_000, 256_000, 300_000, 300_000]);
        assert_eq!(wait_after(1, 0.0).as_millis(), 500);
        assert_eq!(wait_until(5_000, 2_000, 0.5).as_millis(), 4_000);
        assert_eq!(wait_until(5_000, 9_000, 0.0).as_millis(), 0);
        assert!((0.0..=1.0).contains(&random()));
    }
}
