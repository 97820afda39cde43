//! HTTP in.
//!
//! In: connections. Out: feeds from memory, pages, files, the journal as `/changes`, and pushes handed to `ingest`.
//! A request comes in at `http::accept`, finds its handler in `routes`, and every handler works on `State`.

/// Every address that is answered, and by which handler.
mod routes;
/// What every handler may use: the rooms, the config of the moment, the tokens, the clock.
mod state;
/// The protocol: connections, bodies, conditions, negotiation, problem documents.
mod http;
/// `/feeds/…`: bytes from memory, with headers that are made once per change.
mod feeds;
/// `/media/…`: files that lie beside a folder source's articles.
mod media;
/// The JSON API: pushes, articles, changes, the OpenAPI document, the hubs' callback.
mod api;
/// The pages that people read.
pub mod page;
/// How each source is, for the status page, `/status.json` and `/metrics`.
mod sources;
/// How this node is behind the leader that it follows, for the same three.
mod following;
/// `/healthz`, `/readyz`, `/metrics`, `/status.json`.
mod status;
/// What each metric means, and what `/metrics` measures when it is asked.
mod gauges;
#[cfg(test)]
mod tests;

pub use self::http::accept::{Limits, serve};
pub use self::http::request_log::BUCKETS;
pub use gauges::describe as describe_metrics;
pub use routes::answers;
pub use state::{Phase, State};
