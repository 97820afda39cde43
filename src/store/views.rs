use super::fold::{RULES, Repeat, fold};
use super::overlay::Overlay;
use super::{Error, IDEMPOTENCY_MS, IndexId, Matcher, keys};
use crate::journal::{Follower, Journal, Watermark, seal};
use crate::model::{Event, Timestamp};
use sled::{Batch, Tree};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// How many expired idempotency keys are removed with one group of events.
const EXPIRED_AT_ONCE: usize = 256;
/// How many values are removed in one write while the views are cleared.
const CLEARED_AT_ONCE: usize = 4096;

/// The tree of the views, and what folding into it needs.
pub struct Views {
    pub journal: Journal,
    pub tree: Tree,
    matchers: RwLock<Arc<Vec<Matcher>>>,
    /// Held by whoever makes or drops indexes, or needs that nobody does; taken before folding is paused.
    index_lock: Mutex<()>,
    /// Indexes that are being dropped or are gone; they are not shown.
    dropped: Mutex<BTreeSet<IndexId>>,
}

impl Views {
    pub(super) fn open(journal: Journal) -> Result<Self, Error> {
        let tree = seal::catch_sled_panic(|| journal.disk().db().open_tree("views"))?;
        Ok(Self {
            journal,
            tree,
            matchers: RwLock::default(),
            index_lock: Mutex::new(()),
            dropped: Mutex::default(),
        })
    }

    /// An overlay of the views.
    pub fn overlay(&self) -> Overlay<'_> {
        Overlay::of(&self.journal, &self.tree)
    }

    /// The indexes that are kept.
    pub fn matchers(&self) -> Arc<Vec<Matcher>> {
        self.matchers.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the indexes that are kept.
    pub fn set_matchers(&self, matchers: Vec<Matcher>) {
        *self.matchers.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(matchers);
    }

    /// Keeps others from making or dropping indexes while the guard is held.
    pub fn lock_indexes(&self) -> MutexGuard<'_, ()> {
        self.index_lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The indexes that are being dropped.
    pub fn dropped(&self) -> MutexGuard<'_, BTreeSet<IndexId>> {
        self.dropped.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets expired idempotency keys.
    fn forget_expired_keys(&self, overlay: &mut Overlay<'_>, now: Timestamp) -> Result<(), Error> {
        for item in self.tree.scan_prefix(b"t").keys().take(EXPIRED_AT_ONCE) {
            let at = seal::catch_sled_panic(|| item)?.to_vec();
            let Some((time, idempotency)) = keys::of_idempotency_time(&at) else { continue };
            if time.plus_millis(IDEMPOTENCY_MS) > now {
                break;
            }
            overlay.remove(at);
            let repeat: Option<Repeat> = overlay.json(&idempotency)?;
            if repeat.is_some_and(|repeat| repeat.at == time) {
                overlay.remove(idempotency);
            }
        }
        Ok(())
    }
}

impl Follower for Views {
    type Error = Error;
    const NAME: &'static str = "views";
    const RULES: u32 = RULES;

    fn watermark(&self) -> Result<Option<Watermark>, Error> {
        self.overlay().json(keys::WATERMARK)
    }

    fn apply(&self, events: &[Event], reached: Watermark) -> Result<(), Error> {
        let (mut overlay, matchers) = (self.overlay(), self.matchers());
        for event in events {
            fold(&mut overlay, &matchers, event)?;
        }
        let newest = events.iter().map(|event| event.at).max().unwrap_or_default();
        self.forget_expired_keys(&mut overlay, newest)?;
        overlay.put_json(keys::WATERMARK.to_vec(), &reached)?;
        overlay.write()
    }

    fn clear(&self) -> Result<(), Error> {
        let mut overlay = self.overlay();
        overlay.remove(keys::WATERMARK.to_vec());
        overlay.write()?;
        loop {
            let mut batch = Batch::default();
            let mut count = 0;
            for key in self.tree.iter().keys().take(CLEARED_AT_ONCE) {
                let key = seal::catch_sled_panic(|| key)?;
                // Configured indexes do not follow from events.
                if key.first() != Some(&b'x') {
                    batch.remove(key);
                    count += 1;
                }
            }
            if count == 0 {
                return Ok(());
            }
            self.journal.disk().apply(&self.tree, batch)?;
        }
    }
}
