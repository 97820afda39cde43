//! A backup: a folder with the journal as an archive, and what else a restart needs beside it.
//!
//! `backup.json` (the contents, with hashes), `journal.ndjson.zst` ([`archive`]), `progress.ndjson.zst` (the rows of
//! progress), `dongtin.toml`, `data/` with files of the data directory that are not in the store, and `media/` with the copies of files
//! that articles show, each named by its own hash. It gets its name
//! only once it is whole and on the disk.
//!
//! A backup of format 1 has no file of progress, but the files in `data/` in which earlier versions kept it.

use super::archive::Summary;
use super::disk::layout::STORE;
use super::{Error, durable};
use crate::model::{Seq, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};

const FORMAT: u32 = 2;
/// The contents, with the hashes of all files except the archive, which has its own.
const CONTENTS: &str = "backup.json";
const PROGRESS: &str = "progress.ndjson.zst";
const ARCHIVE: &str = "journal.ndjson.zst";
const CONFIG: &str = "dongtin.toml";
/// The folder of files from the data directory.
const DATA: &str = "data";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    dongtin_backup: u32,
    made: String,
    events: u64,
    last: Seq,
    files: BTreeMap<PathBuf, String>,
}

/// A backup that is being made; an unfinished one is removed on drop.
pub struct Making {
    to: PathBuf,
    partial: PathBuf,
    files: BTreeMap<PathBuf, String>,
}

impl Making {
    /// Begins a backup in a folder beside `to`, which must not exist. Only the owner may read it, since a config may hold
    /// passwords.
    ///
    /// # Errors
    /// `to` exists, or nothing can be written beside it.
    pub fn begin(to: &Path) -> Result<Self, Error> {
        if to.symlink_metadata().is_ok() {
            return Err(Error::Io {
                what: format!("cannot write {}", to.display()),
                reason: "it exists already: name another folder".to_owned(),
            });
        }
        let partial = to.with_added_extension("dongtin-partial");
        let _ = fs::remove_dir_all(&partial);
        let folder = |path: &Path| DirBuilder::new().mode(0o700).create(path);
        folder(&partial).map_err(|e| Error::io("cannot make", &partial, &e))?;
        let making = Self { to: to.to_owned(), partial, files: BTreeMap::new() };
        let data = making.partial.join(DATA);
        folder(&data).map_err(|e| Error::io("cannot make", &data, &e))?;
        Ok(making)
    }

    /// Adds the config.
    ///
    /// # Errors
    /// The config cannot be read or copied.
    pub fn config(&mut self, file: &Path) -> Result<(), Error> {
        self.copy(file, Path::new(CONFIG))
    }

    /// Adds a file of the data directory, if it is there.
    ///
    /// # Errors
    /// The file cannot be read or copied.
    pub fn data(&mut self, directory: &Path, name: &Path) -> Result<(), Error> {
        let file = directory.join(name);
        let copied = self.copy(&file, &Path::new(DATA).join(name));
        // It may be gone by now: what waited was taken in.
        if file.exists() { copied } else { Ok(()) }
    }

    /// Adds the rows of progress, as `write` writes them.
    ///
    /// # Errors
    /// If `write` fails or the file cannot be written.
    pub fn progress<E: From<Error>>(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
    ) -> Result<(), E> {
        let path = self.partial.join(PROGRESS);
        let written = |e| Error::io("cannot write", &path, &e);
        let mut file = BufWriter::new(create(&path).map_err(written)?);
        write(&mut file)?;
        file.flush().map_err(written)?;
        self.files.insert(PROGRESS.into(), durable::hash_of(&path).map_err(written)?);
        Ok(())
    }

    /// The folder that is being made, to which `media/` is added.
    pub fn folder(&self) -> &Path {
        &self.partial
    }

    /// The path at which the archive is to be written.
    pub fn archive(&self) -> PathBuf {
        self.partial.join(ARCHIVE)
    }

    /// Makes everything durable and gives the backup its name; the archive must be in its place (`archive::write_file`).
    ///
    /// # Errors
    /// The backup cannot be written or renamed.
    pub fn finish(mut self, archive: Summary, now: Timestamp) -> Result<(), Error> {
        let files = std::mem::take(&mut self.files);
        let Summary { events, last } = archive;
        let contents =
            Contents { dongtin_backup: FORMAT, made: now.to_string(), events, last, files };
        let mut text = serde_json::to_vec_pretty(&contents)
            .map_err(|e| Error::backup(&self.partial, e.to_string()))?;
        text.push(b'\n');
        write(&self.partial.join(CONTENTS), &text)?;
        sync_all(&self.partial).map_err(|e| Error::io("cannot write", &self.partial, &e))?;
        let placed = durable::place(&self.partial, &self.to);
        placed.map_err(|e| Error::io("cannot write", &self.to, &e))
    }

    fn copy(&mut self, file: &Path, name: &Path) -> Result<(), Error> {
        let bytes = fs::read(file).map_err(|e| Error::io("cannot read", file, &e))?;
        let to = self.partial.join(name);
        write(&to, &bytes)?;
        let hash = durable::hash_of(&to).map_err(|e| Error::io("cannot read", &to, &e))?;
        self.files.insert(name.to_owned(), hash);
        Ok(())
    }
}

impl Drop for Making {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.partial);
    }
}

/// A backup to restore from.
pub struct Backup {
    folder: PathBuf,
    contents: Contents,
}

impl Backup {
    /// Opens a backup and checks its files, except the archive, which is checked when it is imported.
    ///
    /// # Errors
    /// The folder is no backup, has a newer format, or a file is missing or damaged.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(CONTENTS);
        let text = fs::read(&path).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => Error::backup(
                folder,
                format!(
                    "is no backup, it has no {CONTENTS}: name a folder that `dongtin backup` made"
                ),
            ),
            _ => Error::io("cannot read", &path, &e),
        })?;
        let contents: Contents = serde_json::from_slice(&text)
            .map_err(|e| Error::backup(folder, format!("{CONTENTS} cannot be read: {e}")))?;
        if contents.dongtin_backup > FORMAT {
            let found = contents.dongtin_backup;
            return Err(Error::backup(folder, format!("has format {found}: use a newer dongtin")));
        }
        let backup = Self { folder: folder.to_owned(), contents };
        backup.contents.files.keys().try_for_each(|name| backup.checked(name).map(|_| ()))?;
        Ok(backup)
    }

    /// The folder itself, in which `media/` may be.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The path of the archive.
    pub fn archive(&self) -> PathBuf {
        self.folder.join(ARCHIVE)
    }

    /// Checks that an archive is the one that was made with this backup.
    ///
    /// # Errors
    /// It is another backup's.
    pub fn expects(&self, summary: Summary) -> Result<(), Error> {
        let Contents { events, last, .. } = self.contents;
        let fits = summary == Summary { events, last };
        let differs = || Error::backup(&self.folder, format!("{ARCHIVE} is another backup's"));
        if fits { Ok(()) } else { Err(differs()) }
    }

    /// The text of the config, if the backup has one.
    ///
    /// # Errors
    /// The file is damaged or cannot be read.
    pub fn config(&self) -> Result<Option<Vec<u8>>, Error> {
        let name = Path::new(CONFIG);
        self.contents.files.contains_key(name).then(|| self.read(name)).transpose()
    }

    /// The file with the rows of progress; `None` in format 1.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn progress(&self) -> Result<Option<File>, Error> {
        let name = Path::new(PROGRESS);
        if !self.contents.files.contains_key(name) {
            return Ok(None);
        }
        let path = self.folder.join(name);
        File::open(&path).map(Some).map_err(|e| Error::io("cannot read", &path, &e))
    }

    /// Puts the small files into a data directory, durably.
    ///
    /// # Errors
    /// A file is damaged, or the directory cannot be written.
    pub fn place(&self, directory: &Path) -> Result<(), Error> {
        for name in self.contents.files.keys() {
            let Ok(inside) = name.strip_prefix(DATA) else { continue };
            write(&directory.join(inside), &self.read(name)?)?;
        }
        sync_all(directory).map_err(|e| Error::io("cannot make durable", directory, &e))
    }

    fn read(&self, name: &Path) -> Result<Vec<u8>, Error> {
        let path = self.checked(name)?;
        fs::read(&path).map_err(|e| Error::io("cannot read", &path, &e))
    }

    /// The path of a file in the backup, after checking its hash.
    fn checked(&self, name: &Path) -> Result<PathBuf, Error> {
        if !name.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(Error::backup(&self.folder, format!("names a file {}", name.display())));
        }
        let path = self.folder.join(name);
        let found = durable::hash_of(&path).map_err(|e| Error::io("cannot read", &path, &e))?;
        let same = self.contents.files.get(name).is_some_and(|known| *known == found);
        let damaged = || Error::backup(&self.folder, format!("{} is damaged", name.display()));
        if same { Ok(path) } else { Err(damaged()) }
    }
}

/// Creates a file that only its owner may read.
fn create(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// Writes a file that only its owner may read, and the folders above it.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let written = || -> std::io::Result<()> {
        if let Some(folder) = path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let mut file = create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    written().map_err(|e| Error::io("cannot write", path, &e))
}

/// Makes a folder's files and their names durable, recursively, except sled's own files.
fn sync_all(folder: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let (path, kind) = entry.and_then(|e| Ok((e.path(), e.file_type()?)))?;
        if kind.is_dir() && !path.ends_with(STORE) {
            sync_all(&path)?;
        } else if kind.is_file() {
            File::open(&path)?.sync_all()?;
        }
    }
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::super::archive;
    use super::super::tests::{config, open, publish, sample};
    use super::*;
    use crate::journal::{Journal, restoring};

    fn make(journal: &Journal, to: &Path, conf: &Path) -> Summary {
        let mut making = Making::begin(to).unwrap();
        making.config(conf).unwrap();
        making.data(journal.disk().directory(), Path::new("tokens")).unwrap();
        making.data(journal.disk().directory(), Path::new("folders/a.json")).unwrap();
        let write = |to: &mut dyn Write| archive::export(journal, to, &mut |_, _| {}).map(|_| ());
        let summary = archive::write_file(&making.archive(), write).unwrap();
        making.finish(summary, Timestamp(0)).unwrap();
        summary
    }

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
        fs::write(directory.path().join("data/tokens"), "# hashes").unwrap();
        for round in 0..5 {
            let to = directory.path().join(format!("backup-{round}"));
            let restored = directory.path().join(format!("restored-{round}"));
            let before = journal.last();
            let at = (journal.clone(), to.clone(), conf.clone());
            let made = tokio::task::spawn_blocking(move || make(&at.0, &at.1, &at.2));
            let summary = made.await.unwrap();
            assert!(summary.last >= before);
            let backup = Backup::open(&to).unwrap();
            assert_eq!(backup.config().unwrap().as_deref(), Some("# config".as_bytes()));
            let restoring = restoring::begin(&restored).unwrap();
            let again = restoring.journal(&config(&restored)).unwrap();
            let read = archive::import(&again, &backup.archive(), &|event| event, &mut |_, _| {})
                .await
                .unwrap();
            backup.expects(read).unwrap();
            backup.place(&restored).unwrap();
            again.close().unwrap();
            drop(again);
            restoring.finish().unwrap();
            let again = open(&restored);
            assert_eq!(
                again.read(Seq(0), 9999).unwrap(),
                journal.read(Seq(0), summary.last.0 as usize).unwrap()
            );
            assert_eq!(fs::read_to_string(restored.join("tokens")).unwrap(), "# hashes");
            assert!(Making::begin(&to).is_err(), "not over something");
        }
        writing.await.unwrap();
    }

    #[tokio::test]
    async fn a_damaged_or_foreign_backup_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let journal = open(&directory.path().join("data"));
        let conf = directory.path().join("dongtin.toml");
        fs::write(&conf, "# config").unwrap();
        let to = directory.path().join("backup");
        make(&journal, &to, &conf);
        assert!(Backup::open(&to).unwrap().expects(Summary { events: 1, last: Seq(1) }).is_err());
        let contents = fs::read_to_string(to.join(CONTENTS)).unwrap();
        fs::write(to.join(CONFIG), "# confug").unwrap();
        assert!(Backup::open(&to).err().unwrap().to_string().contains(CONFIG));
        fs::write(to.join(CONTENTS), contents.replace(CONFIG, "../../etc/passwd")).unwrap();
        assert!(Backup::open(&to).is_err());
        fs::write(to.join(CONTENTS), contents.replace("backup\": 2", "backup\": 3")).unwrap();
        assert!(Backup::open(&to).err().unwrap().to_string().contains("newer"));
    }

    #[test]
    fn what_is_half_made_goes_away() {
        let directory = tempfile::tempdir().unwrap();
        let to = directory.path().join("backup");
        drop(Making::begin(&to).unwrap());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}
