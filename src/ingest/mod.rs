//! Takes articles in by every door: fetch → read → refine → decide → append.
//!
//! In: pushed entries, files, polled documents. Out: events in the journal, and what became of each draft.

mod answer;
mod backlog;
pub mod decide;
mod door;
pub mod drift;
mod files;
mod find;
pub mod folder;
mod gone;
mod guest;
#[cfg(test)]
mod house;
mod kept;
mod look;
pub mod memory;
mod pages;
pub mod poll;
mod push;
mod pushed;
mod quarantine;
mod reading;
mod rest;
mod same;
pub mod schedule;
pub mod sitemaps;
mod take;
pub mod websub;
mod withdraw;
pub mod worker;

pub use answer::{Error, Outcome, Precondition, PushOptions, Pushed};
pub use door::Ingest;
pub use kept::FOLDERS;
pub use pages::Settled;
pub use pushed::{NotAnEntry, atom_entry, is_date, upstream_id};
#[doc(hidden)]
pub use reading::read_job;
pub use take::Taken;
