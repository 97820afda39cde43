//! What a document may cost, and how reading it can fail.

use thiserror::Error;

/// What a document may cost before it is cut or refused.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of the body; more is [`Error::TooLarge`].
    pub bytes: usize,
    /// Open elements, or nested JSON values; more is [`Error::TooDeep`].
    pub depth: usize,
    /// Attributes of one tag; the rest are dropped.
    pub attributes: usize,
    /// Entries; the rest are not read.
    pub entries: usize,
    /// Characters of a title; the rest is cut.
    pub title: usize,
    /// Bytes of any other text; the rest is cut.
    pub text: usize,
    /// Elements inside one entry, or in the feed's head; the rest are dropped.
    pub elements: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            bytes: 10 << 20,
            depth: 100,
            attributes: 256,
            entries: 2_000,
            // One more than an article keeps, so that its own title is cut and flagged too.
            title: 1_001,
            text: 512 << 10,
            elements: 50_000,
        }
    }
}

impl Limits {
    /// Cuts a title that is too long; returns whether it was.
    pub fn cut_title(&self, title: &mut String) -> bool {
        let end = title.char_indices().nth(self.title).map(|(at, _)| at);
        title.truncate(end.unwrap_or(title.len()));
        end.is_some()
    }
}

/// Why a document could not be read as a feed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Error {
    /// The body is empty, or only white space.
    #[error("empty document")]
    Empty,
    /// A web page came instead of a feed.
    #[error("a web page instead of a feed{}", title.as_ref().map(|t| format!(": {t}")).unwrap_or_default())]
    Html {
        /// The page's title, where it has one.
        title: Option<String>,
    },
    /// A page whose script sets a cookie and loads itself again.
    #[error("a cookie challenge instead of a feed")]
    Challenge,
    /// Some other document: its root element, or what it looks like.
    #[error("not a feed: {found}")]
    NotAFeed {
        /// What was found.
        found: String,
    },
    /// Elements or values nested beyond the limit.
    #[error("nested deeper than {limit}")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// More bytes than the limit.
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// The bytes are in no encoding that we read.
    #[error("encoding {label} cannot be read")]
    Encoding {
        /// The label of the encoding.
        label: String,
    },
    /// JSON that does not parse.
    #[error("broken json: {reason}")]
    Json {
        /// What the parser said.
        reason: String,
    },
}
