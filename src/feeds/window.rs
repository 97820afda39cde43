use super::story::{self, Related, Story};
use crate::model::{Article, ArticleKey, Feed, Source, SourceId, Timestamp};
use crate::store::{self, Gone, IndexId, Store};
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
) -> Result<FeedWindow, store::Error> {
    let limits = if feed.collapse_stories { wider(feed) } else { feed.clone() };
    let window = store.window(index, &limits)?;
    let plain = FeedWindow {
        entries: window.entries,
        gone: window.gone.into_iter().take(feed.max_entries).collect(),
        changed: window.changed,
        related: Related::new(),
    };
    Ok(if feed.collapse_stories { collapsed(plain, feed, sources) } else { plain })
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
    out
}
