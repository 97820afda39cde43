//! An entry's dates: what the source says, read with all the evidence there is; never `now`.

use super::{Context, Draft, quirks};
use crate::model::{DateRule, Dated, ParsedDate, ParsedEntry, Precision, Timestamp};

/// Reads when the entry was published and changed; what cannot be read stays unread and is flagged.
pub fn dates(draft: &mut Draft, entry: &ParsedEntry, context: &Context<'_>) {
    let published = entry.published.as_ref().or(entry.created.as_ref()).or(entry.updated.as_ref());
    draft.published = published.and_then(|date| read(draft, "published", date, context));
    draft.updated = entry.updated.as_ref().and_then(|date| read(draft, "updated", date, context));
}

/// Reads one date.
fn read(draft: &mut Draft, field: &str, date: &ParsedDate, context: &Context<'_>) -> Option<Dated> {
    if date.raw.trim().is_empty() {
        return None;
    }
    match read_text(&date.raw, context) {
        Some(mut dated) => {
            quirks::unsure_minute(&mut dated, context.feed.quirks, &mut draft.warnings);
            Some(dated)
        }
        None => {
            draft.flag(field, &date.raw, "undated");
            None
        }
    }
}

/// The instant that a text names.
fn read_text(text: &str, _context: &Context<'_>) -> Option<Dated> {
    let named = chrono::DateTime::parse_from_rfc2822(text.trim()).map(|t| (t, DateRule::Named));
    let iso = || chrono::DateTime::parse_from_rfc3339(text.trim()).map(|t| (t, DateRule::Iso));
    let (time, rule) = named.or_else(|_| iso()).ok()?;
    Some(Dated {
        at: Timestamp::from(time),
        offset: time.offset().local_minus_utc(),
        raw: text.chars().take(200).collect(),
        precision: Precision::Second,
        rule,
    })
}
