use crate::model::{Article, ArticleKey, SourceId, Timestamp};
use crate::serve::http::conditional::{client_has, said_last_modified, settled};
use crate::serve::http::error::{Answer, Kind, Problem};
use crate::serve::state::State;
use axum::extract;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::sync::Arc;

/// `GET /api/v1/articles/{key}`
#[utoipa::path(get, path = "/api/v1/articles/{key}", tag = "articles",
    summary = "One article as it stands",
    params(("key" = String, Path, description = "The article's key", pattern = "^[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses(
        (status = 200, description = "The article", body = Object, content_type = "application/json"),
        (status = 304, description = "The client has this revision"),
        (status = 404, description = "There is no such article", body = crate::serve::http::error::Written, content_type = "application/problem+json"),
        (status = 410, description = "It was withdrawn", body = crate::serve::http::error::Written, content_type = "application/problem+json"),
        (status = 500, description = "A fault of ours", body = crate::serve::http::error::Written, content_type = "application/problem+json"),
    ))]
pub async fn article(
    extract::State(state): extract::State<Arc<State>>,
    extract::Path(key): extract::Path<String>,
    headers: HeaderMap,
) -> Answer<Response> {
    let article = find_article(&state, &key)?;
    Ok(answer_json(&article, &headers, (state.now)()))
}

/// A published article; a withdrawn one is 410.
pub fn find_article(state: &State, key: &str) -> Answer<Arc<Article>> {
    let key: ArticleKey = key.parse().map_err(|_| Problem::not_found())?;
    let epoch = state.store.epoch();
    let live = state.store.article(key).map_err(|e| Problem::internal(&e))?;
    let known = match live {
        Some(_) => None,
        None => state.store.known(key).map_err(|e| Problem::internal(&e))?,
    };
    // While the views are rebuilt they may show an article that was withdrawn since, or lack one that is published.
    if !state.store.consistent_since(epoch) {
        return Err(Problem::behind());
    }
    if let Some(article) = live {
        return Ok(article);
    }
    let gone = known.and_then(|known| Some((known.withdrawn?, known.source)));
    Err(gone.map_or_else(Problem::not_found, |(at, source)| {
        withdrawn(at, source, state.config.load().site.utc_offset)
    }))
}

fn withdrawn(at: Timestamp, source: SourceId, utc_offset: i32) -> Box<Problem> {
    let when = at.rfc3339_at(utc_offset);
    let (en, vi) = (
        format!("its source withdrew this article at {when}"),
        format!("nguồn tin đã gỡ bài này lúc {when}"),
    );
    let mut problem = Problem::new(Kind::Withdrawn, en, vi);
    problem.withdrawn = Some((at, source));
    problem
}

/// An article as JSON with its revision as a strong tag.
pub fn answer_json(article: &Article, asked: &HeaderMap, now: Timestamp) -> Response {
    let tag = revision_tag(article.revision);
    let modified = settled(article.changed, now);
    let mut response = match client_has(asked, &tag, modified) {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => axum::Json(article).into_response(),
    };
    let headers = response.headers_mut();
    let put = |text: &str| HeaderValue::from_str(text).ok();
    headers.extend(put(&tag).map(|value| (header::ETAG, value)));
    let modified = said_last_modified(article.changed, now).http_date();
    headers.extend(put(&modified).map(|value| (header::LAST_MODIFIED, value)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.append(header::VARY, HeaderValue::from_static("Accept"));
    response
}

/// The ETag of a revision.
pub fn revision_tag(revision: u32) -> String {
    format!("\"{revision}\"")
}
