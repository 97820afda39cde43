//! Clients that mean harm: half-open connections by the thousand, slow drips, heads too large, bombs, wrong framing.

use crate::daemon::Daemon;
use crate::http::{self, Answer};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

const CONFIG: &str = "[[source]]\nid = \"so-tttt\"\ntitle = \"Sở TTTT\"\nkind = \"push\"\n";
const ARTICLES: &str = "/api/v1/sources/so-tttt/articles";
const MEBIBYTE: usize = 1 << 20;

/// A daemon with more lines in its `[server]`.
fn start(server: &str) -> Daemon {
    let mut daemon = Daemon::prepare(CONFIG);
    daemon.edit_config("[server]\n", &format!("[server]\n{server}\n"));
    daemon.launch();
    daemon
}

/// As many open files as the system lets this process have.
fn raise_open_files() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// A connection from an address of its own in 127/8, with the beginning of a request on it.
fn half_open(to: SocketAddr, number: usize, begun: &[u8]) -> std::io::Result<TcpStream> {
    use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
    let socket: OwnedFd = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    let from =
        [127, 1 + (number / 60_000) as u8, (number / 250 % 250) as u8, 1 + (number % 250) as u8];
    bind(&socket, &SocketAddr::from((from, 0)))?;
    connect(&socket, &to)?;
    let mut stream = TcpStream::from(socket);
    stream.write_all(begun)?;
    Ok(stream)
}

/// Times in milliseconds of requests that an honest client makes meanwhile, each on a new connection.
fn honest(daemon: &Daemon, count: usize) -> Vec<f64> {
    let one = |_| {
        let began = Instant::now();
        let answer = daemon.get("/feeds/all.rss");
        assert_eq!(answer.status, 200);
        began.elapsed().as_secs_f64() * 1000.0
    };
    (0..count).map(one).collect()
}

fn flood(daemon: &Daemon, count: usize) -> Vec<TcpStream> {
    let begun = b"GET /feeds/all.rss HTTP/1.1\r\nhost: tin.example.vn\r\naccept: ";
    let open = (0..count).filter_map(|number| half_open(daemon.address, number, begun).ok());
    open.collect()
}

#[test]
fn half_open_connections_keep_nobody_out() {
    raise_open_files();
    let daemon = start("max_connections = 100");
    let held = flood(&daemon, 400);
    assert_eq!(held.len(), 400);
    honest(&daemon, 20);
}

/// The long form: `cargo test --test node -- --ignored --nocapture ten_thousand`.
#[test]
#[ignore = "opens 10,000 connections"]
fn ten_thousand_half_open_connections_keep_nobody_out() {
    let files = raise_open_files();
    assert!(
        files > 11_000,
        "only {files} files may be open here: raise the hard limit (ulimit -Hn)"
    );
    let daemon = start("");
    let mut before = honest(&daemon, 200);
    let (mut during, held) = std::thread::scope(|scope| {
        let flood = scope.spawn(|| flood(&daemon, 10_000));
        let mut during = Vec::new();
        while !flood.is_finished() || during.len() < 1_000 {
            during.extend(honest(&daemon, 10));
        }
        (during, flood.join().unwrap())
    });
    before.sort_by(f64::total_cmp);
    during.sort_by(f64::total_cmp);
    let at = |times: &[f64], part: f64| times[(times.len() as f64 * part) as usize];
    println!("{} connections were opened and left half open", held.len());
    println!("a feed before: p50 {:.2} ms, p99 {:.2} ms", at(&before, 0.5), at(&before, 0.99));
    println!("a feed meanwhile: p50 {:.2} ms, p99 {:.2} ms", at(&during, 0.5), at(&during, 0.99));
    assert_eq!(held.len(), 10_000);
    assert!(at(&during, 0.99) < 100.0, "others waited too long");
}

#[test]
fn a_dripped_head_is_cut_while_others_are_answered() {
    let daemon = start("header_timeout = \"1s\"");
    let mut slow = TcpStream::connect(daemon.address).unwrap();
    slow.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let mut rest = [0; 256];
    for byte in
        b"GET / HTTP/1.1\r\nhost: a\r\nx: ".iter().chain(std::iter::repeat(&b'a')).take(2_000)
    {
        let gone = slow.write_all(&[*byte]).is_err();
        match slow.read(&mut rest) {
            Ok(read) => {
                let said = String::from_utf8_lossy(&rest[..read]).into_owned();
                assert!(read == 0 || said.starts_with("HTTP/1.1 408"), "{said}");
                return;
            }
            Err(error) if gone || error.kind() == std::io::ErrorKind::ConnectionReset => return,
            Err(_) => assert_eq!(daemon.get("/healthz").status, 200),
        }
    }
    panic!("a head that took 100 seconds was not cut");
}

#[test]
fn heads_beyond_the_limits_are_refused() {
    let daemon = Daemon::start(CONFIG);
    let long = format!("GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "a".repeat(64 << 10));
    let many = format!("GET / HTTP/1.1\r\nhost: a\r\n{}\r\n", "x: y\r\n".repeat(1_000));
    let address = format!("GET /{} HTTP/1.1\r\nhost: a\r\n\r\n", "a".repeat(70_000));
    for request in [long, many, address] {
        let answer = http::raw(daemon.address, request.as_bytes());
        assert!([414, 431].contains(&answer.status), "{:.40}: {}", request, answer.status);
    }
    assert_eq!(daemon.get("/healthz").status, 200);
}

#[test]
fn a_smuggled_request_is_not_answered() {
    let daemon = Daemon::start(CONFIG);
    let heads = [
        "content-length: 4\r\ntransfer-encoding: chunked",
        "transfer-encoding: chunked\r\ncontent-length: 4",
        "content-length: 4\r\ncontent-length: 5",
        "content-length: +4",
        "transfer-encoding: chunked, identity",
        "transfer-encoding: xchunked",
        "transfer-encoding : chunked",
        "x: y\r\n transfer-encoding: chunked\r\ncontent-length: 4",
    ];
    for head in heads {
        let request = format!(
            "POST {ARTICLES} HTTP/1.1\r\nhost: a\r\n{head}\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nhost: a\r\n\r\n"
        );
        let answer = http::raw(daemon.address, request.as_bytes());
        assert_eq!(answer.status, 400, "{head}: {}", answer.text());
        assert!(!answer.text().contains("HTTP/1.1"), "{head}: {}", answer.text());
    }
}

#[test]
fn chunks_before_there_were_chunks_are_refused() {
    let daemon = Daemon::start(CONFIG);
    let request = format!(
        "POST {ARTICLES} HTTP/1.0\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nhost: a\r\n\r\n"
    );
    let answer = http::raw(daemon.address, request.as_bytes());
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert!(!answer.text().contains("HTTP/1.1"), "{}", answer.text());
}

#[test]
fn a_transfer_coding_that_is_not_understood_is_501_and_the_end() {
    let daemon = Daemon::start(CONFIG);
    let refused = [
        ("transfer-encoding: gzip, chunked", 501),
        ("transfer-encoding: GZIP,chunked", 501),
        ("transfer-encoding: deflate, gzip, chunked", 501),
        ("transfer-encoding: identity, chunked", 501),
        ("transfer-encoding: br\r\ntransfer-encoding: chunked", 501),
        ("transfer-encoding: x;q=\"chunked\", chunked", 501),
        ("transfer-encoding: chunked, chunked", 400),
        ("transfer-encoding: chunked\r\ntransfer-encoding: chunked", 400),
        ("transfer-encoding: gzip", 400),
        ("content-length: 4, 4", 400),
        ("content-length: 0x4", 400),
        ("content-length: -4", 400),
        ("content-length: 99999999999999999999", 400),
    ];
    for (head, status) in refused {
        for (method, path) in [("POST", ARTICLES), ("GET", "/feeds/all.rss"), ("GET", "/healthz")] {
            let request = format!(
                "{method} {path} HTTP/1.1\r\nhost: a\r\n{head}\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nhost: a\r\n\r\n"
            );
            let answer = http::raw(daemon.address, request.as_bytes());
            assert_eq!(answer.status, status, "{head}: {}", answer.text());
            assert!(!answer.text().contains("HTTP/1.1"), "{head}: {}", answer.text());
        }
    }
}

/// An article of exactly so many bytes.
fn sized(bytes: usize) -> String {
    let article = "{\"id\":\"1\",\"title\":\"Tin\"}";
    format!("{article}{}", " ".repeat(bytes - article.len()))
}

#[test]
fn a_body_is_taken_to_the_last_byte_and_no_further() {
    let daemon = Daemon::start(CONFIG);
    let bearer = daemon.bearer("so-tttt");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    for (bytes, status) in [(MEBIBYTE - 1, 201), (MEBIBYTE, 200), (MEBIBYTE + 1, 413)] {
        let answer = daemon.send("POST", ARTICLES, &headers, &sized(bytes));
        assert_eq!(answer.status, status, "{bytes}: {}", answer.text());
        let answer = chunked(&daemon, &bearer, &sized(bytes));
        let again = if status == 201 { 200 } else { status };
        assert_eq!(answer.status, again, "{bytes} chunked: {}", answer.text());
    }
    assert_eq!(daemon.last_seq(), 1);
}

fn chunked(daemon: &Daemon, bearer: &str, body: &str) -> Answer {
    let mut request = format!(
        "POST {ARTICLES} HTTP/1.1\r\nhost: a\r\nauthorization: {bearer}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    for chunk in body.as_bytes().chunks(60_000) {
        request += &format!("{:x}\r\n{}\r\n", chunk.len(), String::from_utf8_lossy(chunk));
    }
    request += "0\r\n\r\n";
    http::raw(daemon.address, request.as_bytes())
}

#[test]
fn a_bomb_is_refused_at_the_limit_and_costs_little() {
    let daemon = Daemon::start(CONFIG);
    let bearer = daemon.bearer("so-tttt");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..256 {
        encoder.write_all(&vec![b' '; MEBIBYTE]).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    let peak_before = daemon.peak_memory();
    for media_type in ["application/json", "application/x-ndjson", "application/atom+xml"] {
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", media_type),
            ("content-encoding", "gzip"),
        ];
        let answer = http::request(daemon.address, "POST", ARTICLES, &headers, &bomb);
        assert_eq!(answer.status, 413, "{media_type}: {}", answer.text());
    }
    let grown = daemon.peak_memory().saturating_sub(peak_before);
    assert!(grown < 100 << 10, "256 MiB in a bomb took {grown} KiB");
    let announced = format!(
        "POST {ARTICLES} HTTP/1.1\r\nhost: a\r\nauthorization: {bearer}\r\ncontent-type: application/json\r\ncontent-length: 99999999999\r\nconnection: close\r\n\r\n"
    );
    assert_eq!(
        http::raw(daemon.address, announced.as_bytes()).status,
        413,
        "before any of it came"
    );
}

#[test]
fn line_breaks_in_names_add_no_header_and_no_log_line() {
    let daemon = Daemon::start(CONFIG);
    let bearer = daemon.bearer("so-tttt");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let evil = "%0d%0aset-cookie:%20a=b%0d%0a%0aPLANTED";
    for path in [
        format!("{ARTICLES}/{evil}"),
        format!("/api/v1/sources/{evil}/articles/1"),
        format!("{ARTICLES}/a%0a"),
    ] {
        let answer = daemon.send("PUT", &path, &headers, "{\"title\":\"x\"}");
        assert_eq!(answer.status, 400, "{path}");
        assert!(answer.header("set-cookie").is_none());
    }
    let body = serde_json::json!({"id": "1", "title": "T\r\nPLANTED: x", "url": "https://a.vn/\r\nPLANTED: y"});
    assert_eq!(daemon.send("POST", ARTICLES, &headers, &body.to_string()).status, 400);
    let query = daemon.send("DELETE", &format!("{ARTICLES}/1?reason=x%0d%0aPLANTED"), &headers, "");
    assert_eq!(query.status, 404);
    for path in [
        "/feeds/all.rss?x=%0d%0aPLANTED:%20z",
        "/a/%0d%0aPLANTED",
        "/feeds/%0aPLANTED.rss",
        "/media/x/%0aPLANTED",
    ] {
        assert!(daemon.get(path).headers.iter().all(|(name, _)| name != "planted"), "{path}");
    }
    assert!(
        !daemon.log().lines().any(|line| line.trim_start().starts_with("PLANTED")),
        "{}",
        daemon.log()
    );
}
