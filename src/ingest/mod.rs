//! Takes articles in. Each way in is a short pipeline that ends in the same `apply`:
//!
//! ```text
//! poll      fetch → read → judge → resolve → apply → crawl → remember
//! mirror    ask → refine → resolve → apply → withdraw → remember
//! delivery  read → judge → resolve → apply → remember
//! folder    scan → plan → read → apply → withdraw → remember
//! push      read → apply
//! follower  ask → judge → screen → append → purge
//! ```
//!
//! In: pushed entries, files, polled documents, deliveries. Out: events in the journal, and what became of each draft.

/// What every way in works with: the owners of its state.
mod intake;
/// A poll, from top to bottom.
pub mod poll;
/// A mirror: another dongtin's changes, from top to bottom.
mod mirror;
/// A follower: another dongtin's journal, copied as it is.
pub mod follow;
/// A push, from top to bottom.
mod push;
/// A folder's round, from top to bottom.
pub mod folder;
/// WebSub hubs: our subscriptions, and a delivery from top to bottom.
pub mod hub;
/// Judge: is a document what its source usually sends? Pure.
pub mod drift;
/// Entries that are kept from readers until somebody accepts them.
pub mod quarantine;
/// The selectors that would find a list on a page that has changed.
mod selectors;
/// Resolve: which article is a draft?
mod resolve;
/// Is an entry with an unknown id an article that we hold? By link, words and date; pure.
mod matching;
/// Apply: a resolved document's drafts and tombstones become events.
mod apply;
/// Publish, revise or nothing; pure.
pub mod decide;
/// What an article said before, and which listed texts are stale beside it; pure.
mod past;
/// Checks the precondition, gives the permanent id and the first times, appends the event.
mod commit;
/// Withdraws an article.
mod withdraw;
/// Crawl: articles' own pages.
mod crawl;
/// What is remembered of a source's documents: what they usually are, and which articles' pages wait; pure.
pub mod crawl_state;
/// The sitemaps that an index names.
pub mod sitemaps;
/// The further pages of a feed in pages.
mod paged;
/// What a host's robots.txt allows.
mod robots;
/// What is remembered of hosts over a restart.
mod hosts;
/// What one poll brought, and what became of it.
mod brought;
/// Remember: what a source's state is after a poll.
pub mod source_state;
/// How a source is doing, whatever its kind.
pub mod health;
/// Copies of the pictures and other files that articles show.
pub mod media;
/// Which source is polled when; pure.
pub mod schedule;
/// Entries that wait: over the quota, or too young.
mod backlog;
/// Entries that their source withdrew before they were published.
mod tombstones;
/// Corrects the times of articles that were taken in while the clock was ahead.
pub mod redate;
/// Drafts that are kept as a row of progress.
mod kept_drafts;
/// One lock for each source, and for each idempotency key under way.
mod locks;
/// The Atom document of a push.
mod atom_entry;
/// What the ways in are asked, and what they answer.
mod error;
/// The processes that read untrusted bytes.
pub mod worker;
#[cfg(test)]
mod testing;

pub use crate::read::article_json;
pub use apply::Applied;
pub use atom_entry::{NotAnEntry, atom_entry, is_date, upstream_id};
pub use error::{Error, Outcome, Precondition, PushOptions, PushWarning, Pushed};
pub use hosts::open_hosts;
pub use intake::{Intake, Poll};
pub use push::push;
pub use tombstones::forget_waiting;
pub use withdraw::Removal;
#[doc(hidden)]
pub use worker::run_job;
