use super::{Error, Kind, Progress};
use crate::model::SourceId;
use serde::de::DeserializeOwned;

impl Progress {
    /// The value of a row for a reader: a row that cannot be read is logged and counts as the default.
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

    /// The value of a source's row for a writer: a row that cannot be read is set aside, and its source must be read whole.
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

    /// Moves a row to where people find it in a backup and nothing reads it; a damaged one is removed. `why` becomes the
    /// last part of its name.
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

    /// Whether something that was kept of a polled source could not be read, so that the source must be read whole.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn requires_whole(&self, source: &SourceId) -> Result<bool, Error> {
        self.has(Kind::ReadWhole, source.as_str())
    }

    /// Notes that a source was read and taken in whole.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn was_read_whole(&self, source: &SourceId) -> Result<(), Error> {
        self.remove(Kind::ReadWhole, source.as_str())
    }

    /// Has the next poll of a source read it whole: what a hub delivered is compared with what the source says itself.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn read_whole_next(&self, source: &SourceId) -> Result<(), Error> {
        self.put(Kind::ReadWhole, source.as_str(), "delivery")
    }

    /// Has a source read whole because a row of it is lost. A folder is read whole where its row is lost anyway.
    pub(super) fn require_whole(&self, lost: Kind, source: &str) -> Result<(), Error> {
        if lost == Kind::Folder {
            return Ok(());
        }
        self.put(Kind::ReadWhole, source, lost.name())
    }
}

pub(super) fn name_aside(kind: Kind, name: &str, why: &str) -> String {
    format!("{}/{name}/{why}", kind.name())
}
