use super::super::Error;
use super::fsync::{Preallocation, SyncHandles};
use super::last_seq::{self, LastSeq};
use super::layout::{LAST, STORE, clean_marker, refuse_half_restored};
use super::{Disk, Fixed, Reserve, db, lock, probe};
use crate::config::StoreConfig;
use crate::model::Seq;
use std::fs::{self, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

/// Opens the store in a data directory, creating it if necessary.
///
/// After an unclean stop `program` (our own binary, see [`probe::probe`]) tries to open it first, in a process of its own.
/// `None` opens it in this process only.
///
/// # Errors
/// Another process has the directory, a restore has not finished there, or the store cannot be opened.
pub fn open(config: &StoreConfig, program: Option<&Path>) -> Result<Disk, Error> {
    let directory = &config.directory;
    make_directory(directory)?;
    let lock = lock(directory)?;
    refuse_half_restored(directory)?;
    open_locked(config, program, lock)
}

/// Makes a data directory that only our own user and group can read: it holds what is kept from readers, and secrets of hubs.
///
/// # Errors
/// It cannot be made.
pub fn make_directory(directory: &Path) -> Result<(), Error> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o750).create(directory);
    made.map_err(|e| Error::io("cannot make", directory, &e))
}

/// Opens the store in a data directory whose lock is held.
///
/// # Errors
/// The store cannot be opened.
pub fn open_locked(
    config: &StoreConfig,
    program: Option<&Path>,
    lock: File,
) -> Result<Disk, Error> {
    let directory = &config.directory;
    Reserve::free_if_full(directory)?;
    let sled = directory.join(STORE);
    if sled.exists() {
        db::remove_half_snapshots(&sled)?;
        if let Some(program) = program.filter(|_| !clean_marker(directory).exists()) {
            probe::run(program, directory)?;
        }
    } else {
        tracing::info!(directory = %directory.display(), "no store is here: a new one is made");
        db::create(directory, config.cache_bytes)?;
    }
    let last_before = last_seq::read(&directory.join(LAST)).max(last_at_clean_stop(directory));
    let last_seq = LastSeq::open(directory);
    let last_seq = last_seq.map_err(|e| Error::io("cannot write in", directory, &e))?;
    db::wait_until_released(&sled);
    let db = db::open(directory, config.cache_bytes)?;
    let durable =
        Preallocation::open(&sled).and_then(|blocks| Ok((blocks, SyncHandles::open(&sled)?)));
    let (blocks, handles) = durable.map_err(|e| Error::io("cannot make durable", &sled, &e))?;
    let fixed = Fixed::note(directory).map_err(|e| Error::io("cannot read", &sled, &e))?;
    let disk = Disk {
        db,
        writing: Mutex::new(blocks),
        syncing: Mutex::new(handles),
        poisoned: AtomicBool::new(false),
        unsettled: AtomicBool::new(false),
        directory: directory.clone(),
        reserve: Reserve::of(config.reserve_bytes),
        last_seq,
        last_before,
        fixed,
        _lock: lock,
    };
    disk.reserve.keep(directory);
    Ok(disk)
}

/// The number in the marker of a clean stop. The first versions wrote it without zeros and checksum.
pub(in crate::journal) fn last_at_clean_stop(directory: &Path) -> Option<Seq> {
    let marker = clean_marker(directory);
    let bare = || {
        let text = fs::read_to_string(&marker).ok().filter(|text| text.len() < 20)?;
        text.trim().parse().ok().map(Seq)
    };
    last_seq::read(&marker).or_else(bare)
}
