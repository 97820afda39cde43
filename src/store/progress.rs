//! Progress: how far each source has got. Its own tree; losing the last of it repeats work and loses nothing.

use super::{Error, Store};
use crate::journal::seal::{MAX_VALUE, seal, unseal};
use crate::model::SourceId;
use sled::Batch;

/// The form of a value: version byte, then what the source's poller wrote.
const VERSION: u8 = 1;
/// Before the source's name, where the value is its subscription at a hub: no source has such a name.
const SUBSCRIPTION: &[u8] = b"websub/";
/// Before a feed's name, where the value is its form and since when it has it.
const FORM: &[u8] = b"form/";
/// Room for the seal and the version.
const MAX_STATE: usize = MAX_VALUE - 16;

/// The progress of sources, opaque bytes by source.
#[derive(Clone)]
pub struct Progress {
    store: Store,
}

impl Store {
    /// The progress of sources.
    pub fn progress(&self) -> Progress {
        Progress { store: self.clone() }
    }
}

impl Progress {
    /// What was put for a source; damaged bytes count as none, since progress may always be lost.
    pub fn get(&self, source: &SourceId) -> Result<Option<Vec<u8>>, Error> {
        let key = source.as_str().as_bytes();
        let value = self.store.progress_tree().get(key)?;
        Ok(value.and_then(|value| state(key, &value)))
    }

    /// Puts a source's state, at most about 7 KiB; durable within a moment while the daemon runs, or at its stop.
    pub fn put(&self, source: &SourceId, bytes: &[u8]) -> Result<(), Error> {
        if bytes.len() > MAX_STATE {
            let reason = format!("{} bytes, the limit is {MAX_STATE}", bytes.len());
            return Err(Error::Unkeepable {
                what: format!("the state of source {source}"),
                reason,
            });
        }
        let key = source.as_str().as_bytes();
        let mut value = vec![VERSION];
        value.extend_from_slice(bytes);
        let mut batch = Batch::default();
        batch.insert(key, seal(key, &value));
        self.apply(batch)
    }

    pub(super) fn apply(&self, batch: Batch) -> Result<(), Error> {
        Ok(self.store.journal().disk().apply_soon(self.tree(), batch)?)
    }

    pub(super) fn tree(&self) -> &sled::Tree {
        self.store.progress_tree()
    }

    /// What was put for a source's subscription at a hub.
    pub fn subscriptions(&self) -> Result<Vec<(SourceId, Vec<u8>)>, Error> {
        let mut all = Vec::new();
        for item in self.tree().scan_prefix(SUBSCRIPTION) {
            let (key, value) = item?;
            let name = key.get(SUBSCRIPTION.len()..).and_then(|id| std::str::from_utf8(id).ok());
            let source = name.and_then(|id| SourceId::new(id).ok());
            all.extend(source.zip(state(&key, &value)));
        }
        Ok(all)
    }

    /// Puts a source's subscription at a hub, or removes it.
    pub fn put_subscription(&self, source: &SourceId, bytes: Option<&[u8]>) -> Result<(), Error> {
        let key = [SUBSCRIPTION, source.as_str().as_bytes()].concat();
        let mut batch = Batch::default();
        match bytes {
            Some(bytes) => {
                let value = [&[VERSION], bytes].concat();
                batch.insert(&*key, seal(&key, &value));
            }
            None => batch.remove(&*key),
        }
        self.apply(batch)
    }

    /// What was put for the form of a feed.
    pub fn form(&self, feed: &str) -> Result<Option<Vec<u8>>, Error> {
        let key = [FORM, feed.as_bytes()].concat();
        let value = self.tree().get(&key)?;
        Ok(value.and_then(|value| state(&key, &value)))
    }

    /// Puts the form of a feed; durable when this returns, since readers are told of it next.
    pub fn put_form(&self, feed: &str, bytes: &[u8]) -> Result<(), Error> {
        let key = [FORM, feed.as_bytes()].concat();
        let value = [&[VERSION], bytes].concat();
        let mut batch = Batch::default();
        batch.insert(&*key, seal(&key, &value));
        Ok(self.store.journal().disk().commit(self.tree(), batch)?)
    }

    /// Every source's state, by id; damaged ones are left out.
    pub fn scan(&self) -> Result<Vec<(SourceId, Vec<u8>)>, Error> {
        let mut all = Vec::new();
        for item in self.store.progress_tree().iter() {
            let (key, value) = item?;
            let source = std::str::from_utf8(&key).ok().and_then(|id| SourceId::new(id).ok());
            all.extend(source.zip(state(&key, &value)));
        }
        Ok(all)
    }
}

fn state(key: &[u8], value: &[u8]) -> Option<Vec<u8>> {
    let (version, bytes) = unseal(key, value)?.split_first()?;
    (*version == VERSION).then(|| bytes.to_vec())
}
