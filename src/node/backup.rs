//! Backups and exports while the daemon runs or not, and a data directory made from one.
//!
//! The command writes, not the daemon: a daemon under systemd may write nowhere but in its data directory.

use super::command::{Command, Listener};
use super::dispatch::run_anywhere;
use crate::config::Config;
use crate::ingest::FOLDERS;
use crate::journal::archive;
pub use crate::journal::archive::Summary;
use crate::journal::backup::{Backup, Making};
use crate::journal::restoring;
use crate::model::Timestamp;
use crate::store::Store;
use anyhow::Context;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The tokens of a data directory.
const TOKENS: &str = "tokens";

/// Writes the journal to a file, which must not exist.
pub fn export(
    config: Config,
    file: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> anyhow::Result<Summary> {
    anyhow::ensure!(!file.exists(), "{}: exists already; name another file", file.display());
    archive::write_file(file, |to| stream(config, to, progress))
}

/// Makes a backup, a new folder: what the journal holds and `file`, the config. The files first: what they say of
/// folders may be behind the journal, and must not be ahead of it.
pub fn make(
    config: Config,
    file: &Path,
    to: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> anyhow::Result<Summary> {
    let data = config.store.directory.clone();
    let mut making = Making::begin(to)?;
    making.config(file)?;
    for name in state(&data)? {
        making.data(&data, &name)?;
    }
    let summary = archive::write_file(&making.archive(), |to| stream(config, to, progress))?;
    making.finish(summary, Timestamp::now())?;
    Ok(summary)
}

fn stream(
    config: Config,
    to: &mut dyn Write,
    progress: &mut dyn FnMut(u64, u64),
) -> anyhow::Result<()> {
    run_anywhere(config, Command::Export, &mut Listener { progress, bytes: to }).map(|_| ())
}

/// The files of a data directory that a restart needs besides the store: without them a file of a folder that goes after
/// the backup would withdraw nothing, and what waits or is kept from readers would be lost.
fn state(data: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut names = vec![PathBuf::from(TOKENS)];
    for folder in FOLDERS {
        match std::fs::read_dir(data.join(folder)) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            entries => {
                for entry in entries? {
                    let name = Path::new(folder).join(entry?.file_name());
                    if name.extension().is_some_and(|ending| ending == "json") {
                        names.push(name);
                    }
                }
            }
        }
    }
    Ok(names)
}

/// The config in a backup; none in a bare archive.
pub fn config_in(from: &Path) -> anyhow::Result<Option<String>> {
    if !from.is_dir() {
        return Ok(None);
    }
    Ok(Backup::open(from)?.config()?.map(String::from_utf8).transpose()?)
}

/// Makes the config's data directory from a backup, or from a bare archive, and folds the views.
///
/// Until it is whole nothing but another restore opens it; an interrupted one is simply run again.
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
    super::runtime()?.block_on(archive::import(&journal, &archive, &mut imported))?;
    journal.skip_numbers(Timestamp::now())?;
    store.rebuild(&mut |done, last| progress(last + done, 2 * last))?;
    if let Some(backup) = &backup {
        backup.place(directory)?;
    }
    drop(store);
    journal.close()?;
    drop(journal);
    restoring.finish()?;
    super::owner::give_all(directory)?;
    Ok(summary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_has_what_is_kept_of_each_source_and_nothing_half_written() {
        let data = tempfile::tempdir().unwrap();
        for folder in ["folders", "polled", "backlog", "quarantine"] {
            std::fs::create_dir(data.path().join(folder)).unwrap();
            for name in ["a.json", "a.new", "a.torn"] {
                std::fs::write(data.path().join(folder).join(name), "").unwrap();
            }
        }
        let mut names = state(data.path()).unwrap();
        names.sort();
        let expected =
            ["backlog/a.json", "folders/a.json", "polled/a.json", "quarantine/a.json", TOKENS];
        assert_eq!(names, expected.map(PathBuf::from));
    }
}
