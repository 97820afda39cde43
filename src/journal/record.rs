//! Records: one event as bytes, small, versioned, readable for ever.
//!
//! A record is: version byte, dictionary id, length of the JSON (u32, big endian), zstd of the JSON.
//! The JSON is an [`Event`] without its number, which is the record's key.

use super::Error;
use crate::model::{Change, Event, Seq, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Mutex;
use zstd::bulk::{Compressor, Decompressor};

/// The form that is written; [`migrate`] reads the older ones.
pub const RECORD_VERSION: u8 = 1;
/// The dictionary that is used for writing.
const DICTIONARY: u8 = 1;
/// zstd's level: 3.4 times smaller at full speed.
const LEVEL: i32 = 3;
/// The most bytes of JSON one event may have.
pub const MAX_EVENT: usize = 16 * 1024 * 1024;
/// Version, dictionary, length.
const HEAD: usize = 6;
/// Compressors kept for reuse at most.
const KEPT: usize = 8;

/// The dictionary of an id; each is kept for ever, because records name it.
fn dictionary(id: u8) -> Option<&'static [u8]> {
    match id {
        0 => Some(b""),
        1 => Some(include_bytes!("dictionaries/1.zdict")),
        _ => None,
    }
}

/// What a record says besides its number.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// See [`Event::at`].
    pub at: Timestamp,
    /// See [`Event::idempotency_key`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// See [`Event::change`].
    pub change: Change,
}

impl Body {
    /// The event that this is under its number.
    pub fn numbered(self, seq: Seq) -> Event {
        Event { seq, at: self.at, idempotency_key: self.idempotency_key, change: self.change }
    }
}

/// Writes and reads records; keeps a few compressors, whose making costs more than their use.
#[derive(Default)]
pub struct Codec {
    compressors: Mutex<Vec<Compressor<'static>>>,
    decompressors: Mutex<Vec<Decompressor<'static>>>,
}

impl Codec {
    /// The record of an event.
    pub fn encode(&self, body: &Body) -> Result<Vec<u8>, Error> {
        let json = serde_json::to_vec(body).map_err(|e| Error::Store(e.to_string()))?;
        if json.len() > MAX_EVENT {
            return Err(Error::TooLarge { bytes: json.len(), limit: MAX_EVENT });
        }
        let mut record = vec![RECORD_VERSION, DICTIONARY];
        record.extend_from_slice(&(json.len() as u32).to_be_bytes());
        record.extend_from_slice(&self.compress(&json)?);
        Ok(record)
    }

    /// The event of a record; `None` if the record is not one that we wrote.
    pub fn decode(&self, record: &[u8]) -> Option<Body> {
        let (head, packed) = record.split_at_checked(HEAD)?;
        let [version, dictionary, length @ ..] = head else { return None };
        let length = u32::from_be_bytes(length.try_into().ok()?) as usize;
        if length > MAX_EVENT {
            return None;
        }
        let json = self.decompress(*dictionary, packed, length)?;
        migrate(*version, &json)
    }

    fn compress(&self, json: &[u8]) -> Result<Vec<u8>, Error> {
        let failed = |e: std::io::Error| Error::Store(format!("zstd: {e}"));
        let kept = take(&self.compressors);
        let mut compressor = match kept {
            Some(compressor) => compressor,
            None => Compressor::with_dictionary(LEVEL, dictionary(DICTIONARY).unwrap_or_default())
                .map_err(failed)?,
        };
        let packed = compressor.compress(json).map_err(failed)?;
        give_back(&self.compressors, compressor);
        Ok(packed)
    }

    fn decompress(&self, id: u8, packed: &[u8], length: usize) -> Option<Vec<u8>> {
        if id != DICTIONARY {
            return Decompressor::with_dictionary(dictionary(id)?)
                .ok()?
                .decompress(packed, length)
                .ok();
        }
        let kept = take(&self.decompressors);
        let mut decompressor = match kept {
            Some(decompressor) => decompressor,
            None => Decompressor::with_dictionary(dictionary(id)?).ok()?,
        };
        let json = decompressor.decompress(packed, length).ok()?;
        give_back(&self.decompressors, decompressor);
        Some(json)
    }
}

/// Reads the JSON of any version that was ever released; a new version gets an arm that makes the older form into today's.
fn migrate(version: u8, json: &[u8]) -> Option<Body> {
    match version {
        1 => serde_json::from_slice(json).ok(),
        _ => None,
    }
}

fn take<T>(kept: &Mutex<Vec<T>>) -> Option<T> {
    kept.lock().ok()?.pop()
}

fn give_back<T>(kept: &Mutex<Vec<T>>, one: T) {
    if let Ok(mut kept) = kept.lock()
        && kept.len() < KEPT
    {
        kept.push(one);
    }
}
