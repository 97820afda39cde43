//! Feeds as they are sent, from memory: each rendered and compressed once per change, when somebody asks.
//!
//! While the store's watermark stands still, an answer touches no disk. When it moved, the feed's index says
//! whether this feed changed; only then is it rendered, by one task for all who wait.

use super::automatic::{self, Group, Published};
use super::{
    Error, FeedView, FeedWindow, Format, Rendered, compress, form_version, opml, render, window,
};
use crate::config::{Config, SiteConfig};
use crate::model::{FeedId, Fingerprint, Seq, Source, SourceId, Timestamp};
use crate::store::{self, Store};
use arc_swap::{ArcSwap, ArcSwapOption};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use tokio::sync::OnceCell;

/// Rendered feeds; clones are the same cache.
#[derive(Clone)]
pub struct Cache(Arc<Inner>);

struct Inner {
    store: Store,
    /// Bytes of rendered feeds that stay in memory; the feeds asked for least recently go first.
    budget: usize,
    /// Counts the questions, to know which feed was asked for last.
    clock: AtomicU64,
    /// What the ids of feeds begin with, once it is settled.
    authority: OnceLock<String>,
    shelves: ArcSwap<Shelves>,
}

/// What one config gave: a new config begins with empty shelves.
struct Shelves {
    config: Arc<Config>,
    /// What the config gives to every feed, and when it was taken up.
    form: (Fingerprint, Timestamp),
    sources: BTreeMap<SourceId, Source>,
    feeds: RwLock<HashMap<FeedId, Arc<Shelf>>>,
    directory: Place,
}

/// One feed in its three formats.
struct Shelf {
    published: Published,
    places: [Place; 3],
    used: AtomicU64,
}

/// The newest rendering of one document, finished or under way.
type Place = Mutex<Option<Arc<Rendering>>>;

struct Rendering {
    /// The index's version that it is of.
    version: Seq,
    /// The watermark at which it was last seen to be the newest.
    checked: AtomicU64,
    /// What stood here before, served if the rendering fails; let go of when it is done.
    before: ArcSwapOption<Rendered>,
    done: OnceCell<Arc<Rendered>>,
}

impl Cache {
    /// An empty cache over a store.
    pub fn new(store: Store, config: Arc<Config>, budget: usize, now: Timestamp) -> Self {
        let shelves = ArcSwap::from_pointee(Shelves::new(config, now));
        let (clock, authority) = (AtomicU64::new(0), OnceLock::new());
        Self(Arc::new(Inner { store, budget, clock, authority, shelves }))
    }

    /// Takes a new config; what was rendered by the old one is forgotten.
    pub fn set_config(&self, config: Arc<Config>, now: Timestamp) {
        self.0.shelves.store(Arc::new(Shelves::new(config, now)));
    }

    /// A feed in one format if it is in memory and nothing has happened since; never waits. `None` says: ask [`Cache::get`].
    pub fn ready(&self, id: &FeedId, format: Format) -> Option<Arc<Rendered>> {
        let shelf = self.0.shelves.load().get(id)?;
        shelf.used.store(self.0.clock.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        fresh(&shelf.places[format as usize], self.0.store.watermark())
    }

    /// The directory if it is in memory and nothing has happened since; never waits.
    pub fn ready_directory(&self) -> Option<Arc<Rendered>> {
        fresh(&self.0.shelves.load().directory, self.0.store.watermark())
    }

    /// A feed in one format as it stands; `None` where there is no such feed.
    pub async fn get(&self, id: &FeedId, format: Format) -> Result<Option<Arc<Rendered>>, Error> {
        if let Some(rendered) = self.ready(id, format) {
            return Ok(Some(rendered));
        }
        let shelves = self.0.shelves.load_full();
        let Some(shelf) = self.shelf(&shelves, id).await? else { return Ok(None) };
        shelf.used.store(self.0.clock.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        let place = &shelf.places[format as usize];
        let watermark = self.0.store.watermark();
        let (store, index) = (self.0.store.clone(), shelf.published.index);
        let version = blocking(id.as_str(), move || Ok(store.version(index)?)).await?;
        let rendering = newest(place, version, watermark);
        let (cache, of) = (self.clone(), shelf.clone());
        let from = shelves.clone();
        let work = move || cache.render(&from, &of.published, format, version);
        let rendered = finish(&rendering, id.as_str(), work).await?;
        self.evict(&shelves, id);
        Ok(Some(rendered))
    }

    /// The directory of all feeds as OPML; it says it changed when anything last did.
    pub async fn directory(&self) -> Result<Arc<Rendered>, Error> {
        if let Some(rendered) = self.ready_directory() {
            return Ok(rendered);
        }
        let shelves = self.0.shelves.load_full();
        let watermark = self.0.store.watermark();
        let rendering = newest(&shelves.directory, watermark, watermark);
        let (cache, from) = (self.clone(), shelves.clone());
        let work = move || {
            let store = &cache.0.store;
            let groups = groups(&from.config, store)?;
            let bytes = opml::directory(&from.config.site, &groups);
            let changed = store.counts()?.into_iter().map(|source| source.last_at).max();
            let form = form_version::of_directory(from.form.0, &from.config);
            let since = cache.since(&from, "feeds.opml", form);
            pack(bytes, opml::CONTENT_TYPE, changed.unwrap_or_default().max(since), watermark)
        };
        finish(&rendering, "feeds.opml", work).await
    }

    /// Every feed there is, by kind; reads the store.
    pub fn groups(&self) -> Result<Vec<Group>, Error> {
        automatic::groups(&self.0.shelves.load().config, &self.0.store)
    }

    /// The feed of a name; reads the store.
    pub fn published(&self, id: &FeedId) -> Result<Option<Published>, Error> {
        find(&self.0.shelves.load().config, &self.0.store, id)
    }

    /// What a feed shows; reads the store.
    pub fn window(&self, published: &Published) -> Result<FeedWindow, Error> {
        let shelves = self.0.shelves.load();
        Ok(window(&self.0.store, published.index, &published.feed, &shelves.sources)?)
    }

    async fn shelf(
        &self,
        shelves: &Arc<Shelves>,
        id: &FeedId,
    ) -> Result<Option<Arc<Shelf>>, Error> {
        if let Some(shelf) = shelves.get(id) {
            return Ok(Some(shelf));
        }
        let (store, from, wanted) = (self.0.store.clone(), shelves.clone(), id.clone());
        let found = blocking(id.as_str(), move || find(&from.config, &store, &wanted)).await?;
        Ok(found.map(|published| shelves.put(published)))
    }

    fn render(
        &self,
        shelves: &Arc<Shelves>,
        published: &Published,
        format: Format,
        version: Seq,
    ) -> Result<Rendered, Error> {
        let site = self.site(&shelves.config.site);
        let window = window(&self.0.store, published.index, &published.feed, &shelves.sources)?;
        let view = FeedView {
            feed: &published.feed,
            site: &site,
            sources: &shelves.sources,
            entries: &window.entries,
            gone: &window.gone,
            related: &window.related,
            changed: window.changed,
        };
        let bytes = render(&view, format)?;
        metrics::counter!("dongtin_feeds_rendered_total", "format" => format.extension())
            .increment(1);
        let form = form_version::of_feed(shelves.form.0, &published.feed);
        let since = self.since(shelves, published.feed.id.as_str(), form);
        pack(bytes, format.content_type(), window.changed.max(since), version)
    }

    /// Since when a document has its form.
    fn since(&self, shelves: &Arc<Shelves>, name: &str, form: Fingerprint) -> Timestamp {
        let is_in_use = Arc::ptr_eq(shelves, &self.0.shelves.load());
        form_version::since(&self.0.store, name, form, shelves.form.1, is_in_use)
    }

    /// The site, its ids as they began: feeds and sources keep the authority of the very first article.
    fn site(&self, site: &SiteConfig) -> SiteConfig {
        let first = match self.0.authority.get() {
            Some(first) => Some(first.clone()),
            // Where the first event cannot be read, feeds are better than none.
            None => self.0.store.first_authority().unwrap_or_default(),
        };
        let Some(first) = first else { return site.clone() };
        let tag_authority = self.0.authority.get_or_init(|| first).clone();
        SiteConfig { tag_authority, ..site.clone() }
    }

    /// Lets go of the feeds asked for least recently until the rest fits the budget; the one just made stays.
    fn evict(&self, shelves: &Shelves, keep: &FeedId) {
        let mut feeds = shelves.feeds.write().unwrap_or_else(PoisonError::into_inner);
        let mut held: usize = feeds.values().map(|shelf| shelf.size()).sum();
        while held > self.0.budget {
            let others = feeds.iter().filter(|(id, _)| *id != keep);
            let oldest = others.min_by_key(|(_, shelf)| shelf.used.load(Ordering::Relaxed));
            let Some(oldest) = oldest.map(|(id, _)| id.clone()) else { break };
            held -= feeds.remove(&oldest).map_or(0, |shelf| shelf.size());
        }
    }
}

impl Shelves {
    fn new(config: Arc<Config>, now: Timestamp) -> Self {
        let sources = config.sources.iter().map(|s| (s.id.clone(), s.clone())).collect();
        let form = (form_version::of_config(&config), now);
        Self { config, form, sources, feeds: RwLock::default(), directory: Place::default() }
    }

    fn get(&self, id: &FeedId) -> Option<Arc<Shelf>> {
        self.feeds.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    fn put(&self, published: Published) -> Arc<Shelf> {
        let mut feeds = self.feeds.write().unwrap_or_else(PoisonError::into_inner);
        let new = |published| Shelf { published, places: Default::default(), used: 0.into() };
        feeds.entry(published.feed.id.clone()).or_insert_with(|| Arc::new(new(published))).clone()
    }
}

impl Shelf {
    fn size(&self) -> usize {
        self.places.iter().filter_map(|place| Some(lock(place).as_ref()?.held())).sum()
    }
}

impl Rendering {
    fn held(&self) -> usize {
        let done = self.done.get().map_or(0, |made| made.size());
        done + self.before.load().as_ref().map_or(0, |before| before.size())
    }
}

/// The feed of a name; views that are being made anew do not say that there is none.
fn find(config: &Config, store: &Store, id: &FeedId) -> Result<Option<Published>, Error> {
    let epoch = store.epoch();
    let found = automatic::find(config, store, id)?;
    if found.is_none() && !store.consistent_since(epoch) {
        return Err(store::Error::Behind.into());
    }
    Ok(found)
}

/// Every feed there is, unless the views are being made anew.
fn groups(config: &Config, store: &Store) -> Result<Vec<Group>, Error> {
    let epoch = store.epoch();
    let groups = automatic::groups(config, store)?;
    if !store.consistent_since(epoch) {
        return Err(store::Error::Behind.into());
    }
    Ok(groups)
}

fn lock(place: &Place) -> std::sync::MutexGuard<'_, Option<Arc<Rendering>>> {
    place.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What stands in a place, if it was the newest at this watermark.
fn fresh(place: &Place, watermark: Seq) -> Option<Arc<Rendered>> {
    let place = lock(place);
    let rendering = place.as_ref()?;
    let checked = rendering.checked.load(Ordering::Acquire) >= watermark.0;
    rendering.done.get().filter(|_| checked).cloned()
}

/// The rendering of a version (or of a newer one), begun if it is not there.
fn newest(place: &Place, version: Seq, watermark: Seq) -> Arc<Rendering> {
    let mut place = lock(place);
    if let Some(rendering) = place.as_ref().filter(|there| there.version >= version) {
        rendering.checked.fetch_max(watermark.0, Ordering::AcqRel);
        return rendering.clone();
    }
    let before = place.as_ref().and_then(|old| old.done.get().cloned().or(old.before.load_full()));
    let before = ArcSwapOption::new(before);
    let checked = AtomicU64::new(watermark.0);
    let rendering = Arc::new(Rendering { version, checked, before, done: OnceCell::new() });
    *place = Some(rendering.clone());
    rendering
}

/// The finished rendering: done by the first who asks, awaited by the others; if it fails, what stood there before.
async fn finish(
    rendering: &Rendering,
    what: &str,
    work: impl FnOnce() -> Result<Rendered, Error> + Send + 'static,
) -> Result<Arc<Rendered>, Error> {
    let before = rendering.before.load_full();
    let made = rendering.done.get_or_try_init(|| async {
        let made = blocking(what, work).await?;
        let same = before.as_ref().filter(|before| before.identity == made.identity);
        Ok(same.filter(|before| before.as_of == made.as_of).cloned().unwrap_or(Arc::new(made)))
    });
    match (made.await, &before) {
        (Ok(made), _) => {
            rendering.before.store(None);
            Ok(made.clone())
        }
        (Err(error), Some(before)) => {
            tracing::error!(feed.id = what, %error, "a feed could not be rendered; the last good one is served");
            Ok(before.clone())
        }
        (Err(error), None) => Err(error),
    }
}

fn pack(bytes: Vec<u8>, kind: &'static str, at: Timestamp, as_of: Seq) -> Result<Rendered, Error> {
    Ok(compress(bytes, kind, at, as_of)?)
}

/// Work that may touch the disk or take its time, away from the threads that serve.
async fn blocking<T: Send + 'static>(
    what: &str,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Error::Cut { feed: what.to_owned() })?
}
