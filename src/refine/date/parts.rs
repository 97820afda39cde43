use super::calendar::Day;
use super::words::Half;
use crate::model::Precision;

/// Everything that was found in a date's text.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// The day, if its order is beyond doubt; month or day may be missing.
    pub fixed: Option<Fixed>,
    /// Two figures and a year whose order is open.
    pub open: Option<Open>,
    /// The year, where it stands alone.
    pub year: Option<i32>,
    /// The month, by name or after `tháng`.
    pub month: Option<u32>,
    /// The day of the month, after `ngày` or by elimination.
    pub day: Option<u32>,
    /// Figures that nothing explained yet: value and width.
    pub loose: Vec<(u64, usize)>,
    /// The time of day.
    pub time: Option<Time>,
    /// AM, PM, SA, CH.
    pub half: Option<Half>,
    /// Seconds east of UTC.
    pub offset: Option<i32>,
    /// Monday 0 to Sunday 6.
    pub weekday: Option<u32>,
    /// Vietnamese words stand in it.
    pub vietnamese: bool,
    /// A month's name stands in it.
    pub named: bool,
    /// AM or PM in English letters.
    pub english_half: bool,
    /// Something in it is said that no calendar or clock has.
    pub impossible: bool,
    /// An instant by itself (seconds or milliseconds since 1970), in milliseconds.
    pub instant: Option<i64>,
}

impl Parts {
    /// Returns true if a day was found, or an instant.
    pub fn has_day(&self) -> bool {
        self.open.is_some() || self.fixed.is_some() || self.instant.is_some()
    }
}

/// A day whose parts are beyond doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// The day; the first of the month or year where less is known.
    pub day: Day,
    /// How much is known.
    pub precision: Precision,
}

/// `12/06/2009`: two figures whose order is open, and the year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open {
    /// The first figure.
    pub first: u32,
    /// The second figure.
    pub second: u32,
    /// The year.
    pub year: i32,
    /// Slashes between, no zero before a single figure.
    pub american_look: bool,
    /// Both figures and the year have two digits and hyphens: it may be year first.
    pub year_first: Option<Day>,
}

/// A time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// 0–24.
    pub hour: u32,
    /// 0–59; `None` where only the hour is said.
    pub minute: Option<u32>,
    /// 0–60.
    pub second: Option<u32>,
    /// 0–999.
    pub millis: u32,
    /// The hour has one digit.
    pub unpadded: bool,
}

impl Time {
    /// Milliseconds since midnight, `None` for a time that no clock shows.
    pub fn since_midnight(self, half: Option<Half>) -> Option<i64> {
        let (minute, second) = (self.minute.unwrap_or(0), self.second.unwrap_or(0));
        let whole = minute == 0 && second == 0 && self.millis == 0;
        if self.hour > 24 || (self.hour == 24 && !whole) || minute > 59 || second > 60 {
            return None;
        }
        let hour = match half {
            Some(Half::Before) if self.hour == 12 => 0,
            Some(Half::After) if self.hour < 12 => self.hour + 12,
            Some(Half::Noon) if self.hour < 4 => self.hour + 12,
            Some(Half::Night) if self.hour == 12 => 0,
            Some(Half::Night) if (6..12).contains(&self.hour) => self.hour + 12,
            _ => self.hour,
        };
        let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
        Some(seconds * 1000 + i64::from(self.millis))
    }

    /// How much of the time is said.
    pub fn precision(self) -> Precision {
        match (self.minute, self.second) {
            (None, _) => Precision::Hour,
            (Some(_), None) => Precision::Minute,
            (Some(_), Some(_)) => Precision::Second,
        }
    }
}
