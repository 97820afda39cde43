//! HTTP in: the accept loop and the list of routes.
//!
//! In: connections. Out: feeds from memory, pages, the journal as `/changes`, and pushes handed to `ingest`.

mod accept;
mod around;
mod article_json;
mod articles;
mod batch;
mod body;
mod callback;
mod changes;
mod complaint;
mod error;
mod feeds;
mod guard;
mod guests;
mod held;
mod history;
mod measure;
mod media;
mod negotiate;
mod openapi;
mod packed;
pub mod page;
mod pages;
mod pieces;
mod place;
mod push;
mod range;
mod sent;
mod sources;
mod state;
mod status;
#[cfg(test)]
mod tests;
mod traffic;
mod watched;

pub use accept::{Answers, Limits, serve};
pub use measure::describe as describe_metrics;
pub use state::{Phase, State};
pub use traffic::BUCKETS;

use axum::Router;
use axum::routing::{get, post};
use std::sync::Arc;

/// Everything that answers: feeds in memory at once, the rest by the routes.
pub fn answers(state: Arc<State>) -> Answers {
    let feeds = state.clone();
    Answers { routes: routes(state), quick: Arc::new(move |request| feeds::quick(&feeds, request)) }
}

/// Every address that is answered.
pub fn routes(state: Arc<State>) -> Router {
    let article = get(push::get).put(push::put).delete(push::delete);
    Router::new()
        .route("/feeds.opml", get(feeds::directory))
        .route(feeds::FEED, get(feeds::feed))
        .route("/media/{source}/{*path}", get(media::media))
        .route("/a/{name}", get(articles::permalink))
        .route("/api/v1/sources/{source}/articles", post(push::post))
        .route("/api/v1/sources/{source}/articles/{id}", article)
        .route("/api/v1/articles/{key}", get(articles::article))
        .route("/api/v1/changes", get(changes::changes))
        .route("/api/v1/openapi.json", get(openapi::openapi))
        .route("/websub/{token}", get(callback::verify).post(callback::deliver))
        .route("/healthz", get(status::health))
        .route("/readyz", get(status::ready))
        .route("/metrics", get(status::metrics))
        .route("/status.json", get(status::json))
        .route("/", get(pages::front))
        .route("/status", get(pages::status))
        .route(&page::style_path(), get(pages::style))
        .route("/favicon.svg", get(pages::favicon))
        .route("/favicon.ico", get(pages::favicon))
        .fallback(pages::nothing)
        .method_not_allowed_fallback(async || error::method_not_allowed())
        .layer(axum::middleware::from_fn_with_state(state.clone(), around::around))
        .with_state(state)
}
