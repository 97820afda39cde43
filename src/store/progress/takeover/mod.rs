//! What earlier versions kept, taken over once: rows of other forms in the tree of progress, and files beside the store.
//!
//! Every row is on the disk before its file is removed, so a kill between repeats the work and loses nothing.

/// The rows.
mod rows;
/// The files.
mod files;

use super::{Error, Progress};
use std::path::Path;

impl Progress {
    /// Takes over what an earlier version kept in the tree and below the data directory.
    ///
    /// # Errors
    /// If a file can neither be read nor put away, or if the store cannot be written.
    pub(super) fn take_over(&self, data: &Path) -> Result<(), Error> {
        self.take_rows()?;
        self.take_files(data)
    }
}

#[cfg(test)]
mod tests;
