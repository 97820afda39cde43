//! Locks by name: one poll of a source at a time, one push with an `Idempotency-Key` at a time.

use crate::model::SourceId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

type All = Mutex<HashMap<(SourceId, String), Arc<tokio::sync::Mutex<()>>>>;

/// The locks that somebody holds or waits for.
#[derive(Default)]
pub(super) struct Locks(All);

/// One of them; when the last that has it goes, whatever the way, it is forgotten.
pub(super) struct NamedLock<'a> {
    locks: &'a All,
    name: (SourceId, String),
    lock: Arc<tokio::sync::Mutex<()>>,
}

impl Locks {
    /// The lock of an idempotency key.
    pub fn of_key(&self, source: &SourceId, key: &str) -> NamedLock<'_> {
        let name = (source.clone(), key.to_owned());
        let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lock = Arc::clone(locks.entry(name.clone()).or_default());
        NamedLock { locks: &self.0, name, lock }
    }

    /// The lock that is held while a source's progress is read, used and written again.
    pub fn of_source(&self, source: &SourceId) -> NamedLock<'_> {
        self.of_key(source, "")
    }

    /// How many there are.
    #[cfg(test)]
    pub fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

impl NamedLock<'_> {
    /// Waits for one's turn.
    pub async fn lock(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.lock.lock().await
    }
}

impl Drop for NamedLock<'_> {
    fn drop(&mut self) {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        // The map has one, this has one.
        if Arc::strong_count(&self.lock) <= 2 {
            locks.remove(&self.name);
        }
    }
}
