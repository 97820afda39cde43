use crate::node::command::Command;
use std::path::Path;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(super) struct Args {}

#[derive(clap::Args)]
pub(super) struct RebuildArgs {}

pub(super) fn run(_args: Args, file: &Path) -> anyhow::Result<ExitCode> {
    super::run_command(super::load(file)?, Command::Check, "checking")
}

pub(super) fn rebuild(_args: RebuildArgs, file: &Path) -> anyhow::Result<ExitCode> {
    super::run_command(super::load(file)?, Command::Rebuild, "rebuilding")
}
