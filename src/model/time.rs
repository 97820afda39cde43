use chrono::{DateTime, FixedOffset, Offset, SecondsFormat, TimeZone, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An instant in milliseconds UTC; negative before 1970.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// 9999-12-31T23:59:59Z, the last instant that RFC 3339 can write with four digits of year.
const LAST_WRITABLE: i64 = 253_402_300_799_000;
/// 0001-01-01T00:00:00Z, the first instant that RFC 3339 can write.
const FIRST_WRITABLE: i64 = -62_135_596_800_000;

impl Timestamp {
    /// The machine's clock. Only `node`, `cli` and tests call it; every other room is given `now`.
    pub fn now() -> Self {
        Self(Utc::now().timestamp_millis())
    }

    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, rounded down.
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This instant moved, never overflowing.
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Reads an RFC 3339 time.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text).ok().map(|t| Self(t.timestamp_millis()))
    }

    /// RFC 3339 in UTC with whole seconds: `2009-06-12T13:30:21Z`.
    pub fn rfc3339(self) -> String {
        self.utc().to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// RFC 3339 at an offset in seconds east of UTC, with whole seconds: `2009-06-12T20:30:21+07:00`.
    pub fn rfc3339_at(self, offset_seconds: i32) -> String {
        self.at(offset_seconds).to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// RFC 822 with a four-digit year as RSS 2.0 wants it, at an offset: `Fri, 12 Jun 2009 20:30:21 +0700`.
    pub fn rfc822_at(self, offset_seconds: i32) -> String {
        self.at(offset_seconds).format("%a, %d %b %Y %H:%M:%S %z").to_string()
    }

    /// HTTP's own form (RFC 9110 §5.6.7): `Fri, 12 Jun 2009 13:30:21 GMT`.
    pub fn http_date(self) -> String {
        self.utc().format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// Reads an HTTP date (RFC 9110 §5.6.7, the preferred form).
    pub fn parse_http_date(text: &str) -> Option<Self> {
        let t = chrono::NaiveDateTime::parse_from_str(text.trim(), "%a, %d %b %Y %H:%M:%S GMT");
        t.ok().map(|t| Self(t.and_utc().timestamp_millis()))
    }

    /// The calendar value in UTC, clamped to the years 1–9999.
    pub fn utc(self) -> DateTime<Utc> {
        let writable = self.0.clamp(FIRST_WRITABLE, LAST_WRITABLE);
        DateTime::from_timestamp_millis(writable).unwrap_or_default()
    }

    /// The calendar value at an offset in seconds east of UTC, clamped to the years 1–9999.
    pub fn at(self, offset_seconds: i32) -> DateTime<FixedOffset> {
        let offset = FixedOffset::east_opt(offset_seconds).unwrap_or(Utc.fix());
        let writable = self.0.clamp(FIRST_WRITABLE + 86_400_000, LAST_WRITABLE - 86_400_000);
        offset.from_utc_datetime(&Timestamp(writable).utc().naive_utc())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.rfc3339(), self.0)
    }
}

impl From<DateTime<FixedOffset>> for Timestamp {
    fn from(t: DateTime<FixedOffset>) -> Self {
        Self(t.timestamp_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_the_seed_in_every_form() {
        let t = Timestamp::parse_rfc3339("2009-06-12T20:30:21+07:00").unwrap();
        assert_eq!(t.rfc3339(), "2009-06-12T13:30:21Z");
        assert_eq!(t.rfc3339_at(25_200), "2009-06-12T20:30:21+07:00");
        assert_eq!(t.rfc822_at(25_200), "Fri, 12 Jun 2009 20:30:21 +0700");
        assert_eq!(t.http_date(), "Fri, 12 Jun 2009 13:30:21 GMT");
        assert_eq!(Timestamp::parse_http_date(&t.http_date()), Some(t));
    }

    #[test]
    fn the_ends_of_time_can_be_written() {
        for t in [Timestamp(i64::MIN), Timestamp(i64::MAX), Timestamp(0)] {
            assert_eq!(t.rfc3339().len(), 20, "{t:?}");
            assert!(t.rfc3339_at(25_200).len() == 25, "{}", t.rfc3339_at(25_200));
            assert!(t.rfc822_at(-43_200).len() == 31, "{}", t.rfc822_at(-43_200));
        }
    }
}
