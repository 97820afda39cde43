//! One request and its answer over one connection: headers and body counted as they come, nothing drained.

use super::Error;
use super::dial::Stream;
use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::response::Parts;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::{Builder, Connection};
use hyper_util::rt::TokioIo;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;
use tokio::io::AsyncReadExt;

/// Headers in one answer at most.
pub(super) const MAX_HEADERS: usize = 100;
/// Bytes of all headers of one answer at most.
pub(super) const MAX_HEADER_BYTES: usize = 2 << 20;
/// A longer header value counts as not sent (an ETag of 64 KB, a charset of 1 MB).
pub(super) const MAX_VALUE_BYTES: usize = 8 << 10;
/// How long the end of the connection is awaited after a body with a length, to see bytes that are too many.
const AFTER_BODY: Duration = Duration::from_millis(200);

type Http = Connection<TokioIo<Box<dyn Stream>>, Full<Bytes>>;

/// An answer whose headers are there and whose body is still to be read.
pub(super) struct Exchange {
    /// The status and the headers, values that are too long left out.
    pub head: Parts,
    host: String,
    body: Incoming,
    connection: Http,
    ended: bool,
}

impl Exchange {
    /// Sends a request and waits for the headers.
    pub async fn begin(
        host: &str,
        stream: Box<dyn Stream>,
        request: http::Request<Full<Bytes>>,
    ) -> Result<Self, Error> {
        let fault = |e: hyper::Error| fault(host, &e);
        let (mut sender, mut connection) =
            builder().handshake(TokioIo::new(stream)).await.map_err(fault)?;
        let mut ended = false;
        let sent = driven(&mut connection, &mut ended, sender.send_request(request)).await;
        let (mut head, body) = sent.map_err(fault)?.into_parts();
        limit_headers(host, &mut head)?;
        Ok(Self { head, host: host.to_owned(), body, connection, ended })
    }

    /// The whole body as it came over the wire, at most `limit` bytes.
    pub async fn body(mut self, limit: usize) -> Result<Vec<u8>, Error> {
        let too_large = || Error::BodyTooLarge { host: self.host.clone(), limit };
        let named = self.head.headers.contains_key(CONTENT_LENGTH);
        if named && self.body.size_hint().lower() > u64::try_from(limit).unwrap_or(u64::MAX) {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        while let Some(frame) =
            driven(&mut self.connection, &mut self.ended, self.body.frame()).await
        {
            let frame = frame.map_err(|e| fault_in_body(&self.host, &e, named))?;
            let Ok(data) = frame.into_data() else { continue };
            if data.len() > limit.saturating_sub(bytes.len()) {
                return Err(too_large());
            }
            bytes.extend_from_slice(&data);
        }
        if named {
            self.nothing_follows().await?
        }
        Ok(bytes)
    }

    /// Bytes after a body of known length mean that the length was wrong: half a feed, not a feed.
    async fn nothing_follows(mut self) -> Result<(), Error> {
        let wrong = Error::Length { host: self.host };
        let connection = &mut self.connection;
        if !self.ended {
            let end = poll_fn(|cx| connection.poll_without_shutdown(cx));
            let _ = tokio::time::timeout(AFTER_BODY, end).await;
        }
        let parts = self.connection.into_parts();
        let mut stream = parts.io.into_inner();
        let mut one = [0];
        let next = tokio::time::timeout(AFTER_BODY, stream.read(&mut one)).await;
        let more = !parts.read_buf.is_empty() || matches!(next, Ok(Ok(1..)));
        if more { Err(wrong) } else { Ok(()) }
    }
}

/// As tolerant of sloppy servers as browsers are, and no more patient than the limits.
fn builder() -> Builder {
    let mut builder = Builder::new();
    builder
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEADER_BYTES + (64 << 10))
        .ignore_invalid_headers_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .allow_spaces_after_header_name_in_responses(true);
    builder
}

/// Some work on a connection, with the connection kept going meanwhile.
async fn driven<T>(connection: &mut Http, ended: &mut bool, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    poll_fn(|cx| {
        if !*ended && let Poll::Ready(_) = connection.poll_without_shutdown(cx) {
            *ended = true;
        }
        work.as_mut().poll(cx)
    })
    .await
}

fn limit_headers(host: &str, head: &mut Parts) -> Result<(), Error> {
    let sizes = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
    if sizes.sum::<usize>() > MAX_HEADER_BYTES {
        return Err(Error::HeadersTooLarge { host: host.to_owned() });
    }
    let long: Vec<_> = head
        .headers
        .iter()
        .filter(|(_, value)| value.len() > MAX_VALUE_BYTES)
        .map(|(name, _)| name.clone())
        .collect();
    for name in long {
        head.headers.remove(name);
    }
    Ok(())
}

fn fault(host: &str, error: &hyper::Error) -> Error {
    let host = host.to_owned();
    if error.is_parse_too_large() {
        return Error::HeadersTooLarge { host };
    }
    Error::Broken { host, why: reason(error) }
}

fn fault_in_body(host: &str, error: &hyper::Error, named_length: bool) -> Error {
    let source = std::error::Error::source(error).and_then(|e| e.downcast_ref::<std::io::Error>());
    let early = source.is_some_and(|e| e.kind() == std::io::ErrorKind::UnexpectedEof);
    if named_length && (early || error.is_incomplete_message()) {
        return Error::Length { host: host.to_owned() };
    }
    fault(host, error)
}

/// What hyper says, with what lies under it.
fn reason(error: &hyper::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
