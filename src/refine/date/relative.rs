use super::DateContext;
use super::calendar::Day;
use super::parts::Parts;
use super::scan::Token;
use super::words;
use crate::model::{Precision, Timestamp};

/// The most pieces of a text that is read so; a sentence with `hôm nay` in it is no date.
const MOST_PIECES: usize = 14;
/// The greatest number of units; more is no date.
const MOST: u64 = 1_000;
const MINUTE_MS: i64 = 60_000;

/// The instant that a text without a day of its own tells, and how much of it is said.
pub fn read_relative(
    tokens: &[Token],
    parts: &Parts,
    context: &DateContext<'_>,
) -> Option<(Timestamp, Precision)> {
    if tokens.len() > MOST_PIECES {
        return None;
    }
    let words: Vec<&str> = tokens.iter().filter_map(Token::word).collect();
    let has = |pair: [&str; 2]| words.windows(2).any(|two| two == pair);
    if [["vua", "xong"], ["moi", "day"], ["vua", "moi"], ["vua", "dang"], ["just", "now"]]
        .into_iter()
        .any(has)
    {
        return Some((whole_minute(context.now), Precision::Minute));
    }
    if let Some(days) = days_ago(&words) {
        return at_day(days, parts, context);
    }
    let elapsed = elapsed(tokens)?;
    match elapsed.unit {
        Unit::Minutes(_) => {
            let at = Timestamp(context.now.0.checked_sub(elapsed.minutes * MINUTE_MS)?);
            Some((whole_minute(at), Precision::Minute))
        }
        Unit::Days(_) => at_day(elapsed.minutes / (24 * 60), &Parts::default(), context),
        Unit::Months(_) => {
            let today = Day::of(context.now, context.utc_offset)?;
            let month = today.months_before(elapsed.months)?;
            Some((month.at(0, context.utc_offset)?, Precision::Month))
        }
    }
}

fn whole_minute(at: Timestamp) -> Timestamp {
    Timestamp(at.0.saturating_sub(at.0.rem_euclid(MINUTE_MS)))
}

/// A day before today at the time that the text says, if it says one.
fn at_day(days: i64, parts: &Parts, context: &DateContext<'_>) -> Option<(Timestamp, Precision)> {
    let offset = parts.offset.unwrap_or(context.utc_offset);
    let day = Day::of(context.now, offset)?.days_before(days)?;
    let (millis, precision) = match parts.time {
        Some(time) => (time.since_midnight(parts.half)?, time.precision()),
        None => (0, Precision::Day),
    };
    Some((day.at(millis, offset)?, precision))
}

/// How many days ago the day is that words name.
fn days_ago(words: &[&str]) -> Option<i64> {
    let named = |two: &[&str]| match two {
        ["hom" | "sang" | "trua" | "chieu" | "toi" | "dem", "nay"] => Some(0),
        ["hom" | "sang" | "trua" | "chieu" | "toi" | "dem", "qua"] => Some(1),
        ["hom", "kia"] => Some(2),
        _ => None,
    };
    let english = || match words.iter().find(|word| matches!(**word, "today" | "yesterday"))? {
        &"today" => Some(0),
        _ => Some(1),
    };
    words.windows(2).find_map(named).or_else(english)
}

/// A unit of time, with how many minutes, days or months it has.
#[derive(Clone, Copy, Debug)]
enum Unit {
    Minutes(i64),
    Days(i64),
    Months(i64),
}

/// A time that has gone by: `1 giờ 20 phút`. The unit is its greatest.
struct Elapsed {
    unit: Unit,
    minutes: i64,
    months: i64,
}

/// The time that has gone by, where the text says that it is one (`trước`, `cách đây`, `ago`).
fn elapsed(tokens: &[Token]) -> Option<Elapsed> {
    let word = |at: usize| tokens.get(at).and_then(Token::word);
    let told = (0..tokens.len()).any(|at| {
        matches!(word(at), Some("truoc" | "ago"))
            || (word(at), word(at + 1)) == (Some("cach"), Some("day"))
    });
    let amounts =
        (0..tokens.len()).filter_map(|at| Some((amount(tokens, at)?, unit(tokens.get(at + 1)?)?)));
    let mut whole: Option<Elapsed> = None;
    for (amount, unit) in amounts.filter(|_| told) {
        let sum = whole.get_or_insert(Elapsed { unit, minutes: 0, months: 0 });
        match unit {
            Unit::Minutes(minutes) => sum.minutes += amount * minutes,
            Unit::Days(days) => sum.minutes += amount * days * 24 * 60,
            Unit::Months(months) => sum.months += amount * months,
        }
    }
    whole
}

/// A number in figures, or a small one in words.
fn amount(tokens: &[Token], at: usize) -> Option<i64> {
    let token = tokens.get(at)?;
    let value = match (token.number(), token.word()) {
        (Some((value, _)), _) => value,
        (None, Some("a" | "an" | "one")) => 1,
        (None, word) => words::number(word?)?,
    };
    i64::try_from(value.min(MOST + 1)).ok().filter(|_| value <= MOST)
}

fn unit(token: &Token) -> Option<Unit> {
    if token.is_mark("'") {
        return Some(Unit::Minutes(1));
    }
    Some(match token.word()? {
        "giay" | "s" | "sec" | "secs" | "second" | "seconds" => Unit::Minutes(0),
        "phut" | "p" | "ph" | "min" | "mins" | "minute" | "minutes" => Unit::Minutes(1),
        "gio" | "tieng" | "h" | "g" | "hr" | "hrs" | "hour" | "hours" => Unit::Minutes(60),
        "ngay" | "day" | "days" | "d" => Unit::Days(1),
        "tuan" | "week" | "weeks" | "w" => Unit::Days(7),
        "thang" | "month" | "months" => Unit::Months(1),
        "nam" | "year" | "years" | "y" => Unit::Months(12),
        _ => return None,
    })
}
