use super::body;
use super::calendar::Day;
use super::parts::{Open, Parts, Time};
use super::{DateContext, Decision};
use crate::model::{DateOrder, DateRule, Timestamp};

const DAY: i64 = 86_400_000;

/// The two ways of reading an open date.
#[derive(Clone, Copy, Debug)]
struct Choice {
    day_first: Day,
    month_first: Day,
}

/// The day that an open date means and what decided it; `None` where no calendar has it.
pub fn choose_order(
    open: Open,
    parts: &Parts,
    context: &DateContext<'_>,
    trace: &mut Vec<Decision>,
) -> Option<(Day, DateRule)> {
    let day_first = Day::new(open.year, open.second, open.first);
    let month_first = Day::new(open.year, open.first, open.second);
    let (Some(day_first), Some(month_first)) = (day_first, month_first) else {
        let past =
            |day: &Day| day.at(0, 0).is_some_and(|at| at.0 <= context.now.0.saturating_add(DAY));
        let day = day_first.or(month_first).or(open.year_first.filter(past))?;
        trace.push(Decision::rule("order", day, "only one order gives a day"));
        return Some((day, DateRule::Unambiguous));
    };
    if let Some(day) = short_year_first(open, day_first, context) {
        trace.push(Decision::rule("order", day, "two-digit year first, the others are to come"));
        return Some((day, DateRule::NotFuture));
    }
    if day_first == month_first {
        return Some((day_first, DateRule::Unambiguous));
    }
    let choice = Choice { day_first, month_first };
    let rules: [(DateRule, &'static str, Option<DateOrder>); 9] = [
        (DateRule::Configured, "the source's date_order", configured(context.order)),
        (DateRule::Weekday, "the weekday", weekday(choice, parts)),
        (DateRule::Vietnamese, "Vietnamese words", parts.vietnamese.then_some(DateOrder::DayFirst)),
        (DateRule::UsAmPm, "slashes, unpadded, seconds and AM or PM", us_look(open, parts)),
        (DateRule::NotFuture, "the other one is to come", not_future(choice, parts, context)),
        (DateRule::Monotone, "its place in the list", monotone(choice, parts, context)),
        (
            DateRule::Settled,
            "what was settled for this source",
            context.settled.and_then(configured),
        ),
        (DateRule::Body, "the dateline of the body", by_dateline(choice, context)),
        (DateRule::Default, "nothing else: day first", Some(DateOrder::DayFirst)),
    ];
    let mut decided = None;
    for (rule, reason, verdict) in rules {
        let Some(order) = verdict else {
            trace.push(Decision::silent(rule, reason));
            continue;
        };
        let day = if order == DateOrder::MonthFirst { month_first } else { day_first };
        if decided.is_none() {
            decided = Some((day, rule));
        }
        trace.push(Decision::voted(rule, day, reason, decided == Some((day, rule))));
    }
    decided
}

fn configured(order: DateOrder) -> Option<DateOrder> {
    (order != DateOrder::Auto).then_some(order)
}

/// Reads `03-12-31` year first where every other order gives a day in the future.
fn short_year_first(open: Open, day_first: Day, context: &DateContext<'_>) -> Option<Day> {
    let day = open.year_first?;
    let past = |day: Day| day.at(0, 0).is_some_and(|at| at.0 <= context.now.0.saturating_add(DAY));
    let month_first = Day::new(open.year, open.first, open.second)?;
    (past(day) && !past(day_first) && !past(month_first)).then_some(day)
}

/// One order, if it alone fits.
fn single_order(day_first: bool, month_first: bool) -> Option<DateOrder> {
    match (day_first, month_first) {
        (true, false) => Some(DateOrder::DayFirst),
        (false, true) => Some(DateOrder::MonthFirst),
        _ => None,
    }
}

fn weekday(choice: Choice, parts: &Parts) -> Option<DateOrder> {
    let named = Some(parts.weekday?);
    single_order(choice.day_first.weekday() == named, choice.month_first.weekday() == named)
}

fn us_look(open: Open, parts: &Parts) -> Option<DateOrder> {
    let time: Time = parts.time?;
    let unpadded = open.first < 10 || open.second < 10 || time.unpadded;
    let american = open.american_look && unpadded && time.second.is_some() && parts.english_half;
    american.then_some(DateOrder::MonthFirst)
}

fn by_dateline(choice: Choice, context: &DateContext<'_>) -> Option<DateOrder> {
    let told = body::find_datelines(context.body?);
    let fits = |day: Day| told.iter().any(|named| named.just_before(day));
    single_order(fits(choice.day_first), fits(choice.month_first))
}

fn instant(day: Day, parts: &Parts, context: &DateContext<'_>) -> Option<Timestamp> {
    let millis = parts.time.and_then(|time| time.since_midnight(parts.half)).unwrap_or(0);
    day.at(millis, parts.offset.unwrap_or(context.utc_offset))
}

fn not_future(choice: Choice, parts: &Parts, context: &DateContext<'_>) -> Option<DateOrder> {
    let limit = context.now.plus_millis(DAY);
    let past = |day| instant(day, parts, context).is_some_and(|at| at <= limit);
    single_order(past(choice.day_first), past(choice.month_first))
}

/// Chooses the order that lies between the neighbors in the list; with one neighbor, within a week of it while the other order is a month away.
fn monotone(choice: Choice, parts: &Parts, context: &DateContext<'_>) -> Option<DateOrder> {
    let known: Vec<i64> = context.neighbors.iter().flatten().map(|at| at.0).collect();
    let (low, high) = (*known.iter().min()?, *known.iter().max()?);
    let at = |day| instant(day, parts, context).map(|at| at.0);
    let (day_first, month_first) = (at(choice.day_first)?, at(choice.month_first)?);
    let within = |at: i64, days: i64| at >= low - days * DAY && at <= high + days * DAY;
    let margin = if known.len() > 1 { 1 } else { 7 };
    let tight = single_order(within(day_first, margin), within(month_first, margin))?;
    let apart = (day_first - month_first).abs() >= 20 * DAY;
    (known.len() > 1 || apart).then_some(tight)
}
