//! HTTP in: the accept loop and the list of routes.
//!
//! In: connections. Out: feeds from memory, pages, the journal as `/changes`, and pushes handed to `ingest`.

mod accept;
mod around;
mod error;
mod feeds;
mod guests;
mod media;
mod negotiate;
pub mod page;
mod state;
mod watched;

pub use accept::{Limits, serve};
pub use error::{Kind, Problem};
pub use state::{Phase, Published, State};

use axum::Router;
use axum::routing::get;
use std::sync::Arc;

/// Every address that is answered.
pub fn routes(state: Arc<State>) -> Router {
    Router::new()
        .route("/feeds.opml", get(feeds::directory))
        .route("/feeds/{name}", get(feeds::feed))
        .route("/media/{source}/{*path}", get(media::media))
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || error::method_not_allowed())
        .layer(axum::middleware::from_fn(around::around))
        .with_state(state)
}
