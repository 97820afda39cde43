//! HTTP in: the accept loop and the list of routes.
//!
//! In: connections. Out: feeds from memory, pages, the journal as `/changes`, and pushes handed to `ingest`.

mod accept;
mod error;
mod guests;
mod negotiate;
mod watched;

pub use accept::{Limits, serve};
