//! sled's own files: made, cleared of what a kill left, opened and let go.

use super::super::Error;
use super::fsync::SyncHandles;
use super::layout::{NEW_STORE, STORE};
use crate::journal::seal::catch_sled_panic;
use sled::Db;
use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::time::Duration;

/// How often sled's file is tried until sled has let go of it, and the pause between two tries.
const RELEASE_TRIES: usize = 1000;
const RELEASE_PAUSE: Duration = Duration::from_millis(5);

/// Opens the store of a data directory, with nothing of ours around it.
///
/// # Errors
/// [`Error::Full`], or [`Error::Unopenable`] with what sled said.
pub fn open(directory: &Path, cache_bytes: u64) -> Result<Db, Error> {
    open_at(&directory.join(STORE), directory, cache_bytes)
}

fn open_at(sled: &Path, directory: &Path, cache_bytes: u64) -> Result<Db, Error> {
    let config = sled::Config::new().path(sled).cache_capacity(cache_bytes).flush_every_ms(None);
    catch_sled_panic(|| config.open()).map_err(|e| match e {
        Error::Full => Error::Full,
        e => Error::Unopenable { directory: directory.to_path_buf(), reason: e.to_string() },
    })
}

/// Makes an empty store beside its place, then puts it there whole: sled cannot open one that it was killed in making.
///
/// # Errors
/// The directory cannot be written.
pub fn create(directory: &Path, cache_bytes: u64) -> Result<(), Error> {
    let (sled, beside) = (directory.join(STORE), directory.join(NEW_STORE));
    if beside.exists() {
        fs::remove_dir_all(&beside).map_err(|e| Error::io("cannot remove", &beside, &e))?;
    }
    drop(open_at(&beside, directory, cache_bytes)?);
    wait_until_released(&beside);
    let placed = SyncHandles::open(&beside).and_then(|_| fs::rename(&beside, &sled));
    placed.map_err(|e| Error::io("cannot make", &sled, &e))
}

/// Waits until sled has let go of its file, which it does a moment after its last handle is dropped. Only this process
/// can have the file, since the directory's lock is ours.
pub fn wait_until_released(sled: &Path) {
    let Ok(db) = File::open(sled.join("db")) else { return };
    for _ in 0..RELEASE_TRIES {
        match db.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(RELEASE_PAUSE),
            _ => return, // closing the handle unlocks
        }
    }
}

/// Removes snapshots that were being written when the process died: sled refuses to open with them.
///
/// # Errors
/// The folder cannot be listed or written.
pub fn remove_half_snapshots(sled: &Path) -> Result<(), Error> {
    let entries = fs::read_dir(sled).map_err(|e| Error::io("cannot list", sled, &e))?;
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().ends_with(".generating") {
            super::remove_if_there(&entry.path())?;
        }
    }
    Ok(())
}
