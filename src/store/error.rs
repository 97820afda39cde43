use crate::journal;

/// What can go wrong in the store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Journal(#[from] journal::Error),
    /// A view names an event that the journal does not have.
    #[error("the views do not fit the journal ({0}): run `dongtin rebuild`")]
    Inconsistent(String),
    /// A value cannot be stored.
    #[error("cannot keep {what}: {reason}")]
    Unkeepable { what: String, reason: String },
    /// A row of progress is damaged or of an unknown form.
    #[error("the row {name} of kind {kind} cannot be read: {why}")]
    UnreadableRow { kind: &'static str, name: String, why: String },
    /// The views do not show everything that was taken in yet, or are being rebuilt.
    #[error("the views are behind the journal: try again in a moment")]
    Behind,
}

impl From<sled::Error> for Error {
    fn from(error: sled::Error) -> Self {
        Self::Journal(error.into())
    }
}
