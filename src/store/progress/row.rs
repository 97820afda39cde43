//! A row as bytes: JSON, compressed if that saves something, in chunks that sled does not leak.
//!
//! A row's key is its kind (one byte), its name, a zero byte and the number of the chunk (two bytes).
//! A chunk's value is sealed: the number of chunks, the checksum of the whole row, and a piece of it.

use super::Kind;
use crate::journal::seal::{MAX_VALUE, seal, unseal};
use std::ops::Range;

/// The piece of a row in one chunk, in bytes.
const CHUNK: usize = MAX_VALUE - 64;
/// The longest row, in bytes of JSON.
pub const MAX_ROW: usize = 256 << 20;
/// Rows from this many bytes on are compressed.
const COMPRESSED_FROM: usize = 1024;
const LEVEL: i32 = 1;
/// The first byte of a row that is JSON.
const JSON: u8 = 1;
/// The first byte of a row that is the length of the JSON (four bytes) and the JSON compressed by zstd.
const ZSTD: u8 = 2;

/// One chunk of a row.
pub struct Chunk<'a> {
    pub count: u16,
    pub sum: u32,
    pub piece: &'a [u8],
}

/// The key of a chunk.
pub fn key(kind: Kind, name: &str, index: u16) -> Vec<u8> {
    [&[kind as u8], name.as_bytes(), &[0], &index.to_be_bytes()].concat()
}

/// The keys of a row's chunks from `index` on.
pub fn keys_from(kind: Kind, name: &str, index: u16) -> Range<Vec<u8>> {
    key(kind, name, index)..[&[kind as u8], name.as_bytes(), &[1]].concat()
}

/// The name and the index in a key.
pub fn parse_key(key: &[u8]) -> Option<(&str, u16)> {
    let (rest, index) = key.split_last_chunk::<2>()?;
    let name = rest.get(1..)?.strip_suffix(&[0])?;
    Some((std::str::from_utf8(name).ok()?, u16::from_be_bytes(*index)))
}

/// The sealed chunks of a row with their keys; `None` if there are too many.
pub fn chunks(kind: Kind, name: &str, row: &[u8]) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    let count = u16::try_from(row.len().div_ceil(CHUNK)).ok()?;
    let head = [&count.to_be_bytes()[..], &crc32fast::hash(row).to_be_bytes()].concat();
    let sealed = row.chunks(CHUNK).zip(0..).map(|(piece, index)| {
        let key = key(kind, name, index);
        let value = seal(&key, &[&head, piece].concat());
        (key, value)
    });
    Some(sealed.collect())
}

/// A stored chunk; `None` if it is damaged.
pub fn parse_chunk<'a>(key: &[u8], value: &'a [u8]) -> Option<Chunk<'a>> {
    let (count, rest) = unseal(key, value)?.split_first_chunk()?;
    let (sum, piece) = rest.split_first_chunk()?;
    Some(Chunk { count: u16::from_be_bytes(*count), sum: u32::from_be_bytes(*sum), piece })
}

pub(super) fn pack(json: &[u8]) -> std::io::Result<Vec<u8>> {
    if json.len() < COMPRESSED_FROM {
        return Ok([&[JSON], json].concat());
    }
    let length = (json.len() as u32).to_be_bytes();
    let packed = zstd::bulk::compress(json, LEVEL)?;
    Ok([&[ZSTD], &length[..], &packed].concat())
}

/// The JSON of a row; the error says how it is damaged.
pub(super) fn unpack(row: &[u8]) -> Result<Vec<u8>, String> {
    match row.split_first() {
        Some((&JSON, json)) => Ok(json.to_vec()),
        Some((&ZSTD, rest)) => {
            let (length, packed) = rest.split_first_chunk().ok_or("it is cut off")?;
            let length = u32::from_be_bytes(*length) as usize;
            if length > MAX_ROW {
                return Err(format!("it claims {length} bytes"));
            }
            zstd::bulk::decompress(packed, length).map_err(|e| format!("zstd: {e}"))
        }
        Some((form, _)) => Err(format!("it has the form {form}, of a newer dongtin")),
        None => Err("it is empty".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_comes_back_whatever_its_size() {
        for size in [2, COMPRESSED_FROM - 1, COMPRESSED_FROM, 100_000] {
            let json: Vec<u8> = (0..size).map(|n| (n * n % 251) as u8).collect();
            assert_eq!(unpack(&pack(&json).unwrap()), Ok(json));
        }
        for bad in [&b""[..], b"\x03{}", b"\x02", b"\x02\xff\xff\xff\xff", b"\x02\0\0\0\x02nope"] {
            assert!(unpack(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn chunks_are_small_enough_for_sled_and_in_the_order_of_their_keys() {
        let row = vec![7; 3 * CHUNK + 1];
        let chunks = chunks(Kind::Source, "a", &row).unwrap();
        assert_eq!(chunks.len(), 4);
        assert!(chunks.is_sorted());
        let range = keys_from(Kind::Source, "a", 0);
        for (place, (key, value)) in chunks.iter().enumerate() {
            assert!(value.len() <= MAX_VALUE && range.contains(key));
            assert_eq!(parse_key(key), Some(("a", place as u16)));
            assert_eq!(parse_chunk(key, value).map(|chunk| chunk.count), Some(4));
        }
        assert!(!range.contains(&key(Kind::Source, "ab", 0)));
        assert!(!keys_from(Kind::Source, "ab", 0).contains(&chunks[0].0));
    }
}
