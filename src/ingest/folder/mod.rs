//! A folder as a source: its files are read, taken in, and withdrawn when they are gone.
//!
//! In: a folder, and what it held at the last round. Out: articles applied, and what to remember.

/// The pipeline: scan, plan, read, apply, withdraw, remember.
mod round;
/// What lies in a folder.
mod scan;
/// What a round does; pure.
mod plan;
/// Pictures and other media beside the articles.
mod media;

pub use media::{measure, media};
pub use plan::{FileState, FolderState, SETTLE_MS, Seen};
pub(super) use scan::open;
