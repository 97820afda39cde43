//! Makes an article of what stands in somebody's document.
//!
//! In: a `ParsedEntry`, its source, the feed around it and `now`. Out: a `Draft`, safe and whole, or why not.
//! `refine_feed` does it for a whole feed, where entries explain each other; [`refine`] for one entry.

/// A draft: an article before it has an id, and what was done to make it.
mod draft;
/// Known faults of portals' software: how each is recognized, what is done about it. Each use is a warning.
pub mod quirks;
/// Addresses made whole and safe.
pub mod link;
/// What a source calls an article: the id that tells a revision from a new article.
pub mod identity;
/// Addresses, title, language; short texts as one clean line, their references decoded once.
mod texts;
/// An entry's body and its lead, whichever of its texts they stand in.
mod body;
/// The lead: where it comes from when a document names none.
pub mod lead;
/// An entry's files and the picture that stands for it.
mod pictures;
/// Who wrote an entry, what it is filed under, whose it is.
mod people;
/// An entry's dates: what the source says, read with all the evidence there is; never `now`.
mod when;
/// A whole feed refined: entries explain each other (leads that accumulate, dates in order, ids that repeat).
mod feed;
/// A draft made whole with the article's own page.
mod complete;
/// An article of an archive, made as safe as one that was pushed: an archive may come from anybody.
mod screen;
/// The draft of an article that another journal's changes bring.
mod copied;
/// HTML made safe.
pub mod html;
/// Vietnamese of before Unicode repaired.
pub mod legacy;
/// Dates as people and programs write them.
pub mod date;
#[cfg(test)]
mod tests;

pub use complete::complete;
pub use copied::refine_copied;
pub use draft::Draft;
pub use feed::{FeedContext, Refined, Tombstone, refine_feed};
pub use screen::screen;

use crate::model::{ParsedEntry, ParsedPerson, Quirk, Source, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;

/// Why an entry cannot become an article.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Rejected {
    /// Nothing in it could name or show an article.
    #[error("entry has no id, no link, no title and no content")]
    Nothing,
    /// It has a name and nothing that could be shown.
    #[error("entry `{0}` has no title, no content, no picture and no link")]
    Empty(String),
    /// It could not be read; the reason names it.
    #[error("{0}")]
    Unread(String),
}

/// What is known around an entry.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Whose entry it is.
    pub source: &'a Source,
    /// The address that the document came from.
    pub fetched_from: Option<&'a Url>,
    /// What the document says of all its entries.
    pub feed: FeedHints<'a>,
    /// The time of reading.
    pub now: Timestamp,
    /// What is known about how this source writes dates.
    pub dates: &'a DateEvidence,
    /// The entry's texts, whose traces of a legacy encoding count for each other.
    pub article: Option<&'a legacy::Article<'a>>,
}

/// What a document says of all its entries.
#[derive(Clone, Copy, Debug, Default)]
pub struct FeedHints<'a> {
    /// Its language as written.
    pub language: Option<&'a str>,
    /// Its `xml:base`.
    pub base: Option<&'a str>,
    /// Its page.
    pub link: Option<&'a str>,
    /// Its authors, where entries without authors inherit them (Atom §4.2.1, JSON Feed).
    pub authors: &'a [ParsedPerson],
    /// Its rights, as plain text.
    pub rights: Option<&'a str>,
    /// Its publisher, as plain text.
    pub publisher: Option<&'a str>,
    /// The faults of the software that wrote it.
    pub quirks: &'a [Quirk],
}

/// What is known about how a source writes dates, besides the text of one date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DateEvidence {
    /// The order of day and month that was settled before for this source.
    pub settled: crate::model::DateOrder,
    /// The nearest sure instants before and after it in its list.
    pub neighbors: [Option<Timestamp>; 2],
}

/// Makes a draft of one entry.
///
/// # Errors
/// Why the entry is no article.
pub fn refine(entry: ParsedEntry, context: &Context<'_>) -> Result<Draft, Rejected> {
    let article = legacy::Article::of(texts::of_entry(&entry));
    let context = &Context { article: Some(&article), ..*context };
    let base = texts::base_address(&entry, context);
    let url = texts::original_address(&entry, base.as_ref());
    let upstream_id = identity::upstream_id(&entry, url.as_ref(), context.feed.quirks)?;
    let mut draft = Draft::named(context.source.id.clone(), upstream_id);
    draft.url = url.as_ref().map(|url| url.to_string());
    let text_base = texts::text_base(&entry, url.as_ref(), base.as_ref(), context);
    let place = html::Place { base: text_base.as_ref(), page: url.as_ref() };
    texts::set_title(&mut draft, &entry, context);
    let found = body::set_content(&mut draft, &entry, place, context);
    body::set_summary(&mut draft, &entry, context);
    body::set_missing_title(&mut draft, &found.images)?;
    pictures::set_enclosures(&mut draft, &entry, &found, place.base);
    let base = base.or(url);
    people::set_authors(&mut draft, &entry, base.as_ref(), context);
    people::set_categories(&mut draft, &entry, context);
    people::set_rights_and_origin(&mut draft, &entry, base.as_ref(), context);
    texts::set_language(&mut draft, &entry, context);
    when::set_dates(&mut draft, &entry, context);
    Ok(draft)
}
