use super::play::Play;
use super::script::{RETRY_AFTER, Reply};
use crate::model::Language;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Bytes of a request at most.
const REQUEST: u64 = 16 << 10;
/// How long a slow answer takes.
const SLOW: Duration = Duration::from_secs(2);
/// A picture of one pixel.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\xdacd\xf8\xcfP\x0f\x00\x03\x86\x01\x80Z4}k\x00\x00\x00\x00IEND\xaeB`\x82";

/// A server on loopback on which the play is played.
pub struct Stage {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    play: Mutex<Play>,
    began: Instant,
    /// Requests for steps that are being answered.
    answering: AtomicUsize,
}

impl Stage {
    /// Listens on a port of 127.0.0.1; 0 takes a free one.
    ///
    /// # Errors
    /// The port is taken.
    pub fn open(port: u16) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            play: Mutex::new(Play::new(&format!("http://{address}"))),
            began: Instant::now(),
            answering: AtomicUsize::new(0),
        });
        let served = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let served = Arc::clone(&served);
                std::thread::spawn(move || served.serve(&stream));
            }
        });
        Ok(Self { address, shared })
    }

    /// Looks at the play.
    pub fn with<T>(&self, look: impl FnOnce(&Play) -> T) -> T {
        look(&self.shared.play.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The report in a language.
    pub fn report(&self, held: Option<&str>, language: Language) -> super::Report {
        self.with(|play| play.report(held, language))
    }
}

impl Shared {
    fn serve(&self, stream: &TcpStream) {
        let Some(target) = read_target(stream) else { return };
        let answer = match target.split_once("/api/v1/changes") {
            Some((_, query)) => self.steps(query),
            None => Some(picture(&target)),
        };
        if let Some(answer) = answer {
            let mut stream = stream;
            let _ = stream.write_all(&answer);
        }
    }

    /// The answer to a request for steps; `None` ends the connection.
    fn steps(&self, query: &str) -> Option<Vec<u8>> {
        let query = url::form_urlencoded::parse(query.trim_start_matches('?').as_bytes());
        let after = query.filter(|(name, _)| name == "after").map(|(_, value)| value).last();
        let others = self.answering.fetch_add(1, Ordering::SeqCst);
        let reply = {
            let mut play = self.play.lock().unwrap_or_else(PoisonError::into_inner);
            if others > 0 {
                play.note_together();
            }
            play.answer(after.as_deref().unwrap_or("0"), self.began.elapsed())
        };
        if matches!(reply, Reply::Slow(_)) {
            std::thread::sleep(SLOW);
        }
        let answer = written(&reply);
        self.answering.fetch_sub(1, Ordering::SeqCst);
        answer
    }
}

fn picture(target: &str) -> Vec<u8> {
    match target {
        "/picture-1.png" => head("200 OK", "content-type: image/png\r\n", PICTURE),
        _ => head("404 Not Found", "", b""),
    }
}

/// The path and query of a request.
fn read_target(stream: &TcpStream) -> Option<String> {
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let mut lines = BufReader::new(stream.take(REQUEST)).lines().map_while(Result::ok);
    let target = lines.next()?.split(' ').nth(1)?.to_owned();
    lines.take_while(|line| !line.is_empty()).for_each(drop);
    Some(target)
}

fn written(reply: &Reply) -> Option<Vec<u8>> {
    let problem = |detail: &str| format!("{{\"detail\": \"{detail}\"}}").into_bytes();
    let json = "content-type: application/json\r\n";
    Some(match reply {
        Reply::Reset => return None,
        Reply::Page(page) | Reply::Slow(page) => {
            head("200 OK", json, &serde_json::to_vec(page).unwrap_or_default())
        }
        Reply::Failed => head("500 Internal Server Error", json, &problem("a rehearsed fault")),
        Reply::Busy => {
            let lines = format!("{json}retry-after: {RETRY_AFTER}\r\n");
            head("429 Too Many Requests", &lines, &problem("come again later"))
        }
        Reply::Gone => head("410 Gone", json, &problem("copy anew with after=0")),
    })
}

fn head(status: &str, lines: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{lines}\r\n"
    );
    [head.as_bytes(), body].concat()
}
