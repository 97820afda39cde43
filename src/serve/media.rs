//! `/media/{source}/{path}`: pictures, sound and documents that lie beside a folder source's articles.

use super::{Problem, State};
use crate::ingest::folder;
use crate::model::SourceKind;
use axum::body::Body;
use axum::extract::{Path, State as Extract};
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, Response, StatusCode};
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;

/// Sends one file, if its folder source has it and its kind cannot act in a browser.
pub async fn media(
    Extract(state): Extract<Arc<State>>,
    Path((source, path)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response<Body>, Box<Problem>> {
    let config = state.config.load();
    let source = config.sources.iter().find(|s| s.id.as_str() == source);
    let Some(SourceKind::Folder { path: folder }) = source.map(|s| &s.kind) else {
        return Err(Problem::not_found());
    };
    let folder = folder.clone();
    let found = tokio::task::spawn_blocking(move || {
        let (file, media_type) = folder::media(&folder, &path)?;
        let meta = file.metadata().ok()?;
        Some((file, media_type, meta))
    });
    let (file, media_type, meta) = found.await.ok().flatten().ok_or_else(Problem::not_found)?;
    let etag =
        format!("\"{:x}-{:x}-{:x}\"", meta.ino(), meta.len(), meta.mtime_nsec() ^ meta.mtime());
    let answer =
        Response::builder().header(ETAG, &etag).header(CACHE_CONTROL, "public, max-age=3600");
    let known = headers.get(IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    if known.is_some_and(|known| {
        known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag)
    }) {
        return answer
            .status(StatusCode::NOT_MODIFIED)
            .body(Body::empty())
            .map_err(|_| Problem::not_found());
    }
    let bytes = tokio::fs::read(&file).await.map_err(|_| Problem::not_found())?;
    let answer = answer.header(CONTENT_TYPE, media_type).header(CONTENT_LENGTH, bytes.len());
    answer.body(Body::from(bytes)).map_err(|_| Problem::not_found())
}
