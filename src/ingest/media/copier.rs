use super::copying_state::{CopyingState, FULL_MS};
use super::fetch_file::{Fetched, Fetcher};
use super::queue::{Queue, Visit};
use super::wanted::{merged, wanted, with_change};
use crate::config::Config;
use crate::ingest::Intake;
use crate::ingest::error::Error;
use crate::model::{ArticleKey, Source, SourceId, SourceKind, Timestamp};
use crate::net::{Backoff, Client};
use crate::store::{self, ArticleFiles, Copies, Copy, FileState, IndexId, MediaFiles};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;

/// Events that are looked at at once.
const EVENTS: usize = 256;
/// Articles of a source that is copied from now on whose files are fetched too: the newest.
const NEWEST: usize = 200;
/// How long to wait after failures.
const AGAIN: Backoff = Backoff { first_ms: 300_000, factor: 6, most_ms: 86_400_000 };
/// Failures after which a file is given up.
const TRIES: u32 = 4;
/// Milliseconds for which a file that several articles show is the same at its address.
const SAME_MS: i64 = 3_600_000;
/// Addresses of such files that are remembered.
const REMEMBERED: usize = 4_096;
/// Milliseconds between two times that readers are told of new copies while further ones are fetched.
const TOLD_EVERY_MS: i64 = 10_000;

/// Copies the files of articles.
pub struct Copier {
    pub(super) intake: Arc<Intake>,
    pub(super) copies: Copies,
    pub(super) files: MediaFiles,
    inner: Mutex<Inner>,
}

#[derive(Default)]
pub(super) struct Inner {
    /// `None` until something was ever copied.
    state: Option<CopyingState>,
    queue: Queue,
    /// Hashes of files that are written and not yet in a row.
    pending: Vec<String>,
    /// Bytes of all copies.
    pub(super) bytes: u64,
    /// What was fetched lately, by source and address.
    recent: HashMap<(SourceId, String), (Timestamp, Copy)>,
    /// Whether readers are to be told of new copies, and when they were told last.
    news: (bool, Timestamp),
}

impl Copier {
    /// A copier that goes on where the last one stopped; [`Copier::sweep`] it first.
    ///
    /// # Errors
    /// What is remembered cannot be read.
    pub fn open(intake: Arc<Intake>) -> Result<Self, Error> {
        let copies = intake.store.copies().clone();
        let files = MediaFiles::of(intake.store.journal().disk().directory());
        let state = CopyingState::load(&intake.progress())?;
        let mut inner = Inner { state, ..Inner::default() };
        for row in copies.waiting() {
            let (key, due) = row?;
            if let Some(row) = copies.of(key)? {
                inner.queue.put(&row.source, key, due);
            }
        }
        Ok(Self { intake, copies, files, inner: Mutex::new(inner) })
    }

    /// Looks at what happened since it last did.
    ///
    /// # Errors
    /// The journal or the store cannot be read or written.
    pub async fn follow(&self, now: Timestamp) -> Result<(), Error> {
        let config = self.intake.config.load_full();
        self.take_config(&config, now)?;
        loop {
            let Some(cursor) = self.inner().state.as_ref().map(|state| state.cursor) else {
                return Ok(());
            };
            let last = self.intake.store.journal().last();
            if cursor >= last {
                return Ok(());
            }
            self.intake.store.caught_up(last).await;
            let events =
                self.intake.store.journal().read(cursor, EVENTS).map_err(store::Error::from)?;
            let keys: BTreeMap<_, _> =
                events.iter().map(|event| (event.change.key(), event.change.source())).collect();
            for (key, source) in keys {
                let copies = find(&config, source).is_some_and(|source| source.copies_media);
                if copies || self.copies.has(key)? {
                    self.note(&config, key, now)?;
                }
            }
            let reached = events.last().map_or(last, |event| event.seq);
            self.remember(|state| state.cursor = reached)?;
        }
    }

    /// Begins to copy the sources that a config wants copied.
    fn take_config(&self, config: &Config, now: Timestamp) -> Result<(), Error> {
        let copied: BTreeSet<_> =
            config.sources.iter().filter(|s| s.copies_media).map(|s| s.id.clone()).collect();
        let known = self.inner().state.as_ref().map(|state| state.sources.clone());
        if known.as_ref().unwrap_or(&BTreeSet::new()) == &copied {
            return Ok(());
        }
        if known.is_none() {
            let cursor = self.intake.store.watermark();
            self.inner().state = Some(CopyingState { cursor, ..CopyingState::default() });
        }
        for source in copied.difference(&known.unwrap_or_default()) {
            for article in self.intake.store.latest(IndexId::source(source), NEWEST)? {
                self.note(config, article.key, now)?;
            }
        }
        self.remember(|state| state.sources = copied)
    }

    /// Looks at one article as it stands: what it shows is fetched, what it shows no more goes.
    fn note(&self, config: &Config, key: ArticleKey, now: Timestamp) -> Result<(), Error> {
        let article = self.intake.store.article(key)?;
        let source = article.as_ref().map(|article| article.source.clone());
        let source = source.and_then(|id| find(config, &id));
        let copies = source.is_some_and(|source| source.copies_media);
        let is_folder =
            source.is_some_and(|source| matches!(source.kind, SourceKind::Folder { .. }));
        self.change(key, |before| {
            let article = article.filter(|_| copies || before.is_some())?;
            merged(before, &article.source, &wanted(&article, is_folder), copies, now)
        })
    }

    /// When an article's files are fetched next. Returns `None` if none is to be.
    pub fn next_at(&self) -> Option<Timestamp> {
        self.inner().queue.next_at()
    }

    /// Begins the fetching of the files of an article whose turn it is.
    pub fn begin(&self, now: Timestamp) -> Option<Visit> {
        self.inner().queue.begin(now)
    }

    /// Fetches the files of an article that are due.
    ///
    /// # Errors
    /// The store or the disk fails.
    pub async fn visit(&self, visit: &Visit, client: &Client, now: Timestamp) -> Result<(), Error> {
        let config = self.intake.config.load_full();
        let source = find(&config, &visit.source).filter(|source| source.copies_media);
        let fetched = match source {
            Some(source) => {
                let (config, pool, began) = (&*config, &*self.intake.pool, Instant::now());
                let (key, leads) = (visit.key, self.intake.store.journal().leads());
                let leader = config.follow.as_ref().filter(|_| !leads);
                let fetcher = Fetcher { client, config, pool, source, key, leader, now, began };
                self.fetch_due(visit, &fetcher).await
            }
            // It is not copied any more: what is held stays.
            None => self.note(&config, visit.key, now).map(|()| BTreeMap::new()),
        };
        self.end(visit, fetched, now)?;
        // Readers are told of the copies next, and their origin may be gone by the next start.
        let progress = self.intake.progress();
        let durable = tokio::task::spawn_blocking(move || progress.make_durable()).await;
        durable.map_err(|error| Error::File(error.to_string()))??;
        self.tell_journal(visit.key, now).await
    }

    /// Ends a visit with what came of it.
    fn end(
        &self,
        visit: &Visit,
        fetched: Result<BTreeMap<String, FileState>, Error>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut inner = self.inner();
        inner.queue.end(visit);
        let changed = fetched.and_then(|states| self.apply(&mut inner, visit, states, now));
        if changed.is_err() {
            // Not at once again: whatever fails here is ours.
            inner.queue.put(&visit.source, visit.key, now.plus_millis(AGAIN.first_ms));
        }
        changed
    }

    /// Writes down what came of an article's files, all at once: its feeds change once.
    fn apply(
        &self,
        inner: &mut Inner,
        visit: &Visit,
        states: BTreeMap<String, FileState>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let held: Vec<String> = states.values().filter_map(hash_of).collect();
        let changed = self.change_in(inner, visit.key, |before| {
            let before = before?;
            let mut after = before.clone();
            for (address, state) in states {
                // It may have been corrected meanwhile.
                if let Some(known) = after.files.get_mut(&address) {
                    *known = state;
                }
            }
            let after = with_change(Some(before), ArticleFiles { changed: now, ..after });
            Some(after.told_anew(before))
        });
        inner.pending.retain(|hash| !held.contains(hash));
        for hash in held {
            if !self.copies.is_used(&hash)? {
                self.remove(inner, &hash);
            }
        }
        changed
    }

    async fn fetch_due(
        &self,
        visit: &Visit,
        fetcher: &Fetcher<'_>,
    ) -> Result<BTreeMap<String, FileState>, Error> {
        let mut states = BTreeMap::new();
        let row = self.copies.of(visit.key)?;
        for (address, state) in row.into_iter().flat_map(|row| row.files) {
            let FileState::Waiting { due, tries } = state else { continue };
            if due <= fetcher.now {
                let state = self.fetch_one(fetcher, &address, tries).await?;
                states.insert(address, state);
            }
        }
        Ok(states)
    }

    async fn fetch_one(
        &self,
        fetcher: &Fetcher<'_>,
        address: &str,
        tries: u32,
    ) -> Result<FileState, Error> {
        let (now, id) = (fetcher.now, &fetcher.source.id);
        let name = (id.clone(), address.to_owned());
        if let Some(copy) = self.recent_copy(&name, now) {
            return Ok(FileState::Held(copy));
        }
        let (why, is_final) = match fetcher.fetch(address).await {
            Fetched::Later(due) => return Ok(FileState::Waiting { due, tries }),
            Fetched::Failed(why, is_final) => (why, is_final),
            Fetched::Bytes(bytes, media_type, pixels) => {
                let Some(sha256) = self.keep(&bytes, fetcher.config).await? else {
                    self.remember(|state| state.full_at = Some(now))?;
                    return Ok(FileState::Waiting { due: now.plus_millis(FULL_MS), tries });
                };
                metrics::counter!("dongtin_media_copied_total", "source" => id.to_string())
                    .increment(1);
                let copy = Copy {
                    sha256,
                    media_type: media_type.to_owned(),
                    bytes: bytes.len() as u64,
                    width: pixels.map(|(width, _)| width),
                    height: pixels.map(|(_, height)| height),
                };
                self.inner().note_recent(name, now, copy.clone());
                return Ok(FileState::Held(copy));
            }
        };
        metrics::counter!("dongtin_media_failures_total", "source" => id.to_string()).increment(1);
        let tries = tries.saturating_add(1);
        tracing::debug!(source.id = %id, address, why, tries, "a file was not copied");
        if is_final || tries >= TRIES {
            let told = format!("{address}: {why}");
            self.remember(|state| state.give_up(id, told, now))?;
            return Ok(FileState::GivenUp(why));
        }
        Ok(FileState::Waiting { due: now.plus_millis(AGAIN.wait_ms(tries)), tries })
    }

    /// What was fetched from an address lately, if it is still there.
    fn recent_copy(&self, name: &(SourceId, String), now: Timestamp) -> Option<Copy> {
        let mut inner = self.inner();
        let (at, copy) = inner.recent.get(name)?;
        let copy = (now.millis() - at.millis() < SAME_MS).then(|| copy.clone())?;
        inner.pending.push(copy.sha256.clone());
        self.files.has(&copy.sha256).then_some(copy)
    }

    /// Keeps a file. Returns its hash, `None` if there is no room for it.
    async fn keep(&self, bytes: &bytes::Bytes, config: &Config) -> Result<Option<String>, Error> {
        let sha256 = crate::text::hex(&Sha256::digest(bytes));
        {
            let mut inner = self.inner();
            let size = bytes.len() as u64;
            let fits = inner.bytes.saturating_add(size) <= config.media.total_bytes;
            if !fits || !self.files.has_room(size) {
                return Ok(None);
            }
            inner.pending.push(sha256.clone());
        }
        let (files, content) = (self.files.clone(), bytes.clone());
        let put = tokio::task::spawn_blocking(move || files.put(&content)).await;
        let put = put.map_err(std::io::Error::other).flatten();
        let (_, is_new) =
            put.map_err(|error| Error::File(format!("a copy was not kept: {error}")))?;
        if is_new {
            self.inner().bytes += bytes.len() as u64;
        }
        Ok(Some(sha256))
    }

    /// Replaces what is held of an article, and removes files that no article shows any more.
    pub(super) fn change(
        &self,
        key: ArticleKey,
        after: impl FnOnce(Option<&ArticleFiles>) -> Option<ArticleFiles>,
    ) -> Result<(), Error> {
        self.change_in(&mut self.inner(), key, after)
    }

    fn change_in(
        &self,
        inner: &mut Inner,
        key: ArticleKey,
        after: impl FnOnce(Option<&ArticleFiles>) -> Option<ArticleFiles>,
    ) -> Result<(), Error> {
        let before = self.copies.of(key)?;
        let after = after(before.as_ref());
        match after.as_ref().and_then(|after| Some((&after.source, after.due()?))) {
            Some((source, due)) => inner.queue.put(source, key, due),
            None => inner.queue.remove(key),
        }
        if before == after {
            return Ok(());
        }
        let unused = self.copies.put(key, before.as_ref(), after.as_ref())?;
        unused.iter().for_each(|hash| self.remove(inner, hash));
        let changed = |files: &Option<ArticleFiles>| files.as_ref().map(|files| files.changed);
        inner.news.0 |= changed(&before) != changed(&after);
        Ok(())
    }

    /// Removes a file that no row names, unless it is about to be in one.
    fn remove(&self, inner: &mut Inner, sha256: &str) {
        if !inner.pending.iter().any(|pending| pending == sha256) {
            self.delete(inner, sha256);
        }
    }

    pub(super) fn delete(&self, inner: &mut Inner, sha256: &str) {
        let path = self.files.path(sha256);
        let bytes = path.and_then(|path| path.metadata().ok()).map_or(0, |meta| meta.len());
        match self.files.remove(sha256) {
            Ok(()) => inner.bytes = inner.bytes.saturating_sub(bytes),
            Err(error) => {
                tracing::warn!(hash = sha256, %error, "a copy that nobody shows was not removed")
            }
        }
        if let Some(state) = &mut inner.state {
            state.full_at = None;
        }
    }

    /// Tells feeds and pages of what is new, once for many copies: while files are being fetched only now and then.
    pub fn tell(&self, now: Timestamp) {
        let mut inner = self.inner();
        let (is_new, told) = inner.news;
        let waits = inner.queue.is_busy() && now.millis() - told.millis() < TOLD_EVERY_MS;
        if is_new && !waits {
            inner.news = (false, now);
            self.copies.note_change();
        }
        metrics::gauge!("dongtin_media_bytes").set(inner.bytes as f64);
    }

    fn remember(&self, change: impl FnOnce(&mut CopyingState)) -> Result<(), Error> {
        let mut inner = self.inner();
        let state = inner.state.get_or_insert_default();
        change(state);
        Ok(state.keep(&self.intake.progress())?)
    }

    pub(super) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn note_recent(&mut self, name: (SourceId, String), now: Timestamp, copy: Copy) {
        if self.recent.len() >= REMEMBERED {
            self.recent.retain(|_, (at, _)| now.millis() - at.millis() < SAME_MS);
        }
        if self.recent.len() < REMEMBERED {
            self.recent.insert(name, (now, copy));
        }
    }
}

fn find<'c>(config: &'c Config, id: &SourceId) -> Option<&'c Source> {
    config.sources.iter().find(|source| source.id == *id)
}

pub(super) fn hash_of(state: &FileState) -> Option<String> {
    match state {
        FileState::Held(copy) => Some(copy.sha256.clone()),
        _ => None,
    }
}
