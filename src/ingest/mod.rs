//! Takes articles in by every way: fetch → read → refine → decide → append.
//!
//! In: pushed entries, files, polled documents, deliveries. Out: events in the journal, and what became of each draft.

/// What the ways in are asked, and what they answer.
mod error;
/// The registry of hosts over the rows that are kept of them.
mod hosts;
/// Which source is polled when; pure.
pub mod schedule;
/// A poll: fetch and read one source's document.
pub mod poll;
/// What a poll's document means, and the articles' own pages.
mod pages;
/// What a host's robots.txt lets us crawl.
mod robots;
/// Whether a document is what its source usually sends; pure.
pub mod drift;
/// Entries that are kept from readers until somebody accepts them.
mod quarantine;
/// Entries that wait: over the quota, or too young.
mod backlog;
/// Entries that their source withdrew before they were published.
mod tombstones;
/// The sitemaps that an index names.
pub mod sitemaps;
/// What is remembered of a polled source: pages that wait, the baseline; pure.
pub mod memory;
/// A pushed entry, and the same push repeated.
mod push;
/// Withdrawing an article.
mod withdraw;
/// A pushed Atom document.
mod atom_entry;
/// A folder's files.
pub mod folder;
/// WebSub hubs: subscriptions and deliveries.
pub mod hub;
/// Which article a draft is: by its id, its link, its words.
mod resolve;
/// Whether two texts are one article; pure.
mod matching;
/// Taking in the drafts and tombstones of one document.
mod apply;
/// Publish, revise or nothing; pure.
pub mod decide;
/// Planning an event and appending it under a precondition.
mod commit;
/// Drafts that are kept as a row of progress: those that wait, those kept from readers.
mod kept_drafts;
/// The processes that read untrusted bytes.
pub mod worker;
#[cfg(test)]
mod testing;

pub use crate::read::article_json;
pub use apply::Applied;
pub use atom_entry::{NotAnEntry, atom_entry, is_date, upstream_id};
pub use commit::Ingest;
pub use error::{Error, Outcome, Precondition, PushOptions, Pushed};
pub use hosts::open_hosts;
pub use pages::Settled;
#[doc(hidden)]
pub use worker::run_job;
