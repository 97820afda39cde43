//! Which entries a feed shows, and their bytes: one view of the store becomes RSS, Atom and JSON Feed.
//!
//! In: a `FeedView` (a feed's window of articles). Out: bytes that strict parsers accept. The same view gives the same
//! bytes, on any node and after any restart.

/// The feeds that nobody has to configure, and the list of all feeds.
mod automatic;
/// What a feed shows: its window of the store's index.
mod window;
/// Duplicates: what several portals tell is one story, shown once (`collapse = "story"`).
pub mod story;
/// What the writers need to know of a feed: title, id, addresses, `updated`, entries.
mod view;
/// An article as a feed shows it.
mod entry;
/// The lead, and excerpts of HTML as plain text.
mod lead;
/// The strings that may stand in a feed.
mod output;
/// RSS, Atom, JSON Feed.
mod format;
/// One view becomes the bytes of one format.
mod render;
/// RSS 2.0.
mod rss;
/// Atom 1.0.
mod atom;
/// JSON Feed 1.1.
mod json;
/// OPML: the directory of all feeds.
mod opml;
/// The strict reading of our own bytes.
mod check;
/// Content codings.
mod compress;
/// A document ready to be sent: bytes and headers, ETag too, in every coding.
mod rendered;
/// The newest rendering of one document, and whether it is stale.
mod slot;
/// Since when a feed has the form that the config gives it.
mod form_version;
/// Feeds as they are sent, from memory.
mod cache;
/// Why a feed could not be written.
mod error;
#[cfg(test)]
mod tests;

pub use automatic::{Group, category_feed_id, source_feed_id};
pub use cache::Cache;
pub use compress::{Encoding, compress_quickly};
pub use error::Error;
pub use format::Format;
pub use lead::begins_with_lead;
pub use opml::subscriptions;
pub use render::render;
pub use rendered::Rendered;
pub use view::{FeedView, Gone};
pub use window::{FeedWindow, window};
