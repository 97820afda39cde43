use super::worker;
use crate::model::{ArticleId, ArticleKey, Seq, SourceId};
use crate::{journal, refine, store};
use std::path::PathBuf;

/// Why an article was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The config has no such source.
    #[error("source {0}: not in the config")]
    NoSource(String),
    /// The source is polled, or a folder; only a push source is pushed to.
    #[error("source {source_id}: takes no pushes: its kind is \"{kind}\", not \"push\"")]
    NotPush {
        /// Whose.
        source_id: SourceId,
        /// Its kind.
        kind: &'static str,
    },
    /// The entry cannot be an article.
    #[error(transparent)]
    Rejected(#[from] refine::Rejected),
    /// Someone expected another revision.
    #[error("revision {actual} is the latest")]
    Precondition {
        /// The revision that stands; 0 where there is none.
        actual: u32,
    },
    /// The same `Idempotency-Key` came with another article before.
    #[error("this Idempotency-Key came with another article before")]
    KeyReused,
    /// There is no such article to withdraw.
    #[error("source {source_id}: no article `{upstream_id}`")]
    NotFound {
        /// Whose.
        source_id: SourceId,
        /// What was asked for.
        upstream_id: String,
    },
    /// Others changed the same article again and again.
    #[error("others keep changing this article: try again")]
    Busy,
    /// A folder could not be looked at; its articles stay.
    #[error("source {source_id}: {}: {error}", .path.display())]
    Folder {
        /// Whose.
        source_id: SourceId,
        /// Which.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// A file could not be read; its earlier articles stay.
    #[error("{0}")]
    File(String),
    /// The worker did not live to tell.
    #[error(transparent)]
    Worker(#[from] worker::Error),
    /// The journal did not take it.
    #[error(transparent)]
    Journal(#[from] journal::Error),
    /// The views could not be read.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Error {
    /// Whether a file is at fault, and not our own disk or journal.
    pub fn is_the_files(&self) -> bool {
        matches!(self, Self::File(_) | Self::Rejected(_) | Self::Worker(_))
    }
}

/// What must hold for a push to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// `If-Match: "N"`: this revision stands.
    Revision(u32),
    /// `If-Match: *`: some revision stands.
    Exists,
    /// `If-None-Match: *`: none stands.
    Absent,
}

/// What a push says besides its article.
#[derive(Clone, Debug, Default)]
pub struct PushOptions {
    /// `Idempotency-Key`.
    pub idempotency_key: Option<String>,
    /// `If-Match` or `If-None-Match`.
    pub precondition: Option<Precondition>,
}

/// What became of a pushed article.
#[derive(Clone, Debug, PartialEq)]
pub struct Pushed {
    /// The event that tells of it, or told of it before.
    pub seq: Seq,
    /// Its key.
    pub key: ArticleKey,
    /// Its permanent id.
    pub id: ArticleId,
    /// Its revision now.
    pub revision: u32,
    /// What the source calls it.
    pub upstream_id: String,
    /// What happened.
    pub outcome: Outcome,
    /// What reading changed or left out of what was pushed.
    pub warnings: Vec<PushWarning>,
}

/// Something that reading changed or left out of a pushed article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushWarning {
    /// A stable name in kebab-case; [`crate::model::meaning`] says what it means.
    pub name: String,
    /// The field that it is about, if it is about one.
    pub field: Option<String>,
    /// How often.
    pub count: u32,
    /// What it was about, where one example helps.
    pub example: Option<String>,
}

/// What happened to one article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is new.
    Published,
    /// It is a new revision.
    Revised,
    /// Nothing changed.
    Unchanged,
    /// It stays withdrawn.
    StaysWithdrawn,
}

/// What became of a withdrawal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// The event that tells of it.
    pub seq: Seq,
    /// Whether this call withdrew it, or it was withdrawn already.
    pub fresh: bool,
}
