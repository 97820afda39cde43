use crate::model::FeedId;

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
