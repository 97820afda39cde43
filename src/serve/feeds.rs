use super::state::State;
use crate::feeds::{Document, Format, Part, Rendered, Way};
use crate::model::{FeedId, Fingerprint, Timestamp};
use crate::serve::http::compressed_answer;
use crate::serve::http::conditional::{client_has, said_last_modified, settled};
use crate::serve::http::error::{Answer, Problem};
use crate::serve::http::negotiate::{
    accepted_coding, accepted_media_type, is_navigation, wants_page,
};
use crate::serve::http::{middleware, room};
use crate::serve::page::handlers::{self, Asked};
use crate::text::hex;
use axum::body::Body;
use axum::extract;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use std::sync::Arc;
use std::time::Instant;

/// A feed's route, also its label in the metrics.
pub const FEED: &str = "/feeds/{name}";

/// 304 if the client has the document, otherwise 200 with the bytes in the coding that it prefers.
fn answer(rendered: &Rendered, asked: &HeaderMap, now: Timestamp) -> Response {
    let coded = rendered.coded(accepted_coding(asked));
    let changed = rendered.last_modified;
    let modified = settled(changed, now);
    let mut response = if client_has(asked, &coded.etag, modified) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.headers_mut() = coded.not_modified.clone();
        response
    } else {
        let mut response = Response::new(Body::from(coded.body.clone()));
        *response.headers_mut() = coded.ok.clone();
        response
    };
    if modified.is_none()
        && let Ok(said) = HeaderValue::from_str(&said_last_modified(changed, now).http_date())
    {
        response.headers_mut().insert(header::LAST_MODIFIED, said);
    }
    response
}

/// `GET /feeds/{name}`: `ID.rss`, `ID.atom`, `ID.json`, or `ID` for the format that the client prefers.
pub async fn feed(
    extract::State(state): extract::State<Arc<State>>,
    extract::Path(name): extract::Path<String>,
    extract::RawQuery(query): extract::RawQuery,
    asked: Asked,
) -> Answer<Response> {
    let headers = &asked.headers;
    let raw = query.as_deref().is_some_and(|query| query.split('&').any(|pair| pair == "raw=1"));
    let (id, format) = match name.rsplit_once('.') {
        Some((id, extension)) => {
            (id, Some(Format::of_extension(extension).ok_or_else(Problem::unknown_feed)?))
        }
        None => (name.as_str(), None),
    };
    let id = FeedId::new(id).map_err(|_| Problem::unknown_feed())?;
    let wants_page = !raw && wants_page(headers) && (format.is_none() || is_navigation(headers));
    let older = older_part(query.as_deref().unwrap_or_default())?;
    let is_page = older.is_none_or(|part| part.way == Way::Page);
    if wants_page && is_page {
        let from = older.and_then(|part| part.from);
        let made = handlers::feed(state.clone(), id, from, asked);
        return Ok(room::within(&state.room, async { made.await.into_response() }).await);
    }
    let format = format.or_else(|| liked(headers)).unwrap_or(Format::Rss);
    if let Some(part) = older {
        let made = async {
            let document = state.cache.older(&id, format, part).await?;
            let document = document.ok_or_else(Problem::not_found)?;
            Ok::<_, Box<Problem>>(answer_older(document, headers, (state.now)()))
        };
        // It is made anew for each request: what clients do not read has a common bound.
        return Ok(room::within(&state.room, async { made.await.into_response() }).await);
    }
    let rendered = state.cache.get(&id, format).await?.ok_or_else(Problem::unknown_feed)?;
    Ok(answer(&rendered, headers, (state.now)()))
}

/// The older document that is asked for: `?archive=KEY`, or `?page=KEY`; `?page=1` is the current one as a page.
fn older_part(query: &str) -> Answer<Option<Part>> {
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let way = match &*name {
            "archive" => Way::Archive,
            "page" => Way::Page,
            _ => continue,
        };
        let from = match (way, &*value) {
            (Way::Page, "1") => None,
            _ => Some(value.parse().map_err(|_| Problem::not_found())?),
        };
        return Ok(Some(Part { way, from, older: None }));
    }
    Ok(None)
}

/// Like [`answer`], for a document that is rendered for one request.
fn answer_older(document: Document, asked: &HeaderMap, now: Timestamp) -> Response {
    let (headers, changed) = (document.headers(), document.last_modified());
    let tag = hex(&Fingerprint::of_bytes(&document.bytes).0);
    let mut response = compressed_answer::answer_conditionally(document.bytes, &tag, asked);
    if response.status() == StatusCode::OK {
        response.headers_mut().extend(headers);
    }
    let said = HeaderValue::from_str(&said_last_modified(changed, now).http_date());
    response.headers_mut().extend(said.map(|said| (header::LAST_MODIFIED, said)));
    response.headers_mut().append(header::VARY, HeaderValue::from_static("Accept"));
    response
}

/// Answers a `GET` of a feed that is in memory and newest, past the routes: the same answer at half the work.
pub fn quick<B>(state: &State, request: &Request<B>) -> Option<Response> {
    let (uri, headers) = (request.uri(), request.headers());
    let name = uri.path().strip_prefix("/feeds/")?;
    let wants_page = wants_page(headers) && is_navigation(headers);
    if request.method() != Method::GET || uri.query().is_some() || wants_page {
        return None;
    }
    let started = Instant::now();
    let (id, extension) = name.rsplit_once('.')?;
    let rendered = state.cache.ready(id, Format::of_extension(extension)?)?;
    let mut response = answer(&rendered, headers, (state.now)());
    middleware::secure(&mut response);
    state.traffic.count(FEED, "GET", response.status(), started.elapsed());
    Some(response)
}

/// The format that a client likes best, where the address names none.
fn liked(headers: &HeaderMap) -> Option<Format> {
    let general = [
        (Format::Rss, "application/xml"),
        (Format::Rss, "text/xml"),
        (Format::Json, "application/json"),
    ];
    let offers: Vec<(Format, &str)> = Format::ALL
        .map(|format| (format, format.media_type()))
        .into_iter()
        .chain(general)
        .collect();
    let names: Vec<&str> = offers.iter().map(|offer| offer.1).collect();
    accepted_media_type(headers, &names).and_then(|index| offers.get(index)).map(|offer| offer.0)
}

/// `GET /feeds/`: the front page, which lists the feeds, for a browser; the directory for everyone else.
pub async fn index(
    extract::State(state): extract::State<Arc<State>>,
    headers: HeaderMap,
) -> Redirect {
    let list = if wants_page(&headers) { "" } else { "feeds.opml" };
    Redirect::temporary(&format!("{}/{list}", state.config.load().site.base_url))
}

/// `GET /feeds.opml`: every feed, for readers that import lists.
pub async fn directory(
    extract::State(state): extract::State<Arc<State>>,
    headers: HeaderMap,
) -> Answer<Response> {
    let rendered = state.cache.directory().await?;
    Ok(answer(&rendered, &headers, (state.now)()))
}
