//! `dongtin rehearse`: plays a publisher that has a bad week to a partner's receiver, or partners to a publisher.
//!
//! In: the requests of a receiver on loopback, and optionally what it holds in the end; or the address of a publisher.
//! Out: a report of what was right and wrong.

/// The acts of the play: what each request is answered, and which one is expected next.
mod script;
/// Compares the requests of a receiver with the script; pure.
mod play;
/// What the receiver did right and wrong, in words and as JSON.
mod report;
/// A small HTTP server on loopback.
mod server;
/// Partners that read a publisher in every form and check its answers.
mod partner;

pub use partner::Partner;
pub use report::Report;
pub use server::Stage;
