use super::terminal::{is_dash, note, path_argument};
use crate::config::Config;
use crate::node::backup;
use crate::node::backup::Summary;
use crate::node::command::Command;
use crate::node::durable;
use anyhow::Context;
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(super) struct BackupArgs {
    /// The folder to make; it must not exist
    #[arg(value_parser = path_argument)]
    folder: PathBuf,
}

#[derive(clap::Args)]
pub(super) struct RestoreArgs {
    /// A folder that `dongtin backup` made, or a file that `dongtin export` wrote
    #[arg(value_parser = path_argument)]
    from: PathBuf,
    /// The data directory to make; it must be empty or not exist. Without it, the config's own
    #[arg(long, value_name = "DIRECTORY")]
    into: Option<PathBuf>,
}

#[derive(clap::Args)]
pub(super) struct ExportArgs {
    /// The file to write (NDJSON compressed with zstd); it must not exist. `-` is standard output
    file: PathBuf,
}

#[derive(clap::Args)]
pub(super) struct ImportArgs {
    /// A file that `dongtin export` wrote, or the archive in a backup
    #[arg(value_parser = path_argument)]
    file: PathBuf,
}

pub(super) fn backup(args: BackupArgs, file: &Path) -> anyhow::Result<()> {
    let (config, to) = (super::load(file)?, absolute(&args.folder)?);
    let (bar, mut progress) = super::progress::bar("backing up");
    let made = backup::make(config, file, &to, &mut progress)?;
    bar.finish_and_clear();
    say_made(&to, &made)
}

pub(super) fn export(args: ExportArgs, file: &Path) -> anyhow::Result<()> {
    let config = super::load(file)?;
    let (bar, mut progress) = super::progress::bar("exporting");
    if is_dash(&args.file) {
        backup::stream(config, Command::Export, &mut std::io::stdout().lock(), &mut progress)?;
        bar.finish_and_clear();
        return Ok(());
    }
    let to = absolute(&args.file)?;
    let made = backup::export(config, &to, &mut progress)?;
    bar.finish_and_clear();
    say_made(&to, &made)
}

fn say_made(to: &Path, made: &Summary) -> anyhow::Result<()> {
    super::say(format_args!(
        "{}: {} events, the last is {}",
        to.display(),
        made.events,
        made.last
    ))?;
    Ok(())
}

pub(super) fn import(args: ImportArgs, file: &Path) -> anyhow::Result<()> {
    super::run_command(
        super::load(file)?,
        Command::Import { file: absolute(&args.file)? },
        "importing",
    )
}

pub(super) fn restore(args: RestoreArgs, file: &Path) -> anyhow::Result<()> {
    let from = args
        .from
        .canonicalize()
        .with_context(|| format!("{}: cannot be read", args.from.display()))?;
    put_config(&from, file)?;
    let mut config = super::load(file)?;
    if let Some(directory) = args.into {
        config.store.directory = std::path::absolute(directory)?;
    }
    let (bar, mut progress) = super::progress::bar("restoring");
    let made = backup::restore(&config, &from, &mut progress)?;
    bar.finish_and_clear();
    let directory = config.store.directory.display();
    super::say(format_args!("{directory}: {} events, the last is {}", made.events, made.last))?;
    Ok(())
}

/// Writes the backup's config to `file`. An existing config stays; a message says so if it differs.
fn put_config(from: &Path, file: &Path) -> anyhow::Result<()> {
    let Some(text) = backup::config_in(from)? else { return Ok(()) };
    let file = absolute(file)?;
    match std::fs::read_to_string(&file) {
        Ok(there) if there == text => {}
        Ok(_) => note(format_args!(
            "{}: kept as it is; the backup has a different config: {}",
            file.display(),
            from.join("dongtin.toml").display()
        )),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            write_config(&file, &text)?;
            note(format_args!(
                "{}: written from the backup: check the paths in it",
                file.display()
            ));
        }
        Err(error) => return Err(error).with_context(|| file.display().to_string()),
    }
    Ok(())
}

/// Writes a config file, whole or not at all, after checking that this version can read it.
fn write_config(file: &Path, text: &str) -> anyhow::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("/"));
    Config::parse(text, folder).map_err(|e| anyhow::anyhow!("the config in the backup: {e}"))?;
    // It may hold passwords.
    let written = durable::replace(file, 0o600, |out| out.write_all(text.as_bytes()));
    written.with_context(|| file.display().to_string())
}

fn absolute(file: &Path) -> anyhow::Result<PathBuf> {
    std::path::absolute(file).with_context(|| file.display().to_string())
}
