use super::Error;
use crate::config::Config;
use crate::model::{Feed, FeedId, InvalidId, Source, SourceId};
use crate::store::{CategoryCount, IndexId, Store};

/// The most categories that are listed; every category has a feed.
const CATEGORIES: usize = 200;

/// A feed that is published, and the index that holds its articles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    pub feed: Feed,
    pub index: IndexId,
}

/// Feeds of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// `Nguồn`, `Chuyên mục`; `None` for the feeds at the top.
    pub title: Option<String>,
    pub feeds: Vec<Feed>,
}

/// The name of a source's feed: `source-ID`, cut to the 64 bytes of a name.
///
/// # Errors
/// The cut name is no feed id.
pub fn source_feed_id(source: &SourceId) -> Result<FeedId, InvalidId> {
    let mut id = format!("source-{source}");
    id.truncate(64);
    FeedId::new(id.trim_end_matches('-'))
}

/// The name of a category's feed: `category-SLUG`.
///
/// # Errors
/// `category-SLUG` is no feed id.
pub fn category_feed_id(slug: &str) -> Result<FeedId, InvalidId> {
    FeedId::new(&format!("category-{slug}"))
}

/// The feed of a name: a configured one, `all`, a source's or a category's.
pub(super) fn find(
    config: &Config,
    store: &Store,
    id: &FeedId,
) -> Result<Option<Published>, Error> {
    if let Some(feed) = config.feeds.iter().find(|feed| feed.id == *id) {
        return Ok(Some(Published { feed: feed.clone(), index: IndexId::of(feed) }));
    }
    let name = id.as_str();
    if name == "all" {
        return Ok(all_feed(config).ok());
    }
    if name.starts_with("source-") {
        let is = |source: &&Source| source_feed_id(&source.id).is_ok_and(|feed| feed == *id);
        return Ok(config.sources.iter().find(is).and_then(|s| source_feed(config, s).ok()));
    }
    let Some(slug) = name.strip_prefix("category-") else { return Ok(None) };
    let category = store.category(slug)?;
    Ok(category.and_then(|category| category_feed(config, &category).ok()))
}

/// Every feed: `all` and the configured ones, then sources, then categories with articles.
pub(super) fn groups(config: &Config, store: &Store) -> Result<Vec<Group>, Error> {
    let configured = |id: &FeedId| config.feeds.iter().any(|feed| feed.id == *id);
    let free = |published: Result<Published, InvalidId>| {
        published.ok().map(|p| p.feed).filter(|feed| !configured(&feed.id))
    };
    let mut top: Vec<Feed> = free(all_feed(config)).into_iter().collect();
    top.extend(config.feeds.iter().cloned());
    let sources = config.sources.iter().filter_map(|source| free(source_feed(config, source)));
    let categories = store.largest_categories(CATEGORIES)?;
    let categories = categories.iter().filter_map(|category| free(category_feed(config, category)));
    Ok(vec![
        Group { title: None, feeds: top },
        Group { title: Some("Nguồn".to_owned()), feeds: sources.collect() },
        Group { title: Some("Chuyên mục".to_owned()), feeds: categories.collect() },
    ])
}

pub(super) fn all_feed(config: &Config) -> Result<Published, InvalidId> {
    let site = &config.site;
    let description = if site.description.trim().is_empty() {
        format!("Tất cả tin của {}", site.title)
    } else {
        site.description.clone()
    };
    let (id, title) = (FeedId::new("all")?, site.title.clone());
    let feed = Feed { id, title, description, ..config.automatic.clone() };
    Ok(Published { feed, index: IndexId::all() })
}

pub(super) fn source_feed(config: &Config, source: &Source) -> Result<Published, InvalidId> {
    let feed = Feed {
        id: source_feed_id(&source.id)?,
        title: source.title.clone(),
        description: format!("Tin từ nguồn “{}” trên {}", source.title, config.site.title),
        ..config.automatic.clone()
    };
    Ok(Published { feed, index: IndexId::source(&source.id) })
}

pub(super) fn category_feed(config: &Config, of: &CategoryCount) -> Result<Published, InvalidId> {
    let feed = Feed {
        id: category_feed_id(&of.slug)?,
        title: format!("{} – {}", of.label, config.site.title),
        description: format!("Tin trong chuyên mục {} của {}", of.label, config.site.title),
        ..config.automatic.clone()
    };
    Ok(Published { feed, index: IndexId::category(&of.slug) })
}
