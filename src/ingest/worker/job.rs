use crate::model::{CopiedArticle, DateOrder, ParsedEntry, Source, Timestamp};
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
    /// Find what a web page offers: feeds, sitemaps, hubs, the list on it; or only the list that holds known articles.
    Discover {
        /// Its `Content-Type`.
        content_type: Option<String>,
        /// Its address after redirects.
        fetched_from: String,
        /// Its `Link` headers.
        links: Vec<String>,
        /// Addresses of known articles, to find only their list; `None` finds everything.
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
    /// Read the width and height of a picture from its first bytes.
    Picture,
    /// Clean one article of another journal; there are no bytes beside it.
    Copied {
        /// The article.
        article: Box<CopiedArticle>,
        /// The mirror that it comes through.
        source: Source,
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
    /// The page after this one, where the feed is one in pages.
    pub next: Option<String>,
    /// Further sitemaps that an index of sitemaps names: address and last change.
    pub sitemaps: Vec<(String, Option<String>)>,
    /// The width and height of a picture.
    #[serde(default)]
    pub pixels: Option<(u32, u32)>,
    /// What a web page offers, where that was asked.
    pub found: Option<Box<Discovery>>,
}

/// Why a document could not be read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JobError {
    /// What is wrong with it.
    pub fault: Fault,
    /// For people.
    pub message: String,
}

/// What is wrong with a document. `fetch::explain` says what it means and what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Its address cannot be read.
    Address,
    /// It is a test of the browser.
    Challenge,
    /// Nothing is in it.
    Empty,
    /// Its encoding cannot be read.
    Encoding,
    /// It is an error page.
    ErrorPage,
    /// It is a file that cannot be read.
    File,
    /// It is a web page.
    Html,
    /// The worker did not understand the job.
    Job,
    /// It is a login page.
    LoginPage,
    /// It is no feed.
    NotAFeed,
    /// It is a feed and no sitemap.
    NotASitemap,
    /// It is a page, and no article's.
    NotAnArticle,
    /// The selectors find nothing on it.
    Page,
    /// It is nested too deep.
    TooDeep,
    /// It is too large.
    TooLarge,
}

impl Fault {
    /// Its stable name in kebab-case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Challenge => "challenge",
            Self::Empty => "empty",
            Self::Encoding => "encoding",
            Self::ErrorPage => "error-page",
            Self::File => "file",
            Self::Html => "html",
            Self::Job => "job",
            Self::LoginPage => "login-page",
            Self::NotAFeed => "not-a-feed",
            Self::NotASitemap => "not-a-sitemap",
            Self::NotAnArticle => "not-an-article",
            Self::Page => "page",
            Self::TooDeep => "too-deep",
            Self::TooLarge => "too-large",
        }
    }

    /// A document with this fault, and the particulars.
    pub fn because(self, message: impl Into<String>) -> JobError {
        JobError { fault: self, message: message.into() }
    }
}

/// What a worker answers to a job.
pub type Reply = Result<JobOutput, JobError>;
