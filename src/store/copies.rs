use super::{Error, Kind, Progress};
use crate::model::{ArticleKey, SourceId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A file that we hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copy {
    /// SHA-256 of its bytes, as 64 hexadecimal digits.
    pub sha256: String,
    /// What its bytes are.
    pub media_type: String,
    /// How many there are.
    pub bytes: u64,
    /// Pixels, of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels, of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}

/// How it stands with one file of an article.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileState {
    /// It is fetched at this time, after so many failures.
    Waiting {
        /// When.
        due: Timestamp,
        /// Failures so far.
        tries: u32,
    },
    /// We hold it.
    Held(Copy),
    /// It is not tried again; why not.
    GivenUp(String),
}

/// The files of one article, by their original addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArticleFiles {
    /// Whose article it is.
    pub source: SourceId,
    /// When what readers get of it last changed.
    pub changed: Timestamp,
    /// Each file.
    pub files: BTreeMap<String, FileState>,
    /// Whether the journal is still to say that other files are held than before, so that those who copy the article ask
    /// for it again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub untold: bool,
}

impl ArticleFiles {
    /// The copies with their original addresses.
    pub fn held(&self) -> impl Iterator<Item = (&str, &Copy)> {
        self.files.iter().filter_map(|(address, state)| match state {
            FileState::Held(copy) => Some((address.as_str(), copy)),
            _ => None,
        })
    }

    /// The copy of a file.
    pub fn copy_of(&self, address: &str) -> Option<&Copy> {
        match self.files.get(address)? {
            FileState::Held(copy) => Some(copy),
            _ => None,
        }
    }

    /// When the next of its files is to be fetched.
    pub fn due(&self) -> Option<Timestamp> {
        let due = self.files.values().filter_map(|state| match state {
            FileState::Waiting { due, .. } => Some(*due),
            _ => None,
        });
        due.min()
    }

    /// These files as they are after some came or were lost.
    pub fn told_anew(self, before: &Self) -> Self {
        let untold = before.untold || !before.held().eq(self.held());
        Self { untold, ..self }
    }

    fn hashes(&self) -> BTreeSet<&str> {
        self.held().map(|(_, copy)| copy.sha256.as_str()).collect()
    }
}

/// The rows about copies; clones are the same rows.
#[derive(Clone)]
pub struct Copies {
    progress: Progress,
    /// Whether there is any row, so that where nothing is copied nothing is looked up.
    is_used: Arc<AtomicBool>,
    version: Arc<AtomicU64>,
}

impl Copies {
    pub(super) fn open(progress: Progress) -> Result<Self, Error> {
        let first = progress.names_from(Kind::Media, "").next().transpose()?;
        let is_used = Arc::new(AtomicBool::new(first.is_some()));
        Ok(Self { progress, is_used, version: Arc::default() })
    }

    /// Changes when readers are to be told of new copies: see [`Copies::note_change`].
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Makes what was rendered of articles with copies stale.
    pub fn note_change(&self) {
        self.version.fetch_add(1, Ordering::AcqRel);
    }

    /// What is held of an article's files; `None` where nothing was ever wanted.
    ///
    /// # Errors
    /// The row cannot be read.
    pub fn of(&self, key: ArticleKey) -> Result<Option<ArticleFiles>, Error> {
        if !self.is_used.load(Ordering::Acquire) {
            return Ok(None);
        }
        self.progress.get(Kind::Media, &key.to_string())
    }

    /// Whether anything is known of an article's files.
    ///
    /// # Errors
    /// The row cannot be read.
    pub fn has(&self, key: ArticleKey) -> Result<bool, Error> {
        self.progress.has(Kind::Media, &key.to_string())
    }

    /// Replaces what is held of an article, `None`: nothing. Returns the hashes of files that no article shows any more.
    ///
    /// # Errors
    /// The rows cannot be read or written; then nothing has changed.
    pub fn put(
        &self,
        key: ArticleKey,
        before: Option<&ArticleFiles>,
        after: Option<&ArticleFiles>,
    ) -> Result<Vec<String>, Error> {
        let name = key.to_string();
        let hashes = |files: Option<&ArticleFiles>| {
            files.iter().flat_map(|files| files.hashes()).map(str::to_owned).collect()
        };
        let (were, are): (BTreeSet<String>, BTreeSet<String>) = (hashes(before), hashes(after));
        let mut changes = self.progress.changes();
        match after {
            Some(files) => changes.put(Kind::Media, &name, files)?,
            None => changes.remove(Kind::Media, &name)?,
        }
        for hash in are.difference(&were) {
            changes.put(Kind::MediaUse, &format!("{hash} {name}"), &())?;
        }
        for hash in were.difference(&are) {
            changes.remove(Kind::MediaUse, &format!("{hash} {name}"))?;
        }
        match after.and_then(ArticleFiles::due) {
            Some(due) => changes.put(Kind::MediaWaiting, &name, &due)?,
            None => changes.remove(Kind::MediaWaiting, &name)?,
        }
        self.is_used.store(true, Ordering::Release);
        changes.apply()?;
        let mut unused = Vec::new();
        for hash in were.difference(&are) {
            if !self.is_used(hash)? {
                unused.push(hash.clone());
            }
        }
        Ok(unused)
    }

    /// Whether an article shows a file.
    ///
    /// # Errors
    /// The rows cannot be read.
    pub fn is_used(&self, sha256: &str) -> Result<bool, Error> {
        self.progress
            .names_from(Kind::MediaUse, &format!("{sha256} "))
            .next()
            .transpose()
            .map(|n| n.is_some())
    }

    /// The articles whose files are still to be fetched, and when.
    ///
    /// # Errors
    /// An item is an error where its row cannot be read.
    pub fn waiting(&self) -> impl Iterator<Item = Result<(ArticleKey, Timestamp), Error>> {
        let rows = self.progress.scan::<Timestamp>(Kind::MediaWaiting);
        rows.filter_map(|row| match row {
            Ok((name, due)) => Some(Ok((name.parse().ok()?, due))),
            Err(error) => Some(Err(error)),
        })
    }

    /// The articles whose row the journal is still to tell of.
    ///
    /// # Errors
    /// An item is an error where its row cannot be read.
    pub fn untold(&self) -> impl Iterator<Item = Result<ArticleKey, Error>> {
        let rows = self.progress.scan::<ArticleFiles>(Kind::Media);
        rows.filter_map(|row| match row {
            Ok((name, files)) if files.untold => Some(Ok(name.parse().ok()?)),
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        })
    }

    /// Each file that an article shows, with the article.
    ///
    /// # Errors
    /// An item is an error where the store cannot be read.
    pub fn uses(&self) -> impl Iterator<Item = Result<(String, ArticleKey), Error>> {
        self.progress.names_from(Kind::MediaUse, "").filter_map(|name| match name {
            Ok(name) => {
                let (hash, key) = name.split_once(' ')?;
                Some(Ok((hash.to_owned(), key.parse().ok()?)))
            }
            Err(error) => Some(Err(error)),
        })
    }
}
