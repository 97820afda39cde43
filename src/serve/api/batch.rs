use super::article_json;
use super::push_headers;
use super::receipt::Receipt;
use crate::ingest::{PushOptions, push};
use crate::model::{Language, ParsedEntry, SourceId};
use crate::serve::http::error::{Answer, Problem, Written};
use crate::serve::http::negotiate::accepted_language;
use crate::serve::http::pieces::in_pieces;
use crate::serve::state::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use serde::Serialize;
use std::sync::Arc;
use tokio::task::JoinSet;

/// How many lines' articles are written to the disk together.
const TOGETHER: usize = 64;

/// The result of one line.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LineResult {
    /// The line, from 1; empty lines count and have no result.
    pub line: usize,
    /// As the article would have got alone.
    pub status: u16,
    /// What became of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
    /// Why it was refused; the other lines are not affected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Written>,
}

struct Batch {
    state: Arc<State>,
    source: SourceId,
    key: Option<String>,
    language: Language,
    path: String,
}

/// The answer to a batch; its body grows as the articles reach the disk.
pub fn answer(
    state: &Arc<State>,
    source: SourceId,
    headers: &HeaderMap,
    bytes: Bytes,
) -> Answer<Response> {
    let key = push_headers::idempotency_key(headers)?;
    let path = format!("/api/v1/sources/{source}/articles");
    let batch =
        Batch { state: state.clone(), source, key, language: accepted_language(headers), path };
    let lines = Lines { batch: Arc::new(batch), bytes, at: 0, line: 0 };
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    Ok(([kind], in_pieces(lines, push_next)).into_response())
}

/// The lines of a batch that are still to be pushed.
struct Lines {
    batch: Arc<Batch>,
    bytes: Bytes,
    at: usize,
    line: usize,
}

impl Lines {
    /// The next lines that are not empty, with their numbers.
    fn next_lines(&mut self) -> Vec<(usize, Bytes)> {
        let mut lines = Vec::new();
        while lines.len() < TOGETHER && self.at < self.bytes.len() {
            let rest = self.bytes.slice(self.at..);
            let end = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
            let line = rest.slice(..end);
            self.at += end + 1;
            self.line += 1;
            if !line.trim_ascii().is_empty() {
                lines.push((self.line, line));
            }
        }
        lines
    }
}

/// The results of the next lines.
async fn push_next(mut lines: Lines) -> Option<(Bytes, Lines)> {
    let group = lines.next_lines();
    if group.is_empty() {
        return None;
    }
    let results = push_group(lines.batch.clone(), group).await;
    Some((results, lines))
}

/// Pushes lines together; those of one article one after the other, in order.
async fn push_group(batch: Arc<Batch>, lines: Vec<(usize, Bytes)>) -> Bytes {
    let mut results: Vec<LineResult> = Vec::with_capacity(lines.len());
    let mut lanes: Vec<(Option<String>, Vec<Line>)> = Vec::new();
    for (line, bytes) in lines {
        match batch.read(&bytes) {
            Err(problem) => results.push(batch.refused(line, &problem)),
            Ok(entry) => {
                let name = entry.id.clone().or(entry.link.clone());
                match lanes.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, lane)) => lane.push((line, entry)),
                    None => lanes.push((name, vec![(line, entry)])),
                }
            }
        }
    }
    let mut pushing = JoinSet::new();
    for (_, lane) in lanes {
        pushing.spawn(push_lane(batch.clone(), lane));
    }
    for pushed in pushing.join_all().await {
        results.extend(pushed);
    }
    results.sort_by_key(|result| result.line);
    let mut out = Vec::new();
    for result in &results {
        out.extend(serde_json::to_vec(result).unwrap_or_default());
        out.push(b'\n');
    }
    out.into()
}

type Line = (usize, ParsedEntry);

async fn push_lane(batch: Arc<Batch>, lane: Vec<Line>) -> Vec<LineResult> {
    let mut results = Vec::with_capacity(lane.len());
    for (line, entry) in lane {
        results.push(batch.push(line, entry).await);
    }
    results
}

impl Batch {
    fn read(&self, line: &[u8]) -> Answer<ParsedEntry> {
        let limit = self.state.config.load().server.push_body_bytes;
        if line.len() > limit {
            return Err(crate::serve::http::body::too_large(limit));
        }
        article_json::read_entry(line)
    }

    async fn push(&self, line: usize, entry: ParsedEntry) -> LineResult {
        let idempotency_key = self.key.as_ref().map(|key| format!("{key}/{line}"));
        let options = PushOptions { idempotency_key, precondition: None };
        let pushed =
            push(&self.state.ingest, &self.source, entry, options, (self.state.now)()).await;
        match pushed {
            Err(error) => self.refused(line, &Box::<Problem>::from(error)),
            Ok(pushed) => {
                let base_url = &self.state.config.load().site.base_url;
                let receipt = Receipt::of(&pushed, base_url, self.language);
                let status = receipt.status().as_u16();
                LineResult { line, status, receipt: Some(receipt), problem: None }
            }
        }
    }

    fn refused(&self, line: usize, problem: &Problem) -> LineResult {
        let mut written = problem.written(self.language, &self.path);
        written.line = written.line.map(|within| within + line - 1);
        LineResult { line, status: written.status, receipt: None, problem: Some(written) }
    }
}
