use super::meta::{Meta, category_slug};
use crate::model::{Feed, Filter, SourceId, is_of_old, is_of_today, spoken_of};
use crate::text::{fold, holds_words};
use sha2::{Digest, Sha256};
use std::fmt;

/// The name of an index. Feeds with the same filter share one index.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexId(pub [u8; 8]);

impl IndexId {
    /// Matches every article.
    pub fn all() -> Self {
        Self::named("all", "")
    }

    /// Matches a source's articles.
    pub fn source(source: &SourceId) -> Self {
        Self::named("source", source.as_str())
    }

    /// Matches the articles of a category.
    pub fn category(slug: &str) -> Self {
        Self::named("category", slug)
    }

    /// The index of a filter; an empty filter is everything.
    pub fn filter(filter: &Filter) -> Self {
        if *filter == Filter::default() {
            return Self::all();
        }
        Self::named("filter", &serde_json::to_string(filter).unwrap_or_default())
    }

    /// Matches what a configured feed shows.
    pub fn of(feed: &Feed) -> Self {
        Self::filter(&feed.filter)
    }

    fn named(kind: &str, name: &str) -> Self {
        let digest = Sha256::digest(format!("{kind}:{name}"));
        let mut id = [0; 8];
        id.copy_from_slice(&digest[..8]);
        Self(id)
    }
}

impl fmt::Debug for IndexId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

/// The indexes that an article is in without any config: everything, its source, its categories.
pub fn automatic(meta: &Meta) -> Vec<IndexId> {
    let mut ids = vec![IndexId::all(), IndexId::source(&meta.source)];
    ids.extend(meta.categories.iter().map(|category| IndexId::category(&category.slug)));
    ids
}

/// A filter whose texts are folded for matching.
#[derive(Clone, Debug)]
pub struct Matcher {
    /// The index it fills.
    pub id: IndexId,
    filter: Filter,
    categories: Vec<String>,
    authors: Vec<String>,
    words: Vec<String>,
    publishers: Vec<String>,
}

impl Matcher {
    /// Matches what a filter asks for.
    pub fn new(filter: &Filter) -> Self {
        let folded = |texts: &[String]| texts.iter().map(|text| fold(text)).collect();
        Self {
            id: IndexId::filter(filter),
            categories: filter.categories.iter().map(|name| category_slug(name)).collect(),
            authors: folded(&filter.authors),
            words: folded(&filter.title_words),
            publishers: folded(&filter.publishers),
            filter: filter.clone(),
        }
    }

    /// The filter.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Whether an article matches every list that is not empty; within a list one match is enough.
    pub fn matches(&self, meta: &Meta) -> bool {
        let is = |name: &str, wanted: &String| !wanted.is_empty() && *wanted == fold(name);
        let title = || fold(&meta.title);
        any(&self.filter.sources, |id| id == meta.source.as_str())
            && any(&self.categories, |slug| meta.has_category(slug))
            && any(&self.authors, |wanted| meta.authors.iter().any(|name| is(name, wanted)))
            && any(&self.filter.languages, |tag| speaks(meta.language.as_deref(), tag))
            && (self.words.is_empty() || {
                let title = title();
                any(&self.words, |words| holds_words(&title, words))
            })
            && self.is_of_provinces(meta)
            && any(&self.publishers, |wanted| meta.publisher.iter().any(|name| is(name, wanted)))
    }

    /// Whether the publisher is of a wanted province, by the names of today or those before July 2025.
    fn is_of_provinces(&self, meta: &Meta) -> bool {
        let Filter { provinces, old_provinces, .. } = &self.filter;
        if provinces.is_empty() && old_provinces.is_empty() {
            return true;
        }
        let Some(spoken) = spoken_of(meta.publisher.as_deref(), meta.url.as_deref()) else {
            return false;
        };
        any(provinces, |meant| is_of_today(spoken, meant))
            && any(old_provinces, |meant| is_of_old(spoken, meant, meta.order))
    }
}

/// Whether one of the wanted matches; everything does if nothing is wanted.
fn any<T>(wanted: &[T], matches: impl Fn(&T) -> bool) -> bool {
    wanted.is_empty() || wanted.iter().any(matches)
}

/// Whether a language is a tag or a variant of it: `vi` matches `vi-VN`.
fn speaks(language: Option<&str>, tag: &str) -> bool {
    let Some(language) = language else { return false };
    let (language, tag) = (language.to_ascii_lowercase(), tag.to_ascii_lowercase());
    language.strip_prefix(&tag).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}
