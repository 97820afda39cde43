//! The log in sled: one tree, four kinds of keys.
//!
//! `e` + number + chunk → number of chunks, number of the event before, a piece of the record; `h` + article key → the number of its last event; `m` → the last number;
//! `n` → the gap in the numbers that was made last (see [`Gap`]).

use super::record::{Body, Codec, unpacked_len};
use super::seal::{MAX_VALUE, calmly, damaged, get, seal, unseal};
use super::{Disk, Error};
use crate::model::{ArticleKey, Event, Seq};
use sled::{Batch, Tree};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of a record in one chunk, leaving room for the seal and the number of chunks.
const CHUNK: usize = MAX_VALUE - 64;
/// The key under which the last number stands.
const LAST: &[u8] = b"m";
/// The key under which the last gap stands.
const GAP: &[u8] = b"n";
/// One read of many events stops at about this many bytes, unpacked.
pub const READ_BYTES: usize = 4 * 1024 * 1024;

/// The journal's tree and the codec of its records.
pub struct Log {
    disk: Arc<Disk>,
    tree: Tree,
    codec: Codec,
    gap: Mutex<Gap>,
}

/// Numbers that are left out, because another journal with the same events before them may have given them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gap {
    /// The last event before it.
    pub after: Seq,
    /// Its last number: what comes is numbered from here on.
    pub until: Seq,
    /// How many events there are before it.
    pub events: u64,
}

impl Log {
    /// The log of an opened store.
    pub fn open(disk: Arc<Disk>) -> Result<Self, Error> {
        let tree = calmly(|| disk.db().open_tree("journal"))?;
        let gap = get(&tree, GAP)?.map(|bytes| Gap::read(&bytes)).transpose()?.unwrap_or_default();
        Ok(Self { disk, tree, codec: Codec::default(), gap: Mutex::new(gap) })
    }

    /// The gap that was made last; empty where there is none.
    pub fn gap(&self) -> Gap {
        *self.gap.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a gap: durable before it counts.
    pub(super) fn leave(&self, gap: Gap) -> Result<(), Error> {
        let mut batch = Batch::default();
        batch.insert(GAP, seal(GAP, &gap.bytes()));
        self.commit(batch)?;
        *self.gap.lock().unwrap_or_else(PoisonError::into_inner) = gap;
        Ok(())
    }

    /// About how many events there are up to a number, for showing how far something has come.
    pub fn place(&self, seq: Seq) -> u64 {
        let gap = self.gap();
        match seq.0.checked_sub(gap.until.0) {
            Some(behind) => gap.events + behind,
            None => seq.0.min(gap.events),
        }
    }

    /// Whether there is an event of this number.
    pub fn has(&self, seq: Seq) -> Result<bool, Error> {
        calmly(|| self.tree.contains_key(chunk_key(seq, 0)))
    }

    /// The codec of its records.
    pub fn codec(&self) -> &Codec {
        &self.codec
    }

    /// The store it is in.
    pub fn disk(&self) -> &Arc<Disk> {
        &self.disk
    }

    /// The last number, 0 in an empty log.
    pub fn last(&self) -> Result<Seq, Error> {
        Ok(get(&self.tree, LAST)?
            .map(|bytes| seq_of(LAST, &bytes))
            .transpose()?
            .unwrap_or_default())
    }

    /// The number of an article's last event, 0 if it has none.
    pub fn head(&self, key: ArticleKey) -> Result<Seq, Error> {
        let key = head_key(key);
        Ok(get(&self.tree, &key)?
            .map(|bytes| seq_of(&key, &bytes))
            .transpose()?
            .unwrap_or_default())
    }

    /// Every article's last event, in the order of the keys.
    pub fn heads(&self) -> impl Iterator<Item = Result<(ArticleKey, Seq), Error>> + '_ {
        self.tree.scan_prefix(b"h").map(|item| {
            let (key, value) = item?;
            let bytes = unseal(&key, &value).ok_or_else(|| damaged(&key))?;
            let article =
                key.get(1..).and_then(|k| k.try_into().ok()).ok_or_else(|| damaged(&key))?;
            Ok((ArticleKey(article), seq_of(&key, bytes)?))
        })
    }

    /// Adds one record to a batch; `before` is the event before it, so that a lost one is missed.
    pub fn put(
        &self,
        batch: &mut Batch,
        before: Seq,
        seq: Seq,
        article: ArticleKey,
        record: &[u8],
    ) {
        let count = record.len().div_ceil(CHUNK).max(1) as u16;
        for (index, piece) in record.chunks(CHUNK).enumerate() {
            let key = chunk_key(seq, index as u16);
            let bytes = [&count.to_be_bytes(), &before.0.to_be_bytes()[..], piece].concat();
            batch.insert(&key[..], seal(&key, &bytes));
        }
        let number = seq.0.to_be_bytes();
        let head = head_key(article);
        batch.insert(&head[..], seal(&head, &number));
        batch.insert(LAST, seal(LAST, &number));
    }

    /// Commits a batch: when this returns it is on the disk.
    pub fn commit(&self, batch: Batch) -> Result<(), Error> {
        self.disk.commit(&self.tree, batch)
    }

    /// One event; `None` if there is none of this number.
    pub fn get(&self, seq: Seq) -> Result<Option<Event>, Error> {
        let Some((_, record)) = self.record(seq)? else { return Ok(None) };
        self.event(seq, &record).map(Some)
    }

    /// The events after a number, in order, at most `limit` and at most about so many bytes, unpacked; empty only at the end.
    ///
    /// An event that was lost between others is an error, never a silent gap.
    pub fn read(&self, after: Seq, limit: usize, most: usize) -> Result<Vec<Event>, Error> {
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

    /// The first number after one; numbers may have gaps.
    pub fn next(&self, after: Seq) -> Result<Option<Seq>, Error> {
        let Some(first) = after.0.checked_add(1) else { return Ok(None) };
        let from = chunk_key(Seq(first), 0);
        let found = calmly(|| self.tree.range(&from[..]..&b"f"[..]).next().transpose())?;
        found.map(|(key, _)| seq_of_chunk(&key)).transpose()
    }

    /// The record of a number as it was written, and the number of the event before it.
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
        let Some(value) = calmly(|| self.tree.get(key))? else { return Ok(None) };
        let split = || {
            let (count, rest) = unseal(&key, &value)?.split_first_chunk::<2>()?;
            let (before, piece) = rest.split_first_chunk::<8>()?;
            let before = Seq(u64::from_be_bytes(*before));
            Some((u16::from_be_bytes(*count), before, piece.to_vec()))
        };
        split().map(Some).ok_or(Error::Damaged { seq })
    }
}

impl Gap {
    fn bytes(self) -> Vec<u8> {
        [self.after.0, self.until.0, self.events].iter().flat_map(|n| n.to_be_bytes()).collect()
    }

    fn read(bytes: &[u8]) -> Result<Self, Error> {
        let numbers: &[[u8; 8]; 3] = bytes.as_chunks().0.try_into().map_err(|_| damaged(GAP))?;
        let [after, until, events] = numbers.map(u64::from_be_bytes);
        Ok(Self { after: Seq(after), until: Seq(until), events })
    }
}

fn chunk_key(seq: Seq, index: u16) -> [u8; 11] {
    let mut key = [b'e'; 11];
    key[1..9].copy_from_slice(&seq.0.to_be_bytes());
    key[9..].copy_from_slice(&index.to_be_bytes());
    key
}

fn head_key(article: ArticleKey) -> [u8; 17] {
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
