//! The worker processes: this same program re-executed, reading and cleaning untrusted bytes under hard limits.
//!
//! In: a [`Job`] and a document's bytes, framed over a pipe. Out: drafts, or why there are none. Whatever a parser
//! does to the child (a panic, a stack overflow, all memory, endless work) costs this one job.

use super::reading;
use crate::config::WorkerConfig;
use crate::model::{DateOrder, ParsedEntry, Source, Timestamp};
use crate::read::discover::Discovery;
use crate::refine::{Draft, Refined};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{ExitCode, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;

/// The hidden command that makes a process a worker.
pub const ARGUMENT: &str = "__worker";
/// A frame at most, in either direction.
const MAX_FRAME: usize = 256 << 20;
/// A reply at most: some times the largest document, since links in it are made whole. The daemon holds it in memory.
const MAX_REPLY: usize = 48 << 20;
/// Jobs that one process does before it is replaced, so that nothing piles up in it.
const JOBS_EACH: u32 = 500;
/// Bytes of what a dying process says that are looked at.
const LAST_WORDS: u64 = 4096;
/// The stack of the thread that reads and cleans.
const STACK: usize = 64 << 20;

/// What a worker is to do with the bytes beside it.
#[derive(Debug, Serialize, Deserialize)]
pub enum Job {
    /// Read a fetched document as a feed.
    Feed {
        /// Its `Content-Type`.
        content_type: Option<String>,
        /// Whose it is.
        source: Source,
        /// Its address after redirects.
        fetched_from: String,
        /// The time of reading.
        now: Timestamp,
        /// The order of day and month settled for this source.
        settled: DateOrder,
        /// Entries taken at most.
        max_entries: usize,
        /// Bytes of the document at most, unpacked.
        max_bytes: usize,
    },
    /// Read an article's own page, and make the draft of a list whole with it.
    Detail {
        /// Its `Content-Type`.
        content_type: Option<String>,
        /// Whose it is.
        source: Source,
        /// What the list said.
        listed: Box<Draft>,
        /// Its address after redirects.
        fetched_from: String,
        /// The time of reading.
        now: Timestamp,
        /// The order of day and month settled for this source.
        settled: DateOrder,
    },
    /// Look what a web page offers, or where the links of known articles stand in it now.
    Discover {
        /// Its `Content-Type`.
        content_type: Option<String>,
        /// Its address after redirects.
        fetched_from: String,
        /// Its `Link` headers.
        links: Vec<String>,
        /// Addresses of known articles; none: look at everything.
        known: Option<Vec<String>>,
    },
    /// Read a file of a folder.
    File {
        /// Its path below the folder.
        path: String,
        /// Whose it is.
        source: Source,
        /// What relative links are resolved against.
        base: String,
        /// The time of reading.
        now: Timestamp,
    },
    /// Clean one pushed entry; there are no bytes beside it.
    Entry {
        /// The entry.
        entry: Box<ParsedEntry>,
        /// Whose it is.
        source: Source,
        /// What relative links are resolved against.
        base: String,
        /// The time of reading.
        now: Timestamp,
    },
}

/// What a worker made of a document.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Reading {
    /// The drafts, and what was wrong.
    pub refined: Refined,
    /// Whether the document was a feed (or a list), not one article.
    pub is_feed: bool,
    /// Whether it was a sitemap, or an index of sitemaps.
    pub is_sitemap: bool,
    /// Minutes between polls that the feed asks for (`ttl`, `sy:`).
    pub ttl: Option<u64>,
    /// The feed's own name.
    pub title: Option<String>,
    /// WebSub hubs that the feed names.
    pub hubs: Vec<String>,
    /// What the feed calls its own address.
    pub topic: Option<String>,
    /// Further sitemaps that an index of sitemaps names: address and last change.
    pub sitemaps: Vec<(String, Option<String>)>,
    /// What a web page offers, where that was asked.
    pub found: Option<Box<Discovery>>,
}

/// Why a document could not be read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Unread {
    /// A stable name in kebab-case: `empty`, `html`, `challenge`, `not-a-feed`, `file`.
    pub name: String,
    /// For people.
    pub message: String,
}

type Reply = Result<Reading, Unread>;

/// Why a job came to nothing.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The document is not what it should be.
    #[error("{}", .0.message)]
    Unread(Unread),
    /// It took longer than `worker.job_timeout`.
    #[error("reading it took too long and was ended")]
    TimedOut,
    /// It took more processor time than `worker.cpu`.
    #[error("reading it took too much processor time and was ended")]
    Cpu,
    /// It took more memory than `worker.memory` allows.
    #[error("reading it took more memory than worker.memory allows and was ended")]
    Memory,
    /// The process died of it: its stack, or a fault of a parser.
    #[error("the worker died reading it ({0})")]
    Crashed(String),
    /// Somebody ended the process: the system for want of memory, or an operator; no fault of the document.
    #[error("the worker was ended from outside (signal {0})")]
    Killed(i32),
    /// No process could be started.
    #[error("no worker process: {0}")]
    Start(String),
}

impl Error {
    /// A stable name for the source's status.
    pub fn name(&self) -> &str {
        match self {
            Self::Unread(unread) => &unread.name,
            Self::TimedOut | Self::Cpu => "worker-time",
            Self::Memory => "worker-memory",
            Self::Crashed(_) | Self::Killed(_) => "worker",
            Self::Start(_) => "worker-start",
        }
    }

    /// Whether the same document may well be read at another time.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::TimedOut | Self::Killed(_) | Self::Start(_))
    }
}

/// The processes that stand ready.
pub struct Pool {
    program: PathBuf,
    config: WorkerConfig,
    free: Semaphore,
    waiting: AtomicUsize,
    idle: Mutex<Vec<Worker>>,
}

/// One job that waits, as long as this is there.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn one(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Worker {
    child: Child,
    jobs: u32,
}

impl Pool {
    /// A pool of processes of this program, started when they are needed.
    pub fn new(program: PathBuf, config: &WorkerConfig) -> Self {
        Self {
            program,
            config: config.clone(),
            free: Semaphore::new(config.processes),
            waiting: AtomicUsize::new(0),
            idle: Mutex::default(),
        }
    }

    /// Has a worker do a job; waits while all are busy.
    pub async fn call(&self, job: &Job, body: Bytes) -> Result<Reading, Error> {
        let waiting = Waiting::one(&self.waiting);
        let _permit = self.free.acquire().await.map_err(|_| Error::Start("stopping".into()))?;
        drop(waiting);
        let head = serde_json::to_vec(job).map_err(|e| Error::Start(e.to_string()))?;
        let idle = self.idle.lock().unwrap_or_else(|e| e.into_inner()).pop();
        let mut worker = match idle.and_then(Worker::if_alive) {
            Some(worker) => worker,
            None => self.start()?,
        };
        let deadline = Duration::from_millis(self.config.job_ms);
        match tokio::time::timeout(deadline, worker.exchange(&head, &body)).await {
            Ok(Ok(reply)) => {
                worker.jobs += 1;
                if worker.jobs < JOBS_EACH {
                    self.idle.lock().unwrap_or_else(|e| e.into_inner()).push(worker);
                }
                reply.map_err(Error::Unread)
            }
            Ok(Err(_)) => Err(worker.end().await),
            Err(_) => {
                worker.end().await;
                Err(Error::TimedOut)
            }
        }
    }

    /// Jobs that wait for a free process.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    fn start(&self) -> Result<Worker, Error> {
        let child = Command::new(&self.program)
            .arg(ARGUMENT)
            .arg(self.config.memory_bytes.to_string())
            .arg(self.config.cpu_s.to_string())
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        let child = child.map_err(|e| Error::Start(format!("{}: {e}", self.program.display())))?;
        Ok(Worker { child, jobs: 0 })
    }
}

impl Worker {
    /// This worker, unless it died while it was idle: that is no document's fault.
    fn if_alive(mut self) -> Option<Self> {
        matches!(self.child.try_wait(), Ok(None)).then_some(self)
    }

    /// Sends a job and reads the reply; the child reads all before it writes, so neither waits for the other.
    async fn exchange(&mut self, head: &[u8], body: &[u8]) -> std::io::Result<Reply> {
        let gone = || std::io::Error::other("the worker has no pipes");
        let input = self.child.stdin.as_mut().ok_or_else(gone)?;
        input.write_all(&frame_head(head.len())).await?;
        input.write_all(head).await?;
        input.write_all(&frame_head(body.len())).await?;
        input.write_all(body).await?;
        input.flush().await?;
        let output = self.child.stdout.as_mut().ok_or_else(gone)?;
        let mut length = [0; 8];
        output.read_exact(&mut length).await?;
        let length = frame_length(length)?;
        let mut reply = Vec::new();
        output.take(length as u64).read_to_end(&mut reply).await?;
        serde_json::from_slice(&reply).map_err(std::io::Error::other)
    }

    /// What the process said on its way out: a worker says nothing else, so a pipe holds it until then.
    async fn last_words(&mut self) -> String {
        let Some(errors) = self.child.stderr.take() else { return String::new() };
        let mut words = Vec::new();
        let mut errors = errors.take(LAST_WORDS);
        let read = errors.read_to_end(&mut words);
        let _ = tokio::time::timeout(Duration::from_millis(200), read).await;
        String::from_utf8_lossy(&words).into_owned()
    }

    /// Ends the process and says what it died of.
    async fn end(mut self) -> Error {
        use std::os::unix::process::ExitStatusExt;
        let died = tokio::time::timeout(Duration::from_millis(200), self.child.wait()).await;
        let by_itself = matches!(died, Ok(Ok(_)));
        let _ = self.child.start_kill();
        let status = match died {
            Ok(Ok(status)) => status,
            _ => match self.child.wait().await {
                Ok(status) => status,
                Err(error) => return Error::Crashed(error.to_string()),
            },
        };
        let words = self.last_words().await;
        if ["memory allocation of", "out of memory"].iter().any(|said| words.contains(said)) {
            return Error::Memory;
        }
        if words.contains("overflowed its stack") {
            return Error::Crashed("stack overflow".to_owned());
        }
        match status.signal() {
            Some(signal) if signal == rustix::process::Signal::XCPU.as_raw() => Error::Cpu,
            Some(signal) if by_itself && is_from_outside(signal) => Error::Killed(signal),
            Some(signal) => Error::Crashed(format!("signal {signal}")),
            None => Error::Crashed(status.to_string()),
        }
    }
}

/// Signals that no fault of a program raises.
fn is_from_outside(signal: i32) -> bool {
    use rustix::process::Signal;
    [Signal::KILL, Signal::TERM, Signal::INT, Signal::HUP].iter().any(|s| s.as_raw() == signal)
}

fn frame_head(length: usize) -> [u8; 8] {
    (length as u64).to_le_bytes()
}

fn frame_length(bytes: [u8; 8]) -> std::io::Result<usize> {
    let length = usize::try_from(u64::from_le_bytes(bytes)).unwrap_or(usize::MAX);
    if length > MAX_FRAME { Err(std::io::Error::other("a frame is too long")) } else { Ok(length) }
}

/// What a worker process does until its pipe closes.
pub fn run_child(memory_bytes: u64, cpu_s: u64) -> ExitCode {
    tighten(memory_bytes);
    let work = move || {
        no_more_threads();
        serve(&mut std::io::stdin().lock(), &mut std::io::stdout().lock(), cpu_s)
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work);
    match thread.map(|thread| thread.join()) {
        Ok(Ok(Ok(()))) => ExitCode::SUCCESS,
        Ok(Ok(Err(error))) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::FAILURE,
    }
}

/// Gives up what a reader of bytes does not need: memory, new files, core dumps.
fn tighten(memory_bytes: u64) {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let at_most = |most| Rlimit { current: Some(most), maximum: Some(most) };
    let _ = setrlimit(Resource::As, at_most(memory_bytes));
    let _ = setrlimit(Resource::Core, at_most(0));
    let _ = setrlimit(Resource::Nofile, at_most(16));
    let _ = setrlimit(Resource::Fsize, at_most(0));
}

/// From here on nothing is started, and nothing that could be started would have more rights.
fn no_more_threads() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let _ = setrlimit(Resource::Nproc, Rlimit { current: Some(0), maximum: Some(0) });
    let _ = rustix::thread::set_no_new_privs(true);
}

fn serve(input: &mut impl Read, output: &mut impl Write, cpu_s: u64) -> std::io::Result<()> {
    while let Some(head) = read_frame(input)? {
        let body = read_frame(input)?.unwrap_or_default();
        allow_cpu(cpu_s);
        let reply = match serde_json::from_slice(&head) {
            Ok(job) => reading::read_job(job, &body),
            Err(error) => Err(Unread { name: "job".into(), message: error.to_string() }),
        };
        let reply = packed(&reply)?;
        output.write_all(&frame_head(reply.len()))?;
        output.write_all(&reply)?;
        output.flush()?;
    }
    Ok(())
}

/// A reply in bytes; one that a small document blew up is not sent.
fn packed(reply: &Reply) -> std::io::Result<Vec<u8>> {
    let bytes = serde_json::to_vec(reply).map_err(std::io::Error::other)?;
    if bytes.len() <= MAX_REPLY {
        return Ok(bytes);
    }
    let message =
        format!("what stands in it is {} MiB, much more than it is itself", bytes.len() >> 20);
    let refused: Reply = Err(Unread { name: "too-large".into(), message });
    serde_json::to_vec(&refused).map_err(std::io::Error::other)
}

/// The next frame; `None` where the pipe was closed between frames.
fn read_frame(input: &mut impl Read) -> std::io::Result<Option<Vec<u8>>> {
    let mut length = [0; 8];
    match input.read_exact(&mut length) {
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let length = frame_length(length)?;
    let mut frame = Vec::with_capacity(length.min(1 << 20));
    input.take(length as u64).read_to_end(&mut frame)?;
    if frame.len() == length {
        Ok(Some(frame))
    } else {
        Err(std::io::ErrorKind::UnexpectedEof.into())
    }
}

/// Allows this process so many seconds more than it has used.
fn allow_cpu(seconds: u64) {
    use rustix::process::{Resource, Rlimit, setrlimit};
    use rustix::time::{ClockId, clock_gettime};
    let used = u64::try_from(clock_gettime(ClockId::ProcessCPUTime).tv_sec).unwrap_or(0);
    let _ = setrlimit(Resource::Cpu, Rlimit { current: Some(used + seconds + 1), maximum: None });
}
