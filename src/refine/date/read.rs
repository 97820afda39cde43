use super::calendar::Day;
use super::explain::{Decision, rule_name};
use super::parts::{Fixed, Parts};
use super::scan::scan;
use super::{DateContext, DateError, labels, order, parse, relative};
use crate::model::{DateRule, Dated, Precision, RepairMode, Timestamp};
use crate::refine::legacy;

/// The longest text that is read or kept, in characters.
const LONGEST: usize = 200;

/// Reads a date.
///
/// # Errors
/// Why the text names no day.
pub fn read_date(text: &str, context: &DateContext<'_>) -> Result<Dated, DateError> {
    read(text, context, &mut Vec::new())
}

/// Every step of reading a date, the result last.
pub fn explain(text: &str, context: &DateContext<'_>) -> Vec<Decision> {
    let mut trace = Vec::new();
    let result = read(text, context, &mut trace);
    trace.push(match result {
        Ok(dated) => {
            let reason = format!("rule {}, {:?} known", rule_name(dated.rule), dated.precision);
            let at = dated.at.rfc3339_at(dated.offset);
            Decision::result(&dated.raw, Some(at), reason.to_lowercase())
        }
        Err(error) => Decision::result(error.raw(), None, error.to_string()),
    });
    trace
}

fn read(
    text: &str,
    context: &DateContext<'_>,
    trace: &mut Vec<Decision>,
) -> Result<Dated, DateError> {
    let raw: String = text.trim().chars().take(LONGEST).collect();
    if raw.is_empty() {
        return Err(DateError::Empty);
    }
    let result = read_raw(&raw, &raw, context, trace);
    if result.is_ok() || raw.is_ascii() {
        return result;
    }
    let repaired = legacy::repair(&raw, legacy::Settings::new("published", RepairMode::Full)).text;
    if repaired == raw {
        return result;
    }
    trace.push(Decision::piece("legacy text", repaired.clone()));
    read_raw(&repaired, &raw, context, trace)
}

fn read_raw(
    text: &str,
    raw: &str,
    context: &DateContext<'_>,
    trace: &mut Vec<Decision>,
) -> Result<Dated, DateError> {
    let tokens = scan(text);
    let parts = labels::find_published(&tokens).map(parse::parse).filter(Parts::has_day);
    let parts = parts.unwrap_or_else(|| parse::parse(&tokens));
    note(&parts, trace);
    let impossible = || DateError::NoSuchDay(raw.to_owned());
    if parts.impossible {
        return Err(impossible());
    }
    if let Some(millis) = parts.instant {
        return dated(
            Timestamp(millis),
            parts.offset.unwrap_or(0),
            raw,
            Precision::Second,
            DateRule::Iso,
        );
    }
    let Some((fixed, rule)) = day(&parts, context, trace) else {
        let told = relative::read_relative(&tokens, &parts, context);
        let (at, precision) = told.ok_or_else(|| unread(&parts, raw))?;
        return dated(at, context.utc_offset, raw, precision, DateRule::Relative);
    };
    if fixed.day.is_placeholder() {
        return Err(DateError::Placeholder(raw.to_owned()));
    }
    if fixed.day.is_ancient() || fixed.day.is_buddhist() {
        return Err(impossible());
    }
    let clock = parts.time.filter(|_| fixed.precision == Precision::Day);
    let (millis, precision) = match clock {
        Some(time) => (time.since_midnight(parts.half).ok_or_else(impossible)?, time.precision()),
        None => (0, fixed.precision),
    };
    let offset = parts.offset.unwrap_or(context.utc_offset);
    let at = fixed.day.at(millis, offset).ok_or_else(impossible)?;
    dated(at, offset, raw, precision, rule)
}

fn dated(
    at: Timestamp,
    offset: i32,
    raw: &str,
    precision: Precision,
    rule: DateRule,
) -> Result<Dated, DateError> {
    Ok(Dated { at, offset, raw: raw.to_owned(), precision, rule })
}

fn day(
    parts: &Parts,
    context: &DateContext<'_>,
    trace: &mut Vec<Decision>,
) -> Option<(Fixed, DateRule)> {
    if let Some(open) = parts.open {
        let (day, rule) = order::choose_order(open, parts, context, trace)?;
        return Some((Fixed { day, precision: Precision::Day }, rule));
    }
    let rule = match (parts.named, parts.vietnamese) {
        (true, _) => DateRule::Named,
        (_, true) => DateRule::Vietnamese,
        _ => DateRule::Iso,
    };
    parts.fixed.map(|fixed| (fixed, rule))
}

/// The error of a text without a day: it names a day that does not exist, or none.
fn unread(parts: &Parts, raw: &str) -> DateError {
    let figures = parts.open.is_some() || parts.month.is_some() || parts.year.is_some();
    let dashes = raw.matches(['/', '-', '.']).count() >= 2;
    let digits = raw.chars().filter(char::is_ascii_digit).count() >= 5;
    let raw = raw.to_owned();
    if figures || (dashes && digits) { DateError::NoSuchDay(raw) } else { DateError::NoDay(raw) }
}

/// Writes down what was found.
fn note(parts: &Parts, trace: &mut Vec<Decision>) {
    if let Some(open) = parts.open {
        let value = format!("{} and {} of {}", open.first, open.second, open.year);
        trace.push(Decision::piece("day and month", value));
    }
    if let Some(Fixed { day: Day { year, month, day }, precision }) = parts.fixed {
        trace.push(Decision::piece("day", format!("{year}-{month:02}-{day:02} by {precision:?}")));
    }
    if let Some(time) = parts.time {
        let (minute, second) = (time.minute.unwrap_or(0), time.second.unwrap_or(0));
        trace.push(Decision::piece("time", format!("{:02}:{minute:02}:{second:02}", time.hour)));
    }
    if let Some(half) = parts.half {
        trace.push(Decision::piece("half of the day", format!("{half:?}").to_lowercase()));
    }
    if let Some(weekday) = parts.weekday {
        let names = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
        let name = names.get(weekday as usize).copied().unwrap_or("?");
        trace.push(Decision::piece("weekday", name.to_owned()));
    }
    if let Some(offset) = parts.offset {
        trace.push(Decision::piece("offset", format!("{} minutes", offset / 60)));
    }
}
