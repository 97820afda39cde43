//! sled opened safely and written to safely: the only way to the disk.
//!
//! In: a data directory, then batches. Out: a [`Disk`], whose commits are durable when they return. sled alone is
//! neither safe to open after a kill nor durable when it says so; each file here guards against one such case.

/// The names of what is in a data directory.
pub mod layout;
/// The lock: one process works on a directory, and the lock goes with the process.
mod lock;
/// Opens a data directory: what a kill or a full disk left is put right before sled sees it.
pub(super) mod open;
/// sled's own files: made, cleared of what a kill left, opened and closed.
pub(super) mod db;
/// Opens the store in a child process first: a damaged store can make sled panic, abort or hang.
mod probe;
/// The fsync that sled's `flush` does not do, and blocks taken ahead.
mod fsync;
/// Free room on the disk, and the reserve that is given up when none is left.
mod reserve;
/// The number of the last event, kept beside the store.
mod last_seq;

pub use layout::holds_a_store;
pub use lock::{lock, refuse_if_used};
pub use open::{make_directory, open, open_locked};
pub use probe::probe;

use super::seal::catch_sled_panic;
use super::{Error, durable};
use crate::model::Seq;
use fsync::{Preallocation, SyncHandles};
use last_seq::LastSeq;
use layout::{DB, LAST, LOCK, STORE, clean_marker};
use reserve::Reserve;
use sled::{Batch, Db, Tree};
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

/// An open data directory.
pub struct Disk {
    db: Db,
    writing: Mutex<Preallocation>,
    syncing: Mutex<SyncHandles>,
    /// Set by a failed write; nothing more is accepted.
    poisoned: AtomicBool,
    /// Whether something was applied that is not durable yet and should be soon.
    unsettled: AtomicBool,
    directory: PathBuf,
    reserve: Reserve,
    last_seq: LastSeq,
    /// The last event that was on disk before this opening, according to the files beside the store.
    last_before: Option<Seq>,
    /// The files that must stay where they were when the directory was opened.
    fixed: Fixed,
    _lock: File,
}

/// Files by device and inode, as they were found.
struct Fixed(Vec<(PathBuf, (u64, u64))>);

impl Fixed {
    /// Notes which files the lock and the store of a directory are.
    fn note(directory: &Path) -> io::Result<Self> {
        let files = [directory.join(LOCK), directory.join(STORE).join(DB)];
        let found = files.into_iter().map(|file| identity(&file).map(|found| (file, found)));
        found.collect::<io::Result<_>>().map(Self)
    }

    /// Returns true if each file is still where it was.
    fn is_there(&self) -> bool {
        self.0.iter().all(|(file, found)| identity(file).is_ok_and(|there| there == *found))
    }
}

fn identity(file: &Path) -> io::Result<(u64, u64)> {
    fs::metadata(file).map(|there| (there.dev(), there.ino()))
}

impl Disk {
    /// The sled database.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The data directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Forgets that events after a number were on disk, because they are about to be taken out.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn lower_last(&self, to: Seq) -> Result<(), Error> {
        let lowered = self.last_seq.set(to).and_then(|()| self.last_seq.sync());
        lowered.map_err(|e| Error::io("cannot write in", &self.directory, &e))?;
        remove_if_there(&clean_marker(&self.directory))
    }

    /// Begins writing to a log that ends with `last`; `is_cut` if later events were just taken out.
    ///
    /// # Errors
    /// [`Error::Lost`] if an event after it was on disk before.
    pub(super) fn begin(&self, last: Seq, is_cut: bool) -> Result<(), Error> {
        if let Some(before) = self.last_before.filter(|before| last < *before && !is_cut) {
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

    /// Applies a batch that may be lost, because it can be made again. Later commits make it durable.
    ///
    /// # Errors
    /// Nothing can be written.
    pub fn apply(&self, tree: &Tree, batch: Batch) -> Result<(), Error> {
        let _guard = self.begin_write()?;
        self.poison_on_error(catch_sled_panic(|| tree.apply_batch(batch)))
    }

    /// Applies a batch of about `bytes` that the next [`Disk::settle`] makes durable, unless a commit does so before.
    ///
    /// # Errors
    /// Nothing can be written.
    pub fn apply_soon(&self, tree: &Tree, batch: Batch, bytes: usize) -> Result<(), Error> {
        let _guard = self.begin_write_of(bytes as u64)?;
        self.poison_on_error(catch_sled_panic(|| tree.apply_batch(batch)))?;
        self.unsettled.store(true, Ordering::Release);
        Ok(())
    }

    /// Makes durable what [`Disk::apply_soon`] applied, if anything.
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

    /// Commits a batch: it is durable when this returns.
    ///
    /// # Errors
    /// Nothing more is accepted after a failure half way.
    pub fn commit(&self, tree: &Tree, batch: Batch) -> Result<(), Error> {
        let writing = self.begin_write()?;
        self.poison_on_error(catch_sled_panic(|| tree.apply_batch(batch)))?;
        self.make_durable(writing)
    }

    /// Makes everything durable that was applied. Others may write while this waits for the disk.
    fn make_durable(&self, writing: MutexGuard<'_, Preallocation>) -> Result<(), Error> {
        self.unsettled.store(false, Ordering::Release);
        self.poison_on_error(catch_sled_panic(|| self.db.flush()).map(|_| ()))?;
        drop(writing);
        let mut handles = self.syncing.lock().map_err(|_| Error::Poisoned)?;
        // Linux reports a failed write once per open file, so a caller that waited here would otherwise see success.
        self.refuse_if_poisoned()?;
        let synced =
            handles.sync().map_err(|e| Error::io("cannot make durable", &self.directory, &e));
        self.poison_on_error(synced)
    }

    /// Makes everything durable and marks the stop as clean. Call it last.
    ///
    /// # Errors
    /// The stop is not marked as clean.
    pub fn close(&self, last: Seq) -> Result<(), Error> {
        let _writing = self.writing.lock().map_err(|_| Error::Poisoned)?;
        let mut handles = self.syncing.lock().map_err(|_| Error::Poisoned)?;
        self.refuse_if_poisoned()?;
        self.poison_on_error(catch_sled_panic(|| self.db.flush()).map(|_| ()))?;
        let marker = clean_marker(&self.directory);
        let mut mark_clean = || -> io::Result<()> {
            handles.sync()?;
            self.last_seq.set(last)?;
            self.last_seq.sync()?;
            let line = last_seq::line(last);
            durable::replace(&marker, 0o666, |file| file.write_all(line.as_bytes()))
        };
        mark_clean().map_err(|e| Error::io("cannot make durable", &self.directory, &e))
    }

    /// Returns true after a failed write.
    pub fn is_poisoned(&self) -> bool {
        self.poisoned.load(Ordering::Acquire)
    }

    /// Begins a write: one at a time, none after a failed write, none without room on the disk.
    fn begin_write(&self) -> Result<MutexGuard<'_, Preallocation>, Error> {
        self.begin_write_of(0)
    }

    /// Begins a write that may be about `bytes` larger than any commit.
    fn begin_write_of(&self, bytes: u64) -> Result<MutexGuard<'_, Preallocation>, Error> {
        self.refuse_if_vanished()?;
        self.reserve.refuse_if_full(&self.directory, bytes)?;
        let mut blocks = self.writing.lock().map_err(|_| Error::Poisoned)?;
        self.refuse_if_poisoned()?;
        blocks.allocate(bytes).map_err(|e| match e.kind() {
            io::ErrorKind::StorageFull => Error::Full,
            _ => Error::io("cannot take room on", &self.directory, &e),
        })?;
        Ok(blocks)
    }

    fn refuse_if_poisoned(&self) -> Result<(), Error> {
        if self.is_poisoned() { Err(Error::Poisoned) } else { Ok(()) }
    }

    /// Refuses a directory that was removed or unmounted while we run, or whose store was: what is written there would be lost.
    fn refuse_if_vanished(&self) -> Result<(), Error> {
        match self.fixed.is_there() {
            true => Ok(()),
            false => Err(Error::Vanished { directory: self.directory.clone() }),
        }
    }

    /// On an error refuses this and every further write: the state of the disk is unknown then.
    fn poison_on_error(&self, result: Result<(), Error>) -> Result<(), Error> {
        result.map_err(|error| {
            self.poisoned.store(true, Ordering::Release);
            tracing::error!(%error, "a write failed: nothing more is accepted until a restart");
            Error::Poisoned
        })
    }
}

/// Removes a file if it is there.
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

    fn eio() -> io::Error {
        io::Error::from_raw_os_error(5)
    }
}
