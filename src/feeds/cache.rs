//! Feeds as they are sent, from memory: each rendered and compressed once per change, when somebody asks.
//!
//! While the store's watermark does not move, an answer touches no disk. When it moves, the feed's index says whether this
//! feed changed; only then is it rendered, by one task for all who wait.

use super::automatic::{self, Group, Published};
use super::rendered::{About, Document};
use super::slot::{Moment, Slot, run_blocking};
use super::view::Part;
use super::window::archive;
use super::{Error, FeedView, FeedWindow, Format, Rendered, form_version, opml, render, window};
use crate::config::{Config, SiteConfig};
use crate::model::{ArticleKey, Feed, FeedId, Fingerprint, Seq, Source, SourceId, Timestamp};
use crate::store::{self, Store};
use arc_swap::ArcSwap;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// Rendered feeds; clones are the same cache.
#[derive(Clone)]
pub struct Cache(Arc<Inner>);

struct Inner {
    store: Store,
    /// The bytes of rendered feeds that stay in memory; the least recently used go first.
    budget: usize,
    /// Counts the requests, to know which feed was used last.
    clock: AtomicU64,
    /// The authority in the ids of feeds, once it is known.
    authority: OnceLock<String>,
    generation: ArcSwap<Generation>,
}

/// What was rendered with one config.
struct Generation {
    config: Arc<Config>,
    /// The fingerprint of what the config gives to every feed, and when it came into use.
    form: (Fingerprint, Timestamp),
    sources: BTreeMap<SourceId, Source>,
    feeds: RwLock<HashMap<String, Arc<CachedFeed>>>,
    directory: Slot,
}

struct CachedFeed {
    published: Published,
    formats: [Slot; 3],
    /// The number of its last request.
    used: AtomicU64,
}

impl Cache {
    /// An empty cache of `budget` bytes.
    pub fn new(store: Store, config: Arc<Config>, budget: usize, now: Timestamp) -> Self {
        let generation = ArcSwap::from_pointee(Generation::new(config, now));
        let (clock, authority) = (AtomicU64::new(0), OnceLock::new());
        Self(Arc::new(Inner { store, budget, clock, authority, generation }))
    }

    /// Takes a new config and forgets what was rendered with the old one.
    pub fn set_config(&self, config: Arc<Config>, now: Timestamp) {
        self.0.generation.store(Arc::new(Generation::new(config, now)));
    }

    /// A feed in one format, if it is in memory and nothing has happened since; never waits. If `None`, ask [`Cache::get`].
    pub fn ready(&self, id: &str, format: Format) -> Option<Arc<Rendered>> {
        let feed = self.0.generation.load().get(id)?;
        self.note_use(&feed);
        feed.slot(format).current(Moment::of(&self.0.store))
    }

    /// A feed in one format; `None` if there is no such feed.
    ///
    /// # Errors
    /// The store cannot be read, or rendering failed and no earlier rendering is kept.
    pub async fn get(&self, id: &FeedId, format: Format) -> Result<Option<Arc<Rendered>>, Error> {
        if let Some(rendered) = self.ready(id.as_str(), format) {
            return Ok(Some(rendered));
        }
        let generation = self.0.generation.load_full();
        let Some(feed) = self.find_feed(&generation, id).await? else { return Ok(None) };
        self.note_use(&feed);
        let moment = Moment::of(&self.0.store);
        let (store, index) = (self.0.store.clone(), feed.published.index);
        let version = run_blocking(id.as_str(), move || Ok(store.version(index)?)).await?;
        let rendering = feed.slot(format).rendering_of(version, moment);
        let (cache, from) = (self.clone(), generation.clone());
        let work = move || cache.render(&from, &feed.published, format, version);
        let rendered = rendering.finish(id.as_str(), work).await?;
        self.evict(&generation, id);
        Ok(Some(rendered))
    }

    /// The directory of all feeds as OPML; it changes with every event.
    ///
    /// # Errors
    /// The store cannot be read, or rendering failed and no earlier rendering is kept.
    pub async fn directory(&self) -> Result<Arc<Rendered>, Error> {
        let generation = self.0.generation.load_full();
        let moment = Moment { copies: 0, ..Moment::of(&self.0.store) };
        let watermark = moment.watermark;
        if let Some(rendered) = generation.directory.current(moment) {
            return Ok(rendered);
        }
        let rendering = generation.directory.rendering_of(watermark, moment);
        let (cache, from) = (self.clone(), generation.clone());
        let work = move || cache.render_directory(&from, watermark);
        rendering.finish("feeds.opml", work).await
    }

    /// Every feed, by kind; reads the store.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn groups(&self) -> Result<Vec<Group>, Error> {
        automatic::groups(&self.0.generation.load().config, &self.0.store)
    }

    /// The feed of a name; reads the store.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn published(&self, id: &FeedId) -> Result<Option<Published>, Error> {
        find(&self.0.generation.load().config, &self.0.store, id)
    }

    /// What a feed shows; reads the store.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn window(&self, published: &Published) -> Result<FeedWindow, Error> {
        let generation = self.0.generation.load();
        generation.window(&self.0.store, published)
    }

    /// What an older document of a feed shows; `None` if no article of this key was ever there. Reads the store.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn archive(
        &self,
        published: &Published,
        from: ArticleKey,
    ) -> Result<Option<FeedWindow>, Error> {
        let generation = self.0.generation.load();
        generation.archive(&self.0.store, published, from)
    }

    fn note_use(&self, feed: &CachedFeed) {
        feed.used.store(self.0.clock.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
    }

    async fn find_feed(
        &self,
        generation: &Arc<Generation>,
        id: &FeedId,
    ) -> Result<Option<Arc<CachedFeed>>, Error> {
        if let Some(feed) = generation.get(id.as_str()) {
            return Ok(Some(feed));
        }
        let (store, from, wanted) = (self.0.store.clone(), generation.clone(), id.clone());
        let found = run_blocking(id.as_str(), move || find(&from.config, &store, &wanted)).await?;
        Ok(found.map(|published| generation.put(published)))
    }

    /// An older document of a feed, or the current one as a page, rendered anew; `None` if there is no such feed or article.
    ///
    /// # Errors
    /// The store cannot be read, or rendering failed.
    pub async fn older(
        &self,
        id: &FeedId,
        format: Format,
        part: Part,
    ) -> Result<Option<Document>, Error> {
        let generation = self.0.generation.load_full();
        let Some(feed) = self.find_feed(&generation, id).await? else { return Ok(None) };
        let cache = self.clone();
        run_blocking(id.as_str(), move || {
            let published = &feed.published;
            let window = match part.from {
                None => Some(generation.window(&cache.0.store, published)?),
                Some(from) => generation.archive(&cache.0.store, published, from)?,
            };
            let Some(window) = window else { return Ok(None) };
            let part = Part { older: window.older, ..part };
            cache.document(&generation, published, &window, part, format).map(Some)
        })
        .await
    }

    fn render(
        &self,
        generation: &Arc<Generation>,
        published: &Published,
        format: Format,
        version: Seq,
    ) -> Result<Rendered, Error> {
        let window = generation.window(&self.0.store, published)?;
        let part = Part { older: window.older, ..Part::default() };
        let Document { bytes, about } =
            self.document(generation, published, &window, part, format)?;
        metrics::counter!("dongtin_feeds_rendered_total", "format" => format.extension())
            .increment(1);
        Ok(Rendered::new(bytes, &about, version)?)
    }

    fn document(
        &self,
        generation: &Arc<Generation>,
        published: &Published,
        window: &FeedWindow,
        part: Part,
        format: Format,
    ) -> Result<Document, Error> {
        let site = self.site(&generation.config.site);
        let form = form_version::of_feed(generation.form.0, &published.feed);
        // A document of the archive may have more entries than the current one.
        let max_entries = published.feed.max_entries.max(window.entries.len());
        let feed = Feed { max_entries, ..published.feed.clone() };
        let view = FeedView {
            feed: &feed,
            site: &site,
            sources: &generation.sources,
            entries: &window.entries,
            gone: &window.gone,
            related: &window.related,
            changed: window.changed,
            part,
        };
        let bytes = render(&view, format)?;
        let since = self.since(generation, feed.id.as_str(), form);
        let about = About {
            content_type: format!("{}; charset=utf-8", format.media_type()),
            max_age_s: generation.config.server.feed_max_age_s,
            links: view.links(format),
            vary: "Accept, Accept-Encoding, Sec-Fetch-Mode, Sec-Fetch-Dest",
            last_modified: window.changed.max(since).max(window.copied.unwrap_or_default()),
        };
        Ok(Document { bytes, about })
    }

    fn render_directory(
        &self,
        generation: &Arc<Generation>,
        watermark: Seq,
    ) -> Result<Rendered, Error> {
        let (store, config) = (&self.0.store, &generation.config);
        let bytes = opml::directory(&config.site, &groups(config, store)?);
        let changed = store.counts()?.into_iter().map(|source| source.last_at).max();
        let form = form_version::of_directory(generation.form.0, config);
        let since = self.since(generation, "feeds.opml", form);
        let about = About {
            content_type: opml::CONTENT_TYPE.to_owned(),
            max_age_s: config.server.feed_max_age_s,
            links: format!("<{}/feeds.opml>; rel=\"self\"", config.site.base_url),
            vary: "Accept-Encoding",
            last_modified: changed.unwrap_or_default().max(since),
        };
        Ok(Rendered::new(bytes, &about, watermark)?)
    }

    /// Since when a document has its form.
    fn since(&self, generation: &Arc<Generation>, name: &str, form: Fingerprint) -> Timestamp {
        let is_in_use = Arc::ptr_eq(generation, &self.0.generation.load());
        form_version::since(&self.0.store, name, form, generation.form.1, is_in_use)
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

    /// Drops the least recently used feeds until the rest fits the budget; the one just rendered stays.
    fn evict(&self, generation: &Generation, keep: &FeedId) {
        let mut feeds = generation.feeds.write().unwrap_or_else(PoisonError::into_inner);
        let mut held: usize = feeds.values().map(|feed| feed.size()).sum();
        while held > self.0.budget {
            let others = feeds.iter().filter(|(id, _)| *id != keep.as_str());
            let oldest = others.min_by_key(|(_, feed)| feed.used.load(Ordering::Relaxed));
            let Some(oldest) = oldest.map(|(id, _)| id.clone()) else { break };
            held -= feeds.remove(&oldest).map_or(0, |feed| feed.size());
        }
    }
}

impl Generation {
    fn new(config: Arc<Config>, now: Timestamp) -> Self {
        let sources = config.sources.iter().map(|s| (s.id.clone(), s.clone())).collect();
        let form = (form_version::of_config(&config), now);
        Self { config, form, sources, feeds: RwLock::default(), directory: Slot::default() }
    }

    fn window(&self, store: &Store, published: &Published) -> Result<FeedWindow, Error> {
        let (feed, base_url) = (&published.feed, &self.config.site.base_url);
        Ok(window(store, published.index, feed, &self.sources, base_url)?)
    }

    fn archive(
        &self,
        store: &Store,
        published: &Published,
        from: ArticleKey,
    ) -> Result<Option<FeedWindow>, Error> {
        let base_url = &self.config.site.base_url;
        Ok(archive(store, published.index, from, &self.sources, base_url)?)
    }

    fn get(&self, id: &str) -> Option<Arc<CachedFeed>> {
        self.feeds.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    fn put(&self, published: Published) -> Arc<CachedFeed> {
        let mut feeds = self.feeds.write().unwrap_or_else(PoisonError::into_inner);
        let id = published.feed.id.to_string();
        let new = || CachedFeed { published, formats: Default::default(), used: 0.into() };
        feeds.entry(id).or_insert_with(|| Arc::new(new())).clone()
    }
}

impl CachedFeed {
    fn slot(&self, format: Format) -> &Slot {
        format.pick(self.formats.each_ref())
    }

    fn size(&self) -> usize {
        self.formats.iter().map(Slot::size).sum()
    }
}

/// The feed of a name; an error while the views are rebuilt, when a feed may be missing.
fn find(config: &Config, store: &Store, id: &FeedId) -> Result<Option<Published>, Error> {
    let epoch = store.epoch();
    let found = automatic::find(config, store, id)?;
    if found.is_none() && !store.consistent_since(epoch) {
        return Err(store::Error::Behind.into());
    }
    Ok(found)
}

/// Every feed, or an error while the views are rebuilt.
fn groups(config: &Config, store: &Store) -> Result<Vec<Group>, Error> {
    let epoch = store.epoch();
    let groups = automatic::groups(config, store)?;
    if !store.consistent_since(epoch) {
        return Err(store::Error::Behind.into());
    }
    Ok(groups)
}
