use super::calendar::{Day, whole_year};
use super::parts::{Fixed, Parts, Time};
use super::scan::Token;
use crate::model::Precision;

/// Fills the parts that elimination decides.
pub fn fill_by_elimination(parts: &mut Parts, tokens: &[Token]) {
    if parts.open.is_none() && parts.fixed.is_none() {
        read_lone_figures(parts, tokens);
    }
    if parts.open.is_some() || parts.fixed.is_some() {
        return;
    }
    let mut no_day = false;
    for (value, width) in std::mem::take(&mut parts.loose) {
        if parts.month.is_none() {
            continue;
        }
        // Two figures are the day; a year only where the day is known.
        match (parts.day, width) {
            (None, 1 | 2) if (1..=31).contains(&value) => parts.day = u32::try_from(value).ok(),
            (None, 1 | 2) => no_day = true,
            _ if parts.year.is_none() => parts.year = whole_year(value, width),
            _ => {}
        }
    }
    // `32 Nov 2026`
    parts.impossible |= no_day;
    let Some(year) = parts.year else { return };
    let month = parts.month.unwrap_or(1);
    let precision = match (parts.month, parts.day) {
        (None, _) => Precision::Year,
        (Some(_), None) => Precision::Month,
        (Some(_), Some(_)) => Precision::Day,
    };
    let day = parts.day.filter(|_| parts.month.is_some()).unwrap_or(1);
    parts.fixed = Day::new(year, month, day).map(|day| Fixed { day, precision });
}

/// A text that is one run of figures (or two): `2003`, `20031231`, `031231`, `2003335`, `-0312`, an epoch.
fn read_lone_figures(parts: &mut Parts, tokens: &[Token]) {
    let begins = |t: &Token| t.number().is_some() || t.is_mark("-/(");
    let Some((value, width)) = parts.loose.first().copied() else { return };
    let json = tokens.first().is_some_and(|t| t.is_mark("/"))
        && tokens.get(1).and_then(|t| t.word()) == Some("date");
    if !(tokens.first().is_some_and(begins) || json) || parts.month.is_some() || parts.named {
        return;
    }
    let minus = tokens.first().is_some_and(|t| t.is_mark("-"));
    let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    let year = |n: u64, width| whole_year(n, width).unwrap_or(0);
    let day = |d: Option<Day>| d.map(|day| Fixed { day, precision: Precision::Day });
    match width {
        4 if minus => {
            let first = Day::new(year(value / 100, 2), small(value % 100), 1);
            parts.fixed = first.map(|day| Fixed { day, precision: Precision::Month });
        }
        4 if parts.year.is_none() && tokens.len() == 1 => parts.year = whole_year(value, 4),
        6 => {
            parts.fixed =
                day(Day::new(year(value / 10_000, 2), small(value / 100 % 100), small(value % 100)))
        }
        7 => parts.fixed = day(Day::of_year(year(value / 1000, 4), small(value % 1000))),
        8 => parts.fixed = day(day_of_eight_figures(value)),
        12 | 14 => {
            let value = if width == 12 { value * 100 } else { value };
            parts.fixed = day(day_of_eight_figures(value / 1_000_000));
            let minute = Some(small(value / 100 % 100));
            let second = (width == 14).then(|| small(value % 100));
            let hour = small(value / 10_000 % 100);
            parts.time.get_or_insert(Time { hour, minute, second, millis: 0, unpadded: false });
        }
        10 => parts.instant = i64::try_from(value * 1000).ok(),
        13 => parts.instant = i64::try_from(value).ok(),
        _ => {}
    }
}

fn day_of_eight_figures(value: u64) -> Option<Day> {
    let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    let year = |n: u64| whole_year(n, 4).unwrap_or(0);
    let first = Day::new(year(value / 10_000), small(value / 100 % 100), small(value % 100));
    first.or_else(|| {
        Day::new(year(value % 10_000), small(value / 10_000 % 100), small(value / 1_000_000))
    })
}
