//! `dongtin check` and `dongtin rebuild`: whether the data agrees with itself, and making it so.

use crate::node::work::Work;
use std::path::Path;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(super) struct Args {}

#[derive(clap::Args)]
pub(super) struct RebuildArgs {}

pub(super) fn run(_args: Args, file: &Path) -> anyhow::Result<ExitCode> {
    super::work(super::load(file)?, Work::Check, "checking")
}

pub(super) fn rebuild(_args: RebuildArgs, file: &Path) -> anyhow::Result<ExitCode> {
    super::work(super::load(file)?, Work::Rebuild, "rebuilding")
}
