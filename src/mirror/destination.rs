use super::article::Page;
use super::folder::Folder;
use super::position::Position;
use super::program::Program;
use super::sqlite::Sqlite;
use crate::model::Timestamp;

/// What holds a copy.
pub enum Destination {
    Folder(Box<Folder>),
    Program(Program),
    Sqlite(Sqlite),
}

impl Destination {
    /// Where its copy goes on.
    pub fn position(&self) -> &Position {
        match self {
            Self::Folder(folder) => &folder.state.position,
            Self::Program(program) => &program.state.position,
            Self::Sqlite(sqlite) => &sqlite.position,
        }
    }

    /// Applies a page and moves the position behind it. Returns what was left out, in words.
    ///
    /// # Errors
    /// Not all of it could be applied: the position stays.
    pub async fn apply(&mut self, page: &Page, now: Timestamp) -> anyhow::Result<Vec<String>> {
        match self {
            Self::Folder(folder) => return folder.apply(page).await,
            Self::Program(program) => program.apply(page, now)?,
            Self::Sqlite(sqlite) => sqlite.apply(page)?,
        }
        Ok(Vec::new())
    }

    /// Begins a copy from the start, at whose end what it did not name is deleted.
    ///
    /// # Errors
    /// The disk does not take it.
    pub fn begin_anew(&mut self) -> anyhow::Result<()> {
        let publisher = self.position().publisher.clone();
        match self {
            Self::Folder(folder) => folder.state.begin_anew(&publisher),
            Self::Program(program) => program.state.begin_anew(&publisher),
            Self::Sqlite(sqlite) => sqlite.begin_anew(&publisher),
        }
    }

    /// Does what waits while there is no news. Returns what was left out, in words.
    ///
    /// # Errors
    /// The disk does not take it.
    pub async fn tend(&mut self, now: Timestamp) -> anyhow::Result<Vec<String>> {
        match self {
            Self::Folder(folder) => folder.fetch_missing(now).await,
            Self::Program(_) | Self::Sqlite(_) => Ok(Vec::new()),
        }
    }
}
