//! A source's own articles: `POST`, `PUT`, `GET`, `DELETE` below `/api/v1/sources/{source}/articles`.
//!
//! In: JSON or an Atom entry, with the source's token. Out: 201, 200 or 204 once the change is on the disk.

use super::receipt::Receipt;
use super::{article_json, articles, batch, leader, push_headers};
use crate::ingest::article_json::check_id;
use crate::ingest::article_json::schema::PushedArticle;
use crate::ingest::{self, NotAnEntry, PushOptions, Pushed, Removal};
use crate::model::{ArticleKey, CopiedArticle, Language, ParsedEntry, SourceId};
use crate::serve::http::body::Upload;
use crate::serve::http::error::{Answer, Kind, Problem, Written};
use crate::serve::http::json_errors_vi;
use crate::serve::http::negotiate::accepted_language;
use crate::serve::state::State;
use axum::extract;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use std::sync::Arc;

/// `POST …/articles`: one article as JSON or Atom, or many as NDJSON.
#[utoipa::path(post, path = "/api/v1/sources/{source}/articles", tag = "push",
    summary = "Push one article (JSON, Atom) or many (NDJSON)",
    description = "The answer comes after the change is on the disk. The same article again changes nothing. NDJSON is one JSON article per line; the answer is one JSON result per line, in order, each sent when its article is on the disk. Conditions (`If-Match`, `If-None-Match`) are refused (400): PUT keeps them.",
    params(("source" = String, Path, description = "The source's name", pattern = "^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$"), push_headers::Headers),
    request_body(content(
        (PushedArticle = "application/json"),
        (AtomEntry = "application/atom+xml"),
        (String = "application/x-ndjson"),
    )),
    responses(
        (status = 201, description = "A new article", body = Receipt, headers(("Location" = String, description = "The article's address in this API"), ("ETag" = String, description = "The revision"))),
        (status = 200, description = "A new revision, or nothing changed; for NDJSON the results", content((Receipt = "application/json"), (String = "application/x-ndjson"))),
        push_headers::Refusals,
    ),
    security(("token" = [])))]
pub async fn post(
    extract::State(state): extract::State<Arc<State>>,
    path: push_headers::Address,
    request: extract::Request,
) -> Response {
    push_request(&state, &path, request, false).await
}

/// `PUT …/articles/{id}`: the article of that id, new or revised.
#[utoipa::path(put, path = "/api/v1/sources/{source}/articles/{id}", tag = "push",
    summary = "Push an article under its id",
    description = "`If-Match` and `If-None-Match: *` are kept (412 where they do not hold).",
    params(push_headers::ArticleAddress, push_headers::Headers, push_headers::Matching, push_headers::Absence),
    request_body(content((PushedArticle = "application/json"), (AtomEntry = "application/atom+xml"))),
    responses(
        (status = 201, description = "A new article", body = Receipt),
        (status = 200, description = "A new revision, or nothing changed", body = Receipt),
        push_headers::Refusals,
    ),
    security(("token" = [])))]
pub async fn put(
    extract::State(state): extract::State<Arc<State>>,
    path: push_headers::Address,
    request: extract::Request,
) -> Response {
    push_request(&state, &path, request, true).await
}

/// `GET …/articles/{id}`: the article as it stands; anyone may read it.
#[utoipa::path(get, path = "/api/v1/sources/{source}/articles/{id}", tag = "push",
    summary = "The article of an id as it stands",
    params(push_headers::ArticleAddress),
    responses(
        (status = 200, description = "The article; its `ETag` begins with the revision and can be sent as `If-Match`", body = CopiedArticle),
        (status = 304, description = "The client has this revision"),
        (status = 400, description = "The address is not of its form", body = Written, content_type = "application/problem+json"),
        (status = 404, description = "There is no such article", body = Written, content_type = "application/problem+json"),
        (status = 410, description = "It was withdrawn", body = Written, content_type = "application/problem+json"),
        (status = 500, description = "A fault of ours", body = Written, content_type = "application/problem+json"),
    ))]
pub async fn get(
    extract::State(state): extract::State<Arc<State>>,
    path: push_headers::Address,
    headers: HeaderMap,
) -> Answer<Response> {
    let source = push_headers::named_source(&path)?;
    let key = ArticleKey::of(&source, &push_headers::upstream_id(&path)?);
    let article = articles::find_article(&state, &key.to_string())?;
    articles::answer_json(&state, &article, &headers)
}

/// `DELETE …/articles/{id}`: withdraws the article; every copy must go.
#[utoipa::path(delete, path = "/api/v1/sources/{source}/articles/{id}", tag = "push",
    summary = "Withdraw an article",
    description = "It can be repeated as it is; an `Idempotency-Key` is refused (400). `If-Match` keeps a late repetition from withdrawing a newer revision.",
    params(push_headers::ArticleAddress, push_headers::Matching, ("reason" = Option<String>, Query, description = "Why, for partners and readers")),
    responses(
        (status = 204, description = "It is withdrawn"),
        push_headers::Refusals,
        (status = 404, description = "There is no such article", body = Written, content_type = "application/problem+json"),
    ),
    security(("token" = [])))]
pub async fn delete(
    extract::State(state): extract::State<Arc<State>>,
    path: push_headers::Address,
    extract::RawQuery(query): extract::RawQuery,
    headers: HeaderMap,
) -> Answer<Response> {
    leader::refuse_if_following(&state, &headers)?;
    let source = push_headers::authorized_source(&state, &path, &headers)?;
    push_headers::refuse_idempotency_key(&headers)?;
    let id = push_headers::upstream_id(&path)?;
    let expected = push_headers::precondition(&state, &path, &headers)?;
    let removal = Removal::of(&source, &id, push_headers::reason(query.as_deref()));
    let withdrawn = state.ingest.committer.withdraw(&removal, expected, (state.now)());
    let withdrawal = withdrawn.await?;
    metrics::counter!("dongtin_withdrawals_total", "source" => source.to_string()).increment(1);
    let seq = HeaderName::from_static("dongtin-seq");
    Ok((StatusCode::NO_CONTENT, [(seq, HeaderValue::from(withdrawal.seq.0))]).into_response())
}

/// An Atom entry (RFC 4287 §4.1.2), alone in its document; these are the parts most sent, all of Atom is read.
#[derive(utoipa::ToSchema)]
#[schema(xml(name = "entry", namespace = "http://www.w3.org/2005/Atom"))]
#[expect(dead_code, reason = "only its schema is used")]
struct AtomEntry {
    /// What you call it.
    id: Option<String>,
    /// Plain text; it or a body is needed.
    title: Option<String>,
    /// When it was last changed, RFC 3339.
    updated: Option<String>,
    /// The lead.
    summary: Option<String>,
    /// The body.
    content: Option<String>,
}

/// Answers a `PUT` of one article or a `POST`; a refusal reads the rest of the body first.
async fn push_request(
    state: &Arc<State>,
    path: &push_headers::Address,
    request: extract::Request,
    is_put: bool,
) -> Response {
    let (parts, body) = request.into_parts();
    let mut body = Upload::new(&parts, body);
    match push_body(state, path, &parts, &mut body, is_put).await {
        Ok(response) => response,
        Err(problem) => body.refuse(problem).await,
    }
}

async fn push_body(
    state: &Arc<State>,
    path: &push_headers::Address,
    parts: &Parts,
    body: &mut Upload,
    is_put: bool,
) -> Answer<Response> {
    let headers = &parts.headers;
    leader::refuse_if_following(state, headers)?;
    let source = push_headers::authorized_source(state, path, headers)?;
    let id = if is_put { Some(push_headers::upstream_id(path)?) } else { None };
    check_id(id.as_deref()).map_err(|mistake| json_errors_vi::problem(&mistake))?;
    if !is_put {
        push_headers::refuse_conditions(headers)?;
    }
    if media_of(headers)? == Media::Lines {
        if is_put {
            return Err(unsupported());
        }
        let limit = state.config.load().server.batch_body_bytes;
        let bytes = body.read_all(headers, limit).await?;
        return batch::answer(state, source, headers, bytes);
    }
    let mut entry = read_entry(state, headers, body, is_put).await?;
    let mut precondition = None;
    if let Some(id) = id {
        let own = entry.id.as_deref().and_then(ingest::upstream_id);
        if own.is_some_and(|own| own != id) {
            return Err(push_headers::other_id());
        }
        entry.id = Some(id);
        precondition = push_headers::precondition(state, path, headers)?;
    }
    push_entry(state, &source, entry, headers, precondition).await
}

async fn push_entry(
    state: &State,
    source: &SourceId,
    entry: ParsedEntry,
    headers: &HeaderMap,
    precondition: Option<ingest::Precondition>,
) -> Answer<Response> {
    let idempotency_key = push_headers::idempotency_key(headers)?;
    let options = PushOptions { idempotency_key, precondition };
    let pushed = ingest::push(&state.ingest, source, entry, options, (state.now)()).await;
    let outcome = if pushed.is_ok() { "taken" } else { "refused" };
    metrics::counter!("dongtin_pushes_total", "source" => source.to_string(), "outcome" => outcome)
        .increment(1);
    Ok(receipt(state, source, &pushed?, accepted_language(headers)))
}

fn receipt(state: &State, source: &SourceId, pushed: &Pushed, language: Language) -> Response {
    let config = state.config.load();
    let base = &config.site.base_url;
    let receipt = Receipt::of(pushed, base, language);
    let mut response = (receipt.status(), axum::Json(&receipt)).into_response();
    let id: String = url::form_urlencoded::byte_serialize(pushed.upstream_id.as_bytes()).collect();
    let location = format!("{base}/api/v1/sources/{source}/articles/{}", id.replace('+', "%20"));
    let name = if receipt.status() == StatusCode::CREATED {
        header::LOCATION
    } else {
        header::CONTENT_LOCATION
    };
    let headers = response.headers_mut();
    headers.extend(HeaderValue::from_str(&location).ok().map(|value| (name, value)));
    headers.extend(
        HeaderValue::from_str(&articles::revision_tag(pushed.revision))
            .ok()
            .map(|tag| (header::ETAG, tag)),
    );
    response
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Media {
    Json,
    Atom,
    Lines,
}

fn media_of(headers: &HeaderMap) -> Answer<Media> {
    let text = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    let name = text.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    match name.as_str() {
        "application/json" | "application/feed+json" => Ok(Media::Json),
        "application/atom+xml" => Ok(Media::Atom),
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" => Ok(Media::Lines),
        _ => Err(unsupported()),
    }
}

fn unsupported() -> Box<Problem> {
    let accepted =
        HeaderValue::from_static("application/json, application/atom+xml, application/x-ndjson");
    Problem::new(
        Kind::UnsupportedMediaType,
        "send one article as application/json or application/atom+xml, many as application/x-ndjson (POST only)",
        "hãy gửi một bài ở dạng application/json hoặc application/atom+xml, nhiều bài ở dạng application/x-ndjson (chỉ với POST)",
    )
    .field("Content-Type")
    .header(HeaderName::from_static("accept-post"), accepted)
}

async fn read_entry(
    state: &State,
    headers: &HeaderMap,
    body: &mut Upload,
    is_named: bool,
) -> Answer<ParsedEntry> {
    let limit = state.config.load().server.push_body_bytes;
    let media = media_of(headers)?;
    let bytes = body.read_all(headers, limit).await?;
    match media {
        Media::Atom => read_atom(&bytes, headers),
        _ => article_json::read_named_entry(&bytes, is_named),
    }
}

fn read_atom(bytes: &Bytes, headers: &HeaderMap) -> Answer<ParsedEntry> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    let entry = ingest::atom_entry(bytes, content_type).map_err(|error| {
        let vi = match &error {
            NotAnEntry::Unread(_) => "không đọc được tài liệu Atom".to_owned(),
            NotAnEntry::NotAtom => "tài liệu không phải Atom".to_owned(),
            NotAnEntry::Count(count) => format!("tài liệu có {count} mục, cần đúng một"),
        };
        Problem::new(Kind::BadBody, error.to_string(), vi).field("entry")
    })?;
    article_json::check_atom(&entry)?;
    Ok(entry)
}
