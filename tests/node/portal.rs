//! A portal: an origin on a free port that answers what it is told to, and remembers what it was asked.

use crate::daemon::Daemon;
use crate::documents;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

#[derive(Default)]
struct Pages {
    answers: HashMap<String, Vec<u8>>,
    asked: Vec<(String, HashMap<String, String>)>,
}

/// The origin; it ends with the test process.
#[derive(Clone)]
pub struct Portal {
    pub address: SocketAddr,
    pages: Arc<Mutex<Pages>>,
}

impl Portal {
    pub fn start() -> Portal {
        Self::listen("127.0.0.1:0")
    }

    /// One that answers under every address of 127.0.0.0/8, as many hosts as are wanted.
    pub fn everywhere() -> Portal {
        Self::listen("0.0.0.0:0")
    }

    /// One at an address that is written somewhere; waits while another test has it.
    pub fn at(address: &str) -> Portal {
        let began = Instant::now();
        while TcpListener::bind(address).is_err() {
            assert!(began.elapsed().as_secs() < 300, "{address} does not become free");
            std::thread::yield_now();
        }
        Self::listen(address)
    }

    fn listen(address: &str) -> Portal {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let pages: Arc<Mutex<Pages>> = Arc::default();
        let shared = Arc::clone(&pages);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || answer(stream, &shared));
            }
        });
        Portal { address, pages }
    }

    /// What a path answers from now on: 200 with a type, a body and an ETag of the body.
    pub fn put(&self, path: &str, media_type: &str, body: &str) {
        let etag = body.bytes().fold(7u64, |h, b| h.wrapping_mul(31).wrapping_add(b.into()));
        let lines = format!("content-type: {media_type}\r\netag: \"{etag:x}\"\r\n");
        self.put_raw(path, documents::answer("200 OK", &lines, body));
    }

    /// What a path answers from now on, byte by byte.
    pub fn put_raw(&self, path: &str, bytes: Vec<u8>) {
        self.pages.lock().unwrap().answers.insert(path.to_owned(), bytes);
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// `[fetch]` for a daemon that polls this portal every second, without a pause between requests.
    pub fn fetch(&self) -> String {
        format!(
            "[fetch]\nallow = [\"{0}\", \"localhost:{1}\"]\nports = [{1}]\nmin_interval = \"1s\"\nhost_interval = \"0s\"\n",
            self.address,
            self.address.port()
        )
    }

    /// A `[[source]]` at a path of this portal, with further lines.
    pub fn source(&self, id: &str, kind: &str, path: &str, more: &str) -> String {
        format!(
            "\n[[source]]\nid = \"{id}\"\ntitle = \"Cổng {id}\"\nkind = \"{kind}\"\naddress = \"{}\"\n{more}",
            self.url(path)
        )
    }

    /// A config with one source of the id `a` at a path of this portal.
    pub fn config(&self, kind: &str, path: &str, more: &str) -> String {
        self.fetch() + &self.source("a", kind, path, more)
    }

    /// Has a daemon poll until this many more requests for a path have come: what the polls before the last one brought
    /// is taken in then. Its clock moves to each next poll.
    pub fn await_polls(&self, daemon: &Daemon, path: &str, more: usize) {
        for _ in 0..more {
            let (before, mut skipped) = (self.asked(path).len(), Instant::now());
            daemon.skip(1_000);
            daemon.until(&format!("{path} is asked for again"), || {
                if skipped.elapsed() > Duration::from_millis(300) {
                    daemon.skip(1_000);
                    skipped = Instant::now();
                }
                self.asked(path).len() > before
            });
        }
    }

    /// How many requests came, whatever for.
    pub fn asked_at_all(&self) -> usize {
        self.pages.lock().unwrap().asked.len()
    }

    /// Forgets the requests that came.
    pub fn forget_asked(&self) {
        self.pages.lock().unwrap().asked.clear();
    }

    /// The requests that came for a path, each with its headers in lower case.
    pub fn asked(&self, path: &str) -> Vec<HashMap<String, String>> {
        let pages = self.pages.lock().unwrap();
        pages.asked.iter().filter(|(p, _)| p == path).map(|(_, h)| h.clone()).collect()
    }
}

fn answer(stream: std::net::TcpStream, pages: &Mutex<Pages>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut first = String::new();
    let _ = reader.read_line(&mut first);
    let path = first.split(' ').nth(1).unwrap_or("").to_owned();
    let mut headers = HashMap::new();
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|n| n > 2) {
        if let Some((name, value)) = line.split_once(':') {
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        line.clear();
    }
    let bytes = {
        let mut pages = pages.lock().unwrap();
        let known = pages.answers.get(&path).cloned();
        let etag = headers.get("if-none-match").cloned();
        pages.asked.push((path, headers));
        match (known, etag) {
            (Some(bytes), Some(etag))
                if String::from_utf8_lossy(&bytes).contains(&format!("etag: {etag}\r\n")) =>
            {
                format!("HTTP/1.1 304 Not Modified\r\netag: {etag}\r\nconnection: close\r\n\r\n")
                    .into_bytes()
            }
            (Some(bytes), _) => bytes,
            (None, _) => documents::answer("404 Not Found", "", ""),
        }
    };
    let mut stream = stream;
    let _ = stream.write_all(&bytes);
}
