//! `/feeds/…`: bytes from memory, headers made once per change.

use super::state::State;
use crate::feeds::{Encoding, Format, Rendered};
use crate::model::{FeedId, Timestamp};
use crate::serve::http::error::{Answer, Problem};
use crate::serve::http::negotiate::{
    Coding, coding, has_it, media_type, settled, unsettled, wants_page,
};
use crate::serve::http::{middleware, request_metrics};
use crate::serve::page::handlers;
use arc_swap::ArcSwap;
use axum::body::Body;
use axum::extract;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

/// The route of a feed, as it is counted.
pub const FEED: &str = "/feeds/{name}";

/// Documents that were asked for, with their headers, by the last part of their address: `all.rss`, `feeds.opml`.
/// The bytes are the cache's: what the cache let go of goes from here when the next document comes.
pub type Shelf = ArcSwap<HashMap<String, Arc<Ready>>>;

/// A document with the headers of each coding.
pub struct Ready {
    of: Option<(FeedId, Format)>,
    rendered: Arc<Rendered>,
    max_age_s: u32,
    whole: [HeaderMap; 4],
    same: [HeaderMap; 4],
    tags: [String; 4],
}

const ENCODINGS: [Encoding; 4] = [Encoding::Identity, Encoding::Gzip, Encoding::Br, Encoding::Zstd];

impl Ready {
    /// 304 where the client has it, otherwise 200 with the bytes in the coding it likes best.
    pub fn answer(&self, asked: &HeaderMap, now: Timestamp) -> Response {
        let index = match coding(asked) {
            Coding::Identity => 0,
            Coding::Gzip => 1,
            Coding::Br => 2,
            Coding::Zstd => 3,
        };
        self.answer_in(index, asked, now)
            .unwrap_or_else(|| Problem::internal(&"no such coding").into_response())
    }

    fn answer_in(&self, index: usize, asked: &HeaderMap, now: Timestamp) -> Option<Response> {
        let changed = self.rendered.last_modified;
        let modified = settled(changed, now);
        let is_same = has_it(asked, self.tags.get(index)?, modified);
        let mut response = Response::new(match is_same {
            true => Body::empty(),
            false => Body::from(self.rendered.body(*ENCODINGS.get(index)?).clone()),
        });
        let headers = if is_same { &self.same } else { &self.whole };
        *response.headers_mut() = headers.get(index)?.clone();
        if is_same {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        if modified.is_none() {
            let said = HeaderValue::from_str(&unsettled(changed).http_date()).ok()?;
            response.headers_mut().insert(header::LAST_MODIFIED, said);
        }
        Some(response)
    }
}

/// The headers of 304: those of 200 without what describes a body that is not sent.
fn without_body(whole: &HeaderMap) -> HeaderMap {
    let mut same = whole.clone();
    for name in [header::CONTENT_TYPE, header::CONTENT_ENCODING, header::LINK] {
        same.remove(name);
    }
    same
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
    let raw = query.as_deref().is_some_and(|query| query.split('&').any(|pair| pair == "raw=1"));
    let wants_page = !raw && wants_page(&headers);
    if let Some(ready) = at_hand(&state, &name).filter(|_| !wants_page) {
        return Ok(ready.answer(&headers, (state.now)()));
    }
    let (id, format) = match name.rsplit_once('.') {
        Some((id, extension)) => {
            (id, Some(Format::of_extension(extension).ok_or_else(Problem::not_found)?))
        }
        None => (name.as_str(), None),
    };
    if wants_page {
        let feed = FeedId::new(id).map_err(|_| Problem::not_found())?;
        return handlers::feed(state, feed, handlers::Asked::new(&headers, query.as_deref())).await;
    }
    let format = format.or_else(|| liked(&headers)).unwrap_or(Format::Rss);
    Ok(ready(&state, id, format).await?.answer(&headers, (state.now)()))
}

/// A `GET` of a feed that is in memory and newest, answered past the routes: the same answer as theirs, at half the work.
pub fn quick<B>(state: &State, request: &Request<B>) -> Option<Response> {
    let (uri, headers) = (request.uri(), request.headers());
    let name = uri.path().strip_prefix("/feeds/")?;
    if request.method() != Method::GET || uri.query().is_some() || wants_page(headers) {
        return None;
    }
    let started = Instant::now();
    let mut response = at_hand(state, name)?.answer(headers, (state.now)());
    middleware::secure(&mut response);
    request_metrics::count(state, FEED, "GET", response.status(), started.elapsed());
    Some(response)
}

/// The format that a client likes best, where the address names none.
fn liked(headers: &HeaderMap) -> Option<Format> {
    let offers = Format::ALL.map(Format::media_type);
    let index = media_type(headers, &offers);
    index.and_then(|index| Format::ALL.get(index).copied())
}

/// A feed with its headers: from the shelf where it is the newest, else as the cache has it now.
async fn ready(state: &State, id: &str, format: Format) -> Answer<Arc<Ready>> {
    let feed = FeedId::new(id).map_err(|_| Problem::not_found())?;
    let rendered = state.cache.get(&feed, format).await?;
    let rendered = rendered.ok_or_else(Problem::not_found)?;
    let name = format!("{id}.{}", format.extension());
    let links = |base: &str| links(base, id, format);
    Ok(shelved(state, name, Some((feed, format)), rendered, links, "Accept, Accept-Encoding"))
}

/// A feed from the shelf if nothing has happened since; no lock is waited for and nothing is made.
fn at_hand(state: &State, name: &str) -> Option<Arc<Ready>> {
    let shelf = state.shelf.load();
    let known = shelf.get(name)?;
    let (feed, format) = known.of.as_ref()?;
    let rendered = state.cache.ready(feed, *format)?;
    let max_age_s = state.config.load().server.feed_max_age_s;
    known.is_of(&rendered, max_age_s).then(|| known.clone())
}

impl Ready {
    fn is_of(&self, rendered: &Arc<Rendered>, max_age_s: u32) -> bool {
        Arc::ptr_eq(&self.rendered, rendered) && self.max_age_s == max_age_s
    }

    /// Whether nobody else holds the bytes any more.
    fn is_let_go(&self) -> bool {
        Arc::strong_count(&self.rendered) == 1
    }
}

fn shelved(
    state: &State,
    name: String,
    of: Option<(FeedId, Format)>,
    rendered: Arc<Rendered>,
    links: impl Fn(&str) -> String,
    vary: &'static str,
) -> Arc<Ready> {
    let config = state.config.load();
    let max_age_s = config.server.feed_max_age_s;
    if let Some(known) = state.shelf.load().get(&name)
        && known.is_of(&rendered, max_age_s)
    {
        return known.clone();
    }
    let links = links(&config.site.base_url);
    let whole = ENCODINGS.map(|encoding| head(&rendered, encoding, max_age_s, &links, vary));
    let same = std::array::from_fn(|index| whole.get(index).map(without_body).unwrap_or_default());
    let tags = ENCODINGS.map(|encoding| rendered.etag(encoding));
    let ready = Arc::new(Ready { of, rendered, max_age_s, whole, same, tags });
    state.shelf.rcu(|shelf| {
        let mut shelf = HashMap::clone(shelf);
        shelf.retain(|_, ready| !ready.is_let_go());
        shelf.insert(name.clone(), ready.clone());
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
    let rendered = state.cache.directory().await?;
    let own = |base: &str| format!("<{base}/feeds.opml>; rel=\"self\"");
    let name = String::from("feeds.opml");
    Ok(shelved(&state, name, None, rendered, own, "Accept-Encoding")
        .answer(&headers, (state.now)()))
}
