//! Which entries, and their bytes: one view of the store becomes RSS, Atom and JSON Feed.
//!
//! In: a [`FeedView`] (a feed's window of articles). Out: bytes that strict parsers accept, the same
//! bytes for the same view, on any node and after any restart.

mod atom;
mod automatic;
mod cache;
mod check;
mod compress;
mod form_version;
mod output;
mod json;
mod lead;
mod opml;
mod rss;
mod entry;
pub mod story;
mod view;
mod window;

pub use automatic::{Group, category_feed_id, source_feed_id};
pub use cache::Cache;
pub use compress::{Encoding, Rendered, compress, compress_quickly};
pub use lead::begins_with_lead;
pub use opml::subscriptions;
pub use view::{FeedView, Gone};
pub use window::{FeedWindow, window};

use crate::model::FeedId;
use entry::FeedEntry;

/// Why a feed could not be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store did not give what the feed is made of.
    #[error(transparent)]
    Store(#[from] crate::store::Error),
    /// Compressing failed.
    #[error("cannot compress a feed: {0}")]
    Compress(#[from] std::io::Error),
    /// The work was cut short: the daemon is stopping, or a bug ended it.
    #[error("rendering feed {feed} was cut short")]
    Cut {
        /// Which feed, or `feeds.opml`.
        feed: String,
    },
    /// The bytes did not pass the strict reading, even without any entry; nothing may be served.
    #[error("feed {feed} as {format}: the document is not well-formed: {reason}")]
    Broken {
        /// Which feed.
        feed: FeedId,
        /// `rss`, `atom` or `json`.
        format: &'static str,
        /// What the strict reading met.
        reason: String,
    },
}

/// The formats a feed is published in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// RSS 2.0.
    Rss,
    /// Atom 1.0 (RFC 4287).
    Atom,
    /// JSON Feed 1.1.
    Json,
}

impl Format {
    /// Every format, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Rss, Self::Atom, Self::Json];

    /// The last part of the feed's address: `rss`, `atom`, `json`.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Rss => "rss",
            Self::Atom => "atom",
            Self::Json => "json",
        }
    }

    /// The format of an address's last part.
    pub fn of_extension(extension: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.extension() == extension)
    }

    /// The media type without parameters, as links name it.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Rss => "application/rss+xml",
            Self::Atom => "application/atom+xml",
            Self::Json => "application/feed+json",
        }
    }

    /// The `Content-Type` header.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Rss => "application/rss+xml; charset=utf-8",
            Self::Atom => "application/atom+xml; charset=utf-8",
            Self::Json => "application/feed+json; charset=utf-8",
        }
    }
}

/// What feeds say they were made by.
const NAME: &str = "dongtin";
/// The same with the version, where the format has one text for both.
const GENERATOR: &str = concat!("dongtin ", env!("CARGO_PKG_VERSION"));

/// The bytes of a feed in one format; an entry that would break them is left out and logged.
pub fn render(view: &FeedView<'_>, format: Format) -> Result<Vec<u8>, Error> {
    let mut entries = entry::entries(view);
    let bytes = write(view, &entries, format);
    if check::check(format, &bytes).is_ok() {
        return Ok(bytes);
    }
    entries.retain(|entry| keeps_whole(view, entry, format));
    let bytes = write(view, &entries, format);
    match check::check(format, &bytes) {
        Ok(()) => Ok(bytes),
        Err(reason) => {
            let feed = view.feed.id.clone();
            Err(Error::Broken { feed, format: format.extension(), reason })
        }
    }
}

/// Whether a feed of this one entry passes; if not, says so once.
fn keeps_whole(view: &FeedView<'_>, entry: &FeedEntry, format: Format) -> bool {
    let alone = write(view, std::slice::from_ref(entry), format);
    let Err(reason) = check::check(format, &alone) else { return true };
    metrics::counter!("dongtin_feed_entries_left_out_total").increment(1);
    tracing::error!(feed.id = %view.feed.id, article.id = %entry.id, format = format.extension(), %reason,
        "an entry would break the feed and was left out");
    false
}

fn write(view: &FeedView<'_>, entries: &[FeedEntry], format: Format) -> Vec<u8> {
    match format {
        Format::Rss => rss::write(view, entries),
        Format::Atom => atom::write(view, entries),
        Format::Json => json::write(view, entries),
    }
}

/// A document that ends with a line end, as text files do.
fn with_newline(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.push(b'\n');
    bytes
}

#[cfg(test)]
mod tests;
