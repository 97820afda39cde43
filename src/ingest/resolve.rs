//! Which articles the drafts and tombstones of one document are. Looking for what comes under new ids may take long: it is
//! done aside, and each article is read and taken apart once for a document.

use super::commit::wait_for_views;
use super::decide::Origin;
use super::error::Error;
use super::matching::{self, Candidate, Signature};
use crate::model::{ArticleKey, Source, SourceId};
use crate::refine::{Draft, Refined, Tombstone};
use crate::store::{self, Store};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OwnedMutexGuard;

/// Articles that are remembered as taken apart, at most: their first words are.
const REMEMBERED: usize = 2_000;

/// Says which article a draft is.
pub struct Resolver {
    store: Store,
    turns: Mutex<HashMap<SourceId, Arc<tokio::sync::Mutex<()>>>>,
}

/// One document, each draft with the article that it is. While this is there, no other document of the source is resolved:
/// it is applied first, so that the next one finds its articles.
pub(super) struct Resolved {
    /// Each draft and its article.
    pub drafts: Vec<(ArticleKey, Draft)>,
    /// Each tombstone and the article that it ends.
    pub tombstones: Vec<(ArticleKey, Tombstone)>,
    /// The views' epoch before they were asked.
    pub epoch: u64,
    _turn: OwnedMutexGuard<()>,
}

impl Resolver {
    /// A resolver by what a store knows.
    pub fn new(store: Store) -> Self {
        Self { store, turns: Mutex::default() }
    }

    /// Finds the article that each draft and tombstone is. What comes directly has the id that it says; what is polled may
    /// be known under another.
    ///
    /// # Errors
    /// If the store fails, or its views are behind for long.
    pub(super) async fn resolve(
        &self,
        source: &Source,
        refined: Refined,
        origin: Origin,
    ) -> Result<Resolved, Error> {
        let turn = self.turn_of(&source.id).lock_owned().await;
        if origin.is_listed() {
            wait_for_views(&self.store, self.store.journal().last()).await?;
        }
        let epoch = self.store.epoch();
        let drafts = match origin {
            Origin::Direct => refined.drafts.into_iter().map(|d| (d.key(), d)).collect(),
            Origin::Polled | Origin::Delivered | Origin::Insisted => {
                let (keys, drafts) = self.search(source, refined.drafts, Search::keys).await?;
                keys.into_iter().zip(drafts).collect()
            }
        };
        let mut tombstones = Vec::new();
        for gone in refined.tombstones {
            tombstones.extend(self.ended_by(source, &gone.upstream_id)?.map(|key| (key, gone)));
        }
        Ok(Resolved { drafts, tombstones, epoch, _turn: turn })
    }

    /// Those of polled drafts that are articles which we hold, under whatever id: a portal that moved is still the same. The
    /// drafts come back.
    pub(super) async fn known_among(
        &self,
        source: &Source,
        drafts: Vec<Draft>,
    ) -> Result<(BTreeSet<ArticleKey>, Vec<Draft>), Error> {
        self.search(source, drafts, Search::known_among).await
    }

    async fn search<T: Send + 'static>(
        &self,
        source: &Source,
        drafts: Vec<Draft>,
        find: fn(&mut Search, &[Draft]) -> Result<T, store::Error>,
    ) -> Result<(T, Vec<Draft>), Error> {
        let mut search = Search::of(self.store.clone(), source.id.clone());
        let finding = tokio::task::spawn_blocking(move || {
            let found = find(&mut search, &drafts)?;
            Ok((found, drafts))
        });
        match finding.await {
            Ok(found) => found,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(Error::Busy),
            },
        }
    }

    /// The article that a tombstone's id means. None where that is an article's former id: it lives on under another.
    fn ended_by(
        &self,
        source: &Source,
        upstream_id: &str,
    ) -> Result<Option<ArticleKey>, store::Error> {
        let search = Search::of(self.store.clone(), source.id.clone());
        let id = ArticleKey::of(&source.id, upstream_id);
        let (key, _) = search.own(id)?;
        let is_former = key == id && self.store.progress().other_id(&source.id, key)?.is_some();
        Ok((!is_former).then_some(key))
    }

    /// Held by whoever resolves and applies a document of a source.
    pub(super) fn turn_of(&self, source: &SourceId) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(source.clone()).or_default())
    }
}

/// What is looked for in one document, and what of our articles was taken apart for it.
struct Search {
    store: Store,
    source: SourceId,
    said: HashMap<ArticleKey, Option<Arc<Signature>>>,
}

impl Search {
    fn of(store: Store, source: SourceId) -> Self {
        Self { store, source, said: HashMap::new() }
    }

    /// The article that each draft is.
    fn keys(&mut self, drafts: &[Draft]) -> Result<Vec<ArticleKey>, store::Error> {
        let counts = self.store.counts_of(&self.source)?;
        if counts.live + counts.withdrawn == 0 {
            // Nothing in its document is an article under another id.
            return Ok(drafts.iter().map(Draft::key).collect());
        }
        let own = self.own_keys(drafts)?;
        let keys = if own.iter().all(|(_, known)| *known) {
            own.iter().map(|(key, _)| *key).collect()
        } else {
            let said = |(draft, (_, known)): (&Draft, &(ArticleKey, bool))| {
                if *known { Signature::link_of(draft) } else { Signature::by(draft) }
            };
            let said: Vec<Signature> = drafts.iter().zip(&own).map(said).collect();
            matching::resolve(&said, &own, |said| self.candidates(said))?
        };
        self.remember(drafts, &keys)?;
        Ok(keys)
    }

    /// Each draft's article by its id, and whether it is known. One that is listed under its own id is not found again
    /// under the other that it had.
    fn own_keys(&self, drafts: &[Draft]) -> Result<Vec<(ArticleKey, bool)>, store::Error> {
        let own = drafts.iter().map(|draft| self.own(draft.key()));
        let mut own = own.collect::<Result<Vec<_>, _>>()?;
        let listed: HashSet<ArticleKey> = drafts.iter().map(Draft::key).collect();
        for (draft, own) in drafts.iter().zip(&mut own) {
            if own.0 != draft.key() && listed.contains(&own.0) {
                *own = (draft.key(), false);
            }
        }
        Ok(own)
    }

    /// The article that an id means, and whether we hold it.
    fn own(&self, id: ArticleKey) -> Result<(ArticleKey, bool), store::Error> {
        if self.store.known(id)?.is_some() {
            return Ok((id, true));
        }
        match self.store.progress().article_of_id(&self.source, id)? {
            Some(other) if self.store.known(other)?.is_some() => Ok((other, true)),
            _ => Ok((id, false)),
        }
    }

    /// Remembers what each article is called now: another id than its own, or its own again.
    fn remember(&self, drafts: &[Draft], keys: &[ArticleKey]) -> Result<(), store::Error> {
        let pairs = drafts.iter().map(Draft::key).zip(keys.iter().copied());
        let (own, others): (Vec<_>, Vec<_>) = pairs.partition(|(id, article)| id == article);
        let progress = self.store.progress();
        progress.put_other_ids(&self.source, &others)?;
        let own: Vec<ArticleKey> = own.into_iter().map(|(id, _)| id).collect();
        progress.remove_other_ids(&self.source, &own)
    }

    fn known_among(&mut self, drafts: &[Draft]) -> Result<BTreeSet<ArticleKey>, store::Error> {
        let mut held = BTreeSet::new();
        for draft in drafts {
            if self.own(draft.key())?.1 || self.is_found(&Signature::by(draft))? {
                held.insert(draft.key());
            }
        }
        Ok(held)
    }

    fn is_found(&mut self, said: &Signature) -> Result<bool, store::Error> {
        let candidates = self.candidates(said)?;
        let is_it = |c: &Candidate| {
            matching::matches(matching::compare_links(said, &c.said, false), said, &c.said)
        };
        Ok(candidates.iter().any(is_it))
    }

    /// The articles of the source that an entry under an unknown id may be.
    fn candidates(&mut self, said: &Signature) -> Result<Vec<Candidate>, store::Error> {
        let mut keys = BTreeSet::new();
        if let Some(place) = said.place() {
            keys.extend(self.store.articles_with_url(&self.source, place)?);
        }
        keys.extend(self.store.articles_with_text(&self.source, said.text())?);
        let candidate = |key| Ok(self.said_by(key)?.map(|said| Candidate { key, said }));
        keys.into_iter().map(candidate).filter_map(Result::transpose).collect()
    }

    fn said_by(&mut self, key: ArticleKey) -> Result<Option<Arc<Signature>>, store::Error> {
        if let Some(said) = self.said.get(&key) {
            return Ok(said.clone());
        }
        if self.said.len() >= REMEMBERED {
            self.said.clear();
        }
        let article = self.store.last_article(key)?;
        let said = article.map(|article| Arc::new(Signature::by(&article)));
        self.said.insert(key, said.clone());
        Ok(said)
    }
}
