//! Backups: a folder with the archive and the files beside the journal, made while the daemon runs.

use super::archive::{self, Summary};
use super::{Error, Journal};
use crate::config::StoreConfig;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// The archive's name inside a backup.
pub const ARCHIVE: &str = "journal.ndjson.zst";
/// The folder of the other files inside a backup.
pub const FILES: &str = "files";

/// Writes a backup into a new folder: every event up to this moment, and copies of `files` (the config, tokens).
///
/// The folder has its name only once it is whole and on the disk.
pub fn backup(
    journal: &Journal,
    to: &Path,
    files: &[PathBuf],
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Summary, Error> {
    refuse_unless_empty(to)?;
    let partial = to.with_added_extension("partial");
    let _ = fs::remove_dir_all(&partial);
    let inside = partial.join(FILES);
    fs::create_dir_all(&inside).map_err(|e| Error::io("cannot make", &inside, &e))?;
    for file in files {
        copy_into(file, &inside)?;
    }
    let summary = archive::export_file(journal, &partial.join(ARCHIVE), progress)?;
    put_in_place(&partial, to)?;
    Ok(summary)
}

/// Makes a data directory from a backup; the directory must be empty or not be there, and is there only once it is whole.
pub async fn restore(
    backup: &Path,
    config: &StoreConfig,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Summary, Error> {
    let to = &config.directory;
    refuse_unless_empty(to)?;
    let partial = to.with_added_extension("partial");
    let _ = fs::remove_dir_all(&partial);
    let journal =
        Journal::open(&StoreConfig { directory: partial.clone(), ..config.clone() }, None)?;
    let summary = archive::import(&journal, &backup.join(ARCHIVE), progress).await?;
    journal.close()?;
    drop(journal);
    put_in_place(&partial, to)?;
    Ok(summary)
}

/// The other files of a backup, for the caller to put where they belong.
pub fn files(backup: &Path) -> Result<Vec<PathBuf>, Error> {
    let inside = backup.join(FILES);
    let entries = fs::read_dir(&inside).map_err(|e| Error::io("cannot list", &inside, &e))?;
    Ok(entries.flatten().map(|entry| entry.path()).collect())
}

fn refuse_unless_empty(folder: &Path) -> Result<(), Error> {
    let found = match fs::read_dir(folder) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
        entries => entries.map_err(|e| Error::io("cannot list", folder, &e))?.next(),
    };
    match found {
        None => Ok(()),
        Some(_) => Err(Error::Io {
            what: format!("cannot write into {}", folder.display()),
            reason: "it is not empty: name a new folder, or move this one aside".to_owned(),
        }),
    }
}

fn copy_into(file: &Path, folder: &Path) -> Result<(), Error> {
    let Some(name) = file.file_name() else { return Ok(()) };
    let to = folder.join(name);
    let copied = fs::copy(file, &to).and_then(|_| File::open(&to)?.sync_all());
    copied.map_err(|e| Error::io("cannot copy", file, &e))
}

fn put_in_place(partial: &Path, to: &Path) -> Result<(), Error> {
    let place = || -> std::io::Result<()> {
        for folder in [partial, &partial.join(FILES)].into_iter().filter(|folder| folder.exists()) {
            File::open(folder)?.sync_all()?;
        }
        fs::rename(partial, to)?;
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    };
    place().map_err(|e| Error::io("cannot put in place", to, &e))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{config, open, publish, sample};
    use super::*;
    use crate::model::Seq;

    #[tokio::test]
    async fn a_backup_taken_while_writing_restores_to_what_was_there_then() {
        let directory = tempfile::tempdir().unwrap();
        let journal = open(&directory.path().join("data"));
        journal.append(publish(&sample(0), None)).await.unwrap();
        let writing = tokio::spawn({
            let journal = journal.clone();
            async move {
                for n in 1..400 {
                    journal.append(publish(&sample(n), None)).await.unwrap();
                }
            }
        });
        let conf = directory.path().join("dongtin.toml");
        fs::write(&conf, "# config").unwrap();
        for round in 0..5 {
            let (to, restored) = (format!("backup-{round}"), format!("restored-{round}"));
            let to = directory.path().join(to);
            let before = journal.last();
            let at = (journal.clone(), to.clone(), conf.clone());
            let made =
                tokio::task::spawn_blocking(move || backup(&at.0, &at.1, &[at.2], &mut |_, _| {}));
            let summary = made.await.unwrap().unwrap();
            assert!(summary.last >= before);
            let config = config(&directory.path().join(restored));
            assert_eq!(restore(&to, &config, &mut |_, _| {}).await.unwrap(), summary);
            let again = Journal::open(&config, None).unwrap();
            assert_eq!(again.last(), summary.last);
            assert_eq!(
                again.read(Seq(0), 9999).unwrap(),
                journal.read(Seq(0), summary.last.0 as usize).unwrap()
            );
            assert_eq!(files(&to).unwrap().len(), 1);
            assert!(restore(&to, &config, &mut |_, _| {}).await.is_err(), "not over something");
        }
        writing.await.unwrap();
    }
}
