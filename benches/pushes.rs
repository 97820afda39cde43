//! Durable pushes over HTTP against bare sled commits with the same guards, and the daemon's memory with many articles.
//!
//! `cargo bench --bench pushes`. The real daemon on the loopback, in runs that alternate with bare sled; clients and both
//! servers share the machine. `-- SECONDS ARTICLES` sets the length of one run, and with how many articles memory is read.

mod bare;

use dongtin::testing::journal::{Codec, Journal, Proposal, samples};
use dongtin::testing::model::{Article, Change, Timestamp};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Mutex;

fn main() {
    let numbers: Vec<f64> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    let seconds = Duration::from_secs_f64(numbers.first().copied().unwrap_or(4.0));
    let articles = numbers.get(1).copied().unwrap_or(100_000.0) as u64;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        for clients in [1, 16, 64] {
            against_bare(clients, seconds).await;
        }
        memory(articles).await;
    });
}

async fn against_bare(clients: usize, length: Duration) {
    let now = Timestamp::from_secs(1_795_000_000);
    let articles: Vec<Article> = (0..2000).map(|n| samples::article("cms", n, now)).collect();
    let codec = Codec::default();
    let record = |article: &Article| codec.encode(&samples::published(article.clone())).unwrap();
    let values = Arc::new(articles.iter().map(record).collect());
    let bodies = Arc::new(articles.iter().map(body).collect());
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        bare.push(bare::sled(clients, length, &values).await);
        ours.push(pushes(clients, length, &bodies).await);
    }
    bare::report("pushes", clients, &ours, &bare);
}

/// An article as a CMS would send it.
fn body(article: &Article) -> String {
    let categories: Vec<_> = article.categories.iter().map(|category| &category.term).collect();
    serde_json::json!({
        "url": article.url, "title": article.title, "summary": article.summary,
        "content_html": article.content, "categories": categories,
        "authors": [{"name": article.authors[0].name}], "published": "2026-06-12T20:30:21+07:00",
    })
    .to_string()
}

async fn pushes(clients: usize, length: Duration, bodies: &Arc<Vec<String>>) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(folder.path());
    let connect = (0..clients).map(|_| TcpStream::connect(&daemon.address));
    let mut streams = Vec::new();
    for stream in connect {
        let stream = stream.await.unwrap();
        stream.set_nodelay(true).unwrap();
        streams.push(Mutex::new(stream));
    }
    let (streams, token) = (Arc::new(streams), daemon.token.clone());
    bare::drive(clients, length, bodies, move |n, body| {
        let (streams, token) = (streams.clone(), token.clone());
        async move {
            let request = format!(
                "PUT /api/v1/sources/cms/articles/bai-{n} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            let mut stream = streams[n % streams.len()].lock().await;
            stream.write_all(request.as_bytes()).await.unwrap();
            let answer = answer(&mut stream).await;
            assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
        }
    })
    .await
}

/// Reads one whole answer.
async fn answer(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let read = stream.read(&mut piece).await.unwrap();
        assert!(read > 0, "the daemon closed: {}", String::from_utf8_lossy(&all));
        all.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&all).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.and_then(|length| length.parse().ok()).unwrap_or(0) {
            return text;
        }
    }
}

/// A daemon in a fresh process on a data directory that another process filled.
async fn memory(count: u64) {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path(), count).await;
    let began = std::time::Instant::now();
    let daemon = Daemon::start(folder.path());
    println!(
        "{count} articles: the daemon serves {:.2} s after its start",
        began.elapsed().as_secs_f64()
    );
    println!("  memory, idle: {} MiB", bare::memory(daemon.child.id()));
    for path in ["/feeds/all.rss", "/feeds/all.atom", "/feeds/all.json", "/", "/status"] {
        let mut stream = TcpStream::connect(&daemon.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut all = Vec::new();
        stream.read_to_end(&mut all).await.unwrap();
        assert!(all.starts_with(b"HTTP/1.1 200"), "{path}");
    }
    println!(
        "  memory after its main feeds and pages were read: {} MiB",
        bare::memory(daemon.child.id())
    );
}

async fn fill(folder: &Path, count: u64) {
    let config = dongtin::testing::config::store(&folder.join("data"));
    let journal = Journal::open(&config, None).unwrap();
    let store = dongtin::testing::store::Store::open(journal.clone(), &[]).unwrap();
    let now = Timestamp::from_secs(1_795_000_000);
    for from in (0..count).step_by(500) {
        let group = (from..count.min(from + 500)).map(|n| {
            let article = samples::article("cms", n, now.plus_millis(n as i64 * 1000));
            let at = article.received;
            let change = Change::Published { article: Arc::new(article) };
            Proposal { change, expected: None, idempotency_key: None, at }
        });
        assert!(journal.append_many(group.collect()).await.iter().all(Result::is_ok));
        store.catch_up().unwrap();
    }
    drop(store);
    journal.close().unwrap();
}

/// The real daemon on a free port, with one source that pushes.
struct Daemon {
    child: Child,
    address: String,
    token: String,
}

impl Daemon {
    fn start(folder: &Path) -> Self {
        let config = "[site]\nbase_url = \"https://tin.example.vn\"\ntag_authority = \"tin.example.vn,2026\"\n\n[server]\nlisten = \"127.0.0.1:0\"\nmax_connections_per_address = 256\n\n[[source]]\nid = \"cms\"\nkind = \"push\"\n";
        std::fs::write(folder.join("dongtin.toml"), config).unwrap();
        let token = command(folder, &["token", "new", "cms"]).output().unwrap();
        let token = String::from_utf8(token.stdout).unwrap().trim().to_owned();
        let mut serve = command(folder, &["serve", "--log", "warn"]);
        let mut child = serve.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).unwrap().trim().to_owned();
        Self { child, address, token }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dongtin"));
    command.arg("--config").arg(folder.join("dongtin.toml")).args(arguments);
    command
}
