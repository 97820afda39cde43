//! Backups and exports while the daemon runs or not, and a data directory made from one.
//!
//! The command writes, not the daemon: a daemon under systemd may write nowhere but in its data directory.

use super::command::{Command, Listener};
use super::dispatch::run_anywhere;
use crate::config::Config;
use crate::journal::archive;
pub use crate::journal::archive::Summary;
use crate::journal::backup_folder::{Backup, Making};
use crate::journal::restoring;
use crate::model::Timestamp;
use crate::store::{MediaFiles, Store};
use anyhow::Context;
use std::io::Write;
use std::path::Path;

/// The tokens of a data directory.
const TOKENS: &str = "tokens";

/// Writes the journal to a file, which must not exist.
///
/// # Errors
/// If the file exists or cannot be written, or the journal cannot be read.
pub fn export(
    config: Config,
    file: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> anyhow::Result<Summary> {
    anyhow::ensure!(!file.exists(), "{}: exists already; name another file", file.display());
    archive::write_file(file, |to| stream(config, Command::Export, to, progress))
}

/// Makes a backup, a new folder: the config `file`, the tokens, the rows of progress, the copies of files and what the
/// journal holds. The
/// progress goes before the journal: what it says of sources and folders may be behind the journal, and must not be
/// ahead of it.
///
/// # Errors
/// If the folder exists or cannot be written, or the journal cannot be read.
pub fn make(
    config: Config,
    file: &Path,
    to: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> anyhow::Result<Summary> {
    let mut making = Making::begin(to)?;
    making.config(file)?;
    making.data(&config.store.directory, Path::new(TOKENS))?;
    making.progress(|to| stream(config.clone(), Command::ExportProgress, to, progress))?;
    // Each is named by its hash: what is gone or new since the progress was copied is fetched or removed at the next start.
    let media = MediaFiles::of(&config.store.directory);
    let left_out = media.copy_all(&MediaFiles::of(making.folder())).context("copies of files")?;
    if left_out > 0 {
        tracing::warn!(left_out, "damaged copies of files are not in the backup");
    }
    let archive = making.archive();
    let summary =
        archive::write_file(&archive, |to| stream(config, Command::Export, to, progress))?;
    making.finish(summary, Timestamp::now())?;
    Ok(summary)
}

/// Has a command write to `to`.
///
/// # Errors
/// If the command fails.
pub fn stream(
    config: Config,
    command: Command,
    to: &mut dyn Write,
    progress: &mut dyn FnMut(u64, u64),
) -> anyhow::Result<()> {
    run_anywhere(config, command, &mut Listener { progress, bytes: to }).map(|_| ())
}

/// The config in a backup; none in a bare archive.
///
/// # Errors
/// If the backup or its config cannot be read.
pub fn config_in(from: &Path) -> anyhow::Result<Option<String>> {
    if !from.is_dir() {
        return Ok(None);
    }
    Ok(Backup::open(from)?.config()?.map(String::from_utf8).transpose()?)
}

/// Makes the config's data directory from a backup, or from a bare archive, and folds the views.
///
/// Until it is whole nothing but another restore opens it; an interrupted one is simply run again.
///
/// # Errors
/// If the archive is damaged, the data directory is in use or not empty, or cannot be written.
pub fn restore(
    config: &Config,
    from: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> anyhow::Result<Summary> {
    let directory = &config.store.directory;
    let backup = if from.is_dir() { Some(Backup::open(from)?) } else { None };
    let archive = backup.as_ref().map_or_else(|| from.to_owned(), Backup::archive);
    let summary = archive::verify(&archive).with_context(|| archive.display().to_string())?;
    if let Some(backup) = &backup {
        backup.expects(summary)?;
    }
    let restoring = restoring::begin(directory)?;
    let journal = restoring.journal(&config.store)?;
    let store = Store::open(journal.clone(), &config.feeds)?;
    let mut imported = |done, last| progress(done, 2 * last);
    super::runtime()?.block_on(archive::import(
        &journal,
        &archive,
        &|event| event,
        &mut imported,
    ))?;
    journal.skip_numbers(Timestamp::now())?;
    store.rebuild(&mut |done, last| progress(last + done, 2 * last))?;
    if let Some(backup) = &backup {
        let media = MediaFiles::of(backup.folder());
        let left_out = media.copy_all(&MediaFiles::of(directory)).context("copies of files")?;
        if left_out > 0 {
            tracing::warn!(left_out, "damaged copies of files are fetched again");
        }
        backup.place(directory)?;
        if let Some(rows) = backup.progress()? {
            store.progress().import(rows)?;
        }
    }
    drop(store);
    journal.close()?;
    drop(journal);
    super::owner::give_all(directory)?;
    restoring.finish()?;
    Ok(summary)
}
