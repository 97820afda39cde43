use super::api::{articles, changes, hub_callback, journal, openapi, push};
use super::http::accept::Answers;
use super::http::{error, middleware};
use super::page::{self, handlers};
use super::state::State;
use super::{feeds, media, status};
use axum::Router;
use axum::routing::{get, post};
use http::{HeaderName, Method, header};
use std::sync::Arc;
use std::time::Duration;
use tower_http::cors::{self, CorsLayer};

/// What answers: feeds in memory at once, the rest by the routes.
pub fn answers(state: Arc<State>) -> Answers {
    let feeds = state.clone();
    Answers { routes: routes(state), quick: Arc::new(move |request| feeds::quick(&feeds, request)) }
}

/// What scripts of other sites may read (CORS of the Fetch Standard), with the headers of answers that they may see.
fn cors(exposed: &[HeaderName]) -> CorsLayer {
    let usual = [header::ETAG, header::LAST_MODIFIED, header::LINK, header::RETRY_AFTER];
    CorsLayer::new()
        .allow_origin(cors::Any)
        .allow_methods([Method::GET, Method::HEAD])
        .allow_headers([
            header::ACCEPT,
            header::AUTHORIZATION,
            header::IF_NONE_MATCH,
            header::IF_MODIFIED_SINCE,
            header::RANGE,
            HeaderName::from_static("last-event-id"),
        ])
        .expose_headers(usual.iter().chain(exposed).cloned().collect::<Vec<_>>())
        .max_age(Duration::from_secs(86_400))
        .vary([])
}

/// Feeds and their files; the headers of feeds are made once, see `feeds::rendered`.
fn news() -> Router<Arc<State>> {
    Router::new()
        .route("/feeds.opml", get(feeds::directory))
        .route(feeds::FEED, get(feeds::feed))
        .route("/media/{source}/{*path}", get(media::media))
        .route("/a/{name}/{file}", get(media::copy))
        .route("/api/v1/openapi.json", get(openapi::openapi))
        .method_not_allowed_fallback(async || error::method_not_allowed())
        .layer(cors(&[]))
}

/// Single articles, for scripts of other sites too.
fn articles() -> Router<Arc<State>> {
    Router::new()
        .route("/api/v1/articles/{key}", get(articles::article))
        .method_not_allowed_fallback(async || error::method_not_allowed())
        .layer(cors(&[]))
}

/// What partners copy.
fn copies() -> Router<Arc<State>> {
    let exposed = [
        "dongtin-next", "dongtin-journal", "stream-next-offset", "stream-cursor",
        "stream-up-to-date",
    ]
    .map(HeaderName::from_static);
    Router::new()
        .route("/api/v1/changes", get(changes::changes))
        .route("/api/v1/stream", get(changes::durable::stream))
        .method_not_allowed_fallback(async || error::method_not_allowed())
        .layer(cors(&exposed))
}

/// Every address that is answered.
pub fn routes(state: Arc<State>) -> Router {
    let article = get(push::get).put(push::put).delete(push::delete);
    let in_room = axum::middleware::from_fn_with_state(state.clone(), middleware::in_room);
    let made_anew = Router::new()
        .route("/api/v1/sources/{source}/articles/{id}", article)
        .route("/a/{name}", get(handlers::permalink))
        .route("/", get(handlers::front))
        .route("/feeds", get(feeds::index))
        .route("/feeds/", get(feeds::index))
        .route("/status", get(handlers::status))
        .route("/status.json", get(status::json))
        .method_not_allowed_fallback(async || error::method_not_allowed())
        .merge(articles())
        .layer(in_room);
    news()
        .merge(copies())
        .merge(made_anew)
        .route("/api/v1/sources/{source}/articles", post(push::post))
        .route("/api/v1/journal", get(journal::journal))
        .route("/api/v1/journal/file", get(media::copy_for_followers))
        .route("/websub/{token}", get(hub_callback::verify).post(hub_callback::deliver))
        .route("/healthz", get(status::health))
        .route("/readyz", get(status::ready))
        .route("/metrics", get(status::metrics))
        .route(&page::style_path(), get(handlers::style))
        .route("/favicon.svg", get(handlers::favicon))
        .route("/favicon.ico", get(handlers::favicon))
        .fallback(handlers::not_found)
        .method_not_allowed_fallback(async || error::method_not_allowed())
        .layer(axum::middleware::from_fn_with_state(state.clone(), middleware::around))
        .with_state(state)
}
