//! `/feeds/…`: bytes from memory, headers made once per change.

use super::error::{Answer, Problem};
use super::negotiate::{Coding, coding, has_it, media_type, wants_page};
use super::pages;
use super::state::State;
use crate::feeds::{Encoding, Format, Rendered};
use crate::model::FeedId;
use arc_swap::ArcSwap;
use axum::body::Body;
use axum::extract;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use std::collections::HashMap;
use std::sync::Arc;

/// Every document that was asked for, with its headers; replaced when a document is.
pub type Shelf = ArcSwap<HashMap<(String, Option<Format>), Arc<Ready>>>;

/// A document with the headers of each coding.
pub struct Ready {
    rendered: Arc<Rendered>,
    max_age_s: u32,
    heads: [HeaderMap; 4],
    tags: [String; 4],
}

const ENCODINGS: [Encoding; 4] = [Encoding::Identity, Encoding::Gzip, Encoding::Br, Encoding::Zstd];

impl Ready {
    fn new(rendered: Arc<Rendered>, max_age_s: u32, links: &str, vary: &'static str) -> Self {
        let tags = ENCODINGS.map(|encoding| rendered.etag(encoding));
        let heads = ENCODINGS.map(|encoding| head(&rendered, encoding, max_age_s, links, vary));
        Self { rendered, max_age_s, heads, tags }
    }

    /// 304 where the client has it, otherwise 200 with the bytes in the coding it likes best.
    pub fn answer(&self, asked: &HeaderMap) -> Response {
        let index = match coding(asked) {
            Coding::Identity => 0,
            Coding::Gzip => 1,
            Coding::Br => 2,
            Coding::Zstd => 3,
        };
        let (Some(head), Some(tag), Some(encoding)) =
            (self.heads.get(index), self.tags.get(index), ENCODINGS.get(index))
        else {
            return Problem::internal(&"no such coding").into_response();
        };
        let mut response = if has_it(asked, tag, self.rendered.last_modified) {
            let mut response = StatusCode::NOT_MODIFIED.into_response();
            *response.headers_mut() = head.clone();
            response.headers_mut().remove(header::CONTENT_TYPE);
            response.headers_mut().remove(header::CONTENT_ENCODING);
            return response;
        } else {
            Response::new(Body::from(self.rendered.body(*encoding).clone()))
        };
        *response.headers_mut() = head.clone();
        response
    }
}

fn head(
    rendered: &Rendered,
    encoding: Encoding,
    max_age_s: u32,
    links: &str,
    vary: &'static str,
) -> HeaderMap {
    let mut head = HeaderMap::with_capacity(12);
    let mut put = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            head.insert(name, value);
        }
    };
    put(header::CONTENT_TYPE, rendered.content_type);
    put(header::ETAG, &rendered.etag(encoding));
    put(header::LAST_MODIFIED, &rendered.last_modified.http_date());
    put(header::CACHE_CONTROL, &format!("public, max-age={max_age_s}"));
    put(header::VARY, vary);
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    if !links.is_empty() {
        put(header::LINK, links);
    }
    if let Some(name) = encoding.name() {
        put(header::CONTENT_ENCODING, name);
    }
    head
}

/// `GET /feeds/{name}`: `ID.rss`, `ID.atom`, `ID.json`, or `ID` for what the client likes best.
pub async fn feed(
    extract::State(state): extract::State<Arc<State>>,
    extract::Path(name): extract::Path<String>,
    extract::RawQuery(query): extract::RawQuery,
    headers: HeaderMap,
) -> Answer<Response> {
    let (id, format) = match name.rsplit_once('.') {
        Some((id, extension)) => {
            (id, Some(Format::of_extension(extension).ok_or_else(Problem::not_found)?))
        }
        None => (name.as_str(), None),
    };
    let raw = query.as_deref().is_some_and(|query| query.split('&').any(|pair| pair == "raw=1"));
    if !raw && wants_page(&headers) {
        let feed = FeedId::new(id).map_err(|_| Problem::not_found())?;
        return pages::feed(state, feed, pages::Asked::new(&headers, query.as_deref())).await;
    }
    let format = format.or_else(|| liked(&headers)).unwrap_or(Format::Rss);
    Ok(ready(&state, id, format).await?.answer(&headers))
}

/// The format that a client likes best, where the address names none.
fn liked(headers: &HeaderMap) -> Option<Format> {
    let offers = Format::ALL.map(Format::media_type);
    let index = media_type(headers, &offers);
    index.and_then(|index| Format::ALL.get(index).copied())
}

/// A feed with its headers, from the shelf where it is still the same.
async fn ready(state: &State, id: &str, format: Format) -> Answer<Arc<Ready>> {
    let feed = FeedId::new(id).map_err(|_| Problem::not_found())?;
    let rendered =
        state.cache.get(&feed, format).await.map_err(|error| Problem::internal(&error))?;
    let rendered = rendered.ok_or_else(Problem::not_found)?;
    let key = (id.to_owned(), Some(format));
    let links = |base: &str| links(base, id, format);
    Ok(shelved(state, key, rendered, links, "Accept, Accept-Encoding"))
}

fn shelved(
    state: &State,
    key: (String, Option<Format>),
    rendered: Arc<Rendered>,
    links: impl Fn(&str) -> String,
    vary: &'static str,
) -> Arc<Ready> {
    let config = state.config.load();
    let max_age_s = config.server.feed_max_age_s;
    if let Some(known) = state.shelf.load().get(&key)
        && Arc::ptr_eq(&known.rendered, &rendered)
        && known.max_age_s == max_age_s
    {
        return known.clone();
    }
    let ready = Arc::new(Ready::new(rendered, max_age_s, &links(&config.site.base_url), vary));
    state.shelf.rcu(|shelf| {
        let mut shelf = HashMap::clone(shelf);
        shelf.insert(key.clone(), ready.clone());
        shelf
    });
    ready
}

/// RFC 8288: the feed's own address and its other forms, always from the configured base.
fn links(base: &str, id: &str, format: Format) -> String {
    let own = format!("<{base}/feeds/{id}.{}>; rel=\"self\"", format.extension());
    let others = Format::ALL.into_iter().filter(|other| *other != format);
    let other = |other: Format| {
        let (extension, media_type) = (other.extension(), other.media_type());
        format!(", <{base}/feeds/{id}.{extension}>; rel=\"alternate\"; type=\"{media_type}\"")
    };
    others.fold(own, |list, format| list + &other(format))
        + &format!(", <{base}/feeds/{id}>; rel=\"alternate\"; type=\"text/html\"")
}

/// `GET /feeds.opml`: every feed, for readers that import lists.
pub async fn directory(
    extract::State(state): extract::State<Arc<State>>,
    headers: HeaderMap,
) -> Answer<Response> {
    let rendered = state.cache.directory().await.map_err(|error| Problem::internal(&error))?;
    let own = |base: &str| format!("<{base}/feeds.opml>; rel=\"self\"");
    let key = (String::from("feeds.opml"), None);
    Ok(shelved(&state, key, rendered, own, "Accept-Encoding").answer(&headers))
}
