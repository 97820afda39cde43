//! The accept loop: connections in, each served by hyper under our limits, all closed in time when we stop.
//!
//! `axum::serve` has no header timeout and no cap; both are here, with the reasons in docs/decisions.

use super::client_address::Peer;
use super::connections::{ConnectionTable, Slot};
use super::framing::{Framing, ScannedStream};
use super::guarded_body::guarded_by_connection;
use crate::config::ServerConfig;
use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tower::ServiceExt;

/// How long a write may make no progress before its connection is closed.
const WRITE_PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of a request's head.
const HEAD_BYTES: usize = 32 * 1024;
/// Header lines of a request.
const HEADERS: usize = 100;
/// Checks for connections that wait too long for a head, within the time that a head may take.
const CHECKS: u32 = 16;
/// The shortest time that a head may take, whatever the config says.
const LEAST: Duration = Duration::from_millis(16);
/// The pause after an error of `accept` itself, such as no file descriptors left.
const REST: Duration = Duration::from_millis(20);

/// Answers a request at once where everything for it is in memory. It is asked before the routes.
pub type Quick = Arc<dyn Fn(&Request<Incoming>) -> Option<Response> + Send + Sync>;

/// What answers requests: `quick` where it can, the routes otherwise.
#[derive(Clone)]
pub struct Answers {
    pub routes: Router,
    pub quick: Quick,
}

/// The limits of connections.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The time for a request's head, and for an idle connection.
    pub header: Duration,
    pub connections: usize,
    pub per_address: usize,
    /// The time for a graceful stop.
    pub stop: Duration,
}

impl From<&ServerConfig> for Limits {
    fn from(config: &ServerConfig) -> Self {
        Self {
            header: Duration::from_millis(config.header_timeout_ms),
            connections: config.max_connections,
            per_address: config.max_connections_per_address,
            stop: Duration::from_millis(config.stop_ms),
        }
    }
}

/// Serves until `stop` turns true (or its sender is gone), then lets what is being answered end within the limit.
pub async fn serve(
    listener: TcpListener,
    answers: Answers,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
) {
    let connections = ConnectionTable::new(limits.connections, limits.per_address);
    let graceful = GracefulShutdown::new();
    let mut serving = JoinSet::new();
    let mut checks = tokio::time::interval(limits.header.max(LEAST) / CHECKS);
    checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut check = 0u32;
    loop {
        tokio::select! {
            _ = checks.tick() => {
                check = check.wrapping_add(1).max(1);
                connections.close_late(check, CHECKS);
            }
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    if let Some(slot) = connections.take(peer.ip()) {
                        let watcher = graceful.watcher();
                        serving.spawn(serve_connection(stream, peer, answers.clone(), slot, watcher));
                    }
                }
                Err(error) => {
                    tracing::debug!(%error, "a connection was not accepted");
                    connections.make_room();
                    tokio::time::sleep(REST).await;
                }
            },
            Some(_) = serving.join_next() => {}
            () = stopped(&mut stop) => break,
        }
    }
    drop(listener);
    connections.close_waiting();
    if tokio::time::timeout(limits.stop, graceful.shutdown()).await.is_err() {
        tracing::warn!(
            open = connections.count(),
            "connections were cut at the end of the stop time"
        );
    }
    serving.shutdown().await;
}

/// Counts one open connection in the metrics while it lives.
struct Open(metrics::Gauge);

impl Open {
    fn new() -> Self {
        let open = metrics::gauge!("dongtin_http_connections");
        open.increment(1.0);
        Self(open)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// Serves one connection to its end.
async fn serve_connection(
    stream: TcpStream,
    peer: SocketAddr,
    answers: Answers,
    slot: Slot,
    watcher: Watcher,
) {
    let _ = stream.set_nodelay(true);
    let _open = Open::new();
    let framing = Arc::new(Framing::default());
    let stream = TokioIo::new(ScannedStream::new(
        stream,
        framing.clone(),
        WRITE_PATIENCE,
        slot.standing().clone(),
    ));
    let (standing, answers) = (slot.standing(), &answers);
    let peer_address = Peer(peer.ip());
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        standing.begin_request();
        let answering = match answer_at_once(answers, &framing, &request) {
            Some(answer) => Answering::AtOnce(Some(answer)),
            None => {
                request.extensions_mut().insert(peer_address);
                Answering::ByRoutes(Box::pin(answer_by_routes(answers, framing.clone(), request)))
            }
        };
        async move { answering.await.map(|answer| guarded_by_connection(answer, standing)) }
    });
    let connection = http1::Builder::new()
        .header_read_timeout(None) // ours: see `ConnectionTable::close_late`
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEADERS)
        .serve_connection(stream, service);
    tokio::select! {
        ended = watcher.watch(connection) => if let Err(error) = ended {
            tracing::debug!(%peer, %error, "a connection ended badly");
        },
        () = slot.closed() => {}
    }
}

/// An answer on its way. `AtOnce` is small, since hyper moves this future with every request.
enum Answering<'a> {
    AtOnce(Option<Response>),
    ByRoutes(Pin<Box<dyn Future<Output = Response> + Send + 'a>>),
}

impl Future for Answering<'_> {
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Self::AtOnce(answer) => {
                answer.take().map_or(Poll::Pending, |answer| Poll::Ready(Ok(answer)))
            }
            Self::ByRoutes(answer) => answer.as_mut().poll(cx).map(Ok),
        }
    }
}

/// A refusal that follows from the head alone, or an answer from memory.
fn answer_at_once(
    answers: &Answers,
    framing: &Framing,
    request: &Request<Incoming>,
) -> Option<Response> {
    let refused = match () {
        () if framing.is_ambiguous() || !has_one_legal_host(request) => {
            Some((StatusCode::BAD_REQUEST, "bad request\n"))
        }
        () => refuse_coding(request.headers()),
    };
    let Some(refused) = refused else {
        return (answers.quick)(request).map(|answer| close_after_chunks(answer, framing));
    };
    let mut answer = refused.into_response();
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    Some(answer)
}

async fn answer_by_routes(
    answers: &Answers,
    framing: Arc<Framing>,
    request: Request<Incoming>,
) -> Response {
    let Ok(answer) = answers.routes.clone().oneshot(request.map(Body::new)).await;
    close_after_chunks(answer, &framing)
}

/// Ends the connection after a body that came in chunks.
fn close_after_chunks(mut answer: Response, framing: &Framing) -> Response {
    if framing.is_chunked() {
        answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}

/// RFC 9112 §6.1: a transfer coding that is not understood is 501; only `chunked` is, and only once.
fn refuse_coding(headers: &HeaderMap) -> Option<(StatusCode, &'static str)> {
    let lines = headers.get_all(header::TRANSFER_ENCODING).iter();
    let codings =
        lines.flat_map(|line| line.as_bytes().split(|b| *b == b',')).map(<[u8]>::trim_ascii);
    let (chunked, other): (Vec<_>, Vec<_>) = codings
        .filter(|coding| !coding.is_empty())
        .partition(|coding| coding.eq_ignore_ascii_case(b"chunked"));
    match (chunked.len(), other.is_empty()) {
        (_, false) => {
            let text =
                "this transfer coding is not implemented: send the body as it is, or chunked\n";
            Some((StatusCode::NOT_IMPLEMENTED, text))
        }
        (0 | 1, true) => None,
        _ => Some((StatusCode::BAD_REQUEST, "bad request\n")),
    }
}

/// RFC 9112 §3.2: exactly one `Host`, and it is a host. HTTP/1.0 may leave it out.
fn has_one_legal_host<B>(request: &Request<B>) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().is_ok_and(is_legal_host),
        (None, _) => request.version() < http::Version::HTTP_11,
        _ => false,
    }
}

/// `name`, `name:port`, `[v6]`, `[v6]:port`, nothing else (RFC 9110 §7.2 without userinfo).
fn is_legal_host(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((six, port)) if six.parse::<std::net::Ipv6Addr>().is_ok() => ("six", port),
        Some(_) => return false,
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    let port_is_legal = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
    !name.is_empty() && name.len() <= 253 && name.bytes().all(legal) && port_is_legal
}

fn is_port(text: &str) -> bool {
    text.is_empty() || text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

/// Waits for the stop; that its sender is gone is a stop too.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_hosts() {
        for good in ["a", "a.vn", "a.vn:80", "127.0.0.1:8080", "[::1]", "[::1]:80", "a_b.vn", "a:"]
        {
            assert!(is_legal_host(good), "{good}");
        }
        for bad in [
            "", ":80", "a b", "a/b", "a@b", "a:b", "a:99999", "[::1", "[x]", "[::1]x", "a:+8",
            "evil<",
        ] {
            assert!(!is_legal_host(bad), "{bad}");
        }
    }
}

#[cfg(test)]
mod over_tcp {
    use super::*;
    use axum::routing::{get, post};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    struct Server {
        address: SocketAddr,
        stop: watch::Sender<bool>,
        done: tokio::task::JoinHandle<()>,
    }

    async fn server(connections: usize, header_ms: u64) -> Server {
        let routes = Router::new()
            .route("/", get(async || "hello"))
            .route("/", post(async |body: String| body));
        serving(routes, connections, header_ms).await
    }

    async fn serving(routes: Router, connections: usize, header_ms: u64) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let limits = Limits {
            header: Duration::from_millis(header_ms),
            connections,
            per_address: connections,
            stop: Duration::from_secs(5),
        };
        let (stop, stopped) = watch::channel(false);
        let answers = Answers { routes, quick: Arc::new(|_| None) };
        let done = tokio::spawn(serve(listener, answers, limits, stopped));
        Server { address, stop, done }
    }

    impl Server {
        /// What the server answers to some bytes until it closes.
        async fn answer(&self, bytes: &str) -> String {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            let _ = stream.write_all(bytes.as_bytes()).await;
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
            String::from_utf8_lossy(&answer).into_owned()
        }
    }

    #[tokio::test]
    async fn smuggling_and_strange_hosts_are_refused_and_the_connection_closed() {
        let server = server(10, 10_000).await;
        for head in [
            "Content-Length: 4\r\nTransfer-Encoding: chunked\r\nHost: a",
            "Transfer-Encoding: chunked\r\nContent-Length: 4\r\nHost: a",
            "Host: a/b\r\nContent-Length: 0",
            "Host: a\r\nHost: b\r\nContent-Length: 0",
            "Content-Length: 0",
        ] {
            let smuggled = format!(
                "POST / HTTP/1.1\r\n{head}\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"
            );
            let answer = server.answer(&smuggled).await;
            assert!(answer.starts_with("HTTP/1.1 400"), "{head}: {answer}");
            assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{head}: {answer}");
        }
    }

    #[tokio::test]
    async fn half_a_head_is_cut_and_does_not_keep_others_out() {
        let server = server(8, 300).await;
        let mut silent = Vec::new();
        for _ in 0..40 {
            let mut stream = TcpStream::connect(server.address).await.unwrap();
            let _ = stream.write_all(b"GET / HTTP/1.1\r\nHo").await;
            silent.push(stream);
        }
        let answer = server.answer("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
        assert!(answer.ends_with("hello"), "{answer}");
        for mut stream in silent {
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
        }
    }

    #[tokio::test]
    async fn a_stop_closes_idle_connections() {
        let server = server(8, 60_000).await;
        let mut idle = TcpStream::connect(server.address).await.unwrap();
        idle.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        let mut first = [0; 8];
        idle.read_exact(&mut first).await.unwrap();
        server.stop.send(true).unwrap();
        server.done.await.unwrap();
        let mut rest = Vec::new();
        let _ = idle.read_to_end(&mut rest).await;
        assert!(rest.ends_with(b"hello"));
    }
    /// A body whose pieces a test hands over one by one.
    struct ByHand(tokio::sync::mpsc::Receiver<&'static str>);

    impl axum::body::HttpBody for ByHand {
        type Data = axum::body::Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<Option<Result<hyper::body::Frame<Self::Data>, Infallible>>> {
            let piece = |piece: Option<&'static str>| {
                piece.map(|piece| Ok(hyper::body::Frame::data(piece.into())))
            };
            self.0.poll_recv(cx).map(piece)
        }
    }

    #[tokio::test]
    async fn a_stop_lets_an_answer_end_that_is_being_sent() {
        let (hand, pieces) = tokio::sync::mpsc::channel(4);
        let pieces = Arc::new(std::sync::Mutex::new(Some(pieces)));
        let taken = async move || Body::new(ByHand(pieces.lock().unwrap().take().unwrap()));
        let server = serving(Router::new().route("/", get(taken)), 8, 60_000).await;
        let mut reader = TcpStream::connect(server.address).await.unwrap();
        reader.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        hand.send("first").await.unwrap();
        let mut all = Vec::new();
        while !all.ends_with(b"first\r\n") {
            assert!(reader.read_buf(&mut all).await.unwrap() > 0);
        }
        server.stop.send(true).unwrap();
        while TcpStream::connect(server.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        hand.send("second").await.unwrap();
        drop(hand);
        reader.read_to_end(&mut all).await.unwrap();
        assert!(all.ends_with(b"second\r\n0\r\n\r\n"), "{}", String::from_utf8_lossy(&all));
        server.done.await.unwrap();
    }

    #[tokio::test]
    async fn a_slow_reader_keeps_its_slot_until_the_last_byte_is_sent() {
        const BIG: usize = 32 << 20;
        let big = get(async || vec![b'x'; BIG]);
        let routes = Router::new().route("/big", big).route("/", get(async || "hello"));
        let server = serving(routes, 1, 60_000).await;
        let mut slow = TcpStream::connect(server.address).await.unwrap();
        slow.write_all(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        let mut first = [0; 8];
        slow.read_exact(&mut first).await.unwrap();
        let other = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        assert_eq!(server.answer(other).await, "", "there is no slot");
        let mut read = 0;
        let mut bytes = vec![0; 1 << 20];
        while read < BIG {
            match slow.read(&mut bytes).await {
                Ok(count) if count > 0 => read += count,
                cut => panic!("cut off after {read} bytes: {cut:?}"),
            }
        }
        while !server.answer(other).await.ends_with("hello") {
            tokio::task::yield_now().await;
        }
    }
}
