//! `dongtin rehearse`: plays a publisher that has a bad week to a partner's receiver, or partners to a publisher.
//!
//! In: the requests of a receiver on loopback, and if it is wanted what it holds in the end; or the address of a
//! publisher. Out: a report of what was right and wrong.

/// The acts of the play: what each request is answered, and which one is expected next.
mod script;
/// The play as it goes: compares requests with the script. Pure.
mod play;
/// What the receiver did right and wrong, in words and as JSON.
mod report;
/// A small HTTP server on loopback.
mod server;
/// Partners that read a publisher in every form and look at its answers.
mod partner;

pub use partner::Partner;
pub use report::Report;
pub use server::Stage;
