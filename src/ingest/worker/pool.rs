//! The pool of worker processes, as the daemon sees it: a [`Job`] and bytes go in, a [`JobOutput`] or an [`Error`] comes out.

use super::ARGUMENT;
use super::frame::{head_of, length_of};
use super::job::{Job, JobError, JobOutput, Reply};
use crate::config::WorkerConfig;
use bytes::Bytes;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;

/// Jobs that one process does before it is replaced, so that nothing piles up in it.
const JOBS_EACH: u32 = 500;
/// Bytes that are read of what a dying process writes to its standard error.
const LAST_WORDS: u64 = 4096;

/// Why a job came to nothing.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The document is not what it should be.
    #[error("{}", .0.message)]
    Unread(JobError),
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
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unread(unread) => unread.fault.name(),
            Self::TimedOut | Self::Cpu => "worker-time",
            Self::Memory => "worker-memory",
            Self::Crashed(_) | Self::Killed(_) => "worker",
            Self::Start(_) => "worker-start",
        }
    }

    /// Returns true if reading the same document again may succeed.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::TimedOut | Self::Killed(_) | Self::Start(_))
    }
}

/// The worker processes, and the jobs that wait for them.
pub struct Pool {
    program: PathBuf,
    config: WorkerConfig,
    free: Semaphore,
    waiting: AtomicUsize,
    idle: Mutex<Vec<Worker>>,
}

/// Counts a job as waiting until it is dropped.
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
    ///
    /// # Errors
    /// If the document is not what it should be, the worker does not live to tell, or none can be started.
    pub async fn call(&self, job: &Job, body: Bytes) -> Result<JobOutput, Error> {
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
            // Further arenas reserve 64 MiB each; under the limit that fails, and every small allocation asks the kernel.
            .env("MALLOC_ARENA_MAX", "1")
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
    /// Returns the worker if it still runs. One that died while it was idle is no document's fault.
    fn if_alive(mut self) -> Option<Self> {
        matches!(self.child.try_wait(), Ok(None)).then_some(self)
    }

    /// Sends a job and reads the reply; the child reads all before it writes, so neither waits for the other.
    async fn exchange(&mut self, head: &[u8], body: &[u8]) -> std::io::Result<Reply> {
        let gone = || std::io::Error::other("the worker has no pipes");
        let input = self.child.stdin.as_mut().ok_or_else(gone)?;
        input.write_all(&head_of(head.len())).await?;
        input.write_all(head).await?;
        input.write_all(&head_of(body.len())).await?;
        input.write_all(body).await?;
        input.flush().await?;
        let output = self.child.stdout.as_mut().ok_or_else(gone)?;
        let mut length = [0; 8];
        output.read_exact(&mut length).await?;
        let length = length_of(length)?;
        let mut reply = Vec::new();
        output.take(length as u64).read_to_end(&mut reply).await?;
        serde_json::from_slice(&reply).map_err(std::io::Error::other)
    }

    /// What the process wrote to its standard error as it died; it writes nothing else there.
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
