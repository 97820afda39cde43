//! A copy of another dongtin in a folder, in a database, or handed to a program: `dongtin mirror`.
//!
//! In: steps as a publisher sends them (`fetch::fetch_steps`), which are not trusted. Out: in every destination exactly
//! the articles that the selection matches, however often either side was interrupted. No config and no data directory.
//!
//! A position is written after its steps have been applied, so a step may be applied twice and none is left out.

/// The loop: reads pages, has every destination apply them, waits for news.
mod run;
/// How long to wait after a failure. Pure.
mod retry;
/// Who is copied: address, token, client.
mod publisher;
/// An article as it came, cleaned again.
mod article;
/// One of the three kinds of destination.
mod destination;
/// Where a copy goes on.
mod position;
/// The position and what is held, as files that one process has.
mod state;
/// Which articles a destination holds, as a file of lines.
mod held;
/// `--to DIR`: a file for each article, and its pictures.
mod folder;
/// The page of an article in a folder.
mod page;
/// Pictures and other files: fetched once, named by their content, deleted with the last article that shows them.
mod media;
/// `--exec PROGRAM`: each step on the standard input of a program.
mod program;
/// `--sqlite FILE`: a table of articles, by the program `sqlite3`.
mod sqlite;
#[cfg(test)]
mod tests;

pub use crate::model::Selection;
pub use destination::Destination;
pub use folder::Folder;
pub use position::Whose;
pub use program::Program;
pub use publisher::Publisher;
pub use run::{Mirror, News, Totals};
pub use sqlite::Sqlite;
