//! `dongtin backup`, `restore`, `export`, `import`: the journal as one compressed file (docs/archive.md).

use crate::node::work::{self, Work};
use anyhow::Context;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(clap::Args)]
pub(super) struct BackupArgs {
    /// The file to write; it must not exist
    file: PathBuf,
}

#[derive(clap::Args)]
pub(super) struct RestoreArgs {
    /// A file that `dongtin backup` or `dongtin export` wrote
    file: PathBuf,
    /// The data directory to make; it must be empty or not exist. Without it, the config's own
    #[arg(long, value_name = "DIRECTORY")]
    into: Option<PathBuf>,
}

#[derive(clap::Args)]
pub(super) struct ExportArgs {
    /// The file to write (NDJSON compressed with zstd); it must not exist
    file: PathBuf,
}

#[derive(clap::Args)]
pub(super) struct ImportArgs {
    /// A file that `dongtin export` or `dongtin backup` wrote
    file: PathBuf,
}

pub(super) fn backup(args: BackupArgs, file: &Path) -> anyhow::Result<ExitCode> {
    super::work(super::load(file)?, Work::Export { file: absolute(&args.file)? }, "backing up")
}

pub(super) fn export(args: ExportArgs, file: &Path) -> anyhow::Result<ExitCode> {
    super::work(super::load(file)?, Work::Export { file: absolute(&args.file)? }, "exporting")
}

pub(super) fn import(args: ImportArgs, file: &Path) -> anyhow::Result<ExitCode> {
    super::work(super::load(file)?, Work::Import { file: absolute(&args.file)? }, "importing")
}

pub(super) fn restore(args: RestoreArgs, file: &Path) -> anyhow::Result<ExitCode> {
    let from = args
        .file
        .canonicalize()
        .with_context(|| format!("{}: cannot be read", args.file.display()))?;
    let mut config = super::load(file)?;
    if let Some(directory) = args.into {
        config.store.directory = std::path::absolute(directory)?;
    }
    let (bar, mut progress) = super::progress::bar("restoring");
    let done = work::restore(config, &from, &mut progress)?;
    bar.finish_and_clear();
    println!("{done}");
    Ok(ExitCode::SUCCESS)
}

fn absolute(file: &Path) -> anyhow::Result<PathBuf> {
    std::path::absolute(file).with_context(|| file.display().to_string())
}
