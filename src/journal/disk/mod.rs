//! sled opened safely and written to safely: the only way to the disk.
//!
//! In: a data directory, then batches. Out: a [`Disk`], whose commits are durable when they return. sled alone is
//! neither safe to open after a kill nor durable when it says so; each file here is one guard against that.

/// The names of what is in a data directory.
pub mod layout;
/// The lock: one process works on a directory.
mod lock;
/// From a data directory to an opened store, step by step.
pub(super) mod open;
/// sled's own files: made, opened and let go.
pub(super) mod db;
/// Trying to open a store in a child process first.
mod probe;
/// The fsync that sled's `flush` does not do, and blocks taken ahead.
mod fsync;
/// Free room, and the reserve for when there is none.
mod reserve;
/// The number of the last event, kept beside the store.
mod last_seq;

pub use layout::holds_a_store;
pub use lock::{lock, refuse_if_used};
pub use open::{open, open_locked};
pub use probe::probe;

use super::seal::catch_sled_panic;
use super::{Error, durable};
use crate::model::Seq;
use fsync::{Preallocation, SyncHandles};
use last_seq::LastSeq;
use layout::{LAST, LOCK, clean_marker};
use reserve::Reserve;
use sled::{Batch, Db, Tree};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

/// An opened store: the only way to its bytes.
pub struct Disk {
    db: Db,
    writing: Mutex<Preallocation>,
    syncing: Mutex<SyncHandles>,
    /// Set by a failed write: nothing more is accepted.
    poisoned: AtomicBool,
    /// Whether something was applied that is not durable yet and should be soon.
    unsettled: AtomicBool,
    directory: PathBuf,
    reserve: Reserve,
    last_seq: LastSeq,
    /// The last event that was on disk before this opening, as far as the files beside the store say.
    last_before: Option<Seq>,
    lock: File,
}

impl Disk {
    /// The handle for reading.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The data directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Begins to write to a log that ends with `last`.
    ///
    /// # Errors
    /// [`Error::Lost`] if an event after it was on disk before.
    pub(super) fn begin(&self, last: Seq) -> Result<(), Error> {
        if let Some(before) = self.last_before.filter(|before| last < *before) {
            return Err(Error::Lost { directory: self.directory.clone(), last, before });
        }
        let marked = self.last_seq.set(last).and_then(|()| self.last_seq.sync());
        marked.map_err(|e| Error::io("cannot write in", &self.directory, &e))?;
        remove_if_there(&clean_marker(&self.directory))?;
        let synced = File::open(&self.directory).and_then(|folder| folder.sync_all());
        synced.map_err(|e| Error::io("cannot make durable", &self.directory, &e))
    }

    /// Notes beside the store that the log is on disk up to a number.
    pub(super) fn note_last(&self, last: Seq) {
        if let Err(error) = self.last_seq.set(last) {
            tracing::warn!(%error, file = LAST, "the number of the last event was not noted");
        }
    }

    /// Why nothing can be written; `None` while writing is possible.
    pub fn trouble(&self) -> Option<Error> {
        self.refuse_if_poisoned().and_then(|()| self.refuse_if_vanished()).err()
    }

    /// Bytes that the store takes on the disk.
    pub fn size(&self) -> u64 {
        self.db.size_on_disk().unwrap_or(0)
    }

    /// Applies a batch that may be lost, because it can be made again. Later commits make it durable.
    ///
    /// # Errors
    /// Nothing can be written.
    pub fn apply(&self, tree: &Tree, batch: Batch) -> Result<(), Error> {
        let _guard = self.begin_write()?;
        self.poison_on_error(catch_sled_panic(|| tree.apply_batch(batch)))
    }

    /// Applies a batch of about so many bytes that the next [`Disk::settle`] makes durable, if no commit does so before.
    ///
    /// # Errors
    /// Nothing can be written.
    pub fn apply_soon(&self, tree: &Tree, batch: Batch, bytes: usize) -> Result<(), Error> {
        let _guard = self.begin_write_of(bytes as u64)?;
        self.poison_on_error(catch_sled_panic(|| tree.apply_batch(batch)))?;
        self.unsettled.store(true, Ordering::Release);
        Ok(())
    }

    /// Makes durable what [`Disk::apply_soon`] left, if there is any.
    ///
    /// # Errors
    /// Nothing more is accepted after a failure.
    pub fn settle(&self) -> Result<(), Error> {
        if !self.unsettled.load(Ordering::Acquire) {
            return Ok(());
        }
        let writing = self.begin_write()?;
        self.make_durable(writing)
    }

    /// Commits a batch: when this returns it is on the disk.
    ///
    /// # Errors
    /// Nothing more is accepted after a failure half way.
    pub fn commit(&self, tree: &Tree, batch: Batch) -> Result<(), Error> {
        let writing = self.begin_write()?;
        self.poison_on_error(catch_sled_panic(|| tree.apply_batch(batch)))?;
        self.make_durable(writing)
    }

    /// Brings everything that was applied onto the disk. Others may write while this waits for the disk.
    fn make_durable(&self, writing: MutexGuard<'_, Preallocation>) -> Result<(), Error> {
        self.unsettled.store(false, Ordering::Release);
        self.poison_on_error(catch_sled_panic(|| self.db.flush()).map(|_| ()))?;
        drop(writing);
        let mut handles = self.syncing.lock().map_err(|_| Error::Poisoned)?;
        // Linux reports a failed write once per open file, so whoever waited here would be told that all is well.
        self.refuse_if_poisoned()?;
        let synced =
            handles.sync().map_err(|e| Error::io("cannot make durable", &self.directory, &e));
        self.poison_on_error(synced)
    }

    /// Makes everything durable and marks the stop as clean, with the last number. Call it last.
    ///
    /// # Errors
    /// The stop is not marked as clean.
    pub fn close(&self, last: Seq) -> Result<(), Error> {
        let _writing = self.writing.lock().map_err(|_| Error::Poisoned)?;
        let mut handles = self.syncing.lock().map_err(|_| Error::Poisoned)?;
        self.refuse_if_poisoned()?;
        self.poison_on_error(catch_sled_panic(|| self.db.flush()).map(|_| ()))?;
        let marker = clean_marker(&self.directory);
        let mut mark_clean = || -> std::io::Result<()> {
            handles.sync()?;
            self.last_seq.set(last)?;
            self.last_seq.sync()?;
            let line = last_seq::line(last);
            durable::replace(&marker, 0o666, |file| file.write_all(line.as_bytes()))
        };
        mark_clean().map_err(|e| Error::io("cannot make durable", &self.directory, &e))
    }

    /// Whether writing is refused until a restart.
    pub fn is_poisoned(&self) -> bool {
        self.poisoned.load(Ordering::Acquire)
    }

    /// Takes the right to write: one at a time, none after a failed write, none that the disk may have no room for.
    fn begin_write(&self) -> Result<MutexGuard<'_, Preallocation>, Error> {
        self.begin_write_of(0)
    }

    /// Begins a write that may be larger than any commit, by about so many bytes.
    fn begin_write_of(&self, bytes: u64) -> Result<MutexGuard<'_, Preallocation>, Error> {
        self.refuse_if_vanished()?;
        self.reserve.refuse_if_full(&self.directory, bytes)?;
        let mut blocks = self.writing.lock().map_err(|_| Error::Poisoned)?;
        self.refuse_if_poisoned()?;
        blocks.allocate(bytes).map_err(|e| match e.kind() {
            std::io::ErrorKind::StorageFull => Error::Full,
            _ => Error::io("cannot take room on", &self.directory, &e),
        })?;
        Ok(blocks)
    }

    fn refuse_if_poisoned(&self) -> Result<(), Error> {
        if self.is_poisoned() { Err(Error::Poisoned) } else { Ok(()) }
    }

    /// Refuses a directory that was removed or unmounted while we run: nobody would find what is written there.
    fn refuse_if_vanished(&self) -> Result<(), Error> {
        use std::os::unix::fs::MetadataExt;
        let there = fs::metadata(self.directory.join(LOCK)).map(|there| (there.dev(), there.ino()));
        let ours = self.lock.metadata().map(|ours| (ours.dev(), ours.ino()));
        match (there, ours) {
            (Ok(there), Ok(ours)) if there == ours => Ok(()),
            _ => Err(Error::Vanished { directory: self.directory.clone() }),
        }
    }

    /// Refuses this and every further write if the result is an error: nobody knows what is on the disk then.
    fn poison_on_error(&self, result: Result<(), Error>) -> Result<(), Error> {
        result.map_err(|error| {
            self.poisoned.store(true, Ordering::Release);
            tracing::error!(%error, "a write failed: nothing more is accepted until a restart");
            Error::Poisoned
        })
    }
}

/// Removes a file, if it is there.
///
/// # Errors
/// It is there and cannot be removed.
pub(super) fn remove_if_there(path: &Path) -> Result<(), Error> {
    durable::remove_if_there(path).map_err(|e| Error::io("cannot remove", path, &e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::tests::config;

    #[test]
    fn who_waits_while_the_disk_fails_is_refused_too() {
        let directory = tempfile::tempdir().unwrap();
        let disk = open(&config(directory.path()), None).unwrap();
        let tree = disk.db().open_tree("journal").unwrap();
        std::thread::scope(|scope| {
            let syncing = disk.syncing.lock().unwrap();
            let waits = scope.spawn(|| {
                let mut batch = Batch::default();
                batch.insert(b"a", b"1");
                disk.commit(&tree, batch)
            });
            while tree.get(b"a").unwrap().is_none() {
                std::thread::yield_now();
            }
            drop(disk.writing.lock().unwrap()); // it has flushed, and waits for the other's fsync
            let failed = Err(Error::io("cannot make durable", directory.path(), &eio()));
            assert_eq!(disk.poison_on_error(failed), Err(Error::Poisoned));
            drop(syncing);
            assert_eq!(waits.join().unwrap(), Err(Error::Poisoned));
        });
    }

    fn eio() -> std::io::Error {
        std::io::Error::from_raw_os_error(5)
    }
}
