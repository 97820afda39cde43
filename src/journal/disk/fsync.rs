//! The fsync that sled's `flush` does not do: on Linux it only calls `sync_file_range`. fsync works per inode, so handles
//! of our own make sled's bytes durable.

use super::layout::DB;
use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;
use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Bytes allocated beyond the end of `db`; renewed when half of them are used.
const AHEAD: u64 = 16 << 20;

/// Our own handles of sled's files.
pub struct SyncHandles {
    blobs: PathBuf,
    db: File,
    synced: HashSet<OsString>,
}

/// Disk blocks beyond the end of `db`, for sled to grow into.
pub struct Preallocation {
    db: File,
    allocated: u64,
}

impl Preallocation {
    /// Allocates the first blocks if the disk has any: a full disk must not prevent reading.
    pub(in crate::journal) fn open(sled: &Path) -> io::Result<Self> {
        let db = OpenOptions::new().read(true).write(true).open(sled.join(DB))?;
        let mut blocks = Self { db, allocated: 0 };
        let _ = blocks.allocate(0);
        Ok(blocks)
    }

    /// Allocates more blocks if too few are left for a write of `bytes`, without changing the file's length.
    ///
    /// sled writes even while only reading (it merges and moves pages), and never recovers from a full disk. With
    /// blocks of its own it does not meet one.
    pub(in crate::journal) fn allocate(&mut self, bytes: u64) -> io::Result<()> {
        let length = self.db.metadata()?.len();
        if self.allocated >= length.saturating_add(bytes + AHEAD / 2) {
            return Ok(());
        }
        match fallocate(&self.db, FallocateFlags::KEEP_SIZE, length, bytes + AHEAD) {
            Ok(()) => self.allocated = length + bytes + AHEAD,
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => self.allocated = u64::MAX,
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

impl SyncHandles {
    /// Opens the handles and makes the store's creation durable: `conf`, snapshots, the folder and its parents.
    pub(in crate::journal) fn open(sled: &Path) -> io::Result<Self> {
        let db = File::open(sled.join(DB))?;
        let blobs = sled.join("blobs");
        let mut handles = Self { blobs, db, synced: HashSet::new() };
        handles.sync()?;
        for entry in std::fs::read_dir(sled)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                File::open(entry.path())?.sync_all()?;
            }
        }
        for folder in sled.ancestors().take(3).filter(|f| !f.as_os_str().is_empty()) {
            File::open(folder)?.sync_all()?;
        }
        Ok(handles)
    }

    /// Makes everything that sled has written durable: new files in `blobs`, that folder, then `db`.
    pub(in crate::journal) fn sync(&mut self) -> io::Result<()> {
        self.sync_blobs()?;
        self.db.sync_data()
    }

    fn sync_blobs(&mut self) -> io::Result<()> {
        let entries = match std::fs::read_dir(&self.blobs) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        let mut present = HashSet::new();
        let mut news = false;
        for entry in entries {
            let name = entry?.file_name();
            if !self.synced.contains(&name) {
                sync_if_there(&self.blobs.join(&name))?;
                news = true;
            }
            present.insert(name);
        }
        self.synced = present;
        if news { File::open(&self.blobs)?.sync_all() } else { Ok(()) }
    }
}

/// Syncs a blob unless it is gone: sled may remove one at any time.
fn sync_if_there(path: &Path) -> io::Result<()> {
    match File::open(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        file => file?.sync_all(),
    }
}
