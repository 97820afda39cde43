//! What has happened, in order: an append-only, numbered log in sled, durable before we answer.
//!
//! In: [`Proposal`]s, from `ingest`. Out: [`Event`]s by number, for `store` and for partners, and
//! the news that there are more ([`Journal::tail`]).
//!
//! One thread writes ([`local`]), in groups, through the guards of [`disk`]; anyone reads ([`log`]).

pub mod archive;
pub mod backup;
pub mod disk;
mod error;
mod guard;
mod local;
mod log;
mod mark;
mod probe;
mod recent;
mod record;
pub mod restoring;
#[doc(hidden)]
pub mod samples;
pub mod seal;

pub use disk::Disk;
pub use error::Error;
pub use log::Log;
pub use probe::probe;
pub use record::{Body, Codec, MAX_EVENT};

use crate::config::StoreConfig;
use crate::model::{Change, Event, Seq, Timestamp};
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock};
use tokio::sync::watch;

/// Numbers that a gap leaves out at least, should the clock be wrong.
const LEAST_GAP: u64 = 1_000_000;

/// A fact that wants to be one.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// What happened.
    pub change: Change,
    /// The number that the article's last event must have, 0 for none; `None` does not look.
    pub expected: Option<Seq>,
    /// The key that a push gave, so that a repeat is known.
    pub idempotency_key: Option<String>,
    /// When it was decided.
    pub at: Timestamp,
}

impl Proposal {
    fn into_body(self) -> Body {
        Body { at: self.at, idempotency_key: self.idempotency_key, change: self.change }
    }
}

/// What a [`Sequencer`] answers, one result per proposal, in order.
pub type Answer = Pin<Box<dyn Future<Output = Vec<Result<Seq, Error>>> + Send>>;

/// Who numbers events: the local writer, or (later) a cluster. Numbers rise; they may have gaps.
pub trait Sequencer: Send + Sync {
    /// Numbers each proposal that holds and makes it durable before answering.
    fn sequence(&self, proposals: Vec<Proposal>) -> Answer;
}

/// The journal; clones are the same journal.
#[derive(Clone)]
pub struct Journal(Arc<Inner>);

struct Inner {
    log: Arc<Log>,
    recent: Arc<recent::Recent>,
    writer: Mutex<Option<(local::Local, std::thread::JoinHandle<()>)>>,
    clock: local::Clock,
    tail: watch::Receiver<Seq>,
}

impl Journal {
    /// Opens the journal of a data directory; see [`disk::open`] for `program`.
    pub fn open(config: &StoreConfig, program: Option<&Path>) -> Result<Self, Error> {
        Self::on(disk::open(config, program)?, config.group)
    }

    /// The journal on an opened disk; `group` events are committed together at most.
    fn on(disk: Disk, group: usize) -> Result<Self, Error> {
        let log = Arc::new(Log::open(Arc::new(disk))?);
        log.disk().begin(log.last()?)?;
        let recent = Arc::new(recent::Recent::new(log.last()?));
        let (news, tail) = watch::channel(log.last()?);
        let clock = Arc::new(OnceLock::new());
        let writer = local::start(log.clone(), group, recent.clone(), clock.clone(), news)?;
        Ok(Self(Arc::new(Inner { log, recent, writer: Mutex::new(Some(writer)), clock, tail })))
    }

    /// From now on no event is older than the second in which it is written: whoever was told of a time has all that
    /// happened until then. Without a clock each has the time of its proposal.
    pub fn keep_time(&self, clock: fn() -> Timestamp) {
        let _ = self.0.clock.set(clock);
    }

    /// Appends one fact: when this answers with its number it is on the disk.
    pub async fn append(&self, proposal: Proposal) -> Result<Seq, Error> {
        self.append_many(vec![proposal]).await.pop().unwrap_or(Err(Error::Closed))
    }

    /// Appends facts in order, together but each for itself: one that does not hold stops no other.
    pub async fn append_many(&self, proposals: Vec<Proposal>) -> Vec<Result<Seq, Error>> {
        match self.local() {
            Ok(local) => local.sequence(proposals).await,
            Err(error) => vec![Err(error); proposals.len()],
        }
    }

    /// Writes events that were numbered elsewhere (an import, a cluster), in order; those already here are skipped.
    pub async fn follow(&self, events: Vec<Event>) -> Result<(), Error> {
        self.local()?.follow(events).await
    }

    /// Leaves out the numbers that another journal with the same events may have given since: those that come are
    /// above `now` in milliseconds since 1970, which no journal reaches that takes less than an event in each.
    ///
    /// After a restore a partner's cursor from the lost journal then names no event ([`Log::has`]) instead of another one.
    pub fn leave_gap(&self, events: u64, now: Timestamp) -> Result<(), Error> {
        let last = self.last();
        let until = Seq(u64::try_from(now.0).unwrap_or(0)).max(Seq(last.0 + LEAST_GAP));
        self.0.log.leave(log::Gap { after: last, until, events })
    }

    /// The events after a number, in order, at most `limit`; fewer when they are large, none only at the end.
    pub fn read(&self, after: Seq, limit: usize) -> Result<Vec<Event>, Error> {
        self.read_within(after, limit, log::READ_BYTES)
    }

    /// The same, stopping at about so many bytes, unpacked.
    pub fn read_within(&self, after: Seq, limit: usize, bytes: usize) -> Result<Vec<Event>, Error> {
        // What is written and not yet on the disk is nobody's to see: a power cut could take it back.
        let last = self.last();
        let mut events = match self.0.recent.read(after, limit, bytes) {
            Some(events) => events,
            None => self.0.log.read(after, limit, bytes)?,
        };
        events.retain(|event| event.seq <= last);
        Ok(events)
    }

    /// One event.
    pub fn get(&self, seq: Seq) -> Result<Option<Event>, Error> {
        if seq > self.last() {
            return Ok(None);
        }
        self.0.log.get(seq)
    }

    /// The number of the last event, and the news when it rises.
    pub fn tail(&self) -> watch::Receiver<Seq> {
        self.0.tail.clone()
    }

    /// The number of the last event.
    pub fn last(&self) -> Seq {
        *self.0.tail.borrow()
    }

    /// The log itself, for checking.
    pub fn log(&self) -> &Log {
        &self.0.log
    }

    /// The store it is in, for views and progress.
    pub fn disk(&self) -> &Arc<Disk> {
        self.0.log.disk()
    }

    /// Commits what waits, refuses what comes, and marks the stop as clean; stop the views first.
    pub fn close(&self) -> Result<(), Error> {
        self.0.stop();
        self.disk().close(self.last())
    }

    fn local(&self) -> Result<local::Local, Error> {
        let writer = self.0.writer.lock().map_err(|_| Error::Closed)?;
        writer.as_ref().map(|(local, _)| local.clone()).ok_or(Error::Closed)
    }
}

impl Inner {
    /// Ends the writer thread once everyone who waits is answered.
    fn stop(&self) {
        let writer = self.writer.lock().ok().and_then(|mut writer| writer.take());
        if let Some((local, thread)) = writer {
            drop(local);
            let _ = thread.join();
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop();
    }
}

#[cfg(test)]
mod tests;
