use super::text::{Words, words};
use crate::config::SiteConfig;
use crate::ingest::health::Condition;
use crate::model::{Article, ArticleKey, Language, Meaning, Timestamp};
use serde::Serialize;

/// What every page needs: the site, the reader's language, the feeds to subscribe to.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    pub site: &'a SiteConfig,
    /// The language of everything but the news itself.
    pub lang: Language,
    /// Whether the reader chose it by `?lang=`; then our own links carry it on.
    pub chosen: bool,
    /// Every feed that can be subscribed to, the most general first.
    pub feeds: &'a [Listing],
}

impl Frame<'_> {
    pub(super) fn words(&self) -> &'static Words {
        words(self.lang)
    }
}

/// A feed as a list names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    pub id: String,
    pub title: String,
    pub description: String,
    pub group: Group,
}

/// The heading under which a feed is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    All,
    /// Configured.
    Own,
    Source,
    Category,
}

/// An article with what a page says about it besides.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
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

/// Which of a feed's articles a page shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// The article that it begins with; `None` for the newest.
    pub from: Option<ArticleKey>,
    /// The article that the next older page begins with, unless this is the last one.
    pub older: Option<ArticleKey>,
}

/// One article's page.
#[derive(Clone, Debug)]
pub struct ArticleView<'a> {
    pub entry: Entry<'a>,
    /// Its revisions, oldest first; a single one is not listed.
    pub revisions: Vec<RevisionView>,
}

/// One revision of an article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionView {
    pub number: u32,
    /// When it was taken in.
    pub at: Timestamp,
    /// Why it was withdrawn, if it was and somebody said why.
    pub reason: Option<String>,
    pub withdrawn: bool,
    /// The parts that differ from the revision before; `text::field_name` knows their names.
    pub changed: Vec<&'static str>,
}

/// The page of a withdrawn article.
#[derive(Clone, Debug)]
pub struct WithdrawnView<'a> {
    pub at: Timestamp,
    pub source_title: &'a str,
    pub source_feed: Option<String>,
}

/// How one source is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceStatusView {
    pub id: String,
    pub title: String,
    pub way: Way,
    /// Its address or folder, without secrets.
    pub address: Option<String>,
    pub state: Condition,
    /// When it last gave us something readable.
    pub last_good: Option<Timestamp>,
    pub next_check: Option<Timestamp>,
    pub articles: u64,
    /// What is wrong, in words for people.
    pub told: Option<Meaning>,
    /// What to do about it, where more than the usual is known.
    pub remedy: Option<Meaning>,
    /// What is wrong, as the program's error says.
    pub problem: Option<String>,
    pub failures: u32,
    /// What was repaired while reading it last.
    pub warnings: Vec<WarningView>,
    /// The first files of a folder that could not be read, each with its error.
    pub bad_files: Vec<(String, String)>,
    pub bad_files_more: usize,
    /// New selectors that find its known articles, as they stand in a config.
    pub proposal: Option<String>,
    pub hub: Option<HubView>,
}

/// A source's subscription at its WebSub hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubView {
    /// Its address, unless it is inside the network.
    pub address: Option<String>,
    /// When the subscription ends; `None` while the feed is only polled.
    pub until: Option<Timestamp>,
    /// How often in a row no hub accepted the subscription.
    pub refused: u32,
}

/// A kind of repair or loss.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = WarningCount)]
pub struct WarningView {
    /// Its name: `bare-ampersand`.
    pub name: String,
    /// How often.
    pub count: u64,
    /// The first file that has it, or the host that asked for a pause, and until when.
    #[serde(skip)]
    pub file: Option<String>,
}

/// How articles come from a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Push,
    Folder,
    Feed,
    /// A list page or a sitemap.
    Page,
    /// Another dongtin.
    Mirror,
}
