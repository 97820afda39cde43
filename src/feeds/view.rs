use super::story::Related;
use super::{Format, output};
use crate::config::SiteConfig;
use crate::model::{Article, ArticleKey, Feed, Source, SourceId, Timestamp};
use crate::store::Gone;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How the documents of a feed lead on (RFC 5005).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// By `prev-archive`, from the current document back (section 4).
    #[default]
    Archive,
    /// By `next`, for a reader that asks for pages (section 3).
    Page,
}

/// Which of a feed's documents it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    pub way: Way,
    /// The article that the document begins with; `None`: the current document.
    pub from: Option<ArticleKey>,
    /// The article that the next older document begins with; `None`: there is none.
    pub older: Option<ArticleKey>,
}

impl Part {
    /// What stands behind the address of the current document in that of the one that begins with an article.
    fn query(self, from: Option<ArticleKey>) -> String {
        match (self.way, from) {
            (Way::Archive, None) => String::new(),
            (Way::Archive, Some(key)) => format!("?archive={key}"),
            (Way::Page, None) => "?page=1".to_owned(),
            (Way::Page, Some(key)) => format!("?page={key}"),
        }
    }
}

/// Everything that a feed's bytes follow from; no clock.
#[derive(Clone, Copy, Debug)]
pub struct FeedView<'a> {
    pub feed: &'a Feed,
    pub site: &'a SiteConfig,
    /// The sources by id; an unknown source is named by its id.
    pub sources: &'a BTreeMap<SourceId, Source>,
    /// Newest first.
    pub entries: &'a [Arc<Article>],
    /// Newest first.
    pub gone: &'a [Gone],
    /// The other articles of each story that an entry stands for.
    pub related: &'a Related,
    /// When the window last changed: RSS `lastBuildDate`, Atom `updated`.
    pub changed: Timestamp,
    /// Which of the feed's documents it is.
    pub part: Part,
}

impl FeedView<'_> {
    /// The address of this document in one format: `BASE/feeds/ID.rss`, and for an older one `?archive=KEY`.
    pub fn address(&self, format: Format) -> String {
        self.current(format) + &self.part.query(self.part.from)
    }

    /// The address of the feed's current document.
    pub(super) fn current(&self, format: Format) -> String {
        format!("{}/feeds/{}.{}", self.site.base_url, self.feed.id, format.extension())
    }

    /// The address of the next older document.
    pub(super) fn older(&self, format: Format) -> Option<String> {
        let older = self.part.older?;
        Some(self.current(format) + &self.part.query(Some(older)))
    }

    /// The relations and addresses of the feed's other documents (RFC 5005).
    pub(super) fn others(&self, format: Format) -> Vec<(&'static str, String)> {
        let (of_current, of_older) = match self.part.way {
            Way::Archive => ("current", "prev-archive"),
            Way::Page => ("first", "next"),
        };
        let current =
            self.part.from.map(|_| (of_current, self.current(format) + &self.part.query(None)));
        current.into_iter().chain(self.older(format).map(|older| (of_older, older))).collect()
    }

    /// Whether this is a document of the archive, which RFC 5005 marks.
    pub(super) fn is_archive(&self) -> bool {
        self.part.way == Way::Archive && self.part.from.is_some()
    }

    /// The address of the page that a person reads: `BASE/feeds/ID`.
    pub fn page(&self) -> String {
        format!("{}/feeds/{}", self.site.base_url, self.feed.id)
    }

    /// The `Link` header of one format (RFC 8288): its own address, the other formats, the page.
    pub(super) fn links(&self, format: Format) -> String {
        let own = format!("<{}>; rel=\"self\"", self.address(format));
        let others = Format::ALL.into_iter().filter(|other| *other != format);
        let alternate = |address: String, media_type: &str| {
            format!(", <{address}>; rel=\"alternate\"; type=\"{media_type}\"")
        };
        let formats = others.map(|other| alternate(self.address(other), other.media_type()));
        own + &formats.collect::<String>() + &alternate(self.page(), "text/html")
    }

    /// The feed's permanent id: a `tag:` URI that does not hold its address.
    pub fn id(&self) -> String {
        let tag = format!("tag:{}:feed/{}", self.site.tag_authority, self.feed.id);
        output::uri(&tag).unwrap_or_else(|| format!("urn:dongtin:feed:{}", self.feed.id))
    }

    /// The feed's title, or its id.
    pub fn title(&self) -> String {
        let title = output::line(&self.feed.title, output::TITLE_CHARS);
        title.unwrap_or_else(|| self.feed.id.to_string())
    }

    /// The feed's description, or its title.
    pub(super) fn description(&self) -> String {
        output::line(&self.feed.description, output::TEXT_CHARS).unwrap_or_else(|| self.title())
    }

    pub(super) fn language(&self) -> Option<String> {
        let given = self.feed.language.as_deref().unwrap_or(&self.site.language);
        output::language(given)
    }

    pub(super) fn rights(&self) -> Option<String> {
        self.site.rights.as_deref().and_then(|text| output::line(text, output::TEXT_CHARS))
    }

    pub(super) fn publisher(&self) -> Option<String> {
        self.site.publisher.as_deref().and_then(|text| output::line(text, output::TITLE_CHARS))
    }

    /// When the feed last changed. A feed that never had an entry says the day on which its ids begin, since Atom wants a date.
    pub(super) fn updated(&self) -> Timestamp {
        if self.changed > Timestamp(0) {
            return output::shown_time(self.changed);
        }
        let date = self.site.tag_authority.rsplit(',').next().unwrap_or_default();
        let first = [date.to_owned(), format!("{date}-01"), format!("{date}-01-01")];
        let first =
            first.iter().find_map(|day| Timestamp::parse_rfc3339(&format!("{day}T00:00:00Z")));
        first.unwrap_or(self.changed)
    }

    pub(super) fn logo(&self) -> Option<String> {
        self.site.logo.as_deref().and_then(output::address)
    }

    pub(super) fn icon(&self) -> Option<String> {
        self.site.icon.as_deref().and_then(output::address)
    }

    /// The author of entries without one: the publisher, the site or the feed.
    pub(super) fn author(&self) -> String {
        let site = || output::line(&self.site.title, output::TITLE_CHARS);
        self.publisher().or_else(site).unwrap_or_else(|| self.title())
    }
}
