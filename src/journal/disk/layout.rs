use super::super::Error;
use std::path::{Path, PathBuf};

pub const STORE: &str = "sled";
/// The file in [`STORE`] that has everything.
pub const DB: &str = "db";
/// A store that is being made; it is renamed when it is whole, since sled cannot open a half-made one.
pub const NEW_STORE: &str = "sled.new";
/// Held by the process that works on the directory; it has the process id.
pub const LOCK: &str = "lock";
/// There while the last stop was a clean one; it has the number of the last event.
pub const CLEAN: &str = "clean";
/// The number of the last event on disk (see [`super::last_seq`]).
pub const LAST: &str = "last";
/// Disk space that is freed when the disk is full.
pub const RESERVE: &str = "reserve";
/// There while a restore is under way or was interrupted.
pub const RESTORING: &str = "restoring";

/// Refuses a directory with an unfinished restore.
pub(in crate::journal) fn refuse_half_restored(directory: &Path) -> Result<(), Error> {
    if directory.join(RESTORING).exists() {
        return Err(Error::HalfRestored { directory: directory.to_path_buf() });
    }
    Ok(())
}

/// Whether a directory has a store, or the remains of an interrupted restore.
pub fn holds_a_store(directory: &Path) -> bool {
    directory.join(STORE).exists() || refuse_half_restored(directory).is_err()
}

/// The path of the marker of a clean stop.
pub fn clean_marker(directory: &Path) -> PathBuf {
    directory.join(CLEAN)
}
