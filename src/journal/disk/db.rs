use super::super::Error;
use super::fsync::SyncHandles;
use super::layout::{DB, NEW_STORE, STORE};
use crate::journal::seal::catch_sled_panic;
use sled::Db;
use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::time::Duration;

/// How often sled's file is tried until sled has released it.
const RELEASE_TRIES: usize = 1000;
const RELEASE_PAUSE: Duration = Duration::from_millis(5);

/// Opens the store of a data directory without any guards.
pub(in crate::journal) fn open(directory: &Path, cache_bytes: u64) -> Result<Db, Error> {
    open_at(&directory.join(STORE), directory, cache_bytes)
}

fn open_at(sled: &Path, directory: &Path, cache_bytes: u64) -> Result<Db, Error> {
    let config = sled::Config::new().path(sled).cache_capacity(cache_bytes).flush_every_ms(None);
    catch_sled_panic(|| config.open()).map_err(|e| match e {
        Error::Full => Error::Full,
        e => Error::Unopenable { directory: directory.to_path_buf(), reason: e.to_string() },
    })
}

/// Makes an empty store beside its place, then moves it there: sled cannot open one that was killed while it was made.
pub(in crate::journal) fn create(directory: &Path, cache_bytes: u64) -> Result<(), Error> {
    let (sled, beside) = (directory.join(STORE), directory.join(NEW_STORE));
    if beside.exists() {
        fs::remove_dir_all(&beside).map_err(|e| Error::io("cannot remove", &beside, &e))?;
    }
    drop(open_at(&beside, directory, cache_bytes)?);
    wait_until_released(&beside);
    let placed = SyncHandles::open(&beside).and_then(|_| fs::rename(&beside, &sled));
    placed.map_err(|e| Error::io("cannot make", &sled, &e))
}

/// Waits until sled has released its file, a moment after its last handle is dropped. No other process can have the file,
/// since we hold the directory's lock.
pub fn wait_until_released(sled: &Path) {
    let Ok(db) = File::open(sled.join(DB)) else { return };
    for _ in 0..RELEASE_TRIES {
        match db.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(RELEASE_PAUSE),
            _ => return, // closing the handle unlocks
        }
    }
}

/// Removes snapshots that were being written when the process died: sled refuses to open with them.
pub(in crate::journal) fn remove_half_snapshots(sled: &Path) -> Result<(), Error> {
    let entries = fs::read_dir(sled).map_err(|e| Error::io("cannot list", sled, &e))?;
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().ends_with(".generating") {
            super::remove_if_there(&entry.path())?;
        }
    }
    Ok(())
}
