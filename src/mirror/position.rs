use crate::fetch::START;
use crate::journal::durable;
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::Path;

/// Where a copy goes on. Stored as JSON, or as a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The publisher's address, without name and password.
    pub publisher: String,
    /// The cursor to ask with next.
    pub next: String,
    /// The identity of the publisher's journal, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journal: Option<String>,
    /// Whether a copy from the start is under way. What it has not named at its end is deleted.
    #[serde(default)]
    pub copying: bool,
}

/// Whose copy a destination is to be.
#[derive(Clone, Debug)]
pub struct Whose {
    /// The publisher's address, without name and password.
    pub publisher: String,
    /// Whether to copy anew, also over a copy of somebody else.
    pub full: bool,
}

impl Position {
    /// The start of a copy.
    pub fn start(publisher: &str) -> Self {
        Self {
            publisher: publisher.to_owned(),
            next: START.to_owned(),
            journal: None,
            copying: true,
        }
    }

    /// The position after a page.
    pub fn after(&self, next: &str, journal: Option<&str>, more: bool) -> Self {
        Self {
            publisher: self.publisher.clone(),
            next: next.to_owned(),
            journal: journal.map(str::to_owned).or_else(|| self.journal.clone()),
            copying: self.copying && more,
        }
    }

    /// Refuses to go on with the copy of another publisher.
    ///
    /// # Errors
    /// The position is one of another publisher's copy, and that is not to be replaced.
    pub fn ensure_of(&self, whose: &Whose, place: &Path) -> anyhow::Result<()> {
        anyhow::ensure!(
            whose.full || self.publisher == whose.publisher,
            "{}: holds a copy of {}; name another place, or give --full to make it a copy of {} (đang giữ bản sao của nơi khác: chọn chỗ khác, hoặc thêm --full)",
            place.display(),
            self.publisher,
            whose.publisher
        );
        Ok(())
    }

    /// Reads a position; `None` if there is none yet.
    ///
    /// # Errors
    /// The file cannot be read, or is no position.
    pub fn load(path: &Path) -> anyhow::Result<Option<Self>> {
        let bytes = match std::fs::read(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            read => read.with_context(|| path.display().to_string())?,
        };
        let position = serde_json::from_slice(&bytes).with_context(|| {
            format!(
                "{}: not a position of dongtin mirror; remove the file to copy anew (xóa tệp này để chép lại từ đầu)",
                path.display()
            )
        })?;
        Ok(Some(position))
    }

    /// Replaces the file of a position, durably.
    ///
    /// # Errors
    /// It cannot be written; the old one stays then.
    pub fn save(&self, path: &Path) -> anyhow::Result<()> {
        let mut bytes = serde_json::to_vec(self)?;
        bytes.push(b'\n');
        let written = durable::replace(path, 0o644, |file| file.write_all(&bytes));
        written.with_context(|| path.display().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_goes_on_and_belongs_to_one_publisher() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("position.json");
        assert_eq!(Position::load(&path).unwrap(), None);
        let start = Position::start("https://tin.vn/");
        let half = start.after("500", Some("j"), true);
        assert!(half.copying && half.after("500", None, false).journal.as_deref() == Some("j"));
        half.save(&path).unwrap();
        let done = Position::load(&path).unwrap().unwrap().after("900", None, false);
        assert!(!done.copying && !done.after("901", None, true).copying);
        let whose = |full| Whose { publisher: "https://khac.vn/".into(), full };
        assert!(done.ensure_of(&whose(false), &path).is_err());
        assert!(done.ensure_of(&whose(true), &path).is_ok());
        std::fs::write(&path, "nonsense").unwrap();
        assert!(Position::load(&path).unwrap_err().to_string().contains("copy anew"));
    }
}
