//! The worker processes: this same program re-executed, reading and cleaning untrusted bytes under hard limits.
//!
//! In: a `Job` and a document's bytes, framed over a pipe. Out: drafts, or why there are none. Whatever a parser
//! does to the child (a panic, a stack overflow, all memory, endless work) costs this one job.

/// What a worker is asked, and what it answers.
mod job;
/// Doing a job: bytes to drafts, pure.
mod run;
/// Jobs and replies as bytes on a pipe.
mod frame;
/// The worker process: its limits, its loop.
mod child;
/// The daemon's side: starts the processes, hands them jobs, says what they died of.
mod pool;

pub use child::run_child;
pub use job::{Fault, Job, JobOutput};
pub use pool::{Error, Pool};
pub use run::{is_cheap, refine_entry, refine_if_cheap, run_job};

/// The hidden command that makes a process a worker.
pub const ARGUMENT: &str = "__worker";
