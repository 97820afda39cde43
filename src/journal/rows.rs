//! The rows of the log besides its events: how the journal stands, what was purged, and where it is to be cut.

use super::log::{CUT, End, READ_BYTES, end_row, head_key};
use super::seal::{catch_sled_panic, damaged, get, seal, unseal};
use super::{Error, Log};
use crate::model::{ArticleKey, Purge, Seq};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sled::Batch;
use std::collections::HashMap;

const PURGE: u8 = b'p';
/// Events that are read at once.
const GROUP: usize = 512;

impl Log {
    /// A row of JSON; `None` if there is none.
    ///
    /// # Errors
    /// It cannot be read or is damaged.
    pub(super) fn row<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, Error> {
        let Some(bytes) = get(&self.tree, key)? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|_| damaged(key))
    }

    /// Replaces a row, durably.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn put_row(&self, key: &[u8], value: &impl Serialize) -> Result<(), Error> {
        let mut batch = Batch::default();
        put_json(&mut batch, key, value)?;
        self.disk().commit(&self.tree, batch)
    }

    /// Removes a row, durably.
    ///
    /// # Errors
    /// Nothing can be written.
    pub(super) fn remove_row(&self, key: &[u8]) -> Result<(), Error> {
        let mut batch = Batch::default();
        batch.remove(key);
        self.disk().commit(&self.tree, batch)
    }

    /// Adds a purge to a batch. Those of later numbers go: they were of another leader.
    ///
    /// # Errors
    /// The later ones cannot be read.
    pub(super) fn put_purge(&self, batch: &mut Batch, purge: &Purge) -> Result<(), Error> {
        for later in self.purges(purge.number.saturating_add(1), usize::MAX)? {
            batch.remove(&purge_key(later.number)[..]);
        }
        put_json(batch, &purge_key(purge.number), purge)
    }

    /// The purges from a number on, at most so many.
    ///
    /// # Errors
    /// One cannot be read or is damaged.
    pub(super) fn purges(&self, from: u64, most: usize) -> Result<Vec<Purge>, Error> {
        let rows = self.tree.range(&purge_key(from)[..]..&[PURGE + 1][..]).take(most);
        rows.map(|row| purge_of(catch_sled_panic(|| row)?)).collect()
    }

    /// The last purge.
    ///
    /// # Errors
    /// It cannot be read or is damaged.
    pub(super) fn last_purge(&self) -> Result<Option<Purge>, Error> {
        let last = catch_sled_panic(|| self.tree.scan_prefix([PURGE]).next_back().transpose())?;
        last.map(purge_of).transpose()
    }

    /// Takes everything out that is behind the number that was asked for, if one was.
    ///
    /// # Errors
    /// The log cannot be read or written; then it is as it was.
    pub(super) fn cut_if_wanted(&self) -> Result<bool, Error> {
        let Some(to) = self.row::<Seq>(CUT)? else { return Ok(false) };
        tracing::warn!(
            last = self.end()?.last.0,
            to = to.0,
            "the journal is cut back to its leader's"
        );
        self.disk().lower_last(to)?;
        self.cut(to)?;
        Ok(true)
    }

    /// Takes out the events after a number, in one batch with the heads that change.
    fn cut(&self, to: Seq) -> Result<(), Error> {
        let mut batch = Batch::default();
        let (heads, end) = self.heads_at(to)?;
        for (article, seq) in heads {
            let key = head_key(article);
            match seq {
                Seq(0) => batch.remove(&key[..]),
                seq => batch.insert(&key[..], seal(&key, &seq.0.to_be_bytes())),
            }
        }
        let mut at = to;
        while let Some(seq) = self.next(at)? {
            for chunk in self.tree.scan_prefix([b"e", &seq.0.to_be_bytes()[..]].concat()).keys() {
                batch.remove(catch_sled_panic(|| chunk)?);
            }
            at = seq;
        }
        end_row(&mut batch, end);
        batch.remove(CUT);
        self.disk().commit(&self.tree, batch)?;
        self.note_count(end);
        Ok(())
    }

    /// The last events up to a number of the articles that have later ones too, and the end that the log has there.
    fn heads_at(&self, to: Seq) -> Result<(HashMap<ArticleKey, Seq>, End), Error> {
        let mut heads = HashMap::new();
        for head in self.heads() {
            let (article, seq) = head?;
            if seq > to {
                heads.insert(article, Seq(0));
            }
        }
        let mut end = End::default();
        loop {
            let events = self.read(end.last, GROUP, READ_BYTES)?;
            let earlier = events.iter().take_while(|event| event.seq <= to).count();
            for event in &events[..earlier] {
                if let Some(head) = heads.get_mut(&event.change.key()) {
                    *head = event.seq;
                }
                end = End { last: event.seq, count: end.count + 1 };
            }
            if earlier < events.len() || events.is_empty() {
                return Ok((heads, end));
            }
        }
    }
}

fn put_json(batch: &mut Batch, key: &[u8], value: &impl Serialize) -> Result<(), Error> {
    let json = serde_json::to_vec(value).map_err(|e| Error::Store(e.to_string()))?;
    batch.insert(key, seal(key, &json));
    Ok(())
}

fn purge_key(number: u64) -> [u8; 9] {
    let mut key = [PURGE; 9];
    key[1..].copy_from_slice(&number.to_be_bytes());
    key
}

fn purge_of((key, value): (sled::IVec, sled::IVec)) -> Result<Purge, Error> {
    let purge = unseal(&key, &value).and_then(|bytes| serde_json::from_slice(bytes).ok());
    purge.ok_or_else(|| damaged(&key))
}
