//! What each page shows, before it is HTML.

use super::text::Lang;
use crate::config::SiteConfig;
use crate::model::{Article, Meaning, Timestamp};

/// What every page is set in: the site, the reader's language, the feeds to subscribe to.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Who publishes, and under which address.
    pub site: &'a SiteConfig,
    /// The language of everything but the news itself.
    pub lang: Lang,
    /// Whether the reader chose it by `?lang=`; then our own links carry it on.
    pub chosen: bool,
    /// Every feed that can be subscribed to, the most general first.
    pub feeds: &'a [Listing],
}

/// A feed as a list names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Its name: `/feeds/{id}`.
    pub id: String,
    /// Plain text.
    pub title: String,
    /// Plain text, may be empty.
    pub description: String,
    /// Under which heading it is listed.
    pub group: Group,
}

/// Under which heading a feed is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Every article.
    All,
    /// From the config.
    Own,
    /// One source's.
    Source,
    /// One category's.
    Category,
}

/// An article with what a page says about it beyond the article itself.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The article as it stands.
    pub article: &'a Article,
    /// The source's name, plain text.
    pub source_title: &'a str,
    /// The source's own site, http or https.
    pub source_home: Option<&'a str>,
    /// The source's feed here: `/feeds/{id}`.
    pub source_feed: Option<String>,
    /// The feed of each of the article's categories, in their order; `None` where there is none.
    pub category_feeds: Vec<Option<String>>,
    /// The same story at other portals: the source's name and its article.
    pub others: Vec<(&'a str, &'a Article)>,
}

/// The front page.
#[derive(Clone, Debug)]
pub struct FrontView<'a> {
    /// The latest articles, newest first.
    pub latest: Vec<Entry<'a>>,
}

/// One article's page.
#[derive(Clone, Debug)]
pub struct ArticleView<'a> {
    /// The article and its source.
    pub entry: Entry<'a>,
    /// Its revisions, oldest first; a single one is not listed.
    pub revisions: Vec<RevisionView>,
}

/// One revision of an article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionView {
    /// From 1.
    pub number: u32,
    /// When it was taken in.
    pub at: Timestamp,
    /// Its title then.
    pub title: String,
    /// Whether this change took the article back.
    pub withdrawn: bool,
    /// Which parts are not as they were in the revision before: names that `text::field_name` knows.
    pub changed: Vec<&'static str>,
}

/// The page that stands where an article was taken back.
#[derive(Clone, Debug)]
pub struct WithdrawnView<'a> {
    /// When.
    pub at: Timestamp,
    /// The source's name.
    pub source_title: &'a str,
    /// The source's feed here: `/feeds/{id}`.
    pub source_feed: Option<String>,
}

/// A feed opened in a browser.
#[derive(Clone, Debug)]
pub struct FeedView<'a> {
    /// The feed.
    pub feed: &'a Listing,
    /// Its entries, newest first.
    pub entries: Vec<Entry<'a>>,
}

/// The page that says how every source is.
#[derive(Clone, Debug)]
pub struct StatusView {
    /// When it was looked at.
    pub now: Timestamp,
    /// Every source, in the config's order.
    pub sources: Vec<SourceStatusView>,
}

/// How one source is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceStatusView {
    /// Its name in the config.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// How articles come from it.
    pub way: Way,
    /// Its address or folder, as the config has it, without secrets.
    pub address: Option<String>,
    /// How it is.
    pub state: State,
    /// When it last gave us something readable.
    pub last_good: Option<Timestamp>,
    /// When it is looked at next.
    pub next_check: Option<Timestamp>,
    /// Articles held from it.
    pub articles: u64,
    /// What is wrong, in words for people.
    pub told: Option<Meaning>,
    /// What to do about it, where more than the usual is known.
    pub remedy: Option<Meaning>,
    /// What is wrong, as the program says it.
    pub problem: Option<String>,
    /// Failures in a row.
    pub failures: u32,
    /// What was repaired while reading it last.
    pub warnings: Vec<WarningView>,
    /// Of a folder: the first files that could not be read, each with why.
    pub bad_files: Vec<(String, String)>,
    /// How many more there are.
    pub bad_files_more: usize,
    /// New selectors that find its known articles, as they stand in a config.
    pub proposal: Option<String>,
    /// The WebSub hub that its feed names.
    pub hub: Option<HubView>,
}

/// How a source stands with its WebSub hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubView {
    /// Its address.
    pub address: String,
    /// Until when it tells of changes; `None` while the feed is only polled.
    pub until: Option<Timestamp>,
    /// How often in a row no hub took the subscription.
    pub refused: u32,
}

/// A kind of repair or loss.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarningView {
    /// The warning's name.
    pub name: String,
    /// How often.
    pub count: u64,
    /// Where it is: the first file that has it, or the host that rests and until when.
    pub file: Option<String>,
}

/// How articles come from a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Its CMS pushes them.
    Push,
    /// From a folder.
    Folder,
    /// From a feed.
    Feed,
    /// From a list page or a sitemap.
    Page,
}

/// How a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing came from it yet and nothing failed.
    New,
    /// All is well.
    Good,
    /// It answers, but something needed repair.
    Warned,
    /// The last look failed; it is tried again.
    Failing,
    /// It said that it is gone: it is only looked at once a day.
    Stopped,
}

impl State {
    /// `new`, `good`, `warned`, `failing` or `stopped`.
    pub fn name(self) -> &'static str {
        match self {
            State::New => "new",
            State::Good => "good",
            State::Warned => "warned",
            State::Failing => "failing",
            State::Stopped => "stopped",
        }
    }
}
