//! A folder as a source: its files are read, applied, and their articles withdrawn when they are gone.
//!
//! In: a folder, and what it held at the last round. Out: articles applied, and what to remember.

/// The pipeline: scan, plan, read, apply, withdraw, remember.
mod round;
/// What lies in a folder.
mod scan;
/// What a round does; pure.
mod plan;
/// Reading one file, in a worker.
mod read;
/// Pictures and other media beside the articles.
mod media;

pub use media::media;
#[cfg(test)]
pub(super) use plan::FileState;
pub use plan::{FolderState, SETTLE_MS, Seen};
pub use round::{add_file, look, round};
