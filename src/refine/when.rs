//! An entry's dates: what the source says, read with all the evidence there is; never `now`.

use super::date::{DateContext, read_date};
use super::{Context, Draft, quirks};
use crate::model::{Dated, ParsedDate, ParsedEntry};

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
    match read_text(&date.raw, draft, context) {
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

/// The instant that a text names, with all that is known around it.
fn read_text(text: &str, draft: &Draft, context: &Context<'_>) -> Option<Dated> {
    let told = [draft.summary.as_deref(), draft.content.as_deref()];
    let body = told.into_iter().flatten().collect::<Vec<_>>().join("\n");
    let known = DateContext {
        order: context.source.date_order,
        utc_offset: context.source.utc_offset,
        now: context.now,
        body: Some(&body),
        neighbors: &[context.dates.newer, context.dates.older],
        settled: Some(context.dates.settled),
    };
    read_date(text, &known).ok()
}
