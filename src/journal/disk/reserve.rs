use super::super::Error;
use super::layout::RESERVE;
use super::remove_if_there;
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// Room that sled may need besides what we write: segments, a snapshot.
const MARGIN: u64 = 8 * 1024 * 1024;

/// The reserve of a data directory.
pub struct Reserve {
    bytes: u64,
}

impl Reserve {
    /// A reserve of so many bytes.
    pub fn of(bytes: u64) -> Self {
        Self { bytes }
    }

    /// Frees the reserve if the disk is full: sled cannot open without room.
    pub(in crate::journal) fn free_if_full(directory: &Path) -> Result<(), Error> {
        if free_bytes(directory)? < MARGIN {
            remove_if_there(&directory.join(RESERVE))?;
        }
        Ok(())
    }

    /// Sets the reserve aside, if there is enough room.
    pub fn keep(&self, directory: &Path) {
        let path = directory.join(RESERVE);
        let room = free_bytes(directory).unwrap_or(0);
        if !path.exists() && room > MARGIN + 2 * self.bytes {
            let _ = write_zeros(&path, self.bytes);
        }
    }

    /// Refuses a write of `bytes` for which the disk may have no room, so that sled never meets a full disk.
    pub(in crate::journal) fn refuse_if_full(
        &self,
        directory: &Path,
        bytes: u64,
    ) -> Result<(), Error> {
        let reserve = if directory.join(RESERVE).exists() { 0 } else { self.bytes };
        let needed = MARGIN + reserve + bytes;
        if free_bytes(directory)? < needed { Err(Error::Full) } else { Ok(()) }
    }
}

fn free_bytes(directory: &Path) -> Result<u64, Error> {
    let stat = rustix::fs::statvfs(directory);
    let stat = stat.map_err(|e| Error::io("cannot ask for the room on", directory, &e.into()))?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Writes zeros: a sparse file would reserve nothing.
fn write_zeros(path: &Path, bytes: u64) -> std::io::Result<()> {
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
