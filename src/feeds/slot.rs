//! The newest rendering of one document: whether it is stale, and who renders it.
//!
//! This is the only place that decides whether a document in memory may be sent.

use super::{Error, Rendered};
use crate::model::Seq;
use crate::store::Store;
use arc_swap::ArcSwapOption;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::OnceCell;

/// The newest rendering of one document, finished or under way.
#[derive(Default)]
pub(super) struct Slot(Mutex<Option<Arc<Rendering>>>);

/// How far the store is: what documents follow from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// The last event that is folded in.
    pub watermark: Seq,
    /// The version of the copies of files.
    pub copies: u64,
}

impl Moment {
    /// As the store is now.
    pub(super) fn of(store: &Store) -> Self {
        Self { watermark: store.watermark(), copies: store.copies().version() }
    }
}

/// One rendering of a document.
pub(super) struct Rendering {
    /// The version of the index that is rendered.
    version: Seq,
    /// The version of the copies whose addresses are in it.
    copies: u64,
    /// The watermark at which this version was last seen to be the newest.
    checked: AtomicU64,
    /// The previous rendering, sent if this one fails; dropped when it is done.
    before: ArcSwapOption<Rendered>,
    done: OnceCell<Arc<Rendered>>,
}

impl Slot {
    /// The document, if it was the newest at this moment.
    pub(super) fn current(&self, moment: Moment) -> Option<Arc<Rendered>> {
        let slot = self.lock();
        let rendering = slot.as_ref()?;
        let is_current = rendering.copies >= moment.copies
            && rendering.checked.load(Ordering::Acquire) >= moment.watermark.0;
        rendering.done.get().filter(|_| is_current).cloned()
    }

    /// The rendering of a version or a newer one; begins it if there is none.
    pub(super) fn rendering_of(&self, version: Seq, moment: Moment) -> Arc<Rendering> {
        let Moment { watermark, copies } = moment;
        let mut slot = self.lock();
        let is_newest =
            |there: &&Arc<Rendering>| there.version >= version && there.copies >= copies;
        if let Some(rendering) = slot.as_ref().filter(is_newest) {
            rendering.checked.fetch_max(watermark.0, Ordering::AcqRel);
            return rendering.clone();
        }
        let before =
            slot.as_ref().and_then(|old| old.done.get().cloned().or(old.before.load_full()));
        let before = ArcSwapOption::new(before);
        let checked = AtomicU64::new(watermark.0);
        let done = OnceCell::new();
        let rendering = Arc::new(Rendering { version, copies, checked, before, done });
        *slot = Some(rendering.clone());
        rendering
    }

    /// The memory that the slot holds, in bytes.
    pub(super) fn size(&self) -> usize {
        self.lock().as_ref().map_or(0, |rendering| rendering.size())
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Rendering>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rendering {
    /// The finished document: rendered by the first who asks, awaited by the others. If rendering fails, the previous one.
    ///
    /// # Errors
    /// Rendering failed, and nothing was rendered before.
    pub(super) async fn finish(
        &self,
        document: &str,
        render: impl FnOnce() -> Result<Rendered, Error> + Send + 'static,
    ) -> Result<Arc<Rendered>, Error> {
        let before = self.before.load_full();
        let made = self.done.get_or_try_init(|| async {
            let made = run_blocking(document, render).await?;
            Ok(match &before {
                Some(before) if **before == made => before.clone(),
                _ => Arc::new(made),
            })
        });
        match (made.await, &before) {
            (Ok(made), _) => {
                self.before.store(None);
                Ok(made.clone())
            }
            (Err(error), Some(before)) => {
                tracing::error!(feed.id = document, %error, "a feed could not be rendered; the last good one is served");
                Ok(before.clone())
            }
            (Err(error), None) => Err(error),
        }
    }

    fn size(&self) -> usize {
        let done = self.done.get().map_or(0, |made| made.size());
        done + self.before.load().as_ref().map_or(0, |before| before.size())
    }
}

/// Runs work that may block, on a thread that serves no requests.
///
/// # Errors
/// The work's own error, or [`Error::Cut`] if it was cut short.
pub(super) async fn run_blocking<T: Send + 'static>(
    document: &str,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Error::Cut { feed: document.to_owned() })?
}
