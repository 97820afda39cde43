use crate::config::FetchConfig;
use crate::model::Timestamp;
use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};

const HOUR_MS: i64 = 3_600_000;

/// A wait that grows with each failure in a row.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// Milliseconds after the first failure.
    pub first_ms: i64,
    /// By how much the wait grows with each further failure.
    pub factor: i64,
    /// The longest wait, in milliseconds.
    pub most_ms: i64,
}

impl Backoff {
    /// The wait after failures of a source or host: the config's interval, doubled up to an hour.
    pub fn of(config: &FetchConfig) -> Self {
        Self { first_ms: config.min_interval_ms, factor: 2, most_ms: HOUR_MS }
    }

    /// Milliseconds to wait after so many failures in a row.
    pub fn wait_ms(self, failures: u32) -> i64 {
        let growth = self.factor.saturating_pow(failures.saturating_sub(1));
        self.first_ms.saturating_mul(growth).min(self.most_ms)
    }
}

/// Milliseconds to leave a host alone after refusals in a row: what it asks for, at least a wait that doubles, within the
/// config's intervals.
pub fn refusal_wait_ms(asked_ms: Option<i64>, refusals: u32, config: &FetchConfig) -> i64 {
    let ours = Backoff::of(config).wait_ms(refusals);
    let longest = config.max_interval_ms.max(config.min_interval_ms);
    ours.max(asked_ms.unwrap_or(0)).clamp(config.min_interval_ms, longest)
}

/// Whether an answer asks us to leave the host alone: 429, or 503 with `Retry-After`.
pub fn is_refusal(status: StatusCode, headers: &HeaderMap) -> bool {
    match status.as_u16() {
        429 => true,
        503 => headers.contains_key(RETRY_AFTER),
        _ => false,
    }
}

/// The wait that `Retry-After` asks for, as seconds or an HTTP date (RFC 9110 §10.2.3); in milliseconds, not clamped.
pub fn retry_after_ms(headers: &HeaderMap, now: Timestamp) -> Option<i64> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    seconds_ms(value).or_else(|| {
        let date = Timestamp::parse_http_date(value)?;
        Some(date.millis().saturating_sub(now.millis()).max(0))
    })
}

/// Seconds as milliseconds; a number that is too large is the largest.
pub fn seconds_ms(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse::<i64>().unwrap_or(i64::MAX).saturating_mul(1000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::tests::config;
    use http::HeaderValue;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn asking(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn a_refusal_waits_as_long_as_it_asks_within_bounds() {
        let config = config();
        let (least, most) = (config.min_interval_ms, config.max_interval_ms);
        let in_an_hour = NOW.plus_millis(HOUR_MS).http_date();
        for (value, millis) in [
            ("3600", HOUR_MS),
            (in_an_hour.as_str(), HOUR_MS),
            ("0", least),
            ("-5", least),
            ("soon", least),
            ("99999999999999999999", most),
            ("Mon, 01 Jan 2001 00:00:00 GMT", least),
            ("Fri, 31 Dec 9999 00:00:00 GMT", most),
        ] {
            let asked = retry_after_ms(&asking(value), NOW);
            assert_eq!(refusal_wait_ms(asked, 1, &config), millis, "{value}");
        }
    }

    #[test]
    fn a_refusal_that_names_no_time_waits_longer_each_time() {
        let config = config();
        let waits = [1, 2, 3, 99, u32::MAX].map(|times| refusal_wait_ms(None, times, &config));
        let least = config.min_interval_ms;
        assert_eq!(waits, [least, 2 * least, 4 * least, HOUR_MS, HOUR_MS]);
    }

    #[test]
    fn a_server_error_is_a_refusal_only_if_it_says_when_to_come_again() {
        let none = HeaderMap::new();
        assert!(is_refusal(StatusCode::TOO_MANY_REQUESTS, &none));
        assert!(is_refusal(StatusCode::SERVICE_UNAVAILABLE, &asking("1")));
        assert!(!is_refusal(StatusCode::SERVICE_UNAVAILABLE, &none));
        assert!(!is_refusal(StatusCode::INTERNAL_SERVER_ERROR, &asking("1")));
    }
}
