//! What can go wrong in the store.

use crate::journal;

/// What can go wrong in the store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The journal below refused.
    #[error(transparent)]
    Journal(#[from] journal::Error),
    /// A view names an event that the journal does not hold.
    #[error("the views do not fit the journal ({0}): run `dongtin rebuild`")]
    Inconsistent(String),
    /// A value cannot be written.
    #[error("cannot keep {what}: {reason}")]
    Unkeepable {
        /// Which.
        what: String,
        /// Why not.
        reason: String,
    },
    /// A row of progress is damaged or of a form that is not known.
    #[error("the row {name} of kind {kind} cannot be read: {why}")]
    UnreadableRow {
        /// Its kind.
        kind: &'static str,
        /// Its name.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// The views do not show yet what was taken in, or are being rebuilt.
    #[error("the views are behind the journal: try again in a moment")]
    Behind,
    /// Following the journal has stopped.
    #[error("the store has stopped")]
    Stopped,
}

impl From<sled::Error> for Error {
    fn from(error: sled::Error) -> Self {
        Self::Journal(error.into())
    }
}
