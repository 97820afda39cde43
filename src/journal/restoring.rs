//! A data directory that is being made from a backup.
//!
//! It is made in its place, since that may be a volume's mount or in a folder that we may not write. While the file
//! `restoring` is there only another restore opens it, which first removes what this one made.

use super::disk::layout::{LAST, NEW_STORE, RESTORING as MARKER, STORE};
use super::disk::{self, make_directory, remove_if_there};
use super::{Error, Journal, durable};
use crate::config::StoreConfig;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// What a directory to restore into may have in it: `lost+found` is a new volume's own.
const EXPECTED: [&str; 3] = ["lock", MARKER, "lost+found"];
/// The files and folders that a restore makes besides the marker.
const MADE: [&str; 7] = [STORE, NEW_STORE, "clean", LAST, "reserve", "tokens", "check-scratch"];
/// What it makes from a backup of format 1; the next start takes these over.
pub const FILES_OF_PROGRESS: [&str; 5] =
    ["folders", "polled", "backlog", "quarantine", "resting.json"];

/// A restore under way; it holds the directory's lock.
pub struct Restoring {
    directory: PathBuf,
    lock: File,
}

/// Begins in a directory that is empty, does not exist, or has the remains of an interrupted restore, which are removed.
///
/// # Errors
/// The directory is in use, has other files in it, or cannot be written.
pub fn begin(directory: &Path) -> Result<Restoring, Error> {
    make_directory(directory)?;
    let lock = disk::lock(directory)?;
    let begun = || -> std::io::Result<bool> {
        if directory.join(MARKER).exists() {
            remove_what_was_made(directory)?;
        }
        let others = fs::read_dir(directory)?.flatten().map(|entry| entry.file_name());
        if others.into_iter().any(|name| !EXPECTED.iter().any(|known| name == *known)) {
            return Ok(false);
        }
        // The marker is there before it is durable: a kill in between leaves no directory that looks whole.
        File::create(directory.join(MARKER))?.sync_all()?;
        durable::sync_folder_of(&directory.join(MARKER))?;
        Ok(true)
    };
    match begun() {
        Ok(true) => Ok(Restoring { directory: directory.to_path_buf(), lock }),
        Ok(false) => Err(Error::Io {
            what: format!("cannot restore into {}", directory.display()),
            reason: "it is not empty: move it aside, or name another with --into".to_owned(),
        }),
        Err(e) => Err(Error::io("cannot restore into", directory, &e)),
    }
}

impl Restoring {
    /// The journal in it, empty at first.
    ///
    /// # Errors
    /// The store cannot be opened.
    pub fn journal(&self, config: &StoreConfig) -> Result<Journal, Error> {
        let config = StoreConfig { directory: self.directory.clone(), ..config.clone() };
        let lock = self.lock.try_clone();
        let lock = lock.map_err(|e| Error::io("cannot lock", &self.directory, &e))?;
        Journal::on(disk::open_locked(&config, None, lock)?, config.group, None)
    }

    /// Ends the restore: the directory is now a data directory like any other. Close the journal first.
    ///
    /// # Errors
    /// The marker cannot be removed.
    pub fn finish(self) -> Result<(), Error> {
        let marker = self.directory.join(MARKER);
        remove_if_there(&marker)?;
        let synced = durable::sync_folder_of(&marker);
        synced.map_err(|e| Error::io("cannot make durable", &self.directory, &e))
    }
}

fn remove_what_was_made(directory: &Path) -> std::io::Result<()> {
    let names = MADE.iter().chain(&FILES_OF_PROGRESS);
    // `.new` is a file that was being replaced (see `durable::replace`).
    let paths = names.flat_map(|name| [(*name).to_owned(), format!("{name}.new")]);
    for path in paths.map(|name| directory.join(name)) {
        match path.symlink_metadata() {
            Ok(meta) if meta.is_dir() => fs::remove_dir_all(&path)?,
            Ok(_) => fs::remove_file(&path)?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{config, open, publish, sample};
    use super::*;

    #[tokio::test]
    async fn nothing_opens_what_is_half_made_but_the_next_restore() {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("data");
        let restoring = begin(&data).unwrap();
        let journal = restoring.journal(&config(&data)).unwrap();
        journal.append(publish(&sample(1), None)).await.unwrap();
        fs::write(data.join("tokens"), "half").unwrap();
        assert!(matches!(begin(&data).err(), Some(Error::Locked { .. })));
        drop((journal, restoring));
        let refused = Journal::open(&config(&data), None).err();
        assert!(matches!(refused, Some(Error::HalfRestored { .. })), "{refused:?}");
        let restoring = begin(&data).unwrap();
        assert!(!data.join("tokens").exists());
        let journal = restoring.journal(&config(&data)).unwrap();
        assert_eq!(journal.last().0, 0);
        journal.append(publish(&sample(2), None)).await.unwrap();
        journal.close().unwrap();
        drop(journal);
        restoring.finish().unwrap();
        assert_eq!(open(&data).last().0, 1);
    }

    #[test]
    fn a_restore_that_ended_before_its_last_step_is_run_again() {
        let directory = tempfile::tempdir().unwrap();
        drop(begin(directory.path()).unwrap());
        for name in MADE.iter().chain(&FILES_OF_PROGRESS).chain(&["clean.new", "tokens.new"]) {
            fs::create_dir(directory.path().join(name)).unwrap();
            fs::write(directory.path().join(name).join("a.json"), "{}").unwrap();
            drop(begin(directory.path()).unwrap());
            assert!(!directory.path().join(name).exists(), "{name}");
        }
    }

    #[test]
    fn a_new_volume_is_empty_though_it_holds_lost_and_found() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("lost+found")).unwrap();
        drop(begin(directory.path()).unwrap());
        drop(begin(directory.path()).unwrap());
        assert!(directory.path().join("lost+found").exists());
    }

    #[test]
    fn what_is_not_ours_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("letter.txt"), "dear").unwrap();
        assert!(begin(directory.path()).is_err());
        fs::write(directory.path().join(MARKER), "").unwrap();
        assert!(begin(directory.path()).is_err());
        assert!(directory.path().join("letter.txt").exists());
    }
}
