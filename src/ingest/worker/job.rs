//! What a worker is asked, and what it answers.

use crate::model::{DateOrder, ParsedEntry, Source, Timestamp};
use crate::read::discover::Discovery;
use crate::refine::{Draft, Refined};
use serde::{Deserialize, Serialize};

/// What a worker is to do with the bytes beside it.
#[derive(Debug, Serialize, Deserialize)]
pub enum Job {
    /// Read a fetched document as a feed.
    Feed {
        /// Its `Content-Type`.
        content_type: Option<String>,
        /// Whose it is.
        source: Source,
        /// Its address after redirects.
        fetched_from: String,
        /// The time of reading.
        now: Timestamp,
        /// The order of day and month settled for this source.
        settled: DateOrder,
        /// Entries taken at most.
        max_entries: usize,
        /// Bytes of the document at most, unpacked.
        max_bytes: usize,
    },
    /// Read an article's own page, and make the draft of a list whole with it.
    Detail {
        /// Its `Content-Type`.
        content_type: Option<String>,
        /// Whose it is.
        source: Source,
        /// What the list said.
        listed: Box<Draft>,
        /// Its address after redirects.
        fetched_from: String,
        /// The time of reading.
        now: Timestamp,
        /// The order of day and month settled for this source.
        settled: DateOrder,
    },
    /// Look what a web page offers, or where the links of known articles stand in it now.
    Discover {
        /// Its `Content-Type`.
        content_type: Option<String>,
        /// Its address after redirects.
        fetched_from: String,
        /// Its `Link` headers.
        links: Vec<String>,
        /// Addresses of known articles; none: look at everything.
        known: Option<Vec<String>>,
    },
    /// Read a file of a folder.
    File {
        /// Its path below the folder.
        path: String,
        /// Whose it is.
        source: Source,
        /// What relative links are resolved against.
        base: String,
        /// The time of reading.
        now: Timestamp,
    },
    /// Clean one pushed entry; there are no bytes beside it.
    Entry {
        /// The entry.
        entry: Box<ParsedEntry>,
        /// Whose it is.
        source: Source,
        /// The time of reading.
        now: Timestamp,
    },
}

/// What a worker made of a document.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct JobOutput {
    /// The drafts, and what was wrong.
    pub refined: Refined,
    /// Whether the document was a feed (or a list), not one article.
    pub is_feed: bool,
    /// Whether it was a sitemap, or an index of sitemaps.
    pub is_sitemap: bool,
    /// Minutes between polls that the feed asks for (`ttl`, `sy:`).
    pub ttl: Option<u64>,
    /// The feed's own name.
    pub title: Option<String>,
    /// WebSub hubs that the feed names.
    pub hubs: Vec<String>,
    /// What the feed calls its own address.
    pub topic: Option<String>,
    /// Further sitemaps that an index of sitemaps names: address and last change.
    pub sitemaps: Vec<(String, Option<String>)>,
    /// What a web page offers, where that was asked.
    pub found: Option<Box<Discovery>>,
}

/// Why a document could not be read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JobError {
    /// A stable name in kebab-case: `empty`, `html`, `challenge`, `not-a-feed`, `file`.
    pub name: String,
    /// For people.
    pub message: String,
}

/// What a worker answers to a job.
pub type Reply = Result<JobOutput, JobError>;
