use crate::model::Timestamp;
use chrono::{Datelike, Duration, Months, NaiveDate};

/// A day by its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    /// Four digits.
    pub year: i32,
    /// 1–12.
    pub month: u32,
    /// 1–31.
    pub day: u32,
}

impl Day {
    /// The day, if the calendar has it in the years 1–9999.
    pub fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        let real =
            (1..=9999).contains(&year) && NaiveDate::from_ymd_opt(year, month, day).is_some();
        real.then_some(Self { year, month, day })
    }

    /// The n-th day of a year.
    pub fn of_year(year: i32, nth: u32) -> Option<Self> {
        let date = NaiveDate::from_yo_opt(year, nth)?;
        Self::new(year, date.month(), date.day())
    }

    /// The day of an instant at an offset in seconds.
    pub fn of(at: Timestamp, offset: i32) -> Option<Self> {
        let date = at.at(offset).date_naive();
        Self::new(date.year(), date.month(), date.day())
    }

    /// The day so many days before this one.
    pub fn days_before(self, days: i64) -> Option<Self> {
        let date = self.date()?.checked_sub_signed(Duration::try_days(days)?)?;
        Self::new(date.year(), date.month(), date.day())
    }

    /// The first day of the month so many months before this one.
    pub fn months_before(self, months: i64) -> Option<Self> {
        let first = self.date()?.with_day(1)?;
        let date = first.checked_sub_months(Months::new(u32::try_from(months).ok()?))?;
        Self::new(date.year(), date.month(), 1)
    }

    /// Monday 0 to Sunday 6.
    pub fn weekday(self) -> Option<u32> {
        self.date().map(|d| d.weekday().num_days_from_monday())
    }

    /// Days from another day to this one.
    pub fn days_after(self, other: Self) -> Option<i64> {
        Some((self.date()? - other.date()?).num_days())
    }

    fn date(self) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(self.year, self.month, self.day)
    }

    /// The instant of a time of this day at an offset in seconds.
    pub fn at(self, millis: i64, offset: i32) -> Option<Timestamp> {
        let midnight = self.date()?.and_hms_opt(0, 0, 0)?;
        let local = midnight.checked_add_signed(Duration::milliseconds(millis))?;
        let offset = i64::from(offset) * 1000;
        Some(Timestamp(local.and_utc().timestamp_millis().saturating_sub(offset)))
    }

    /// Returns true for a year older than any news, which comes from a number that was cut or mistyped.
    pub fn is_ancient(self) -> bool {
        self.year < 1500
    }

    /// Returns true for a year of the Buddhist calendar, which counts from 544 or 543 years before ours.
    pub fn is_buddhist(self) -> bool {
        (2450..2650).contains(&self.year)
    }

    /// Returns true for the zero of some software's clock: .NET, Windows files, spreadsheets.
    pub fn is_placeholder(self) -> bool {
        let day = (self.year, self.month, self.day);
        self.year == 1
            || matches!(day, (1601, 1, 1) | (1753, 1, 1) | (1899, 12, 30 | 31) | (1900, 1, 1))
    }
}

/// A year of two digits means 1970–2069.
pub fn whole_year(value: u64, width: usize) -> Option<i32> {
    let value = i32::try_from(value).ok()?;
    match width {
        1 | 2 if value < 70 => Some(2000 + value),
        1 | 2 => Some(1900 + value),
        // RFC 2822 §4.3: three digits count from 1900 (years after 1999 in careless software).
        3 if value >= 100 => Some(1900 + value),
        4 => Some(value),
        _ => None,
    }
}
