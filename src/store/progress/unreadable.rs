//! Rows that cannot be read, and rows that nothing reads any more.

use super::{Error, Kind, Progress};
use crate::model::SourceId;
use serde::de::DeserializeOwned;

impl Progress {
    /// The value of a row for whoever only looks at it: a row that cannot be read is named in the log and counts as the
    /// default.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn get_or_default<T: DeserializeOwned + Default>(
        &self,
        kind: Kind,
        name: &str,
    ) -> Result<T, Error> {
        match self.get(kind, name) {
            Err(error @ Error::UnreadableRow { .. }) => {
                tracing::warn!(%error, "shown as if nothing were kept");
                Ok(T::default())
            }
            read => Ok(read?.unwrap_or_default()),
        }
    }

    /// The value of a source's row for whoever replaces it: a row that cannot be read is set aside, and its source must
    /// be read whole.
    ///
    /// # Errors
    /// If the store cannot be read or written.
    pub fn get_or_set_aside<T: DeserializeOwned + Default>(
        &self,
        kind: Kind,
        source: &SourceId,
    ) -> Result<T, Error> {
        let error = match self.get(kind, source.as_str()) {
            Err(error @ Error::UnreadableRow { .. }) => error,
            read => return Ok(read?.unwrap_or_default()),
        };
        tracing::error!(source.id = %source, %error, "what was kept of a source cannot be read: it is set aside, the source is read whole again");
        self.require_whole(kind, source.as_str())?;
        self.set_aside(kind, source.as_str(), "unreadable")?;
        Ok(T::default())
    }

    /// Moves a row to where people find it in a backup and nothing reads it; what is damaged is removed. `why` is the
    /// last part of its new name.
    ///
    /// # Errors
    /// If the store cannot be read or written.
    pub fn set_aside(&self, kind: Kind, name: &str, why: &str) -> Result<(), Error> {
        let json = match self.json(kind, name) {
            Err(Error::UnreadableRow { .. }) => None,
            json => json?,
        };
        let mut changes = self.changes();
        if let Some(json) = json {
            changes.put_json(Kind::SetAside, &name_aside(kind, name, why), &json)?;
        }
        changes.remove(kind, name)?;
        changes.apply()
    }

    /// Returns true if something that was kept of a polled source could not be read: then the source must be read
    /// whole, and not only what has changed since.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn requires_whole(&self, source: &SourceId) -> Result<bool, Error> {
        self.has(Kind::ReadWhole, source.as_str())
    }

    /// Notes that a source was read whole, and that what was in it was taken in.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn was_read_whole(&self, source: &SourceId) -> Result<(), Error> {
        self.remove(Kind::ReadWhole, source.as_str())
    }

    /// Has a source read whole because a row of it is lost. A folder is read whole where its row is lost anyway.
    pub(super) fn require_whole(&self, lost: Kind, source: &str) -> Result<(), Error> {
        if lost == Kind::Folder {
            return Ok(());
        }
        self.put(Kind::ReadWhole, source, lost.name())
    }
}

/// The name of a row that was set aside.
pub(super) fn name_aside(kind: Kind, name: &str, why: &str) -> String {
    format!("{}/{name}/{why}", kind.name())
}
