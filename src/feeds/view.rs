//! What a feed's bytes follow from, and what a writer asks of it.

use super::story::Related;
use super::{Format, output};
use crate::config::SiteConfig;
use crate::model::{Article, ArticleId, Feed, Source, SourceId, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// An article that was taken back, as feeds tell it (RFC 6721).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// The id that the article had in feeds.
    pub id: ArticleId,
    /// When it was withdrawn, and not before what its last entry said.
    pub at: Timestamp,
}

impl Gone {
    /// As feeds say it: the next whole second, since an entry's time may have a part of one.
    pub fn when(&self) -> Timestamp {
        Timestamp::from_secs(self.at.millis().div_euclid(1_000).saturating_add(1))
    }
}

/// Everything that a feed's bytes follow from; no clock.
#[derive(Clone, Copy, Debug)]
pub struct FeedView<'a> {
    /// What the config or `automatic` says of it.
    pub feed: &'a Feed,
    /// Who publishes.
    pub site: &'a SiteConfig,
    /// The sources by id, for attribution; an unknown source is named by its id.
    pub sources: &'a BTreeMap<SourceId, Source>,
    /// Its articles, newest first.
    pub entries: &'a [Arc<Article>],
    /// Articles withdrawn from it, newest first.
    pub gone: &'a [Gone],
    /// The others of the stories that its articles stand for.
    pub related: &'a Related,
    /// When the window last changed: RSS `lastBuildDate`, Atom `updated`; `Last-Modified` is this, or when the config gave the feed its form.
    pub changed: Timestamp,
}

impl FeedView<'_> {
    /// The address of a feed in one format: `BASE/feeds/ID.rss`.
    pub fn address(&self, format: Format) -> String {
        format!("{}/feeds/{}.{}", self.site.base_url, self.feed.id, format.extension())
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

    /// The feed's title, or its id where it has none.
    pub fn title(&self) -> String {
        let title = output::line(&self.feed.title, output::TITLE_CHARS);
        title.unwrap_or_else(|| self.feed.id.to_string())
    }

    /// What the feed says of itself; its title where it says nothing.
    pub(super) fn description(&self) -> String {
        output::line(&self.feed.description, output::TEXT_CHARS).unwrap_or_else(|| self.title())
    }

    /// The feed's language, or the site's.
    pub(super) fn language(&self) -> Option<String> {
        let given = self.feed.language.as_deref().unwrap_or(&self.site.language);
        output::language(given)
    }

    /// The site's rights.
    pub(super) fn rights(&self) -> Option<String> {
        self.site.rights.as_deref().and_then(|text| output::line(text, output::TEXT_CHARS))
    }

    /// The body that answers for the site.
    pub(super) fn publisher(&self) -> Option<String> {
        self.site.publisher.as_deref().and_then(|text| output::line(text, output::TITLE_CHARS))
    }

    /// When it last changed, as Atom wants it said: of a feed that never held anything, the day on which its ids begin.
    pub(super) fn updated(&self) -> Timestamp {
        if self.changed > Timestamp(0) {
            return self.changed;
        }
        let date = self.site.tag_authority.rsplit(',').next().unwrap_or_default();
        let first = [date.to_owned(), format!("{date}-01"), format!("{date}-01-01")];
        let first =
            first.iter().find_map(|day| Timestamp::parse_rfc3339(&format!("{day}T00:00:00Z")));
        first.unwrap_or(self.changed)
    }

    /// The site's picture.
    pub(super) fn logo(&self) -> Option<String> {
        self.site.logo.as_deref().and_then(output::address)
    }

    /// The site's small square picture.
    pub(super) fn icon(&self) -> Option<String> {
        self.site.icon.as_deref().and_then(output::address)
    }

    /// Who speaks where no article names its author: the publisher, the site, the feed.
    pub(super) fn author(&self) -> String {
        let site = || output::line(&self.site.title, output::TITLE_CHARS);
        self.publisher().or_else(site).unwrap_or_else(|| self.title())
    }
}
