//! What follows from the journal: articles by key, indexes newest first, counts. Nothing here is a fact of its own.
//!
//! In: the events of the journal, each folded by the rules of [`fold`] into one sled tree together with the
//! watermark. Out: [`Store::article`], [`Store::known`], [`Store::window`] and the lists of [`lists`].
//!
//! Views may be deleted at any time: [`Store::rebuild`] makes them again, the same to the byte.

pub mod check;
mod error;
mod feeds;
mod fold;
mod follow;
mod index;
mod keys;
pub mod likeness;
mod lists;
mod member;
mod meta;
mod progress;
mod recent;
mod view;
mod window;

pub use error::Error;
pub use fold::{CategoryCount, Repeat};
pub use follow::Following;
pub use index::{IndexId, Matcher, category_slug};
pub use lists::{Counts, IDEMPOTENCY_MS};
pub use meta::Meta;
pub use progress::{Kind, Progress};

use crate::journal::{Journal, seal};
use crate::model::{Article, ArticleKey, Feed, Seq};
use recent::Recent;
use sled::Tree;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use tokio::sync::watch;
use view::{View, article_at, scan};

/// The store; clones are the same store.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    journal: Journal,
    views: Tree,
    progress: Tree,
    recent: Recent,
    matchers: RwLock<Arc<Vec<Matcher>>>,
    /// Held by whoever changes views in more than one step.
    folding: Mutex<()>,
    /// Held, before `folding`, by whoever makes or drops indexes, or needs that nobody does.
    shaping: Mutex<()>,
    /// Indexes that are going or gone: nobody may be shown what is left of them.
    dropped: Mutex<BTreeSet<IndexId>>,
    /// Rises when the views begin to be made anew, to an odd number, and when they are whole again, to an even one.
    era: AtomicU64,
    watermark: watch::Sender<Seq>,
    trouble: Mutex<Option<Error>>,
}

impl Store {
    /// Opens the views of a journal, makes them anew if they do not fit it, and folds what is new; then [`Store::follow`] keeps them up.
    pub fn open(journal: Journal, feeds: &[Feed]) -> Result<Self, Error> {
        let db = journal.disk().db();
        let views = seal::calmly(|| db.open_tree("views"))?;
        let progress = seal::calmly(|| db.open_tree("progress"))?;
        let store = Self(Arc::new(Inner {
            journal,
            views,
            progress,
            recent: Recent::default(),
            matchers: RwLock::default(),
            folding: Mutex::new(()),
            shaping: Mutex::new(()),
            dropped: Mutex::default(),
            era: AtomicU64::new(0),
            watermark: watch::channel(Seq(0)).0,
            trouble: Mutex::new(None),
        }));
        store.set_matchers(store.kept_matchers()?);
        match store.fits()? {
            Some(seq) => store.set_watermark(seq),
            None => store.make_anew()?,
        }
        store.set_feeds(feeds)?;
        store.catch_up()?;
        Ok(store)
    }

    fn make_anew(&self) -> Result<(), Error> {
        let events = self.journal().last();
        if events > Seq(0) {
            tracing::info!(%events, "the views are not those of this version and this journal: they are made anew");
        }
        self.rebuild(&mut |_, _| {})
    }

    /// An article as it stands; `None` when there is none or it was withdrawn.
    pub fn article(&self, key: ArticleKey) -> Result<Option<Arc<Article>>, Error> {
        let live = self.known(key)?.filter(Meta::is_live);
        live.map(|meta| self.article_of_event(key, meta.article_seq)).transpose()
    }

    /// What is known of an article, withdrawn ones too; its `seq` is what the next proposal expects.
    pub fn known(&self, key: ArticleKey) -> Result<Option<Meta>, Error> {
        View::of(&self.0.journal, &self.0.views).meta(key)
    }

    /// An article as it last stood, withdrawn or not.
    pub fn last_article(&self, key: ArticleKey) -> Result<Option<Arc<Article>>, Error> {
        let known = self.known(key)?;
        known.map(|meta| self.article_of_event(key, meta.article_seq)).transpose()
    }

    /// The journal that the views follow.
    pub fn journal(&self) -> &Journal {
        &self.0.journal
    }

    /// The last event that is folded in.
    pub fn watermark(&self) -> Seq {
        *self.0.watermark.borrow()
    }

    /// The watermark, and the news when it rises.
    pub fn watermarks(&self) -> watch::Receiver<Seq> {
        self.0.watermark.subscribe()
    }

    /// Waits until an event is folded in; give it a timer of your own, since a full disk delays folding.
    pub async fn caught_up(&self, seq: Seq) -> Result<(), Error> {
        let mut watermark = self.0.watermark.subscribe();
        watermark.wait_for(|folded| *folded >= seq).await.map_err(|_| Error::Stopped)?;
        Ok(())
    }

    /// Changes when the views begin to be made anew and when they are whole again; see [`Store::was_whole_since`].
    pub fn era(&self) -> u64 {
        self.0.era.load(Ordering::SeqCst)
    }

    /// Whether the views were whole all the time since they were asked for their era: what was read of them in between
    /// fits together, and what they did not show was not there.
    pub fn was_whole_since(&self, era: u64) -> bool {
        era.is_multiple_of(2) && era == self.era()
    }

    /// Why nothing gets on at the moment, if it does not: the folding, or the disk.
    pub fn trouble(&self) -> Option<Error> {
        let folding = self.0.trouble.lock().ok()?.clone();
        folding.or_else(|| self.journal().disk().trouble().map(Error::Journal))
    }

    /// The tag authority of the very first article, if there is one: the same for ever, and wherever the journal goes.
    pub fn first_authority(&self) -> Result<Option<String>, Error> {
        let first = self.0.journal.read(Seq(0), 1)?;
        let article = first.first().and_then(|event| event.change.article());
        Ok(article.and_then(|article| article.id.authority().map(str::to_owned)))
    }

    /// What is known of every article, in the order of keys.
    pub fn metas(&self) -> impl Iterator<Item = Result<(ArticleKey, Meta), Error>> + '_ {
        scan(&self.0.views, vec![b'a']).filter_map(|item| {
            let key = item.map(|(key, _)| key.get(1..).and_then(|key| key.try_into().ok()));
            let key = key.map(|key| key.map(ArticleKey)).transpose()?;
            let known = key.and_then(|key| Ok(self.known(key)?.map(|meta| (key, meta))));
            known.transpose()
        })
    }

    /// The article that an event of it carries, from memory if it is there.
    fn article_of_event(&self, key: ArticleKey, seq: Seq) -> Result<Arc<Article>, Error> {
        let article = match self.0.recent.get(seq) {
            Some(article) => article,
            None => {
                let article = article_at(&self.0.journal, seq)?;
                self.0.recent.put(seq, article.clone());
                article
            }
        };
        let fits = article.key == key;
        fits.then_some(article)
            .ok_or_else(|| Error::Inconsistent(format!("event {seq} is not of article {key}")))
    }

    fn tree(&self) -> &Tree {
        &self.0.views
    }

    fn progress_tree(&self) -> &Tree {
        &self.0.progress
    }

    fn recent(&self) -> &Recent {
        &self.0.recent
    }

    fn folding(&self) -> MutexGuard<'_, ()> {
        self.0.folding.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shaping(&self) -> MutexGuard<'_, ()> {
        self.0.shaping.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn dropped(&self) -> MutexGuard<'_, BTreeSet<IndexId>> {
        self.0.dropped.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin_anew(&self) {
        let is_half_made = !self.era().is_multiple_of(2);
        self.0.era.fetch_add(1 + u64::from(is_half_made), Ordering::SeqCst);
        self.set_watermark(Seq(0));
    }

    fn end_anew(&self) {
        let is_half_made = !self.era().is_multiple_of(2);
        self.0.era.fetch_add(u64::from(is_half_made), Ordering::SeqCst);
    }

    fn matchers(&self) -> Arc<Vec<Matcher>> {
        self.0.matchers.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_matchers(&self, matchers: Vec<Matcher>) {
        *self.0.matchers.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(matchers);
    }

    fn set_watermark(&self, seq: Seq) {
        self.0.watermark.send_replace(seq);
    }

    fn set_trouble(&self, error: Option<&Error>) {
        *self.0.trouble.lock().unwrap_or_else(PoisonError::into_inner) = error.cloned();
    }
}

#[cfg(test)]
mod ops;
#[cfg(test)]
mod tests;
