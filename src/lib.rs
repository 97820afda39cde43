//! dongtin (*dòng tin*, "stream of news"): articles in, sled, feeds out.
//!
//! ```text
//! push ─┐
//! folder ┤                                                     ┌─► feeds ─► serve ─► reader
//! feed  ─┼─► fetch ─► read ─► refine ─► decide ─►│ journal │─► store
//! page  ─┘   └──────────── ingest ───────────────┘             └─► serve ─► partner (/changes)
//! ```
//!
//! The rooms, in reading order. `tests/architecture.rs` holds the arrows between them.

// `cargo doc` is run with private items: links to them are links.
#![allow(rustdoc::private_intra_doc_links)]

pub mod cli;
pub mod config;
pub mod feeds;
pub mod fetch;
pub mod ingest;
pub mod journal;
pub mod model;
pub mod net;
pub mod node;
pub mod read;
pub mod refine;
pub mod serve;
pub mod store;
