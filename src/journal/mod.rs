//! The log of everything that has happened: append-only, numbered, durable before it is acknowledged.
//!
//! In: `Proposal`s, from `ingest`. Out: `Event`s by number, for `store` and for partners, and the news that there
//! are more (`Journal::tail`). A `Sequencer` numbers, one thread writes, anyone reads.

/// Who numbers events: the trait that a cluster would implement.
mod sequencer;
/// The local writer: the one thread that writes the log, in groups. By default it numbers too.
mod writer;
/// The log in sled: its keys, reading and committing.
mod log;
/// The rows besides the events: how the journal stands, purges, where it is to be cut.
mod rows;
/// One event as bytes that are readable for ever.
mod record;
/// Sealed values: a version byte and a checksum over key and value, verified at every read.
pub mod seal;
/// sled opened safely and written to safely.
pub mod disk;
/// Decoded events in memory.
mod cache;
/// Whether a journal leads or follows, and which of two leads; pure.
mod standing;
/// A journal that follows another one: promotion, purges, the way back to where both agree.
mod following;
/// What is derived from the journal: when it is caught up, when it is rebuilt.
mod follower;
/// Small files that are replaced whole: after a power cut the old file or the new one is there.
pub mod durable;
/// The whole journal as one file, as it stood when the export began.
pub mod archive;
/// The journal and the small files beside it as one folder.
pub mod backup_folder;
/// A data directory that is being made from a backup.
pub mod restoring;
/// What can go wrong.
mod error;
/// Made-up news for tests, benches and the dictionary of records.
#[doc(hidden)]
pub mod samples;

pub use disk::{Disk, probe};
pub use error::Error;
pub use follower::{Followed, Follower, FollowerThread, Watermark};
pub use following::Role;
pub use log::Log;
pub use record::{Body, Codec, MAX_EVENT};
pub use sequencer::{Answers, Proposal, Sequencer};
pub use standing::Standing;

use crate::config::StoreConfig;
use crate::model::{Event, Seq, Timestamp, is_journal_identity};
use arc_swap::ArcSwap;
use cache::Cache;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::watch;
use writer::Writer;

/// The fewest numbers that [`Journal::skip_numbers`] skips, in case the clock is wrong.
const LEAST_GAP: u64 = 1_000_000;
/// 2026-11-01: no event is of an earlier day.
const MADE: Timestamp = Timestamp::from_secs(1_793_491_200);
/// How long [`Journal::append`] waits for an event that was numbered elsewhere to arrive here.
const ARRIVES_WITHIN: Duration = Duration::from_secs(5);

/// The journal; clones are the same journal.
#[derive(Clone)]
pub struct Journal(Arc<Inner>);

struct Inner {
    log: Arc<Log>,
    cache: Arc<Cache>,
    writer: Arc<Writer>,
    sequencer: Arc<dyn Sequencer>,
    clock: writer::Clock,
    tail: watch::Receiver<Seq>,
    standing: ArcSwap<Standing>,
    role: watch::Sender<Role>,
    purged: watch::Sender<()>,
}

impl Journal {
    /// Opens the journal of a data directory; this node numbers its events. See [`disk::open()`] for `program`.
    ///
    /// # Errors
    /// The store cannot be opened, or has lost events.
    pub fn open(config: &StoreConfig, program: Option<&Path>) -> Result<Self, Error> {
        Self::on(disk::open(config, program)?, config.group, None)
    }

    /// Opens the journal of a data directory whose events `sequencer` numbers. Pass its stream to [`Journal::follow`].
    ///
    /// # Errors
    /// The store cannot be opened, or has lost events.
    pub fn open_numbered_by(
        sequencer: Arc<dyn Sequencer>,
        config: &StoreConfig,
        program: Option<&Path>,
    ) -> Result<Self, Error> {
        Self::on(disk::open(config, program)?, config.group, Some(sequencer))
    }

    /// The journal on an opened disk; at most `group` events are committed together.
    fn on(disk: Disk, group: usize, sequencer: Option<Arc<dyn Sequencer>>) -> Result<Self, Error> {
        let log = Arc::new(Log::open(Arc::new(disk))?);
        let is_cut = log.cut_if_wanted()?;
        let last = log.end()?.last;
        log.disk().begin(last, is_cut)?;
        for written in [log.write_missing_count(), log.open_identity()] {
            match written {
                Ok(()) | Err(Error::Full) => {} // on a full disk it is read, and kept in memory
                Err(error) => return Err(error),
            }
        }
        let cache = Arc::new(Cache::new(last));
        let (news, tail) = watch::channel(last);
        let clock = Arc::new(OnceLock::new());
        let writer = Writer::start(log.clone(), group, cache.clone(), clock.clone(), news)?;
        let writer = Arc::new(writer);
        let sequencer = sequencer.unwrap_or_else(|| writer.clone());
        let standing: Standing = log.row(log::STANDING)?.unwrap_or_default();
        let role = Role { leads: standing.leads_under(None), leader: None };
        let (role, purged) = (watch::channel(role).0, watch::channel(()).0);
        let standing = ArcSwap::from_pointee(standing);
        let inner = Inner { log, cache, writer, sequencer, clock, tail, standing, role, purged };
        Ok(Self(Arc::new(inner)))
    }

    /// Sets the clock that stamps the events that this node numbers. Event times then never run backwards by a second or
    /// more, so a reader that has seen second T has seen every event of earlier seconds. Without a clock each event has
    /// the time of its proposal.
    pub fn set_clock(&self, clock: fn() -> Timestamp) {
        let _ = self.0.clock.set(clock);
    }

    /// Appends one event. Once this returns its number, the event is durable and readable here, whoever numbered it.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the precondition does not hold, [`Error::Late`] if the event is durable elsewhere but not
    /// yet here, or why nothing can be written.
    pub async fn append(&self, proposal: Proposal) -> Result<Seq, Error> {
        self.append_many(vec![proposal]).await.pop().unwrap_or(Err(Error::Closed))
    }

    /// Appends events in order; each has its own answer, and a refused one stops no other.
    ///
    /// # Errors
    /// As of [`Journal::append`].
    pub async fn append_many(&self, proposals: Vec<Proposal>) -> Vec<Result<Seq, Error>> {
        let refused = self.refuse_if_following().and_then(|()| self.0.writer.queue().map(|_| ()));
        if let Err(error) = refused {
            return vec![Err(error); proposals.len()];
        }
        let answers = self.0.sequencer.sequence(proposals).await;
        self.arrived(answers, ARRIVES_WITHIN).await
    }

    /// Waits until this journal has every event that the answers name. The local writer's answers need no waiting.
    async fn arrived(
        &self,
        answers: Vec<Result<Seq, Error>>,
        within: Duration,
    ) -> Vec<Result<Seq, Error>> {
        let named = answers.iter().filter_map(|answer| match answer {
            Ok(seq) | Err(Error::Conflict { actual: seq }) => Some(*seq),
            Err(_) => None,
        });
        let newest = named.max().unwrap_or_default();
        if newest <= self.last() {
            return answers;
        }
        let mut tail = self.tail();
        let _ = tokio::time::timeout(within, tail.wait_for(|last| *last >= newest)).await;
        let last = self.last();
        let late = |seq| if seq > last { Err(Error::Late { seq }) } else { Ok(seq) };
        answers.into_iter().map(|answer| answer.and_then(late)).collect()
    }

    /// Writes events that were numbered elsewhere (an import, a cluster), in order. An event that is already here is skipped.
    ///
    /// # Errors
    /// [`Error::OutOfOrder`] if one differs from the event that has its number here, or why nothing can be written.
    pub async fn follow(&self, events: Vec<Event>) -> Result<(), Error> {
        self.0.writer.follow(events).await
    }

    /// The time by which news of now is dated. A clock from before this program was made has lost its time, as those of
    /// machines without a battery do at a start: then the last event's time is nearer.
    pub fn dated(&self, now: Timestamp) -> Timestamp {
        if now >= MADE {
            return now;
        }
        let last = self.get(self.last()).ok().flatten();
        last.map_or(now, |last| last.at.max(now))
    }

    /// Skips the numbers that another journal with the same events may have given since: the next event's number is above
    /// `now` in milliseconds since 1970, which no journal reaches with less than one event per millisecond.
    ///
    /// After a restore a partner's cursor from the lost journal then names no event ([`Log::has`]) instead of another one.
    ///
    /// # Errors
    /// Nothing can be written.
    pub fn skip_numbers(&self, now: Timestamp) -> Result<(), Error> {
        let present = Seq(u64::try_from(now.0).unwrap_or(0));
        self.0.log.skip_to(present.max(Seq(self.last().0 + LEAST_GAP)))
    }

    /// Which journal it is: 32 hexadecimal digits, made at random with it. A cursor is a cursor of one identity. A restored
    /// journal has the identity of the one that was backed up, and so has an empty one that an archive was imported into.
    pub fn identity(&self) -> Arc<String> {
        self.0.log.identity()
    }

    /// Takes the identity of the journal that this one becomes a copy of.
    ///
    /// # Errors
    /// It is not of the form of an identity, or nothing can be written.
    pub fn adopt_identity(&self, identity: &str) -> Result<(), Error> {
        if !is_journal_identity(identity) {
            return Err(Error::archive("names a journal that is none"));
        }
        self.0.log.set_identity(identity.to_owned())
    }

    /// How many events there are; their numbers may have gaps.
    pub fn event_count(&self) -> u64 {
        self.0.log.count()
    }

    /// The events after a number, in order: at most `limit`, fewer if they are large, empty only at the end.
    ///
    /// # Errors
    /// An event is damaged or missing.
    pub fn read(&self, after: Seq, limit: usize) -> Result<Vec<Event>, Error> {
        self.read_within(after, limit, log::READ_BYTES)
    }

    /// The events after a number, in order: at most `limit`, and about `bytes` unpacked.
    ///
    /// # Errors
    /// An event is damaged or missing.
    pub fn read_within(&self, after: Seq, limit: usize, bytes: usize) -> Result<Vec<Event>, Error> {
        // Events that are written but not yet durable are hidden: a power cut could take them back.
        let last = self.last();
        let mut events = match self.0.cache.read(after, limit, bytes) {
            Some(events) => events,
            None => self.0.log.read(after, limit, bytes)?,
        };
        events.retain(|event| event.seq <= last);
        Ok(events)
    }

    /// The event of a number; `None` if there is none.
    ///
    /// # Errors
    /// It cannot be read or is damaged.
    pub fn get(&self, seq: Seq) -> Result<Option<Event>, Error> {
        if seq > self.last() {
            return Ok(None);
        }
        if let Some(event) = self.0.cache.get(seq) {
            return Ok(Some(event));
        }
        let Some((event, size)) = self.0.log.get_sized(seq)? else { return Ok(None) };
        self.0.cache.put(event.clone(), size);
        Ok(Some(event))
    }

    /// The number of the last event as a channel.
    pub fn tail(&self) -> watch::Receiver<Seq> {
        self.0.tail.clone()
    }

    /// The number of the last event.
    pub fn last(&self) -> Seq {
        *self.0.tail.borrow()
    }

    /// The log.
    pub fn log(&self) -> &Log {
        &self.0.log
    }

    /// Where the journal is.
    pub fn disk(&self) -> &Arc<Disk> {
        self.0.log.disk()
    }

    /// Commits what waits, refuses what comes, and marks the stop as clean. Stop the followers first.
    ///
    /// # Errors
    /// The stop is not marked as clean.
    pub fn close(&self) -> Result<(), Error> {
        self.0.writer.close();
        self.disk().close(self.last())
    }
}

#[cfg(test)]
mod tests;
