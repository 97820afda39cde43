//! One pushed entry, and what happens when the same one is pushed again.

use super::commit::Ingest;
use super::decide::Origin;
use super::error::{Error, Outcome, PushOptions, Pushed};
use crate::model::{ArticleKey, Change, ParsedEntry, Source, SourceId, SourceKind, Timestamp};
use crate::refine::Draft;
use crate::store::Repeat;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// Held while a push with an `Idempotency-Key` is taken in.
pub(super) type KeyLocks = Mutex<HashMap<(SourceId, String), Arc<tokio::sync::Mutex<()>>>>;

/// One of them; when the last that has it goes, whatever the way, it is forgotten.
pub(super) struct KeyLock<'a> {
    locks: &'a KeyLocks,
    name: (SourceId, String),
    lock: Arc<tokio::sync::Mutex<()>>,
}

impl KeyLock<'_> {
    /// Waits for one's turn.
    pub async fn lock(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.lock.lock().await
    }
}

impl Drop for KeyLock<'_> {
    fn drop(&mut self) {
        let mut locks = self.locks.lock().unwrap_or_else(|e| e.into_inner());
        // The map has one, this has one.
        if Arc::strong_count(&self.lock) <= 2 {
            locks.remove(&self.name);
        }
    }
}

impl Ingest {
    /// Refuses a source whose articles come another way than by pushes; one that is not in the config may pass.
    pub fn takes_pushes(&self, source: &SourceId) -> Result<(), Error> {
        match self.source(source.as_str()) {
            Ok(known) if known.kind != SourceKind::Push => {
                Err(Error::NotPush { source_id: known.id, kind: known.kind.name() })
            }
            _ => Ok(()),
        }
    }

    /// Takes in one pushed entry; the answer comes after it is on disk.
    pub async fn push(
        &self,
        source: &SourceId,
        entry: ParsedEntry,
        options: PushOptions,
        now: Timestamp,
    ) -> Result<Pushed, Error> {
        self.takes_pushes(source)?;
        let source = self.source(source.as_str())?;
        let draft = self.refine(&source, entry, now).await?;
        let Some(key) = options.idempotency_key.clone() else {
            return self.commit_and_see(&source, draft, &options, now).await;
        };
        let lock = self.lock_of(&source.id, &key);
        let _held = lock.lock().await;
        // The views say what a key was used for: they must know of everything that was acknowledged.
        self.seen(self.journal.last()).await?;
        match self.store.repeat(&source.id, &key, now)? {
            Some(before) => self.repeat(&source, draft, before),
            None => self.commit_and_see(&source, draft, &options, now).await,
        }
    }

    async fn commit_and_see(
        &self,
        source: &Source,
        draft: Draft,
        options: &PushOptions,
        now: Timestamp,
    ) -> Result<Pushed, Error> {
        let pushed = self.commit(source, draft.key(), draft, Origin::Direct, options, now).await?;
        self.shown(pushed.seq).await;
        Ok(pushed)
    }

    /// The answer to a push whose `Idempotency-Key` was seen before.
    fn repeat(&self, source: &Source, draft: Draft, before: Repeat) -> Result<Pushed, Error> {
        let Some(event) = self.journal.get(before.seq)? else { return Err(Error::Busy) };
        let Some(article) = event.change.article() else { return Err(Error::KeyReused) };
        let key = ArticleKey::of(&source.id, &draft.upstream_id);
        let mut draft = draft;
        draft.published = article.published.clone();
        let again = draft.into_article(
            article.id.clone(),
            key,
            article.received,
            article.changed,
            article.revision,
        );
        if again.key != article.key || again.fingerprint != article.fingerprint {
            return Err(Error::KeyReused);
        }
        let outcome = match event.change {
            Change::Published { .. } => Outcome::Published,
            _ => Outcome::Revised,
        };
        Ok(Pushed {
            seq: before.seq,
            key: article.key,
            id: article.id.clone(),
            revision: article.revision,
            upstream_id: article.upstream_id.clone(),
            outcome,
        })
    }

    /// The lock of a key; it is forgotten when nobody has it any more.
    pub(super) fn lock_of(&self, source: &SourceId, key: &str) -> KeyLock<'_> {
        let name = (source.clone(), key.to_owned());
        let mut locks = self.idempotent.lock().unwrap_or_else(|e| e.into_inner());
        let lock = Arc::clone(locks.entry(name.clone()).or_default());
        KeyLock { locks: &self.idempotent, name, lock }
    }
}
