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
}

pub(super) fn run(args: Args, file: &Path) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Status => super::work(super::load(file)?, Work::Sources, "reading"),
    }
}
