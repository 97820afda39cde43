//! Records: one event as bytes, small, versioned, readable for ever.
//!
//! A record is: version byte, dictionary id, length of the JSON (u32, big endian), zstd of the JSON.
//! The JSON is an [`Event`] without its number, which is the record's key.

use super::Error;
use crate::model::{Change, Event, Seq, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Mutex;
use zstd::bulk::{Compressor, Decompressor};

/// The version that is written; [`migrate`] reads the older ones.
pub const RECORD_VERSION: u8 = 1;
/// The dictionary for writing.
const DICTIONARY: u8 = 1;
/// zstd's level. With the dictionary, higher levels take nearly twice the time and save two bytes in a hundred.
const LEVEL: i32 = 1;
/// The longest event, in bytes of JSON.
pub const MAX_EVENT: usize = 16 * 1024 * 1024;
/// Most events fit in this many bytes of JSON.
const USUAL: usize = 8 * 1024;
/// How many compressors are kept for reuse.
const KEPT: usize = 8;

/// The dictionary of an id. None is ever removed, because records name them.
fn dictionary(id: u8) -> Option<&'static [u8]> {
    match id {
        0 => Some(b""),
        1 => Some(include_bytes!("dictionaries/1.zdict")),
        _ => None,
    }
}

/// A record's content: an [`Event`] without its number.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Body {
    pub at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    pub change: Change,
}

impl Body {
    /// An event without its number.
    pub fn of(event: Event) -> Self {
        Self { at: event.at, idempotency_key: event.idempotency_key, change: event.change }
    }

    /// The event under a number.
    pub fn numbered(self, seq: Seq) -> Event {
        Event { seq, at: self.at, idempotency_key: self.idempotency_key, change: self.change }
    }
}

/// Writes and reads records. Keeps a few compressors, since making one costs more than using it.
#[derive(Default)]
pub struct Codec {
    compressors: Mutex<Vec<Compressor<'static>>>,
    decompressors: Mutex<Vec<Decompressor<'static>>>,
}

impl Codec {
    /// The record of an event.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub fn encode(&self, body: &Body) -> Result<Vec<u8>, Error> {
        let mut json = Vec::with_capacity(USUAL);
        serde_json::to_writer(&mut json, body).map_err(|e| Error::Store(e.to_string()))?;
        if json.len() > MAX_EVENT {
            return Err(Error::TooLarge { bytes: json.len(), limit: MAX_EVENT });
        }
        let mut record = vec![RECORD_VERSION];
        self.pack(&json, &mut record)?;
        Ok(record)
    }

    /// The content of a record; `None` if [`Codec::encode`] did not make it.
    pub fn decode(&self, record: &[u8]) -> Option<Body> {
        let (version, packed) = record.split_first()?;
        migrate(*version, &self.unpack(packed)?)
    }

    /// Appends compressed bytes, with what [`Codec::unpack`] needs.
    ///
    /// # Errors
    /// zstd failed.
    pub fn pack(&self, bytes: &[u8], onto: &mut Vec<u8>) -> Result<(), Error> {
        onto.push(DICTIONARY);
        onto.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
        onto.extend_from_slice(&self.compress(bytes)?);
        Ok(())
    }

    /// The bytes that [`Codec::pack`] packed; `None` if they are damaged.
    pub fn unpack(&self, packed: &[u8]) -> Option<Vec<u8>> {
        let (dictionary, rest) = packed.split_first()?;
        let (length, packed) = rest.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length) as usize;
        if length > MAX_EVENT {
            return None;
        }
        self.decompress(*dictionary, packed, length)
    }

    fn compress(&self, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        let failed = |e: std::io::Error| Error::Store(format!("zstd: {e}"));
        let kept = take(&self.compressors);
        let mut compressor = match kept {
            Some(compressor) => compressor,
            None => Compressor::with_dictionary(LEVEL, dictionary(DICTIONARY).unwrap_or_default())
                .map_err(failed)?,
        };
        let packed = compressor.compress(bytes).map_err(failed)?;
        give_back(&self.compressors, compressor);
        Ok(packed)
    }

    fn decompress(&self, id: u8, packed: &[u8], length: usize) -> Option<Vec<u8>> {
        let kept = if id == DICTIONARY { take(&self.decompressors) } else { None };
        let mut decompressor = match kept {
            Some(decompressor) => decompressor,
            None => Decompressor::with_dictionary(dictionary(id)?).ok()?,
        };
        let bytes = decompressor.decompress(packed, length).ok()?;
        if id == DICTIONARY {
            give_back(&self.decompressors, decompressor);
        }
        Some(bytes)
    }
}

/// The length of an unpacked record, from its head: what it takes in memory.
pub fn unpacked_len(record: &[u8]) -> usize {
    let length = record.get(2..6).and_then(|length| length.try_into().ok());
    length.map_or(record.len(), |length| u32::from_be_bytes(length) as usize)
}

/// Reads the JSON of every released version. A new version adds an arm that converts the older form.
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

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::model::Article;
    use std::sync::Arc;

    const RECORDS_1: &str = include_str!("fixtures/records-1.txt");

    fn bodies() -> Vec<Body> {
        let at = Timestamp::from_secs(1_795_000_000);
        let mut article = samples::article("bao-tinh", 1, at);
        article.content = Some("<p>Thủy điện Hòa Bình mở cửa xả đáy.</p>".to_owned());
        let revised = samples::revised(&article, at);
        let bare =
            Article { summary: None, url: None, image: None, published: None, ..article.clone() };
        let withdrawn = Change::Withdrawn {
            key: article.key,
            id: article.id.clone(),
            source: article.source.clone(),
            upstream_id: article.upstream_id.clone(),
            reason: Some("đăng nhầm".to_owned()),
            revision: 3,
            gone_since: None,
        };
        let revised = Change::Revised { article: Arc::new(revised) };
        let repeat = Some("k-1".to_owned());
        vec![
            samples::published(article),
            Body { at, idempotency_key: repeat, change: revised },
            Body { at, idempotency_key: None, change: withdrawn },
            samples::published(bare),
        ]
    }

    /// Promise 31: what the first release wrote is read for ever. Never change the fixture; a new version gets a new one.
    #[test]
    fn records_of_version_1_are_read() {
        let codec = Codec::default();
        let mut count = 0;
        for line in RECORDS_1.lines() {
            let (hex, json) = line.split_once('\t').unwrap();
            let record: Vec<u8> = (0..hex.len() / 2)
                .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
                .collect();
            let expected: Body = serde_json::from_str(json).unwrap();
            assert_eq!(codec.decode(&record).unwrap(), expected);
            count += 1;
        }
        assert_eq!(count, 4);
    }

    #[test]
    #[ignore = "writes src/journal/fixtures/records-1.txt, which is for ever once released"]
    fn write_the_fixture() {
        let codec = Codec::default();
        let line = |body: &Body| {
            let record = codec.encode(body).unwrap();
            let hex: String = record.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{hex}\t{}\n", serde_json::to_string(body).unwrap())
        };
        let text: String = bodies().iter().map(line).collect();
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/journal/fixtures/records-1.txt");
        std::fs::write(path, text).unwrap();
    }

    #[test]
    fn bytes_that_are_no_record_are_refused() {
        let codec = Codec::default();
        let record = codec.encode(&bodies()[0]).unwrap();
        for end in 0..record.len() {
            assert!(codec.decode(&record[..end]).is_none(), "cut at {end}");
        }
        assert!(codec.decode(&[9; 40]).is_none());
    }
}
