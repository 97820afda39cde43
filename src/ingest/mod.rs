//! Takes articles in by every door: fetch → read → refine → decide → append.
//!
//! In: pushed entries, files, polled documents. Out: events in the journal, and what became of each draft.

pub mod decide;
mod door;
mod files;
pub mod folder;
pub mod memory;
mod pages;
pub mod poll;
mod pushed;
mod reading;
mod same;
pub mod schedule;
mod take;
pub mod worker;

pub use decide::{Door, Reason, Verdict};
pub use door::{Error, Ingest, Outcome, Precondition, PushOptions, Pushed, Withdrawal};
pub use files::RoundDone;
pub use pages::Settled;
pub use pushed::{NotAnEntry, atom_entry, upstream_id};
pub use take::Taken;
