//! The feeds that nobody has to configure: everything, each source, each category.

use crate::config::{Config, SiteConfig};
use crate::model::{Feed, FeedId, Filter, InvalidId, Source, SourceId, slug};

/// What an automatic feed is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Automatic<'a> {
    /// Every article.
    All,
    /// The articles of one source.
    Source(&'a Source),
    /// The articles of one category, as people call it.
    Category(&'a str),
}

/// The name of a source's feed: `source-ID`.
pub fn source_feed_id(source: &SourceId) -> Result<FeedId, InvalidId> {
    FeedId::new(&cut(format!("source-{source}")))
}

/// The name of a category's feed: `category-SLUG`.
pub fn category_feed_id(category: &str) -> Result<FeedId, InvalidId> {
    FeedId::new(&cut(format!("category-{}", slug(category))))
}

/// At most the 64 bytes that a name may have (it is ASCII), not ending in `-`.
fn cut(mut id: String) -> String {
    id.truncate(64);
    id.truncate(id.trim_end_matches('-').len());
    id
}

/// An automatic feed with its name, its words and the shape that `[automatic]` gives.
pub fn automatic_feed(config: &Config, of: &Automatic<'_>) -> Result<Feed, InvalidId> {
    let site = &config.site;
    let (id, title, description, filter) = match of {
        Automatic::All => (FeedId::new("all")?, site.title.clone(), all(site), Filter::default()),
        Automatic::Source(source) => (
            source_feed_id(&source.id)?,
            source.title.clone(),
            format!("Tin của {}, do {} tổng hợp", source.title, site.title),
            Filter { sources: vec![source.id.to_string()], ..Filter::default() },
        ),
        Automatic::Category(name) => (
            category_feed_id(name)?,
            format!("{name} – {}", site.title),
            format!("Tin trong chuyên mục {name} của {}", site.title),
            Filter { categories: vec![(*name).to_owned()], ..Filter::default() },
        ),
    };
    Ok(Feed { id, title, description, filter, ..config.automatic.clone() })
}

fn all(site: &SiteConfig) -> String {
    if site.description.trim().is_empty() {
        format!("Tất cả tin của {}", site.title)
    } else {
        site.description.clone()
    }
}
