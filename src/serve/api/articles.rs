use crate::deliver::Rendering;
use crate::model::{Article, ArticleKey, CopiedArticle, Fingerprint, SourceId, Timestamp};
use crate::serve::http::compressed_answer::answer_conditionally;
use crate::serve::http::conditional::names_tag_that;
use crate::serve::http::error::{Answer, Kind, Problem};
use crate::serve::state::State;
use crate::text::hex;
use axum::extract;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};
use std::sync::Arc;

/// `GET /api/v1/articles/{key}`
#[utoipa::path(get, path = "/api/v1/articles/{key}", tag = "articles",
    summary = "One article as it stands",
    params(("key" = String, Path, description = "The article's key", pattern = "^[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses(
        (status = 200, description = "The article", body = CopiedArticle),
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
    answer_json(&state, &article, &headers)
}

/// A published article as it is stored; a withdrawn one is 410.
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

/// An article as JSON, as partners copy it. Its tag has the revision, and what else its bytes follow from.
///
/// # Errors
/// It cannot be written.
pub fn answer_json(state: &State, article: &Arc<Article>, asked: &HeaderMap) -> Answer<Response> {
    let (config, journal) = (state.config.load(), state.journal.identity());
    let rendering = Rendering {
        site: &config.site,
        sources: &config.sources,
        store: Some(&state.store),
        journal: &journal,
        full_content: true,
        emails: false,
    };
    let bytes = serde_json::to_vec(&rendering.article(article));
    let bytes = bytes.map_err(|error| Problem::internal(&error))?;
    let hash = hex(&Fingerprint::of_bytes(&bytes).0[..8]);
    let tag = format!("{}-{hash}", article.revision);
    let mut response = answer_conditionally(bytes, &tag, asked);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.append(header::VARY, HeaderValue::from_static("Accept"));
    Ok(response)
}

/// The ETag of a revision: what a receipt says.
pub fn revision_tag(revision: u32) -> String {
    format!("\"{revision}\"")
}

/// Whether `If-Match` names a revision, by a receipt's tag or by the one of its JSON.
pub fn matches_revision(headers: &HeaderMap, revision: u32) -> bool {
    let is_it = |tag: &str| {
        let number = tag.trim_matches('"').split('-').next();
        number.and_then(|number| number.parse().ok()) == Some(revision)
    };
    names_tag_that(headers, header::IF_MATCH, is_it, true)
}
