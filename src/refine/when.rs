use super::date::{DateContext, read_date};
use super::{Context, DateEvidence, Draft, quirks};
use crate::model::{DateOrder, DateRule, Dated, ParsedDate, ParsedEntry, Source, Timestamp};
use crate::text::html_to_text;

/// How far the clock or zone of a source may be ahead. A later date is no date of an article that is here already.
const AHEAD_MS: i64 = 48 * 3_600_000;
/// Bytes of the body that are searched for dates.
const SEARCHED: usize = 8 * 1024;

/// Reads when the entry was published and changed; what cannot be read stays unread and is flagged.
pub fn set_dates(draft: &mut Draft, entry: &ParsedEntry, context: &Context<'_>) {
    let published = entry.published.as_ref().or(entry.created.as_ref()).or(entry.updated.as_ref());
    let body = text_for_dates(draft);
    draft.published =
        published.and_then(|date| read_field(draft, "published", date, &body, context));
    draft.updated =
        entry.updated.as_ref().and_then(|date| read_field(draft, "updated", date, &body, context));
}

/// The beginning of the article as plain text. Dates in it help to tell day from month.
fn text_for_dates(draft: &Draft) -> String {
    let content = draft.content.as_deref().unwrap_or("");
    let head = content.get(..content.floor_char_boundary(SEARCHED)).unwrap_or("");
    let lead = draft.summary.as_deref().unwrap_or("");
    format!("{lead}\n{}", html_to_text(head))
}

/// Reads one date.
fn read_field(
    draft: &mut Draft,
    field: &str,
    date: &ParsedDate,
    body: &str,
    context: &Context<'_>,
) -> Option<Dated> {
    if date.raw.trim().is_empty() {
        return None;
    }
    let known = date_context(context.source, context.now, context.dates, Some(body));
    match read_date(&date.raw, &known) {
        Ok(dated) if dated.at > context.now.plus_millis(AHEAD_MS) => {
            draft.flag(field, &date.raw, "future-date");
            None
        }
        Ok(mut dated) => {
            let Draft { article, warnings, .. } = draft;
            quirks::mark_unsure_minute(
                &mut dated, &article.upstream_id, context.feed.quirks, warnings,
            );
            Some(dated)
        }
        Err(_) => {
            draft.flag(field, &date.raw, "undated");
            None
        }
    }
}

/// A date that stands alone, as a tombstone's does.
pub fn read_lone_date(date: &ParsedDate, source: &Source, now: Timestamp) -> Option<Timestamp> {
    let nothing = DateEvidence::default();
    let known = date_context(source, now, &nothing, None);
    read_date(&date.raw, &known).ok().map(|dated| dated.at)
}

/// What is known around a date, in `date`'s words.
fn date_context<'a>(
    source: &Source,
    now: Timestamp,
    dates: &'a DateEvidence,
    body: Option<&'a str>,
) -> DateContext<'a> {
    DateContext {
        order: source.date_order,
        utc_offset: source.utc_offset,
        now,
        body,
        neighbors: &dates.neighbors,
        settled: Some(dates.settled).filter(|order| *order != DateOrder::Auto),
    }
}

/// For each entry of a list the nearest sure instants before and after it.
pub fn neighbors(
    entries: &[ParsedEntry],
    source: &Source,
    now: Timestamp,
) -> Vec<[Option<Timestamp>; 2]> {
    let nothing = DateEvidence::default();
    let known = date_context(source, now, &nothing, None);
    let sure = |entry: &ParsedEntry| {
        let dated = read_date(&entry.published.as_ref()?.raw, &known).ok()?;
        is_sure(dated.rule).then_some(dated.at)
    };
    let instants: Vec<_> = entries.iter().map(sure).collect();
    let mut found = vec![[None, None]; entries.len()];
    let mut last = None;
    for (slot, instant) in found.iter_mut().zip(&instants) {
        slot[0] = last;
        last = instant.or(last);
    }
    let mut last = None;
    for (slot, instant) in found.iter_mut().zip(&instants).rev() {
        slot[1] = last;
        last = instant.or(last);
    }
    found
}

/// Whether a rule decides by the text alone.
fn is_sure(rule: DateRule) -> bool {
    use DateRule::{Configured, Iso, Named, Relative, Unambiguous, UsAmPm, Vietnamese, Weekday};
    matches!(
        rule,
        Named | Iso | Configured | Unambiguous | Weekday | Vietnamese | UsAmPm | Relative
    )
}

/// The order of day and month that the dates of some drafts settle; `Auto` where they say nothing or disagree.
pub fn settled_order(drafts: &[Draft]) -> DateOrder {
    let orders = drafts.iter().filter_map(|draft| order_of(draft.published.as_ref()?));
    let mut found = DateOrder::Auto;
    for order in orders {
        match found {
            DateOrder::Auto => found = order,
            known if known == order => {}
            _ => return DateOrder::Auto,
        }
    }
    found
}

/// The order of day and month in a date's own figures, if evidence decided it.
fn order_of(dated: &Dated) -> Option<DateOrder> {
    use DateRule::{Iso, Named, Relative};
    use chrono::Datelike;
    if !is_sure(dated.rule) || matches!(dated.rule, Named | Iso | Relative) {
        return None;
    }
    let day = dated.at.at(dated.offset);
    let figures = dated.raw.split(|c: char| !c.is_ascii_digit()).filter(|f| !f.is_empty());
    let figures: Vec<u32> = figures.filter_map(|figure| figure.parse().ok()).collect();
    let stands = |first: u32, second: u32| figures.windows(2).any(|w| w == [first, second]);
    let (day, month) = (day.day(), day.month());
    match (stands(day, month), stands(month, day)) {
        (true, false) => Some(DateOrder::DayFirst),
        (false, true) => Some(DateOrder::MonthFirst),
        _ => None,
    }
}
