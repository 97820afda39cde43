use super::addresses::publish;
use super::story::{self, Related, Story};
use crate::model::{Article, ArticleKey, Feed, Source, SourceId, Timestamp};
use crate::store::{self, Archive, Gone, IndexId, Store};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// How many articles are read for one that is shown, and how many more.
const LOOKED_AT: (usize, usize) = (3, 200);

/// What a feed shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeedWindow {
    pub entries: Vec<Arc<Article>>,
    /// Articles that were withdrawn from this window.
    pub gone: Vec<Gone>,
    pub changed: Timestamp,
    /// The other articles of the stories that are shown.
    pub related: Related,
    /// When the copies of files that are shown last changed.
    pub copied: Option<Timestamp>,
    /// The newest article that is older than what is shown, or left out of it.
    pub older: Option<ArticleKey>,
}

/// The window of a feed; the same journal and config give the same window.
///
/// # Errors
/// The store cannot be read.
pub fn window(
    store: &Store,
    index: IndexId,
    feed: &Feed,
    sources: &BTreeMap<SourceId, Source>,
    base_url: &str,
) -> Result<FeedWindow, store::Error> {
    let limits = if feed.collapse_stories { wider(feed) } else { feed.clone() };
    let window = store.window(index, &limits)?;
    let plain = FeedWindow {
        entries: window.entries,
        gone: window.gone.into_iter().take(feed.max_entries).collect(),
        changed: window.changed,
        related: Related::new(),
        copied: None,
        older: None,
    };
    let oldest = plain.entries.last().map(|article| article.key);
    let mut shown = if feed.collapse_stories { collapsed(plain, feed, sources) } else { plain };
    if shown.older.is_none() {
        shown.older = oldest.map(|key| store.older_than(index, key)).transpose()?.flatten();
    }
    publish_all(&mut shown, sources, base_url, store);
    Ok(shown)
}

/// A document of a feed's archive; `None` if no article of this key was ever there.
///
/// # Errors
/// The store cannot be read.
pub fn archive(
    store: &Store,
    index: IndexId,
    from: ArticleKey,
    sources: &BTreeMap<SourceId, Source>,
    base_url: &str,
) -> Result<Option<FeedWindow>, store::Error> {
    let Some(Archive { window, older }) = store.archive(index, from)? else { return Ok(None) };
    let store::Window { entries, gone, changed } = window;
    let mut shown = FeedWindow { entries, gone, changed, older, ..FeedWindow::default() };
    publish_all(&mut shown, sources, base_url, store);
    Ok(Some(shown))
}

/// Gives all articles the addresses under which everybody finds their files.
fn publish_all(
    shown: &mut FeedWindow,
    sources: &BTreeMap<SourceId, Source>,
    base_url: &str,
    store: &Store,
) {
    for article in shown.entries.iter_mut().chain(shown.related.values_mut().flatten()) {
        let published = publish(article, sources.get(&article.source), base_url, Some(store));
        shown.copied = shown.copied.max(published.changed);
        *article = published.article;
    }
}

/// Limits with room for the other articles of each story, and for originals older than the window.
fn wider(feed: &Feed) -> Feed {
    let (times, besides) = LOOKED_AT;
    let more = |entries: usize| entries.saturating_mul(times).saturating_add(besides);
    Feed {
        min_entries: more(feed.min_entries),
        max_entries: more(feed.max_entries),
        max_age_ms: feed.max_age_ms.saturating_add(story::SPAN_MS),
        ..feed.clone()
    }
}

/// Shows each story once, by its original, within the feed's own limits.
fn collapsed(wide: FeedWindow, feed: &Feed, sources: &BTreeMap<SourceId, Source>) -> FeedWindow {
    let mut stories = story::stories(&wide.entries, sources);
    let places: HashMap<ArticleKey, usize> =
        wide.entries.iter().enumerate().map(|(place, article)| (article.key, place)).collect();
    stories.sort_by_key(|story| places.get(&story.original.key).copied());
    let newest = stories.first().map(|story| story.original.order()).unwrap_or_default();
    let oldest = newest.plus_millis(feed.max_age_ms.saturating_neg());
    let shown = stories.into_iter().enumerate().take_while(|(place, story)| {
        *place < feed.max_entries && (*place < feed.min_entries || story.original.order() >= oldest)
    });
    let mut out = FeedWindow { gone: wide.gone, changed: wide.changed, ..FeedWindow::default() };
    for (_, Story { original, others }) in shown {
        if !others.is_empty() {
            out.related.insert(original.key, others);
        }
        out.entries.push(original);
    }
    let told = |article: &Arc<Article>| {
        out.entries
            .iter()
            .chain(out.related.values().flatten())
            .any(|known| known.key == article.key)
    };
    out.older = wide.entries.iter().find(|article| !told(article)).map(|article| article.key);
    out
}
