use crate::model::FeedId;

/// Why a feed could not be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] crate::store::Error),
    #[error("cannot compress a feed: {0}")]
    Compress(#[from] std::io::Error),
    /// The daemon is stopping, or a bug ended the work.
    #[error("rendering feed {feed} was cut short")]
    Cut {
        /// The feed, or `feeds.opml`.
        feed: String,
    },
    /// The bytes did not pass the strict reading, even without any entry; nothing is served.
    #[error("feed {feed} as {format}: the document is not well-formed: {reason}")]
    Broken { feed: FeedId, format: &'static str, reason: String },
}
