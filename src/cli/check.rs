use crate::node::command::Command;
use std::path::Path;
use std::process::ExitCode;

pub(super) fn run(file: &Path) -> anyhow::Result<ExitCode> {
    super::run_command(super::load(file)?, Command::Check, "checking")
}

pub(super) fn rebuild(file: &Path) -> anyhow::Result<ExitCode> {
    super::run_command(super::load(file)?, Command::Rebuild, "rebuilding")
}
