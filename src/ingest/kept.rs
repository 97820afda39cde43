//! Files of progress: what is kept of one source between two polls. Each is replaced whole, and on the disk before what
//! depends on it; one that cannot be read is set aside, and its source is read whole again.

use super::commit::Ingest;
use super::error::Error;
use super::poll::host_in;
use crate::model::{Source, SourceId};
use crate::refine::Draft;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The folders of the data directory that hold them, a file `SOURCE.json` for each source.
pub const FOLDERS: [&str; 4] = [READ_FOLDERS, POLLED, BACKLOG, QUARANTINE];
/// How far folders have been read.
pub(super) const READ_FOLDERS: &str = "folders";
/// What is remembered of polled sources besides their addresses.
pub(super) const POLLED: &str = "polled";
/// Articles that wait.
pub(super) const BACKLOG: &str = "backlog";
/// Articles that are kept from readers.
pub(super) const QUARANTINE: &str = "quarantine";

/// The ending of a file that could not be read, until its source was read whole again.
const TORN: &str = "torn";
/// The ending that it has from then on, for people.
const UNREADABLE: &str = "unreadable";

impl Ingest {
    /// The file of a source in one of the folders.
    pub(super) fn file_of(&self, folder: &str, source: &SourceId) -> PathBuf {
        self.data().join(folder).join(format!("{source}.json"))
    }

    /// What a file says, for looking only: one that is not there or cannot be read says nothing.
    pub(super) fn look<T: DeserializeOwned + Default>(
        &self,
        source: &SourceId,
        path: &Path,
    ) -> Result<T, Error> {
        let found = found(path).map_err(|error| trouble(source, path, error))?;
        Ok(found.map(Result::unwrap_or_default).unwrap_or_default())
    }

    /// What a file says, for the one who replaces it: one that cannot be read is set aside.
    pub(super) fn load<T: DeserializeOwned + Default>(
        &self,
        source: &SourceId,
        path: &Path,
    ) -> Result<T, Error> {
        let error = match found(path).map_err(|error| trouble(source, path, error))? {
            None => return Ok(T::default()),
            Some(Ok(value)) => return Ok(value),
            Some(Err(error)) => error,
        };
        let aside = path.with_extension(TORN);
        tracing::error!(source.id = %source, %error, path = %path.display(), aside = %aside.display(), "what was kept of a source cannot be read: it is set aside, the source is read whole again");
        fs::rename(path, &aside).map_err(|error| trouble(source, path, error))?;
        Ok(T::default())
    }

    /// Whether something that was kept of a polled source could not be read: then it must be read whole, and not only what
    /// has changed since.
    pub fn has_torn(&self, source: &Source) -> bool {
        self.torn(&source.id).any(|path| path.exists())
    }

    /// Notes that a source was read whole, and what was in it taken in.
    pub fn was_read_whole(&self, source: &Source) {
        for path in self.torn(&source.id).filter(|path| path.exists()) {
            if let Err(error) = fs::rename(&path, path.with_extension(UNREADABLE)) {
                tracing::warn!(source.id = %source.id, %error, path = %path.display(), "a file that cannot be read was not put away, its source is read whole again");
            }
        }
    }

    fn torn(&self, source: &SourceId) -> impl Iterator<Item = PathBuf> {
        [POLLED, BACKLOG, QUARANTINE]
            .map(|folder| self.file_of(folder, source).with_extension(TORN))
            .into_iter()
    }

    /// Replaces a file, whole and on the disk when this returns.
    pub(super) async fn replace<T: Serialize + ?Sized>(
        &self,
        source: &SourceId,
        path: PathBuf,
        value: &T,
    ) -> Result<(), Error> {
        let bytes =
            serde_json::to_vec(value).map_err(|error| trouble(source, &path, error.into()))?;
        let to = path.clone();
        let replaced = tokio::task::spawn_blocking(move || replace(&to, &bytes)).await;
        replaced.map_err(io::Error::other).flatten().map_err(|error| trouble(source, &path, error))
    }

    /// The drafts that a source's file in a folder holds, for the one who replaces it. Those of another portal that had the
    /// source's id before are set aside.
    pub(super) fn load_drafts(&self, source: &Source, folder: &str) -> Result<Vec<Draft>, Error> {
        let path = self.file_of(folder, &source.id);
        let kept: Drafts = self.load(&source.id, &path)?;
        if kept.is_of(source) {
            return Ok(kept.drafts);
        }
        let host = host_in(kept.about.as_deref()).unwrap_or_default();
        let aside = path.with_extension(format!("of-{host}.json"));
        tracing::warn!(source.id = %source.id, drafts = kept.drafts.len(), %host, aside = %aside.display(), "the address is on another host than that of the articles which were kept: they are set aside");
        fs::rename(&path, &aside).map_err(|error| trouble(&source.id, &path, error))?;
        Ok(Vec::new())
    }

    /// Replaces the drafts that a source's file in a folder holds; of none nothing is left.
    pub(super) async fn keep_drafts(
        &self,
        source: &Source,
        folder: &str,
        drafts: Vec<Draft>,
    ) -> Result<(), Error> {
        let path = self.file_of(folder, &source.id);
        if drafts.is_empty() {
            return self.remove(&source.id, &path);
        }
        let about = source.kind.address().map(str::to_owned);
        self.replace(&source.id, path, &Drafts { about, drafts }).await
    }

    /// Removes a file, if it is there.
    pub(super) fn remove(&self, source: &SourceId, path: &Path) -> Result<(), Error> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(trouble(source, path, error)),
            _ => Ok(()),
        }
    }
}

/// Drafts of a source, and the address that they are from.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(from = "Form")]
struct Drafts {
    about: Option<String>,
    drafts: Vec<Draft>,
}

/// How they are written; earlier versions wrote the drafts alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Form {
    Alone(Vec<Draft>),
    Whole { about: Option<String>, drafts: Vec<Draft> },
}

impl From<Form> for Drafts {
    fn from(form: Form) -> Self {
        match form {
            Form::Alone(drafts) => Self { about: None, drafts },
            Form::Whole { about, drafts } => Self { about, drafts },
        }
    }
}

impl Drafts {
    /// Whether they are from where the source is now, as far as that is known: a portal may change its feed's address.
    fn is_of(&self, source: &Source) -> bool {
        let from = host_in(self.about.as_deref());
        from.is_none() || from == host_in(source.kind.address())
    }
}

fn trouble(source: &SourceId, path: &Path, error: io::Error) -> Error {
    Error::Folder { source_id: source.clone(), path: path.to_owned(), error }
}

/// What a file says, if it is there.
fn found<T: DeserializeOwned>(path: &Path) -> io::Result<Option<serde_json::Result<T>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The new file first, then its name: whenever the power goes, one of both is there whole.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    if !folder.is_dir() {
        fs::create_dir_all(folder)?;
        File::open(folder.parent().unwrap_or(Path::new(".")))?.sync_all()?;
    }
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests;
