//! An origin on a free port of 127.0.0.1 that answers with scripted bytes.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;
use url::Url;

/// What it answers.
#[derive(Clone)]
pub(crate) enum Reply {
    /// These bytes, then the end.
    Bytes(Vec<u8>),
    /// These bytes, then silence.
    Hang(Vec<u8>),
    /// One byte every 20 ms, then silence.
    Drip(Vec<u8>),
    /// The first bytes, then the second for ever.
    Endless(Vec<u8>, Vec<u8>),
    /// Another reply after a while.
    Late(Duration, Box<Reply>),
}

/// 200 with some header lines and a body of the right length.
pub(crate) fn ok(lines: &str, body: &[u8]) -> Reply {
    let length = body.len();
    let mut bytes =
        format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n{lines}\r\n").into_bytes();
    bytes.extend(body);
    Reply::Bytes(bytes)
}

/// The head of [`chunked`].
pub(crate) const CHUNKED_HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/// 200 with a body in chunks.
pub(crate) fn chunked(body: &[u8], size: usize) -> Vec<u8> {
    let mut bytes = CHUNKED_HEAD.to_vec();
    for chunk in body.chunks(size) {
        bytes.extend(format!("{:x}\r\n", chunk.len()).bytes());
        bytes.extend(chunk);
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"0\r\n\r\n");
    bytes
}

/// A file of `tests/fixtures/tls`.
pub(crate) fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/tls/{name}.pem"))
}

/// The TLS of a server with a certificate of `tests/fixtures/tls`.
fn server_config(certificate: &str) -> rustls::ServerConfig {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let path = fixture(certificate);
    let chain = CertificateDer::pem_file_iter(&path).unwrap().map(|c| c.unwrap()).collect();
    let key = PrivateKeyDer::from_pem_file(&path).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap()
}

type Script = dyn Fn(usize, &str) -> Reply + Send + Sync;

/// The origin; its requests are recorded as they came.
pub(crate) struct Origin {
    port: u16,
    scheme: &'static str,
    record: Arc<Record>,
    closed: watch::Receiver<Option<usize>>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Record {
    requests: Mutex<Vec<String>>,
    count: AtomicUsize,
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Origin {
    /// Starts one; the script is given the number of the request, from 0, and its text.
    pub async fn start(script: impl Fn(usize, &str) -> Reply + Send + Sync + 'static) -> Self {
        Self::listen(None, Arc::new(script)).await
    }

    /// Starts one that speaks TLS with a certificate of `tests/fixtures/tls`.
    pub async fn start_tls(
        certificate: &str,
        script: impl Fn(usize, &str) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(server_config(certificate)));
        Self::listen(Some(acceptor), Arc::new(script)).await
    }

    /// Starts one that speaks nothing but HTTP/2. The answer is made of a request's path: headers and a body.
    pub async fn start_http_2(
        answer: impl Fn(&str) -> (Vec<(&'static str, &'static str)>, Vec<u8>) + Send + Sync + 'static,
    ) -> Self {
        let mut config = server_config("good");
        config.alpn_protocols = vec![b"h2".to_vec()];
        let tls = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (record, answer) = (Arc::new(Record::default()), Arc::new(answer));
        let kept = Arc::clone(&record);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(stream) = tls.accept(stream).await else { continue };
                let (record, answer) = (Arc::clone(&kept), Arc::clone(&answer));
                let asked = AtomicUsize::new(0);
                let service = hyper::service::service_fn(move |request: http::Request<_>| {
                    let _: &hyper::body::Incoming = request.body();
                    let before = asked.fetch_add(1, Ordering::Relaxed);
                    assert_eq!(before, 0, "a second request on one connection");
                    let text = format!("{:?} {:?}", request.version(), request.headers());
                    record.requests.lock().unwrap().push(text);
                    let (headers, body) = answer(request.uri().path());
                    let mut response =
                        http::Response::new(http_body_util::Full::new(bytes::Bytes::from(body)));
                    for (name, value) in headers {
                        response.headers_mut().append(name, http::HeaderValue::from_static(value));
                    }
                    std::future::ready(Ok::<_, std::convert::Infallible>(response))
                });
                let io = hyper_util::rt::TokioIo::new(stream);
                let server =
                    hyper::server::conn::http2::Builder::new(hyper_util::rt::TokioExecutor::new());
                tokio::spawn(async move { _ = server.serve_connection(io, service).await });
            }
        });
        let (_, closed) = watch::channel(None);
        Self { port, scheme: "https", record, closed, task }
    }

    async fn listen(tls: Option<tokio_rustls::TlsAcceptor>, script: Arc<Script>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let record = Arc::new(Record::default());
        let (closing, closed) = watch::channel(None);
        let scheme = if tls.is_some() { "https" } else { "http" };
        let kept = record.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, record, closing) = (script.clone(), kept.clone(), closing.clone());
                let tls = tls.clone();
                tokio::spawn(async move {
                    let sent = match tls {
                        None => answer(stream, &*script, &record).await,
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => answer(stream, &*script, &record).await,
                            Err(_) => 0,
                        },
                    };
                    closing.send_replace(Some(sent));
                });
            }
        });
        Self { port, scheme, record, closed, task }
    }

    /// `127.0.0.1:PORT`.
    pub fn host_port(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The address of a path on it.
    pub fn url(&self, path: &str) -> Url {
        Url::parse(&format!("{}://{}{path}", self.scheme, self.host_port())).unwrap()
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<String> {
        self.record.requests.lock().unwrap().clone()
    }

    /// Waits until a connection has ended; how many bytes were sent on it.
    pub async fn sent_when_closed(&self) -> usize {
        let mut closed = self.closed.clone();
        closed.wait_for(Option::is_some).await.unwrap().unwrap_or(0)
    }
}

async fn answer<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    script: &Script,
    record: &Record,
) -> usize {
    let request = read_request(&mut stream).await;
    let reply = script(record.count.fetch_add(1, Ordering::SeqCst), &request);
    record.requests.lock().unwrap().push(request);
    send(&mut stream, reply).await
}

async fn send<S: AsyncWrite + Unpin>(stream: &mut S, mut reply: Reply) -> usize {
    while let Reply::Late(after, next) = reply {
        tokio::time::sleep(after).await;
        reply = *next;
    }
    let mut sent = 0;
    match reply {
        Reply::Bytes(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
            sent = bytes.len();
        }
        Reply::Hang(bytes) => {
            let _ = stream.write_all(&bytes).await;
            std::future::pending::<()>().await;
        }
        Reply::Drip(bytes) => {
            for byte in bytes {
                let _ = stream.write_all(&[byte]).await;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            std::future::pending::<()>().await;
        }
        Reply::Endless(first, again) => {
            let _ = stream.write_all(&first).await;
            while stream.write_all(&again).await.is_ok() {
                sent += again.len();
            }
        }
        Reply::Late(..) => {}
    }
    sent
}

async fn read_request<S: AsyncRead + Unpin>(stream: &mut S) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|l| l.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |l| l.parse().unwrap_or(0)) {
                return text;
            }
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return text,
            Ok(n) => bytes.extend(&buffer[..n]),
        }
    }
}
