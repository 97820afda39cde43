//! Followers: whatever is derived from the journal (the views, a search index, a destination) and is kept up with it.
//!
//! A [`Follower`] knows its rules and how to apply events. [`Followed`] drives it: from where it stopped, in groups, on a
//! thread of its own that tries again after a failure; and from the first event when its rules have changed.

use super::{Error, Journal};
use crate::model::{Event, Seq};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::watch;

/// The most events that are applied together.
const GROUP: usize = 64;
/// How long the thread waits after a failure.
const AGAIN: Duration = Duration::from_millis(500);

/// How far a follower has come, and by which rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermark {
    pub seq: Seq,
    /// The version of the rules; a follower made by other rules is rebuilt.
    pub rules: u32,
}

/// Something that is derived from the journal and nothing else, so that it can be deleted and made again at any time.
pub trait Follower: Send + Sync + 'static {
    type Error: From<Error> + std::fmt::Display + Clone + Send;
    /// Its name, for its thread and for log lines.
    const NAME: &'static str;
    /// The version of its rules. Raise it whenever the same events would give another result.
    const RULES: u32;

    /// The watermark of the last [`Follower::apply`]; `None` if there is none, or since a [`Follower::clear`] began.
    ///
    /// # Errors
    /// It cannot be read.
    fn watermark(&self) -> Result<Option<Watermark>, Self::Error>;

    /// Applies events and stores `reached`, both in one atomic write.
    ///
    /// # Errors
    /// Nothing was applied; the same events will be given again.
    fn apply(&self, events: &[Event], reached: Watermark) -> Result<(), Self::Error>;

    /// Removes the watermark first, then everything that events have made.
    ///
    /// # Errors
    /// Something may be left; since the watermark is gone, the next opening clears it again.
    fn clear(&self) -> Result<(), Self::Error>;
}

/// A follower, and how far it has followed.
pub struct Followed<F: Follower> {
    follower: F,
    journal: Journal,
    /// Held while events are applied.
    applying: Mutex<()>,
    watermark: watch::Sender<Seq>,
    /// Odd while a rebuild is under way; see [`Followed::epoch`].
    epoch: AtomicU64,
    trouble: Mutex<Option<F::Error>>,
}

impl<F: Follower> Followed<F> {
    /// Call [`Followed::resume`] first.
    pub fn new(journal: Journal, follower: F) -> Self {
        Self {
            follower,
            journal,
            applying: Mutex::new(()),
            watermark: watch::channel(Seq(0)).0,
            epoch: AtomicU64::new(0),
            trouble: Mutex::new(None),
        }
    }

    /// The follower itself.
    pub fn follower(&self) -> &F {
        &self.follower
    }

    /// Goes on from the stored watermark. Rebuilds if other rules made the follower, or if the journal does not reach so far.
    ///
    /// # Errors
    /// The follower cannot be read or rebuilt.
    pub fn resume(&self) -> Result<(), F::Error> {
        let last = self.journal.last();
        let kept = self.follower.watermark()?;
        match kept.filter(|kept| kept.rules == F::RULES && kept.seq <= last) {
            Some(kept) => _ = self.watermark.send_replace(kept.seq),
            None => {
                if last > Seq(0) {
                    let reason = "they were made by another version or from another journal";
                    tracing::info!(
                        events = self.journal.event_count(),
                        "rebuilding the {}: {reason}",
                        F::NAME
                    );
                }
                self.rebuild(&mut |_, _| {})?;
            }
        }
        Ok(())
    }

    /// Applies events until the follower has all that the journal has.
    ///
    /// # Errors
    /// The journal cannot be read, or the follower cannot go on.
    pub fn catch_up(&self) -> Result<(), F::Error> {
        while self.apply_group()? > 0 {}
        Ok(())
    }

    /// Clears the follower and applies every event again; `progress` gets how many of how many events are applied.
    ///
    /// # Errors
    /// The journal cannot be read, or the follower cannot go on. A half-made follower never counts as complete.
    pub fn rebuild(&self, progress: &mut dyn FnMut(u64, u64)) -> Result<(), F::Error> {
        {
            let _applying = self.pause();
            self.begin_rebuild();
            self.follower.clear()?;
        }
        let total = self.journal.event_count();
        let mut done = 0;
        progress(done, total);
        loop {
            let applied = self.apply_group()?;
            if applied == 0 {
                return Ok(());
            }
            done += applied as u64;
            progress(done.min(total), total);
        }
    }

    /// Keeps the follower from applying events while the guard is held.
    pub fn pause(&self) -> MutexGuard<'_, ()> {
        self.applying.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The last event that was applied.
    pub fn watermark(&self) -> Seq {
        *self.watermark.borrow()
    }

    /// The watermark as a channel.
    pub fn watermarks(&self) -> watch::Receiver<Seq> {
        self.watermark.subscribe()
    }

    /// Changes whenever a rebuild starts or ends; read it before reading, and ask [`Followed::consistent_since`] after.
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::SeqCst)
    }

    /// Returns true if no rebuild has started or ended since `epoch` was read, and none was under way. If true,
    /// everything read in between is one consistent view.
    pub fn consistent_since(&self, epoch: u64) -> bool {
        epoch.is_multiple_of(2) && epoch == self.epoch()
    }

    /// Why the thread is stuck, if it is.
    pub fn trouble(&self) -> Option<F::Error> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Starts the thread that keeps the follower up with the journal.
    ///
    /// # Errors
    /// The system has no thread.
    pub fn start(self: &Arc<Self>) -> Result<FollowerThread, Error> {
        let (stop, stopped) = watch::channel(false);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let failed = |e: std::io::Error| Error::Io {
            what: format!("cannot start the thread of the {}", F::NAME),
            reason: format!(
                "{e}: allow more memory or threads (ulimit -v, ulimit -u, MemoryMax, TasksMax)"
            ),
        };
        let (runtime, this) = (Arc::new(runtime.map_err(failed)?), Arc::clone(self));
        let thread = std::thread::Builder::new().name(F::NAME.to_owned());
        let own = Arc::clone(&runtime);
        let thread = thread.spawn(move || own.block_on(this.keep_up(stopped))).map_err(failed);
        if let (Err(_), Some(runtime)) = (&thread, Arc::into_inner(runtime)) {
            // Nobody may wait for its threads here: the caller may be one of another runtime.
            runtime.shutdown_background();
        }
        Ok(FollowerThread { stop, thread: Some(thread?) })
    }

    async fn keep_up(&self, mut stopped: watch::Receiver<bool>) {
        let mut tail = self.journal.tail();
        loop {
            tail.mark_unchanged();
            let caught_up = self.catch_up();
            *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) =
                caught_up.as_ref().err().cloned();
            if *stopped.borrow() {
                return;
            }
            let again = async {
                match &caught_up {
                    Ok(()) => tail.changed().await.is_err(),
                    Err(_) => {
                        tokio::time::sleep(AGAIN).await;
                        false
                    }
                }
            };
            tokio::select! {
                closed = again => if closed { return },
                _ = stopped.changed() => {}
            }
        }
    }

    /// Applies the next group of events and returns its size.
    fn apply_group(&self) -> Result<usize, F::Error> {
        let _applying = self.pause();
        let events = self.journal.read(self.watermark(), GROUP)?;
        let Some(last) = events.last().map(|event| event.seq) else {
            self.end_rebuild();
            return Ok(0);
        };
        self.follower.apply(&events, Watermark { seq: last, rules: F::RULES })?;
        if last >= self.journal.last() {
            self.end_rebuild(); // before the watermark, so that whoever waits for it finds everything consistent
        }
        self.watermark.send_replace(last);
        Ok(events.len())
    }

    fn begin_rebuild(&self) {
        let under_way = !self.epoch().is_multiple_of(2);
        self.epoch.fetch_add(1 + u64::from(under_way), Ordering::SeqCst);
        self.watermark.send_replace(Seq(0));
    }

    fn end_rebuild(&self) {
        let under_way = !self.epoch().is_multiple_of(2);
        self.epoch.fetch_add(u64::from(under_way), Ordering::SeqCst);
    }
}

/// The thread that keeps a follower up with the journal. It ends at [`FollowerThread::stop`] or when this is dropped.
pub struct FollowerThread {
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl FollowerThread {
    /// Lets the follower catch up, then ends the thread.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.stop.send_replace(true);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

impl Drop for FollowerThread {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{open, publish, sample};
    use super::*;
    use std::sync::atomic::AtomicBool;

    /// A follower that keeps the numbers of the events it was given.
    #[derive(Default)]
    struct Numbers {
        kept: Mutex<(Vec<Seq>, Option<Watermark>)>,
        fails: AtomicBool,
    }

    impl Follower for Numbers {
        type Error = Error;
        const NAME: &'static str = "numbers";
        const RULES: u32 = 2;

        fn watermark(&self) -> Result<Option<Watermark>, Error> {
            Ok(self.kept.lock().unwrap().1)
        }

        fn apply(&self, events: &[Event], reached: Watermark) -> Result<(), Error> {
            if self.fails.swap(false, Ordering::SeqCst) {
                return Err(Error::Full);
            }
            let mut kept = self.kept.lock().unwrap();
            kept.0.extend(events.iter().map(|event| event.seq));
            kept.1 = Some(reached);
            Ok(())
        }

        fn clear(&self) -> Result<(), Error> {
            *self.kept.lock().unwrap() = Default::default();
            Ok(())
        }
    }

    async fn journal_of(count: u64, directory: &std::path::Path) -> Journal {
        let journal = open(directory);
        let proposals = (0..count).map(|n| publish(&sample(n), None)).collect();
        assert!(journal.append_many(proposals).await.iter().all(Result::is_ok));
        journal
    }

    #[tokio::test]
    async fn a_follower_goes_on_where_it_left_off_or_starts_over_under_other_rules() {
        let directory = tempfile::tempdir().unwrap();
        let journal = journal_of(100, directory.path()).await;
        for (kept, given) in [
            (Some(Watermark { seq: Seq(70), rules: 2 }), 71..=100),
            (Some(Watermark { seq: Seq(70), rules: 1 }), 1..=100),
            (Some(Watermark { seq: Seq(101), rules: 2 }), 1..=100),
            (None, 1..=100),
        ] {
            let numbers = Numbers { kept: Mutex::new((Vec::new(), kept)), ..Numbers::default() };
            let followed = Followed::new(journal.clone(), numbers);
            followed.resume().unwrap();
            followed.catch_up().unwrap();
            let seen = followed.follower().kept.lock().unwrap();
            assert_eq!(
                *seen,
                (given.map(Seq).collect(), Some(Watermark { seq: Seq(100), rules: 2 }))
            );
        }
    }

    #[tokio::test]
    async fn the_thread_tries_again_after_a_failure_and_catches_up_at_its_stop() {
        let directory = tempfile::tempdir().unwrap();
        let journal = journal_of(10, directory.path()).await;
        let followed = Arc::new(Followed::new(journal.clone(), Numbers::default()));
        followed.follower().fails.store(true, Ordering::SeqCst);
        let thread = followed.start().unwrap();
        followed.watermarks().wait_for(|seq| *seq == Seq(10)).await.unwrap();
        journal.append(publish(&sample(10), None)).await.unwrap();
        thread.stop();
        assert_eq!((followed.watermark(), followed.trouble()), (Seq(11), None));
        let mut heard = Vec::new();
        let epoch = followed.epoch();
        followed.rebuild(&mut |done, total| heard.push((done, total))).unwrap();
        assert_eq!(heard, [(0, 11), (11, 11)]);
        assert!(!followed.consistent_since(epoch) && followed.consistent_since(followed.epoch()));
    }
}
