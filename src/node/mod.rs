//! The daemon, and the commands that need an open store or the network.
//!
//! In: a checked config. Out: a daemon that serves until it is told to stop, or what a command brought about.

/// Starts the tasks and stops them.
mod daemon;
/// The open rooms, in which tasks and commands work.
mod app;
/// The time by which sources are polled.
mod clock;
/// SIGTERM and SIGINT stop, SIGHUP reads the config and the tokens again.
mod signals;
/// When sources are polled.
mod polls;
/// Subscriptions at the hubs of polled feeds.
mod hubs;
/// When folders are read.
mod folders;
/// The commands that need the store, run by the daemon or in their own process.
pub mod command;
/// Runs a command in the daemon if one runs, else in this process.
pub mod dispatch;
/// The socket on which the daemon takes commands.
mod control;
/// Backups: in which order their parts are copied; and a data directory made from one.
pub mod backup;
/// Finds what an address offers as a source.
pub mod discover;
/// Mistakes and warnings that show only when a config is tried out.
pub mod config_check;
/// The file of push tokens.
pub mod tokens;
/// Small files that are replaced whole.
pub use crate::journal::durable;
/// Who owns the data directory: gives files that root wrote to its owner, and says as whom a command is run.
mod owner;

pub use crate::ingest::worker::run_child as run_worker;
pub use crate::journal::disk::refuse_if_used as ensure_unused;
pub use crate::journal::probe as probe_store;
pub use daemon::{run, run_on};
pub use owner::run_as_owner;

use crate::net;
use anyhow::Context;

/// The runtime that every command uses.
///
/// # Errors
/// If the system gives no threads.
pub fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    net::install_crypto();
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("no threads from the system")
}
