//! The daemon, and the commands that need an open store or the network.
//!
//! In: a checked config. Out: a daemon that serves until it is told to stop, or what a command brought about.

/// The daemon from start to stop: opens the rooms, starts the tasks, waits for a signal, stops the tasks.
mod daemon;
/// The open rooms, in which tasks and commands work.
mod app;
/// The time by which the daemon polls. A test moves it forward instead of waiting.
mod clock;
/// SIGTERM and SIGINT stop, SIGHUP reads the config and the tokens again.
mod signals;
/// Polls the sources whose turn it is; `ingest::poll` says what a poll is.
mod polls;
/// Renews our subscriptions at hubs, and applies what they deliver.
mod hubs;
/// Copies the files that articles show; `ingest::media` says how.
mod copying;
/// Copies the journal of the leader that the config names; makes this node the leader, or has it follow again.
mod following;
/// Watches the folders of folder sources: a round after every change, and one every half minute in any case.
mod folders;
/// One article's history, and taking its text out for good.
mod article;
/// The commands that need the store, run by the daemon or in their own process.
pub mod command;
/// What a command brought about.
mod outcome;
/// Runs a command in the daemon if one runs, else in this process: only one may have the store open.
pub mod dispatch;
/// The socket on which the daemon takes commands.
mod control;
/// Backups: in which order their parts are copied; and a data directory made from one.
pub mod backup;
/// Finds what an address offers as a source.
pub mod discover;
/// What is wrong with a config although each key is right: what shows when it is tried, and what will hardly work.
pub mod config_check;
/// The file `tokens` of a data directory. It has mode 0600, belongs to the directory's owner and is replaced whole.
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
