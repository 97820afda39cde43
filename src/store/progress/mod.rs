//! Progress: what is remembered besides the facts, as one tree of typed rows. If its end is lost, work is repeated.
//!
//! In: a [`Kind`], a name, and a value that serde can write. Out: the value. A row of any size is replaced whole. A row
//! that is damaged or cannot be decoded is an error that names it, never "nothing".
//!
//! # When a row is on the disk
//! [`Progress::put`] does not wait for the disk. Once a second, and with every event that the journal takes, all rows
//! become durable; [`Progress::make_durable`] does it at once. sled's log has one order: no row or event is on the disk
//! without everything that was written before it, in any tree. So a writer that puts first the articles, then what waits
//! of a source (backlog, quarantine), then the source's ETag, finds a consistent earlier state after any kill, and at
//! worst reads the last second's documents again.

/// The kinds of rows.
mod kind;
/// A row as bytes, in chunks.
mod row;
/// Rows that cannot be read, and rows that nothing reads any more.
mod unreadable;
/// Former ids of articles, in pairs of rows.
mod former_ids;
/// All rows as a file, for backups.
mod copy;
/// What earlier versions kept.
mod takeover;

pub use kind::Kind;

use super::Error;
use crate::journal::Disk;
use crate::journal::seal::catch_sled_panic;
use row::Chunk;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sled::{Batch, IVec, Tree};
use std::sync::{Arc, RwLock};

/// The rows of progress; clones are the same rows.
#[derive(Clone)]
pub struct Progress {
    disk: Arc<Disk>,
    tree: Tree,
    /// Held for writing while rows are replaced, because sled shows readers half a batch.
    replacing: Arc<RwLock<()>>,
}

/// Rows that are put and removed all together or not at all.
pub struct Changes<'p> {
    progress: &'p Progress,
    batch: Batch,
    is_empty: bool,
    bytes: usize,
}

impl Progress {
    /// Opens the rows in a store, and takes over what an earlier version kept in another form.
    ///
    /// # Errors
    /// If the tree cannot be opened, or if what an earlier version kept cannot be taken over.
    pub(super) fn open(disk: &Arc<Disk>) -> Result<Self, Error> {
        let tree = catch_sled_panic(|| disk.db().open_tree("progress"))?;
        let progress = Self { disk: Arc::clone(disk), tree, replacing: Arc::default() };
        progress.take_over(disk.directory())?;
        Ok(progress)
    }

    /// The value of a row; `None` if there is no such row.
    ///
    /// # Errors
    /// [`Error::UnreadableRow`] if the row is damaged or is not a `T`.
    pub fn get<T: DeserializeOwned>(&self, kind: Kind, name: &str) -> Result<Option<T>, Error> {
        let json = self.json(kind, name)?;
        let value = json.map(|json| serde_json::from_slice(&json)).transpose();
        value.map_err(|error| unreadable(kind, name, error))
    }

    /// Whether there is such a row, readable or not.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn has(&self, kind: Kind, name: &str) -> Result<bool, Error> {
        Ok(self.first(kind, name)?.is_some())
    }

    /// The rows of a kind in the order of their names. A row that cannot be read is an error among them.
    ///
    /// # Errors
    /// An item is [`Error::UnreadableRow`] if its row is damaged or is not a `T`.
    pub fn scan<T: DeserializeOwned>(
        &self,
        kind: Kind,
    ) -> impl Iterator<Item = Result<(String, T), Error>> {
        self.names(kind).filter_map(move |name| {
            let found = name.and_then(|name| Ok(self.get(kind, &name)?.map(|value| (name, value))));
            found.transpose()
        })
    }

    /// Replaces a row.
    ///
    /// # Errors
    /// If the value cannot be written as JSON or is larger than any row may be, or if the store refuses.
    pub fn put<T: Serialize + ?Sized>(
        &self,
        kind: Kind,
        name: &str,
        value: &T,
    ) -> Result<(), Error> {
        let mut changes = self.changes();
        changes.put(kind, name, value)?;
        changes.apply()
    }

    /// Removes a row, if it is there.
    ///
    /// # Errors
    /// If the store refuses.
    pub fn remove(&self, kind: Kind, name: &str) -> Result<(), Error> {
        let mut changes = self.changes();
        changes.remove(kind, name)?;
        changes.apply()
    }

    /// Begins changes that are made all together or not at all.
    pub fn changes(&self) -> Changes<'_> {
        Changes { progress: self, batch: Batch::default(), is_empty: true, bytes: 0 }
    }

    /// Waits until everything that was put is on the disk.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn make_durable(&self) -> Result<(), Error> {
        Ok(self.disk.settle()?)
    }

    fn json(&self, kind: Kind, name: &str) -> Result<Option<Vec<u8>>, Error> {
        match self.read(kind, name) {
            // Another thread may have replaced the row between two chunks.
            Err(Error::UnreadableRow { .. }) => {
                let _nobody_writes = self.replacing.read();
                self.read(kind, name)
            }
            read => read,
        }
    }

    fn read(&self, kind: Kind, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let Some(first) = self.first(kind, name)? else { return Ok(None) };
        let row = self.assemble(kind, name, &first)?;
        let json = row.and_then(|row| row::unpack(&row));
        json.map(Some).map_err(|why| unreadable(kind, name, why))
    }

    /// The row that begins with a chunk; the inner error says how it is damaged.
    fn assemble(
        &self,
        kind: Kind,
        name: &str,
        first: &IVec,
    ) -> Result<Result<Vec<u8>, String>, Error> {
        let key = row::key(kind, name, 0);
        let Some(Chunk { count, sum, piece }) = row::parse_chunk(&key, first) else {
            return Ok(Err("its first chunk is damaged".to_owned()));
        };
        let mut row = piece.to_vec();
        for index in 1..count {
            let key = row::key(kind, name, index);
            let value = catch_sled_panic(|| self.tree.get(&key))?;
            let chunk = value.as_ref().and_then(|value| row::parse_chunk(&key, value));
            match chunk.filter(|chunk| chunk.sum == sum) {
                Some(chunk) => row.extend_from_slice(chunk.piece),
                None => return Ok(Err(format!("chunk {index} of {count} is damaged"))),
            }
        }
        let is_whole = crc32fast::hash(&row) == sum;
        Ok(if is_whole { Ok(row) } else { Err("its chunks do not fit together".to_owned()) })
    }

    fn first(&self, kind: Kind, name: &str) -> Result<Option<IVec>, Error> {
        Ok(catch_sled_panic(|| self.tree.get(row::key(kind, name, 0)))?)
    }

    fn names(&self, kind: Kind) -> impl Iterator<Item = Result<String, Error>> {
        self.names_from(kind, "")
    }

    /// The names of the rows of a kind that begin with a text, in order.
    ///
    /// # Errors
    /// An item is an error where the store cannot be read.
    pub fn names_from(
        &self,
        kind: Kind,
        start: &str,
    ) -> impl Iterator<Item = Result<String, Error>> + use<> {
        self.tree.scan_prefix([&[kind as u8], start.as_bytes()].concat()).keys().filter_map(|key| {
            match key {
                Ok(key) => {
                    let (name, index) = row::parse_key(&key)?;
                    (index == 0).then(|| Ok(name.to_owned()))
                }
                Err(error) => Some(Err(error.into())),
            }
        })
    }
}

impl Changes<'_> {
    /// Replaces a row.
    ///
    /// # Errors
    /// If the value cannot be written as JSON or is larger than any row may be.
    pub fn put<T: Serialize + ?Sized>(
        &mut self,
        kind: Kind,
        name: &str,
        value: &T,
    ) -> Result<(), Error> {
        let json = serde_json::to_vec(value).map_err(|error| unkeepable(kind, name, error))?;
        self.put_json(kind, name, &json)
    }

    fn put_json(&mut self, kind: Kind, name: &str, json: &[u8]) -> Result<(), Error> {
        if name.contains('\0') {
            return Err(unkeepable(kind, name, "its name has a zero byte"));
        }
        if json.len() > row::MAX_ROW {
            let reason = format!("{} bytes, the limit is {}", json.len(), row::MAX_ROW);
            return Err(unkeepable(kind, name, reason));
        }
        let row = row::pack(json).map_err(|error| unkeepable(kind, name, error))?;
        let chunks = row::chunks(kind, name, &row);
        let chunks = chunks.ok_or_else(|| unkeepable(kind, name, "it has too many chunks"))?;
        self.remove_from(kind, name, chunks.len() as u16)?;
        for (key, value) in chunks {
            self.bytes += key.len() + value.len();
            self.batch.insert(key, value);
        }
        self.is_empty = false;
        Ok(())
    }

    /// Removes what stands under a key of the tree.
    fn remove_key(&mut self, key: &[u8]) {
        self.batch.remove(key);
        self.is_empty = false;
    }

    /// Removes a row, if it is there.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn remove(&mut self, kind: Kind, name: &str) -> Result<(), Error> {
        self.remove_from(kind, name, 0)
    }

    /// Makes all changes at once.
    ///
    /// # Errors
    /// If the store refuses; then none is made.
    pub fn apply(self) -> Result<(), Error> {
        if self.is_empty {
            return Ok(());
        }
        let Progress { disk, tree, replacing } = self.progress;
        let _nobody_reads = replacing.write();
        Ok(disk.apply_soon(tree, self.batch, self.bytes)?)
    }

    /// Removes the chunks of a row from `index` on.
    fn remove_from(&mut self, kind: Kind, name: &str, index: u16) -> Result<(), Error> {
        let range = row::keys_from(kind, name, index);
        let tree = &self.progress.tree;
        let keys = catch_sled_panic(|| tree.range(range).keys().collect::<sled::Result<Vec<_>>>())?;
        self.is_empty &= keys.is_empty();
        keys.into_iter().for_each(|key| self.batch.remove(key));
        Ok(())
    }
}

fn unreadable(kind: Kind, name: &str, why: impl ToString) -> Error {
    Error::UnreadableRow { kind: kind.name(), name: name.to_owned(), why: why.to_string() }
}

fn unkeepable(kind: Kind, name: &str, reason: impl ToString) -> Error {
    Error::Unkeepable { what: format!("{} {name}", kind.name()), reason: reason.to_string() }
}

#[cfg(test)]
mod tests;
