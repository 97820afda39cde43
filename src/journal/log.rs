//! The log in sled: one tree, these kinds of keys.
//!
//! - `e`, number, chunk → how many chunks, the number of the event before, a piece of the record;
//! - `h`, article key → the number of the article's last event;
//! - `m` → the last number, and how many events there are;
//! - `n` → the number above which the next event is numbered (see [`Log::skip_to`]);
//! - `i` → the identity;
//! - `t` → whether it leads, as JSON (`Standing`);
//! - `p`, number → a purge, as JSON;
//! - `c` → the number after which everything is taken out at the next start, as JSON.

use super::record::{Body, Codec, unpacked_len};
use super::seal::{MAX_VALUE, catch_sled_panic, damaged, get, seal, unseal};
use super::{Disk, Error};
use crate::model::{ArticleKey, Event, Purge, Seq};
use crate::text::hex;
use arc_swap::ArcSwap;
use sled::{Batch, Tree};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The piece of a record in one chunk, in bytes.
const CHUNK: usize = MAX_VALUE - 64;
const LAST: &[u8] = b"m";
const FLOOR: &[u8] = b"n";
const IDENTITY: &[u8] = b"i";
pub(super) const STANDING: &[u8] = b"t";
pub(super) const CUT: &[u8] = b"c";
/// The unpacked bytes at which a read of many events stops.
pub const READ_BYTES: usize = 4 * 1024 * 1024;

/// The journal's tree and the codec of its records.
pub struct Log {
    disk: Arc<Disk>,
    pub(super) tree: Tree,
    codec: Codec,
    floor: AtomicU64,
    count: AtomicU64,
    identity: ArcSwap<String>,
}

/// Where a log ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct End {
    /// The number of the last event, 0 in an empty log.
    pub last: Seq,
    pub count: u64,
}

impl Log {
    pub(super) fn open(disk: Arc<Disk>) -> Result<Self, Error> {
        let tree = catch_sled_panic(|| disk.db().open_tree("journal"))?;
        let (floor, count) = (AtomicU64::new(0), AtomicU64::new(0));
        let identity = ArcSwap::default();
        let log = Self { disk, tree, codec: Codec::default(), floor, count, identity };
        log.floor.store(log.read_floor()?.0, Ordering::Release);
        log.count.store(log.end()?.count, Ordering::Release);
        Ok(log)
    }

    /// Writes the event count of a log whose version had none, before anything else is written: [`Log::skip_to`] replaces the
    /// row that the count is computed from.
    ///
    /// # Errors
    /// The end of the log is damaged, or nothing can be written.
    pub(super) fn write_missing_count(&self) -> Result<(), Error> {
        let is_counted = get(&self.tree, LAST)?.is_none_or(|bytes| bytes.len() > 8);
        if is_counted { Ok(()) } else { self.commit(Batch::default(), self.end()?) }
    }

    /// Reads the identity. A new log, and one of a version that had none, gets one at random.
    ///
    /// # Errors
    /// It is damaged, or a new one cannot be written; then it lasts until the log is closed.
    pub(super) fn open_identity(&self) -> Result<(), Error> {
        let Some(bytes) = get(&self.tree, IDENTITY)? else {
            let mut random = [0; 16];
            getrandom::fill(&mut random)
                .map_err(|e| Error::Store(format!("no random bytes from the system: {e}")))?;
            return self.set_identity(hex(&random));
        };
        let identity = String::from_utf8(bytes).map_err(|_| damaged(IDENTITY))?;
        self.identity.store(Arc::new(identity));
        Ok(())
    }

    /// Replaces the identity, durably.
    pub(super) fn set_identity(&self, identity: String) -> Result<(), Error> {
        let mut batch = Batch::default();
        batch.insert(IDENTITY, seal(IDENTITY, identity.as_bytes()));
        self.identity.store(Arc::new(identity));
        self.disk.commit(&self.tree, batch)
    }

    /// Which log it is, see [`super::Journal::identity`].
    pub(super) fn identity(&self) -> Arc<String> {
        self.identity.load_full()
    }

    /// The next event's number is above this one.
    pub fn floor(&self) -> Seq {
        Seq(self.floor.load(Ordering::Acquire))
    }

    /// Skips all numbers up to this one, durably.
    ///
    /// # Errors
    /// Nothing can be written.
    pub(super) fn skip_to(&self, floor: Seq) -> Result<(), Error> {
        let mut batch = Batch::default();
        batch.insert(FLOOR, seal(FLOOR, &floor.0.to_be_bytes()));
        self.disk.commit(&self.tree, batch)?;
        self.floor.store(floor.0, Ordering::Release);
        Ok(())
    }

    /// Events in the log.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    /// Where the log ends on disk.
    ///
    /// # Errors
    /// It cannot be read or is damaged.
    pub fn end(&self) -> Result<End, Error> {
        let Some(bytes) = get(&self.tree, LAST)? else { return Ok(End::default()) };
        match bytes.as_chunks().0 {
            [last] => Ok(self.uncounted_end(Seq(u64::from_be_bytes(*last)))?),
            [last, count] => {
                Ok(End { last: Seq(u64::from_be_bytes(*last)), count: u64::from_be_bytes(*count) })
            }
            _ => Err(damaged(LAST)),
        }
    }

    /// The end of a log of a version that did not count its events: their numbers had at most one gap.
    fn uncounted_end(&self, last: Seq) -> Result<End, Error> {
        let gap = get(&self.tree, FLOOR)?.unwrap_or_default();
        let count = match gap.as_chunks().0 {
            [_, until, before] => {
                let behind = last.0.saturating_sub(u64::from_be_bytes(*until));
                u64::from_be_bytes(*before) + behind
            }
            _ => last.0,
        };
        Ok(End { last, count })
    }

    /// Earlier versions stored the whole gap: the number before it, its last number, the events before it.
    fn read_floor(&self) -> Result<Seq, Error> {
        let bytes = get(&self.tree, FLOOR)?.unwrap_or_default();
        match bytes.as_chunks().0 {
            [] => Ok(Seq(0)),
            [floor] | [_, floor, _] => Ok(Seq(u64::from_be_bytes(*floor))),
            _ => Err(damaged(FLOOR)),
        }
    }

    /// Returns true if the log has an event of this number.
    ///
    /// # Errors
    /// It cannot be read or is damaged.
    pub fn has(&self, seq: Seq) -> Result<bool, Error> {
        catch_sled_panic(|| self.tree.contains_key(chunk_key(seq, 0)))
    }

    /// How events are packed.
    pub fn codec(&self) -> &Codec {
        &self.codec
    }

    /// Where the log is.
    pub fn disk(&self) -> &Arc<Disk> {
        &self.disk
    }

    /// The number of an article's last event, 0 if it has none.
    ///
    /// # Errors
    /// It cannot be read or is damaged.
    pub fn head(&self, key: ArticleKey) -> Result<Seq, Error> {
        let key = head_key(key);
        Ok(get(&self.tree, &key)?
            .map(|bytes| seq_of(&key, &bytes))
            .transpose()?
            .unwrap_or_default())
    }

    /// The number of every article's last event, in the order of article keys.
    ///
    /// # Errors
    /// One cannot be read or is damaged; the others follow.
    pub fn heads(&self) -> impl Iterator<Item = Result<(ArticleKey, Seq), Error>> + '_ {
        self.tree.scan_prefix(b"h").map(|item| {
            let (key, value) = item?;
            let bytes = unseal(&key, &value).ok_or_else(|| damaged(&key))?;
            let article =
                key.get(1..).and_then(|k| k.try_into().ok()).ok_or_else(|| damaged(&key))?;
            Ok((ArticleKey(article), seq_of(&key, bytes)?))
        })
    }

    /// Adds one record to a batch. It names the event before it, so that a lost event is noticed.
    pub fn put(
        &self,
        batch: &mut Batch,
        before: Seq,
        seq: Seq,
        article: ArticleKey,
        record: &[u8],
    ) {
        put_chunks(batch, before, seq, record);
        let head = head_key(article);
        batch.insert(&head[..], seal(&head, &seq.0.to_be_bytes()));
    }

    /// Replaces what events say, each under its number, and notes why: durable when this returns.
    ///
    /// # Errors
    /// One cannot be read, or nothing can be written.
    pub(super) fn replace(&self, events: Vec<Event>, purge: &Purge) -> Result<(), Error> {
        let mut batch = Batch::default();
        self.put_purge(&mut batch, purge)?;
        for event in events {
            let seq = event.seq;
            let (before, old) = self.record(seq)?.ok_or(Error::Damaged { seq })?;
            let record = self.codec.encode(&Body::of(event))?;
            for index in chunks_of(&record)..chunks_of(&old) {
                batch.remove(&chunk_key(seq, index)[..]);
            }
            put_chunks(&mut batch, before, seq, &record);
        }
        self.disk.commit(&self.tree, batch)
    }

    /// Commits the records of a batch and the new end of the log: they are durable when this returns.
    pub(super) fn commit(&self, mut batch: Batch, end: End) -> Result<(), Error> {
        end_row(&mut batch, end);
        self.disk.commit(&self.tree, batch)?;
        self.note_count(end);
        Ok(())
    }

    /// Takes the count of an end that was written.
    pub(super) fn note_count(&self, end: End) {
        self.count.store(end.count, Ordering::Release);
    }

    /// The event of a number; `None` if there is none.
    ///
    /// # Errors
    /// It cannot be read or is damaged.
    pub fn get(&self, seq: Seq) -> Result<Option<Event>, Error> {
        Ok(self.get_sized(seq)?.map(|(event, _)| event))
    }

    /// The event of a number and its unpacked size.
    pub(super) fn get_sized(&self, seq: Seq) -> Result<Option<(Event, usize)>, Error> {
        let Some((_, record)) = self.record(seq)? else { return Ok(None) };
        Ok(Some((self.event(seq, &record)?, unpacked_len(&record))))
    }

    /// The events after a number, in order: at most `limit`, and about `most` unpacked bytes; empty only at the end.
    pub(super) fn read(&self, after: Seq, limit: usize, most: usize) -> Result<Vec<Event>, Error> {
        let mut events: Vec<Event> = Vec::new();
        let (mut bytes, mut at) = (0, after);
        while events.len() < limit && bytes < most {
            let Some(seq) = self.next(at)? else { break };
            let (before, record) = self.record(seq)?.ok_or(Error::Damaged { seq })?;
            if before > at || before < at && !events.is_empty() {
                return Err(Error::Damaged { seq: before });
            }
            bytes += unpacked_len(&record);
            events.push(self.event(seq, &record)?);
            at = seq;
        }
        Ok(events)
    }

    fn event(&self, seq: Seq, record: &[u8]) -> Result<Event, Error> {
        let body: Option<Body> = self.codec.decode(record);
        body.map(|body| body.numbered(seq)).ok_or(Error::Damaged { seq })
    }

    /// The first number after another; numbers may have gaps.
    ///
    /// # Errors
    /// It cannot be read or is damaged.
    pub fn next(&self, after: Seq) -> Result<Option<Seq>, Error> {
        let Some(first) = after.0.checked_add(1) else { return Ok(None) };
        let from = chunk_key(Seq(first), 0);
        let found = catch_sled_panic(|| self.tree.range(&from[..]..&b"f"[..]).next().transpose())?;
        found.map(|(key, _)| seq_of_chunk(&key)).transpose()
    }

    /// The record of a number and the number of the event before it; `None` if there is none.
    ///
    /// # Errors
    /// It cannot be read or is damaged.
    pub fn record(&self, seq: Seq) -> Result<Option<(Seq, Vec<u8>)>, Error> {
        let Some((count, before, mut record)) = self.chunk(seq, 0)? else { return Ok(None) };
        for index in 1..count {
            let (_, _, piece) = self.chunk(seq, index)?.ok_or(Error::Damaged { seq })?;
            record.extend_from_slice(&piece);
        }
        Ok(Some((before, record)))
    }

    fn chunk(&self, seq: Seq, index: u16) -> Result<Option<(u16, Seq, Vec<u8>)>, Error> {
        let key = chunk_key(seq, index);
        let Some(value) = catch_sled_panic(|| self.tree.get(key))? else { return Ok(None) };
        let split = || {
            let (count, rest) = unseal(&key, &value)?.split_first_chunk::<2>()?;
            let (before, piece) = rest.split_first_chunk::<8>()?;
            let before = Seq(u64::from_be_bytes(*before));
            Some((u16::from_be_bytes(*count), before, piece.to_vec()))
        };
        split().map(Some).ok_or(Error::Damaged { seq })
    }
}

/// Adds the end of the log to a batch.
pub(super) fn end_row(batch: &mut Batch, end: End) {
    let bytes = [end.last.0.to_be_bytes(), end.count.to_be_bytes()].concat();
    batch.insert(LAST, seal(LAST, &bytes));
}

fn chunks_of(record: &[u8]) -> u16 {
    record.len().div_ceil(CHUNK).max(1) as u16
}

fn put_chunks(batch: &mut Batch, before: Seq, seq: Seq, record: &[u8]) {
    let count = chunks_of(record);
    for (index, piece) in record.chunks(CHUNK).enumerate() {
        let key = chunk_key(seq, index as u16);
        let bytes = [&count.to_be_bytes(), &before.0.to_be_bytes()[..], piece].concat();
        batch.insert(&key[..], seal(&key, &bytes));
    }
}

fn chunk_key(seq: Seq, index: u16) -> [u8; 11] {
    let mut key = [b'e'; 11];
    key[1..9].copy_from_slice(&seq.0.to_be_bytes());
    key[9..].copy_from_slice(&index.to_be_bytes());
    key
}

pub(super) fn head_key(article: ArticleKey) -> [u8; 17] {
    let mut key = [b'h'; 17];
    key[1..].copy_from_slice(&article.0);
    key
}

fn seq_of(key: &[u8], bytes: &[u8]) -> Result<Seq, Error> {
    bytes.try_into().map(|bytes| Seq(u64::from_be_bytes(bytes))).map_err(|_| damaged(key))
}

fn seq_of_chunk(key: &[u8]) -> Result<Seq, Error> {
    seq_of(key, key.get(1..9).unwrap_or_default())
}
