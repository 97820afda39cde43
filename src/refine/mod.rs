//! Makes an article of what stands in somebody's document.
//!
//! In: a `ParsedEntry`, its source, the feed around it and `now`. Out: a `Draft`, safe and whole, or why not.
//! [`refine_feed`] does it for a whole feed, where entries explain each other; [`refine`] for one entry.

mod body;
mod complete;
pub mod date;
mod draft;
mod feed;
pub mod html;
pub mod identity;
pub mod key;
pub mod lead;
pub mod legacy;
pub mod link;
mod people;
mod pictures;
pub mod quirks;
#[cfg(test)]
mod tests;
mod texts;
mod when;

pub use complete::complete;
pub use draft::Draft;
pub use feed::{FeedContext, Refined, Tombstone, refine_feed};

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

/// Makes a draft of one entry: named, addressed, worded, dated and filed, in this order.
pub fn refine(entry: ParsedEntry, context: &Context<'_>) -> Result<Draft, Rejected> {
    let base = texts::base(&entry, context);
    let url = texts::address(&entry, base.as_ref());
    let upstream_id = identity::upstream_id(&entry, url.as_ref(), context.feed.quirks)?;
    let mut draft = Draft::named(context.source.id.clone(), upstream_id);
    draft.url = url.as_ref().map(|url| url.to_string());
    let base = base.or(url);
    texts::title(&mut draft, &entry, context);
    let found = body::content(&mut draft, &entry, base.as_ref(), context);
    body::summary(&mut draft, &entry, context);
    body::title_from_the_rest(&mut draft, &found)?;
    pictures::enclosures(&mut draft, &entry, &found, base.as_ref());
    people::authors(&mut draft, &entry, base.as_ref(), context);
    people::categories(&mut draft, &entry, context);
    people::rights_and_origin(&mut draft, &entry, base.as_ref(), context);
    texts::language(&mut draft, &entry, context);
    when::dates(&mut draft, &entry, context);
    Ok(draft)
}
