use crate::config::Config;
use crate::model::{Article, ArticleKey, Source, SourceKind, Timestamp, ending_of, own_path};
use crate::store::{Copy, Store};
use crate::text::Place;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// An article with the addresses under which everybody finds its files.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    pub article: Arc<Article>,
    /// The copies that we serve of its files, by the address that the article has for each.
    pub copies: BTreeMap<String, Copy>,
    /// When its copies last changed.
    pub changed: Option<Timestamp>,
}

/// An article as everybody sees it: files in a source's folder are below `base_url`, copies of ours are below its page.
pub fn published(article: &Arc<Article>, config: &Config, store: &Store) -> Published {
    let source = config.sources.iter().find(|source| source.id == article.source);
    publish(article, source, &config.site.base_url, Some(store))
}

/// The same for a source that was found already; without a store there are no copies.
pub fn publish(
    article: &Arc<Article>,
    source: Option<&Source>,
    base_url: &str,
    store: Option<&Store>,
) -> Published {
    let is_folder = source.is_some_and(|source| matches!(source.kind, SourceKind::Folder { .. }));
    let files = store.and_then(|store| store.copies().of(article.key).unwrap_or_else(|error| {
        tracing::warn!(article.key = %article.key, %error, "what is known of copies cannot be read: the original addresses are shown");
        None
    }));
    let mut copies = BTreeMap::new();
    if !is_folder && files.is_none() {
        return Published { article: Arc::clone(article), copies, changed: None };
    }
    let mut published = article.map_addresses(&mut |place, address| {
        if let Some(path) = own_path(address, &article.source).filter(|_| is_folder) {
            return Some(format!("{base_url}/media/{}/{path}", article.source));
        }
        let copy = files.as_ref().filter(|_| place != Place::Page)?.copy_of(address)?;
        let ours = format!("{base_url}{}", copy_path(article.key, copy));
        copies.insert(ours.clone(), copy.clone());
        Some(ours)
    });
    if !copies.is_empty() {
        describe(published.to_mut(), &copies);
    }
    let article = match published {
        Cow::Borrowed(_) => Arc::clone(article),
        Cow::Owned(published) => Arc::new(published),
    };
    Published { article, copies, changed: files.map(|files| files.changed) }
}

/// The path of a copy: below the page of the article that shows it, since it goes when the article does.
pub fn copy_path(key: ArticleKey, copy: &Copy) -> String {
    format!("/a/{key}/{}.{}", copy.sha256, ending_of(&copy.media_type))
}

/// Says of pictures and enclosures what is known of their copies.
fn describe(article: &mut Article, copies: &BTreeMap<String, Copy>) {
    if let Some(image) = &mut article.image
        && let Some(copy) = copies.get(&image.url)
    {
        (image.width, image.height) = (copy.width.or(image.width), copy.height.or(image.height));
    }
    for file in &mut article.enclosures {
        if let Some(copy) = copies.get(&file.url) {
            file.media_type.clone_from(&copy.media_type);
            file.length = Some(copy.bytes);
        }
    }
}
