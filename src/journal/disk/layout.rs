//! The names of what is in a data directory.

use super::super::Error;
use std::path::{Path, PathBuf};

/// The folder of the store.
pub const STORE: &str = "sled";
/// The folder of a store that is being made. It gets its name when it is whole, since sled cannot open a half-made one.
pub const NEW_STORE: &str = "sled.new";
/// Held by the process that works on the directory, whose number is in it.
pub const LOCK: &str = "lock";
/// There while the last stop was a clean one; the number of the last event is in it.
pub const CLEAN: &str = "clean";
/// The number of the last event on disk (see [`super::last_seq`]).
pub const LAST: &str = "last";
/// Disk space that is freed when the disk is full.
pub const RESERVE: &str = "reserve";
/// There while a restore into the directory is under way, or was interrupted.
pub const RESTORING: &str = "restoring";

/// Refuses a directory in which a restore has not ended.
///
/// # Errors
/// [`Error::HalfRestored`].
pub fn refuse_half_restored(directory: &Path) -> Result<(), Error> {
    if directory.join(RESTORING).exists() {
        return Err(Error::HalfRestored { directory: directory.to_path_buf() });
    }
    Ok(())
}

/// Whether a directory holds a store, or what an interrupted restore left of one.
pub fn holds_a_store(directory: &Path) -> bool {
    directory.join(STORE).exists() || refuse_half_restored(directory).is_err()
}

/// The path of the marker of a clean stop.
pub fn clean_marker(directory: &Path) -> PathBuf {
    directory.join(CLEAN)
}
