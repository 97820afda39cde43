//! Scans the heads of a connection on their way to hyper, and limits how long a write may stall.
//!
//! hyper silently drops `Content-Length` where `Transfer-Encoding` stands beside it; a proxy in front may have believed
//! the other one (request smuggling). So the scanner looks for the pair, and `accept` refuses the request.

use super::connections::Standing;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// The bytes of a header line that are looked at.
const KEPT: usize = 256;

/// How a connection's bodies are framed, as far as the scanner saw.
#[derive(Default)]
pub struct Framing {
    ambiguous: AtomicBool,
    chunked: AtomicBool,
}

impl Framing {
    /// Whether a head had both `Content-Length` and `Transfer-Encoding`, or a length that cannot be read.
    pub fn is_ambiguous(&self) -> bool {
        self.ambiguous.load(Ordering::Relaxed)
    }

    /// Whether a body came chunked. The scanner does not look for its end, so the connection must close after the answer.
    pub fn is_chunked(&self) -> bool {
        self.chunked.load(Ordering::Relaxed)
    }
}

/// Follows the heads of a connection's requests, byte by byte.
struct Scanner {
    seen: Arc<Framing>,
    line: Vec<u8>,
    length: Option<u64>,
    encoding: bool,
    skip: u64,
    stopped: bool,
}

impl Scanner {
    fn new(seen: Arc<Framing>) -> Self {
        let line = Vec::with_capacity(KEPT);
        Self { seen, line, length: None, encoding: false, skip: 0, stopped: false }
    }

    fn scan(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && !self.stopped {
            if self.skip > 0 {
                let body = usize::try_from(self.skip).unwrap_or(usize::MAX).min(bytes.len());
                self.skip -= body as u64;
                bytes = bytes.get(body..).unwrap_or_default();
                continue;
            }
            let end = memchr::memchr(b'\n', bytes);
            let (part, rest) = bytes.split_at(end.map_or(bytes.len(), |end| end + 1));
            if end.is_some() && self.line.is_empty() {
                self.end_line(part);
            } else {
                self.line.extend_from_slice(part.get(..KEPT - self.line.len()).unwrap_or(part));
                if end.is_some() {
                    let line = std::mem::take(&mut self.line);
                    self.end_line(&line);
                    self.line = line;
                    self.line.clear();
                }
            }
            bytes = rest;
        }
    }

    /// Reads a whole line, or the first bytes of a long one.
    fn end_line(&mut self, line: &[u8]) {
        match line.first() {
            Some(b'c' | b'C' | b't' | b'T') => self.field(line),
            Some(b'\r' | b'\n') if line.iter().all(|b| matches!(b, b'\r' | b'\n')) => {
                self.end_head()
            }
            _ => {}
        }
    }

    fn field(&mut self, line: &[u8]) {
        let Some(colon) = memchr::memchr(b':', line) else { return };
        let (name, value) = line.split_at(colon);
        if name.eq_ignore_ascii_case(b"content-length") {
            let value = std::str::from_utf8(value.get(1..).unwrap_or_default()).ok();
            let whole = line.ends_with(b"\n");
            match value.and_then(|value| value.trim().parse().ok()).filter(|_| whole) {
                Some(length) => self.length = Some(length),
                None => self.seen.ambiguous.store(true, Ordering::Relaxed),
            }
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.encoding = true;
        }
    }

    fn end_head(&mut self) {
        if self.encoding {
            self.seen.ambiguous.fetch_or(self.length.is_some(), Ordering::Relaxed);
            self.seen.chunked.store(true, Ordering::Relaxed);
            self.stopped = true;
        }
        self.skip = self.length.take().unwrap_or(0);
    }
}

/// A stream that scans incoming heads, ends writes that stall, and tells its connection when all is written.
pub struct ScannedStream<S> {
    stream: S,
    scanner: Scanner,
    standing: Standing,
    patience: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
    is_stalled: bool,
}

impl<S> ScannedStream<S> {
    /// Wraps a stream; a write that makes no progress for `patience` fails.
    pub fn new(stream: S, seen: Arc<Framing>, patience: Duration, standing: Standing) -> Self {
        let scanner = Scanner::new(seen);
        Self { stream, scanner, standing, patience, stalled: None, is_stalled: false }
    }

    fn progress<T>(
        &mut self,
        cx: &mut Context<'_>,
        done: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if done.is_ready() {
            self.is_stalled = false;
            return done;
        }
        let deadline = Instant::now() + self.patience;
        let timer = self.stalled.get_or_insert_with(|| Box::pin(sleep(self.patience)));
        if !self.is_stalled {
            self.is_stalled = true;
            timer.as_mut().reset(deadline);
        }
        ready!(timer.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ScannedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        self.scanner.scan(buffer.filled().get(before..).unwrap_or_default());
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ScannedStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.progress(cx, done)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [one] = slices {
            return self.poll_write(cx, one); // the system does it for less
        }
        let done = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.progress(cx, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// hyper comes here only when it has nothing more to write.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_flush(cx);
        if matches!(done, Poll::Ready(Ok(()))) {
            self.standing.flushed();
        }
        self.progress(cx, done)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(stream: &[u8], step: usize) -> (bool, bool) {
        let framing = Arc::new(Framing::default());
        let mut scanner = Scanner::new(framing.clone());
        stream.chunks(step).for_each(|part| scanner.scan(part));
        (framing.is_ambiguous(), framing.is_chunked())
    }

    #[test]
    fn the_pair_is_seen_however_it_is_cut() {
        let first = "GET /a HTTP/1.1\r\nHost: x\r\n\r\nPOST /b HTTP/1.1\r\nContent-Length: 16\r\n\r\nTransfer-Encoding\n";
        let pair =
            "POST / HTTP/1.1\r\ncontent-LENGTH: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
        for step in [1, 2, 3, 7, 64, 1000] {
            assert_eq!(seen(first.as_bytes(), step), (false, false), "{step}");
            let smuggled = format!("{first}{pair}");
            assert_eq!(
                seen(smuggled.replace(": 16", ": 18").as_bytes(), step),
                (true, true),
                "{step}"
            );
        }
    }

    #[test]
    fn a_length_that_cannot_be_told_is_refused() {
        let spaces = " ".repeat(KEPT);
        for length in ["5, 5", "+5", "5 5", "x", "", "-1", &format!("{spaces}5")] {
            let request = format!("POST / HTTP/1.1\r\nContent-Length:{length}\r\n\r\n");
            for step in [1, 7] {
                let expected = length.parse::<u64>().is_err();
                assert_eq!(seen(request.as_bytes(), step).0, expected, "{length:?}");
            }
        }
    }

    #[test]
    fn a_body_that_talks_of_headers_is_a_body() {
        let body = "\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n";
        let request =
            format!("POST / HTTP/1.1\nContent-Length: {}\n\n{body}GET / HTTP/1.1\n\n", body.len());
        assert_eq!(seen(request.as_bytes(), 5), (false, false));
        let chunked =
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
        assert_eq!(seen(chunked.as_bytes(), 9), (false, true));
    }
}
