//! Which entries a feed shows, and their bytes: one view of the store becomes RSS, Atom and JSON Feed.
//!
//! In: a `FeedView` (a feed's window of articles). Out: bytes that strict parsers accept. The same view gives the same
//! bytes, on any node and after any restart.

/// The feeds that nobody has to configure (everything, each source, each category), and the list of all feeds.
mod automatic;
/// Where the files of articles are published.
mod addresses;
/// What a feed shows: its window of the store's index; with `collapse = "story"`, each story once.
mod window;
/// Duplicates: what several portals tell is one story, shown once (`collapse = "story"`).
pub mod story;
/// What the writers need to know of a feed: title, id, addresses, `updated`, entries.
mod view;
/// An article as a feed shows it: every string safe, every gap filled, the source named, the lead once.
mod entry;
/// The lead: excerpts of HTML as plain text, and whether a body already begins with its lead.
mod lead;
/// What may stand in a feed: every string that a writer uses has passed one of these functions.
mod output;
/// RSS, Atom, JSON Feed.
mod format;
/// Renders one view in one format, and checks the bytes before anybody sees them.
mod render;
/// RSS 2.0.
mod rss;
/// Atom 1.0.
mod atom;
/// JSON Feed 1.1, written by serde_json.
mod json;
/// The directory of all feeds as OPML 2.0, for readers that import subscriptions.
mod opml;
/// The strict reading of our own bytes: what does not pass is never served.
mod check;
/// Content codings: bytes as clients accept them.
mod compress;
/// A document ready to be sent: bytes and headers, ETag too, in every coding.
mod rendered;
/// The newest rendering of one document, and whether it is stale.
mod slot;
/// Since when a feed has had its present form: a change of the config changes its bytes, like a new article.
mod form_version;
/// Feeds as they are sent, from memory.
mod cache;
/// Why a feed could not be written.
mod error;
#[cfg(test)]
mod tests;

pub use addresses::{copy_path, publish, published};
pub use automatic::{Group, category_feed_id, source_feed_id};
pub use cache::Cache;
pub use compress::{Encoding, compress_quickly};
pub use error::Error;
pub use format::Format;
pub use lead::begins_with_lead;
pub use opml::subscriptions;
pub use render::render;
pub use rendered::{Document, Rendered};
pub use view::{FeedView, Part, Way};
pub use window::{FeedWindow, window};
