//! sled opened safely, and written to safely.
//!
//! In the data directory: `sled/` (the store; `sled.new/` until it is made), `lock`, `clean` (there while the last stop was a clean one), `last` (see [`super::mark`]), `reserve`.

use super::guard::{Ahead, Guard};
use super::mark::{self, Mark};
use super::restoring::{NEW_STORE, STORE, refuse_half_made};
use super::seal::catch_sled_panic;
use super::{Error, probe};
use crate::config::StoreConfig;
use crate::model::Seq;
use sled::{Batch, Db, Tree};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

/// Room that sled itself may need beyond what we write: segments, a snapshot.
const MARGIN: u64 = 8 * 1024 * 1024;

/// Looks whether sled has let go of its file, and the pause between two of them.
const RELEASE_LOOKS: usize = 1000;
const RELEASE_LOOK: Duration = Duration::from_millis(5);
/// Looks whether a directory is free: a program that is just being started holds its starter's lock for a moment.
const LOCK_LOOKS: usize = 20;

/// An opened store: the only way to its bytes.
pub struct Disk {
    db: Db,
    writing: Mutex<Ahead>,
    syncing: Mutex<Guard>,
    poisoned: AtomicBool,
    /// Whether something was applied that is not durable yet and should be soon.
    unsettled: AtomicBool,
    directory: PathBuf,
    reserve_bytes: u64,
    mark: Mark,
    last_before: Option<Seq>,
    lock: File,
}

/// Opens the store in a data directory, making it if need be.
///
/// After an unclean stop `program` (our own binary, see [`probe()`]) tries the opening first; `None` tries it in this process only.
pub fn open(config: &StoreConfig, program: Option<&Path>) -> Result<Disk, Error> {
    let directory = &config.directory;
    fs::create_dir_all(directory).map_err(|e| Error::io("cannot make", directory, &e))?;
    let lock = lock(directory)?;
    refuse_half_made(directory)?;
    open_locked(config, program, lock)
}

/// The same for who has the lock.
pub(super) fn open_locked(
    config: &StoreConfig,
    program: Option<&Path>,
    lock: File,
) -> Result<Disk, Error> {
    let directory = &config.directory;
    free_reserve_if_full(config)?;
    let sled = directory.join(STORE);
    if sled.exists() {
        remove_half_snapshots(&sled)?;
        if let Some(program) = program.filter(|_| !clean_marker(directory).exists()) {
            probe::run(program, directory)?;
        }
    } else {
        tracing::info!(directory = %directory.display(), "no store is here: a new one is made");
        create(directory, &sled, config.cache_bytes)?;
    }
    let marked = mark::read(&directory.join(mark::MARK));
    let last_before = marked.max(last_at_clean_stop(directory));
    let mark = Mark::open(directory).map_err(|e| Error::io("cannot write in", directory, &e))?;
    wait_until_released(&sled);
    let db = open_sled(directory, config.cache_bytes)?;
    let guards = Ahead::open(&sled).and_then(|ahead| Ok((ahead, Guard::open(&sled)?)));
    let (ahead, guard) = guards.map_err(|e| Error::io("cannot make durable", &sled, &e))?;
    let disk = Disk {
        db,
        writing: Mutex::new(ahead),
        syncing: Mutex::new(guard),
        poisoned: AtomicBool::new(false),
        unsettled: AtomicBool::new(false),
        directory: directory.clone(),
        reserve_bytes: config.reserve_bytes,
        mark,
        last_before,
        lock,
    };
    disk.keep_reserve();
    Ok(disk)
}

/// Makes an empty store beside its place, then puts it there whole: sled cannot open one that it was killed in making.
fn create(directory: &Path, sled: &Path, cache_bytes: u64) -> Result<(), Error> {
    let beside = directory.join(NEW_STORE);
    if beside.exists() {
        fs::remove_dir_all(&beside).map_err(|e| Error::io("cannot remove", &beside, &e))?;
    }
    drop(open_sled_at(&beside, directory, cache_bytes)?);
    wait_until_released(&beside);
    let placed = Guard::open(&beside).and_then(|_| fs::rename(&beside, sled));
    placed.map_err(|e| Error::io("cannot make", sled, &e))
}

/// sled lets go of its file a moment after its last handle. Only this process can have it: the directory's lock is ours.
fn wait_until_released(sled: &Path) {
    let Ok(db) = File::open(sled.join("db")) else { return };
    for _ in 0..RELEASE_LOOKS {
        match db.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(RELEASE_LOOK),
            _ => return, // closing the handle unlocks
        }
    }
}

/// Opens sled itself, with nothing of ours around it.
pub(super) fn open_sled(directory: &Path, cache_bytes: u64) -> Result<Db, Error> {
    open_sled_at(&directory.join(STORE), directory, cache_bytes)
}

fn open_sled_at(sled: &Path, directory: &Path, cache_bytes: u64) -> Result<Db, Error> {
    let config = sled::Config::new().path(sled).cache_capacity(cache_bytes).flush_every_ms(None);
    catch_sled_panic(|| config.open()).map_err(|e| match e {
        Error::Full => Error::Full,
        e => Error::Unopenable { directory: directory.to_path_buf(), reason: e.to_string() },
    })
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

    /// Compares with what was on disk before: a log that ends earlier has lost events.
    pub(super) fn begin(&self, last: Seq) -> Result<(), Error> {
        if let Some(before) = self.last_before.filter(|before| last < *before) {
            return Err(Error::Lost { directory: self.directory.clone(), last, before });
        }
        let marked = self.mark.set(last).and_then(|()| self.mark.sync());
        marked.map_err(|e| Error::io("cannot write in", &self.directory, &e))?;
        remove_if_there(&clean_marker(&self.directory))?;
        let synced = File::open(&self.directory).and_then(|folder| folder.sync_all());
        synced.map_err(|e| Error::io("cannot make durable", &self.directory, &e))
    }

    /// Notes that the log is on disk up to a number.
    pub(super) fn mark(&self, last: Seq) {
        if let Err(error) = self.mark.set(last) {
            tracing::warn!(%error, file = mark::MARK, "the number of the last event was not noted");
        }
    }

    /// Why nothing can be written, if nothing can.
    pub fn trouble(&self) -> Option<Error> {
        self.refuse_if_poisoned().and_then(|()| self.refuse_if_vanished()).err()
    }

    /// Bytes that the store takes on the disk.
    pub fn size(&self) -> u64 {
        self.db.size_on_disk().unwrap_or(0)
    }

    /// Applies a batch that may be lost and done again (a view, progress): not durable by itself, later commits make it so.
    pub fn apply(&self, tree: &Tree, batch: Batch) -> Result<(), Error> {
        let _guard = self.begin_write()?;
        self.written(catch_sled_panic(|| tree.apply_batch(batch)))
    }

    /// Applies a batch of about so many bytes that should not be lost for long: the next [`Disk::settle`] makes it
    /// durable, if no commit did before.
    pub fn apply_soon(&self, tree: &Tree, batch: Batch, bytes: usize) -> Result<(), Error> {
        let _guard = self.begin_write_of(bytes as u64)?;
        self.written(catch_sled_panic(|| tree.apply_batch(batch)))?;
        self.unsettled.store(true, Ordering::Release);
        Ok(())
    }

    /// Makes durable what [`Disk::apply_soon`] left, if there is any; when it fails, nothing more is accepted.
    pub fn settle(&self) -> Result<(), Error> {
        if !self.unsettled.load(Ordering::Acquire) {
            return Ok(());
        }
        let writing = self.begin_write()?;
        self.make_durable(writing)
    }

    /// Commits a batch: when this returns `Ok` it is on the disk; when it fails, nothing more is accepted.
    pub fn commit(&self, tree: &Tree, batch: Batch) -> Result<(), Error> {
        let writing = self.begin_write()?;
        self.written(catch_sled_panic(|| tree.apply_batch(batch)))?;
        self.make_durable(writing)
    }

    /// Brings everything that was applied onto the disk; writes may go on while the disk is waited for.
    fn make_durable(&self, writing: MutexGuard<'_, Ahead>) -> Result<(), Error> {
        self.unsettled.store(false, Ordering::Release);
        self.written(catch_sled_panic(|| self.db.flush()).map(|_| ()))?;
        drop(writing);
        let mut guard = self.syncing.lock().map_err(|_| Error::Poisoned)?;
        // Linux tells a failed write once per open file: who waited here would be told that all is well.
        self.refuse_if_poisoned()?;
        let synced =
            guard.sync().map_err(|e| Error::io("cannot make durable", &self.directory, &e));
        self.written(synced)
    }

    /// Makes everything durable and marks the stop as clean, with the last number; call it last.
    pub fn close(&self, last: Seq) -> Result<(), Error> {
        let _writing = self.writing.lock().map_err(|_| Error::Poisoned)?;
        let mut guard = self.syncing.lock().map_err(|_| Error::Poisoned)?;
        self.refuse_if_poisoned()?;
        self.written(catch_sled_panic(|| self.db.flush()).map(|_| ()))?;
        let marker = clean_marker(&self.directory);
        let mut mark = || -> std::io::Result<()> {
            guard.sync()?;
            self.mark.set(last)?;
            self.mark.sync()?;
            fs::write(&marker, mark::line(last))?;
            File::open(&marker)?.sync_all()?;
            File::open(&self.directory)?.sync_all()
        };
        mark().map_err(|e| Error::io("cannot make durable", &self.directory, &e))
    }

    /// Whether writing is refused until a restart.
    pub fn is_poisoned(&self) -> bool {
        self.poisoned.load(Ordering::Acquire)
    }

    /// One write at a time, none after a failed one, and none that the disk may have no room for.
    fn begin_write(&self) -> Result<MutexGuard<'_, Ahead>, Error> {
        self.begin_write_of(0)
    }

    /// Begins a write that may be larger than any commit, by about so many bytes.
    fn begin_write_of(&self, bytes: u64) -> Result<MutexGuard<'_, Ahead>, Error> {
        self.refuse_if_vanished()?;
        self.room(bytes)?;
        let mut ahead = self.writing.lock().map_err(|_| Error::Poisoned)?;
        self.refuse_if_poisoned()?;
        ahead.allocate(bytes).map_err(|e| match e.kind() {
            std::io::ErrorKind::StorageFull => Error::Full,
            _ => Error::io("cannot take room on", &self.directory, &e),
        })?;
        Ok(ahead)
    }

    fn refuse_if_poisoned(&self) -> Result<(), Error> {
        if self.is_poisoned() { Err(Error::Poisoned) } else { Ok(()) }
    }

    /// A directory that was taken away under us, or whose mount was: what is written there is nobody's.
    fn refuse_if_vanished(&self) -> Result<(), Error> {
        use std::os::unix::fs::MetadataExt;
        let there =
            fs::metadata(self.directory.join("lock")).map(|there| (there.dev(), there.ino()));
        let ours = self.lock.metadata().map(|ours| (ours.dev(), ours.ino()));
        match (there, ours) {
            (Ok(there), Ok(ours)) if there == ours => Ok(()),
            _ => Err(Error::Vanished { directory: self.directory.clone() }),
        }
    }

    /// After a write failed half way nobody knows what is on the disk: refuse this and all further ones.
    fn written(&self, result: Result<(), Error>) -> Result<(), Error> {
        result.map_err(|error| {
            self.poisoned.store(true, Ordering::Release);
            tracing::error!(%error, "a write failed: nothing more is accepted until a restart");
            Error::Poisoned
        })
    }

    /// Refuses to begin a write that the disk may have no room for, so that sled never meets a full disk.
    fn room(&self, bytes: u64) -> Result<(), Error> {
        let reserve = if reserve(&self.directory).exists() { 0 } else { self.reserve_bytes };
        if free_bytes(&self.directory)? < MARGIN + reserve + bytes {
            Err(Error::Full)
        } else {
            Ok(())
        }
    }

    /// Sets the reserve aside, if there is room for it and some more.
    fn keep_reserve(&self) {
        let path = reserve(&self.directory);
        let room = free_bytes(&self.directory).unwrap_or(0);
        if !path.exists() && room > MARGIN + 2 * self.reserve_bytes {
            let _ = write_reserve(&path, self.reserve_bytes);
        }
    }
}

fn clean_marker(directory: &Path) -> PathBuf {
    directory.join("clean")
}

pub(super) fn last_at_clean_stop(directory: &Path) -> Option<Seq> {
    let marker = clean_marker(directory);
    // The first versions wrote the bare number, with no zeros before it.
    let bare = || {
        let text = fs::read_to_string(&marker).ok().filter(|text| text.len() < 20)?;
        text.trim().parse().ok().map(Seq)
    };
    mark::read(&marker).or_else(bare)
}

fn reserve(directory: &Path) -> PathBuf {
    directory.join("reserve")
}

/// One daemon per directory; the lock goes with the process.
pub(super) fn lock(directory: &Path) -> Result<File, Error> {
    let path = directory.join("lock");
    let opened = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let mut file = opened.map_err(|e| Error::io("cannot open", &path, &e))?;
    let mut tried = file.try_lock();
    for _ in 0..LOCK_LOOKS {
        if !matches!(tried, Err(TryLockError::WouldBlock)) {
            break;
        }
        std::thread::sleep(RELEASE_LOOK);
        tried = file.try_lock();
    }
    match tried {
        Ok(()) => {
            let _ = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let process = fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok());
            Err(Error::Locked { directory: directory.to_path_buf(), process })
        }
        Err(TryLockError::Error(e)) => Err(Error::io("cannot lock", &path, &e)),
    }
}

/// Whether a directory holds a store, or what a restore left of one.
pub fn holds_a_store(directory: &Path) -> bool {
    directory.join(STORE).exists() || refuse_half_made(directory).is_err()
}

/// Whether nobody works on a directory; an error that names who does. A directory that is not there is nobody's.
pub fn unused(directory: &Path) -> Result<(), Error> {
    if directory.join("lock").exists() { lock(directory).map(drop) } else { Ok(()) }
}

/// sled cannot open on a full disk: the reserve makes the room it needs.
fn free_reserve_if_full(config: &StoreConfig) -> Result<(), Error> {
    if free_bytes(&config.directory)? < MARGIN {
        remove_if_there(&reserve(&config.directory))?;
    }
    Ok(())
}

/// A snapshot that was being written when the process died makes sled refuse to open.
pub(super) fn remove_half_snapshots(sled: &Path) -> Result<(), Error> {
    let entries = fs::read_dir(sled).map_err(|e| Error::io("cannot list", sled, &e))?;
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().ends_with(".generating") {
            remove_if_there(&entry.path())?;
        }
    }
    Ok(())
}

pub(super) fn remove_if_there(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io("cannot remove", path, &e))
        }
        _ => Ok(()),
    }
}

fn free_bytes(directory: &Path) -> Result<u64, Error> {
    let stat = rustix::fs::statvfs(directory);
    let stat = stat.map_err(|e| Error::io("cannot ask for the room on", directory, &e.into()))?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Zeros, written out: a sparse file would hold no room.
fn write_reserve(path: &Path, bytes: u64) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    let zeros = vec![0; 1 << 16];
    let mut left = bytes;
    while left > 0 {
        let n = left.min(zeros.len() as u64);
        file.write_all(zeros.get(..n as usize).unwrap_or_default())?;
        left -= n;
    }
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::super::tests::config;
    use super::*;

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
            assert_eq!(disk.written(failed), Err(Error::Poisoned));
            drop(syncing);
            assert_eq!(waits.join().unwrap(), Err(Error::Poisoned));
        });
    }

    fn eio() -> std::io::Error {
        std::io::Error::from_raw_os_error(5)
    }
}
