use crate::config::Config;
use crate::feeds::{category_feed_id, source_feed_id};
use crate::model::{Article, FeedId, Filter, Seq, Source, SourceId};
use crate::store::{Matcher, Meta};
use crate::text::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Which articles a copy has: those that the filter takes and, where feeds are named, the filter of one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// The filters of the named feeds; empty takes every feed.
    pub feeds: Vec<Filter>,
    pub filter: Filter,
}

impl Selection {
    /// The articles of some feeds that a filter takes.
    pub fn new(mut feeds: Vec<Filter>, filter: Filter) -> Self {
        if feeds.contains(&Filter::default()) {
            feeds.clear();
        }
        Self { feeds, filter }
    }

    /// Whether it takes every article.
    pub fn is_everything(&self) -> bool {
        self.feeds.is_empty() && self.filter == Filter::default()
    }

    /// Its name in a cursor: the same whatever the order in which its parts were named. `None` if it takes everything.
    pub fn fingerprint(&self) -> Option<String> {
        if self.is_everything() {
            return None;
        }
        let mut feeds: Vec<Filter> = self.feeds.iter().map(sorted).collect();
        feeds.sort_by_cached_key(|filter| serde_json::to_string(filter).unwrap_or_default());
        feeds.dedup();
        let sorted = Self { feeds, filter: sorted(&self.filter) };
        let digest = Sha256::digest(serde_json::to_vec(&sorted).unwrap_or_default());
        Some(hex(&digest[..8]))
    }
}

/// A filter with its lists in order, each member once.
fn sorted(filter: &Filter) -> Filter {
    let mut filter = filter.clone();
    let Filter {
        sources,
        categories,
        authors,
        languages,
        title_words,
        publishers,
        provinces,
        old_provinces,
    } = &mut filter;
    for list in
        [sources, categories, authors, languages, title_words, publishers, provinces, old_provinces]
    {
        list.sort();
        list.dedup();
    }
    filter
}

/// The filter of a published feed, configured or automatic; `None` if there is no such feed.
pub fn feed_filter(config: &Config, id: &FeedId) -> Option<Filter> {
    if let Some(feed) = config.feeds.iter().find(|feed| feed.id == *id) {
        return Some(feed.filter.clone());
    }
    if id.as_str() == "all" {
        return Some(Filter::default());
    }
    let is = |source: &&Source| source_feed_id(&source.id).is_ok_and(|feed| feed == *id);
    if let Some(source) = config.sources.iter().find(is) {
        return Some(Filter { sources: vec![source.id.to_string()], ..Filter::default() });
    }
    let slug = id.as_str().strip_prefix("category-")?;
    category_feed_id(slug).ok()?;
    Some(Filter { categories: vec![slug.to_owned()], ..Filter::default() })
}

/// A selection whose texts are folded for matching.
#[derive(Clone, Debug)]
pub struct Selector {
    feeds: Vec<Matcher>,
    filter: Matcher,
    is_everything: bool,
}

impl Selector {
    /// Matches what a selection takes.
    pub fn new(selection: &Selection) -> Self {
        Self {
            feeds: selection.feeds.iter().map(Matcher::new).collect(),
            filter: Matcher::new(&selection.filter),
            is_everything: selection.is_everything(),
        }
    }

    /// Whether it takes an article as it stands.
    pub fn takes(&self, article: &Article) -> bool {
        if self.is_everything {
            return true;
        }
        let meta = Meta::of(article, Seq(0));
        self.filter.matches(&meta)
            && (self.feeds.is_empty() || self.feeds.iter().any(|feed| feed.matches(&meta)))
    }

    /// Whether it can ever take an article of a source; only a copied article ever changes its source.
    pub fn may_take_from(&self, source: &SourceId) -> bool {
        let may = |matcher: &Matcher| {
            let sources = &matcher.filter().sources;
            sources.is_empty() || sources.iter().any(|id| id == source.as_str())
        };
        may(&self.filter) && (self.feeds.is_empty() || self.feeds.iter().any(may))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn filter(sources: &[&str], categories: &[&str]) -> Filter {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Filter { sources: owned(sources), categories: owned(categories), ..Filter::default() }
    }

    #[test]
    fn a_selection_has_one_name_however_it_is_written() {
        let (a, b) = (filter(&["a", "b"], &[]), filter(&["b", "a", "b"], &[]));
        let one = Selection::new(vec![a.clone(), filter(&[], &["x"])], b.clone());
        let two = Selection::new(vec![filter(&[], &["x"]), b.clone()], a.clone());
        assert_eq!(one.fingerprint(), two.fingerprint());
        assert_eq!(one.fingerprint().unwrap().len(), 16);
        assert_ne!(one.fingerprint(), Selection::new(Vec::new(), a.clone()).fingerprint());
        let everything = Selection::new(vec![a, Filter::default()], Filter::default());
        assert!(everything.is_everything() && everything.fingerprint().is_none());
    }

    #[test]
    fn every_published_feed_has_a_filter() {
        let text = "[[source]]\nid = \"a\"\nkind = \"push\"\n[[feed]]\nid = \"kinh-te\"\ncategories = [\"Kinh tế\"]\n";
        let config = Config::parse(text, Path::new("/")).unwrap();
        let of = |id: &str| feed_filter(&config, &FeedId::new(id).unwrap());
        assert_eq!(of("all"), Some(Filter::default()));
        assert_eq!(of("source-a"), Some(filter(&["a"], &[])));
        assert_eq!(of("kinh-te"), Some(filter(&[], &["Kinh tế"])));
        assert_eq!(of("category-y-te"), Some(filter(&[], &["y-te"])));
        assert_eq!((of("source-b"), of("kinh")), (None, None));
    }
}
