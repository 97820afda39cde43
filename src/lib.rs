//! dongtin (*dòng tin*, "stream of news"): articles in, sled, feeds out.
//!
//! ```text
//! push ─────────────┐
//! folder ───────────┤                                          ┌─► store ─► feeds ─► serve ─► reader, page
//! feed ──┬─► fetch ─┴─► read ─► refine ─► decide ─►│ journal │─┤
//! page ──┘   └────────────── ingest ──────────────┘            └─► deliver ─► serve ─► partner (/api/v1/changes)
//! ```
//!
//! The rooms, in reading order. `tests/architecture.rs` holds the arrows between them. `docs/architecture.md` walks
//! through one push, one poll, one reader's request and one restart, file by file: start there.

// `cargo doc` is run with private items: links to them are links.
#![allow(rustdoc::private_intra_doc_links)]

/// What can be said of characters, words and addresses without knowing what they are for.
mod text;
/// The nouns: article, event, source, feed, time.
mod model;
/// One TOML file, checked whole.
mod config;
/// The only outgoing HTTP client, with its address filter and limits.
mod net;
/// Any bytes to parsed entries; dates stay text.
mod read;
/// A parsed entry to a draft: identity, dates, repairs, clean HTML.
mod refine;
/// One conditional request of one source, and when to come again.
mod fetch;
/// The numbered log of everything that happened, the only writer to the disk; and how its followers catch up or are rebuilt.
mod journal;
/// The views, folded from the journal; and what is remembered between two runs.
mod store;
/// Every way in: push, folder, poll, hub; which article an entry is, its permanent id, the decision; the worker processes.
mod ingest;
/// Which entries a feed shows, each story once; RSS, Atom, JSON Feed and OPML as bytes, with codings and ETags.
mod feeds;
/// What copies get: present states in the order of the journal, of a selection.
mod deliver;
/// HTTP in.
mod serve;
/// A copy of another dongtin in a folder, in a database, or handed to a program.
mod mirror;
/// Plays a publisher to a partner's receiver, or partners to a publisher, and says what was right and wrong.
mod rehearse;
/// The daemon: opens the rooms, starts and stops the tasks.
mod node;
/// One file per command.
mod cli;

pub use cli::main;

/// What the tests, benches and fuzz targets outside this crate use. It is no interface and may change at any time.
#[doc(hidden)]
pub mod testing {
    pub mod config {
        pub use crate::config::{Config, FetchConfig, StoreConfig, WorkerConfig};

        /// An empty file is a whole config: every key has a default.
        fn default() -> Config {
            Config::parse("", std::path::Path::new("/")).unwrap_or_else(|_| unreachable!())
        }

        /// The default store, in a directory and with a small reserve.
        pub fn store(directory: &std::path::Path) -> StoreConfig {
            let directory = directory.to_path_buf();
            StoreConfig { directory, reserve_bytes: 1 << 20, ..default().store }
        }

        /// The default client, without pauses.
        pub fn fetch() -> FetchConfig {
            FetchConfig { host_interval_ms: 0, ..default().fetch }
        }
    }
    pub mod feeds {
        pub use crate::feeds::story::stories;
        pub use crate::feeds::{FeedView, Format, render};
    }
    pub mod ingest {
        pub use crate::ingest::run_job;
        pub use crate::ingest::worker::{Error, Job, JobOutput, Pool};
    }
    pub mod journal {
        pub use crate::journal::samples;
        pub use crate::journal::{Answers, Codec, Error, Journal, Proposal, Sequencer, probe};
    }
    pub mod model {
        pub use crate::model::*;
    }
    pub mod net {
        pub use crate::net::{Client, Error, Hosts, Post, Purpose, Request, Trust, install_crypto};
    }
    pub mod node {
        pub use crate::node::run_on;
    }
    pub mod read {
        pub use crate::read::{Limits, read, steps};
    }
    pub mod refine {
        pub use crate::refine::Draft;
    }
    pub mod store {
        pub use crate::store::{IndexId, Store, check};
    }
}
