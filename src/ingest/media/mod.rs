//! Copies of the files that articles show: fetched after the article is published, kept by the hash of their bytes.
//!
//! In: the events of the journal, followed from a cursor, and the sources that say `media = "copy"`. Out: files in the data
//! directory, and rows that say which article shows which (`store::Copies`). An article never waits for its pictures.

/// Which files of an article are wanted, and what is still held of them. Pure.
mod wanted;
/// Whose turn it is.
mod queue;
/// Fetches one file, politely.
mod fetch_file;
/// What is remembered of the copying as a whole: how far the journal is followed, and what failed.
mod copying_state;
/// Follows the journal, fetches what is due, removes what no article shows any more.
mod copier;
/// Has files fetched again that are missing or damaged.
mod mend;
/// Has the journal say that other files of an article are held than before.
mod tell;

pub use copier::Copier;
pub use copying_state::warnings;
