use crate::model::Seq;
use std::path::{Path, PathBuf};

/// What can go wrong in the journal. It can be cloned, since one failure answers everyone in a group.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Someone else changed the article meanwhile.
    #[error("the article was changed meanwhile, its last event is {actual}")]
    Conflict {
        /// The article's last event; 0 if it has none.
        actual: Seq,
    },
    /// The event was numbered elsewhere and is durable there, but has not arrived in this journal in time.
    #[error(
        "event {seq} is kept by the cluster but has not arrived here yet: try again in a moment"
    )]
    Late { seq: Seq },
    /// The disk has no room. Reading goes on; writing goes on when there is room again.
    #[error(
        "the disk is full: free some space and try again, nothing that was acknowledged is lost"
    )]
    Full,
    /// This or an earlier write failed. Nothing more is acknowledged until a restart.
    #[error("the disk failed, so nothing more is accepted: check it, then restart")]
    Poisoned,
    #[error("the journal is closed")]
    Closed,
    /// Another journal leads: only it takes what is new.
    #[error("this node follows {}: write there, or make this one the leader with `dongtin promote`", .leader.as_deref().unwrap_or("a leader that its config no longer names"))]
    Following {
        /// The leader's address, if the config names it.
        leader: Option<String>,
    },
    /// A stored event does not read back as it was written.
    #[error("event {seq} is damaged: run `dongtin check`, then `dongtin restore` from a backup")]
    Damaged { seq: Seq },
    /// A stored value other than an event does not read back as it was written.
    #[error("a stored value is damaged ({what}): run `dongtin check`")]
    DamagedValue { what: String },
    /// Another process works on the directory.
    #[error("{} is in use: a dongtin runs there already{}: stop it first, or name another directory with store.directory", .directory.display(), .process.map_or(String::new(), |process| format!(" (process {process})")))]
    Locked {
        directory: PathBuf,
        /// The other's process id, if the lock has it.
        process: Option<u32>,
    },
    /// A restore into the directory has not ended.
    #[error("{}: a restore was interrupted; run `dongtin restore` again, it takes away what is half made", .directory.display())]
    HalfRestored { directory: PathBuf },
    /// The store does not open.
    #[error("the store in {} cannot be opened ({reason}): move the whole directory aside and run `dongtin restore` with the last backup", .directory.display())]
    Unopenable { directory: PathBuf, reason: String },
    /// The log ends before an event that was on disk.
    #[error("the store in {} ends at event {last}, but event {before} was on disk: the disk has lost what lies between; move the whole directory aside and run `dongtin restore` with the last backup, or remove the files `clean` and `last` in it to go on with what is left (partners then copy from 0 again)", .directory.display())]
    Lost {
        directory: PathBuf,
        last: Seq,
        /// The last that was on disk.
        before: Seq,
    },
    /// The data directory was removed or replaced while we run.
    #[error("the data directory {} was taken away or replaced while dongtin runs: bring it back, then restart", .directory.display())]
    Vanished { directory: PathBuf },
    /// An event is larger than the limit.
    #[error("an event of {bytes} bytes is too large, the limit is {limit}")]
    TooLarge { bytes: usize, limit: usize },
    /// An event that was numbered elsewhere does not follow the last one, or differs from ours.
    #[error("event {seq} does not follow what is here: {reason}")]
    OutOfOrder { seq: Seq, reason: String },
    /// An archive is damaged or not one of ours.
    #[error("the archive {what}")]
    Archive {
        /// What is wrong, beginning with a verb.
        what: String,
    },
    /// A backup is damaged or not one of ours.
    #[error("the backup {}: {what}", .folder.display())]
    Backup { folder: PathBuf, what: String },
    /// An operating-system error.
    #[error("{what}: {reason}")]
    Io {
        /// What was tried, on which path.
        what: String,
        reason: String,
    },
    /// An error of sled.
    #[error("the store: {0}")]
    Store(String),
}

impl Error {
    pub(crate) fn io(what: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::Io { what: format!("{what} {}", path.display()), reason: error.to_string() }
    }

    pub(crate) fn backup(folder: &Path, what: String) -> Self {
        Self::Backup { folder: folder.to_path_buf(), what }
    }

    pub(crate) fn archive(what: impl Into<String>) -> Self {
        Self::Archive { what: what.into() }
    }
}

impl From<sled::Error> for Error {
    fn from(error: sled::Error) -> Self {
        match &error {
            sled::Error::Io(io) if io.kind() == std::io::ErrorKind::StorageFull => Self::Full,
            _ => Self::Store(error.to_string()),
        }
    }
}
