use super::{Error, IndexId, Meta, keys};
use crate::journal::{Codec, Journal, seal};
use crate::model::{Article, ArticleKey, Seq};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sled::{Batch, IVec, Tree};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The first byte of small JSON values.
const JSON_VERSION: u8 = 1;

/// A tree with changes that are not written yet.
pub struct Overlay<'a> {
    journal: &'a Journal,
    tree: &'a Tree,
    changes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl<'a> Overlay<'a> {
    /// An overlay without changes.
    pub fn of(journal: &'a Journal, tree: &'a Tree) -> Self {
        Self { journal, tree, changes: BTreeMap::new() }
    }

    /// The bytes under a key, changes included.
    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        match self.changes.get(key) {
            Some(changed) => Ok(changed.clone()),
            None => Ok(seal::get(self.tree, key)?),
        }
    }

    pub(super) fn version(&self, index: IndexId) -> Result<Seq, Error> {
        let bytes = self.get(&keys::version(index))?;
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok()).unwrap_or_default();
        Ok(Seq(u64::from_be_bytes(bytes)))
    }

    /// Sets a key.
    pub fn put(&mut self, key: Vec<u8>, bytes: Vec<u8>) {
        self.changes.insert(key, Some(bytes));
    }

    /// Removes a key.
    pub fn remove(&mut self, key: Vec<u8>) {
        self.changes.insert(key, None);
    }

    /// A value that [`Overlay::put_json`] put.
    pub(super) fn json<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, Error> {
        self.get(key)?.map(|bytes| from_json(key, &bytes)).transpose()
    }

    /// Puts a small value as JSON with a version byte.
    pub(super) fn put_json<T: Serialize>(&mut self, key: Vec<u8>, value: &T) -> Result<(), Error> {
        let mut bytes = vec![JSON_VERSION];
        serde_json::to_writer(&mut bytes, value)
            .map_err(|e| Error::Unkeepable { what: "a view".to_owned(), reason: e.to_string() })?;
        self.put(key, bytes);
        Ok(())
    }

    /// What is known of an article. Texts that were too long for the store come from its event.
    pub(super) fn meta(&self, key: ArticleKey) -> Result<Option<Meta>, Error> {
        let at = keys::article(key);
        let Some(bytes) = self.get(&at)? else { return Ok(None) };
        let meta = Meta::unpack(self.codec(), &at, &bytes)?;
        if !meta.cut {
            return Ok(Some(meta));
        }
        let article = article_at(self.journal, meta.article_seq)?;
        Ok(Some(meta.with_texts_of(&article)))
    }

    pub(super) fn put_meta(&mut self, key: ArticleKey, meta: &Meta) -> Result<(), Error> {
        let bytes = meta.pack(self.codec())?;
        self.put(keys::article(key), bytes);
        Ok(())
    }

    /// Changed keys.
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// The changes as one batch.
    pub fn into_batch(self) -> Batch {
        let mut batch = Batch::default();
        for (key, change) in self.changes {
            match change {
                Some(bytes) => batch.insert(&key[..], seal::seal(&key, &bytes)),
                None => batch.remove(&key[..]),
            }
        }
        batch
    }

    /// Writes all changes in one batch.
    pub(super) fn write(self) -> Result<(), Error> {
        let (journal, tree) = (self.journal, self.tree);
        Ok(journal.disk().apply(tree, self.into_batch())?)
    }

    fn codec(&self) -> &'a Codec {
        self.journal.log().codec()
    }
}

/// Reads a value that [`Overlay::put_json`] put.
pub(super) fn from_json<T: DeserializeOwned>(key: &[u8], bytes: &[u8]) -> Result<T, Error> {
    let json = bytes.split_first().filter(|(version, _)| **version == JSON_VERSION);
    let value = json.and_then(|(_, json)| serde_json::from_slice(json).ok());
    value.ok_or_else(|| seal::damaged(key).into())
}

/// Every value under a prefix, unsealed, in the order of keys.
pub(super) fn scan(
    tree: &Tree,
    prefix: Vec<u8>,
) -> impl Iterator<Item = Result<(Vec<u8>, Vec<u8>), Error>> {
    tree.scan_prefix(prefix).map(unsealed)
}

/// The values from one key on until another, unsealed, in the order of keys.
pub(super) fn scan_from(
    tree: &Tree,
    from: Vec<u8>,
    until: Vec<u8>,
) -> impl Iterator<Item = Result<(Vec<u8>, Vec<u8>), Error>> {
    tree.range(from..until).map(unsealed)
}

fn unsealed(item: sled::Result<(IVec, IVec)>) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let (key, value) = item?;
    let bytes = seal::unseal(&key, &value).ok_or_else(|| seal::damaged(&key))?;
    Ok((key.to_vec(), bytes.to_vec()))
}

/// The article that an event carries.
pub(super) fn article_at(journal: &Journal, seq: Seq) -> Result<Arc<Article>, Error> {
    let event = journal.get(seq)?;
    let article = event.as_ref().and_then(|event| event.change.article()).cloned();
    article.ok_or_else(|| Error::Inconsistent(format!("event {seq} should carry an article")))
}
