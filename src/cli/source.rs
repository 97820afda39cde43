//! `dongtin source`: what we read, and how it is doing.

use crate::node::work::Work;
use clap::Subcommand;
use std::path::Path;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// For every source: state, last good, next check, warnings, what to do
    Status,
    /// Poll sources now, whatever their turn; their hosts' pauses still hold
    Poll {
        /// Their ids
        #[arg(required_unless_present = "all")]
        ids: Vec<String>,
        /// Every source that is polled
        #[arg(long, conflicts_with = "ids")]
        all: bool,
    },
}

pub(super) fn run(args: Args, file: &Path) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Status => super::work(super::load(file)?, Work::Sources, "reading"),
        Command::Poll { ids, .. } => super::work(super::load(file)?, Work::Poll { ids }, "asking"),
    }
}
