//! `/media/{source}/{path}`: pictures, sound, film and documents that lie beside a folder source's articles.
//! `/a/{key}/{file}`: our copies of such files of any article, as long as it shows them.
//!
//! Whole or one part of it, conditional, read from the disk while it is sent.

use super::api::{articles, journal};
use super::state::State;
use crate::feeds::{copy_path, published};
use crate::ingest::folder;
use crate::model::{ArticleKey, SERVED, SourceKind, Timestamp};
use crate::serve::http::client_address::Peer;
use crate::serve::http::conditional::{client_has, said_last_modified, settled};
use crate::serve::http::error::{Answer, Kind, Problem, Written, run_blocking};
use crate::serve::http::file_body::FileBody;
use crate::serve::http::range::{self, Asked};
use crate::store::{Copy, FileState, MediaFiles};
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, Query, State as Extract};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use rustix::fs::OFlags;
use std::collections::HashMap;
use std::fs::{File, Metadata, OpenOptions};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::sync::Arc;

/// Milliseconds after its receipt in which the files of an article may not be looked at yet.
const NEW_MS: i64 = 600_000;
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// An opened file and what its metadata said then.
struct Found {
    file: File,
    media_type: &'static str,
    bytes: u64,
    tag: String,
    modified: Timestamp,
}

/// Sends one file of a folder source, if a browser cannot execute its kind.
pub async fn media(
    Extract(state): Extract<Arc<State>>,
    Path((source, path)): Path<(String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Answer<Response> {
    let config = state.config.load_full();
    let source = config.sources.iter().find(|s| s.id.as_str() == source);
    let Some(SourceKind::Folder { path: folder }) = source.map(|s| &s.kind) else {
        return Err(Problem::not_found());
    };
    let folder = folder.clone();
    let found = tokio::task::spawn_blocking(move || find(&folder, &path));
    let found = found.await.ok().flatten().ok_or_else(Problem::not_found)?;
    answer(found, &method, &headers, (state.now)())
}

/// Sends our copy of a file, if the article shows it as it stands now.
pub async fn copy(
    Extract(state): Extract<Arc<State>>,
    Path((key, file)): Path<(String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Answer<Response> {
    let reading = Arc::clone(&state);
    let found = run_blocking(move || find_copy(&reading, &key, &file)).await??;
    answer(found, &method, &headers, (state.now)())
}

/// `GET /api/v1/journal/file`: our copy of a file, for followers.
#[utoipa::path(get, path = "/api/v1/journal/file", tag = "changes",
    summary = "The copy of a file that an article shows, for followers of this node",
    params(
        ("key" = String, Query, description = "The article's key"),
        ("address" = String, Query, description = "The address of the file where it came from"),
    ),
    responses(
        (status = 200, description = "The file; its `ETag` is its SHA-256", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 400, description = "A parameter is missing", body = Written, content_type = "application/problem+json"),
        (status = 401, description = "There is no partner's token", body = Written, content_type = "application/problem+json"),
        (status = 403, description = "The partner may not follow", body = Written, content_type = "application/problem+json"),
        (status = 404, description = "It is not copied yet", body = Written, content_type = "application/problem+json"),
        (status = 410, description = "It is not copied", body = Written, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests within a minute", body = Written, content_type = "application/problem+json"),
        (status = 500, description = "A fault of ours", body = Written, content_type = "application/problem+json"),
    ),
    security(("token" = [])))]
pub async fn copy_for_followers(
    Extract(state): Extract<Arc<State>>,
    peer: Option<Extension<Peer>>,
    Query(asked): Query<HashMap<String, String>>,
    method: Method,
    headers: HeaderMap,
) -> Answer<Response> {
    journal::admit_follower(&state, peer.map(|Extension(peer)| peer), &headers)?;
    let (Some(key), Some(address)) = (asked.get("key"), asked.get("address").cloned()) else {
        let (en, vi) = ("`key` and `address` are needed", "cần có `key` và `address`");
        return Err(Problem::new(Kind::BadRequest, en, vi));
    };
    let key = key.parse().map_err(|_| Problem::not_found())?;
    let reading = Arc::clone(&state);
    let found = run_blocking(move || find_held(&reading, key, &address)).await??;
    answer(found, &method, &headers, (state.now)())
}

/// Our copy of a file of an article. One that may still come is 404, one that does not come is 410.
fn find_held(state: &State, key: ArticleKey, address: &str) -> Answer<Found> {
    let files = state.store.copies().of(key)?;
    let file = files.as_ref().and_then(|files| files.files.get(address));
    let may_come = || match file {
        Some(file) => matches!(file, FileState::Waiting { .. }),
        None => {
            let known = state.store.known(key).ok().flatten();
            known.is_some_and(|known| (state.now)().millis() - known.received.millis() < NEW_MS)
        }
    };
    match file {
        Some(FileState::Held(copy)) => open_copy(state, copy),
        _ if may_come() => Err(Problem::not_found()),
        _ => {
            let (en, vi) = ("this file is not copied here", "tệp này không được chép ở đây");
            Err(Problem::new(Kind::Withdrawn, en, vi))
        }
    }
}

fn open_copy(state: &State, copy: &Copy) -> Answer<Found> {
    let path = MediaFiles::of(state.journal.disk().directory()).path(&copy.sha256);
    let media_type = SERVED.iter().find(|(known, _)| *known == copy.media_type);
    let found = path.zip(media_type).and_then(|(path, (media_type, _))| open(&path, media_type));
    let found = found.ok_or_else(Problem::not_found)?;
    Ok(Found { tag: format!("\"{}\"", copy.sha256), ..found })
}

fn find_copy(state: &State, key: &str, file: &str) -> Answer<Found> {
    let stored = articles::find_article(state, key)?;
    let article = published(&stored, &state.config.load(), &state.store);
    let named = |copy: &&Copy| copy_path(stored.key, copy).rsplit('/').next() == Some(file);
    open_copy(state, article.copies.values().find(named).ok_or_else(Problem::not_found)?)
}

fn find(folder: &std::path::Path, path: &str) -> Option<Found> {
    let (path, media_type) = folder::media(folder, path)?;
    open(&path, media_type)
}

fn open(path: &std::path::Path, media_type: &'static str) -> Option<Found> {
    // If the file is replaced meanwhile: no link is followed, and no pipe is waited for.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file =
        OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path).ok()?;
    let meta = file.metadata().ok().filter(Metadata::is_file)?;
    let modified = Timestamp::from_secs(meta.mtime()).plus_millis(meta.mtime_nsec() / 1_000_000);
    Some(Found { file, media_type, bytes: meta.len(), tag: tag(&meta), modified })
}

/// A tag that changes with every write and every replacement, also where the date was kept.
fn tag(meta: &Metadata) -> String {
    let (inode, bytes, secs, nanos) = (meta.ino(), meta.len(), meta.ctime(), meta.ctime_nsec());
    format!("\"{inode:x}-{bytes:x}-{secs:x}-{nanos:x}\"")
}

fn answer(found: Found, method: &Method, asked: &HeaderMap, now: Timestamp) -> Answer<Response> {
    let modified = found.modified.min(now);
    let settled = settled(modified, now);
    let mut response = match client_has(asked, &found.tag, settled) {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false if method == Method::GET => {
            let part = range::asked(asked, found.bytes, &found.tag, settled);
            part_of(found.file, found.media_type, found.bytes, part)?
        }
        false => part_of(found.file, found.media_type, found.bytes, Asked::Whole)?,
    };
    let said = said_last_modified(modified, now).http_date();
    let headers = response.headers_mut();
    headers.extend(HeaderValue::from_str(&found.tag).map(|tag| (header::ETAG, tag)));
    headers.extend(HeaderValue::from_str(&said).map(|said| (header::LAST_MODIFIED, said)));
    headers.insert(header::CACHE_CONTROL, CACHE);
    Ok(response)
}

fn part_of(file: File, media_type: &'static str, bytes: u64, part: Asked) -> Answer<Response> {
    let (status, first, length) = match part {
        Asked::Whole => (StatusCode::OK, 0, bytes),
        Asked::Part { first, length } => (StatusCode::PARTIAL_CONTENT, first, length),
        Asked::Beyond => return Err(beyond(bytes)),
    };
    let body = Body::new(FileBody::new(file, first, length));
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CONTENT_LENGTH, length.into());
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if part != Asked::Whole {
        let range = range::content_range(first, length, bytes);
        headers.extend(range.map(|range| (header::CONTENT_RANGE, range)));
    }
    Ok(response)
}

fn beyond(bytes: u64) -> Box<Problem> {
    let mut problem = Problem::new(
        Kind::BadRequest,
        format!("the file has {bytes} bytes, none of them in the Range"),
        format!("tệp có {bytes} byte, không byte nào nằm trong Range"),
    );
    problem.status = StatusCode::RANGE_NOT_SATISFIABLE;
    let range = HeaderValue::from_str(&format!("bytes */{bytes}"));
    problem.headers.extend(range.map(|range| (header::CONTENT_RANGE, range)));
    problem.field("Range")
}
