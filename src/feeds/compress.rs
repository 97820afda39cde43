//! A document as it is sent: in every encoding, with its validators, made once per change.

use crate::model::{Seq, Timestamp};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::io::Write;

/// A content coding that clients may accept (RFC 9110 §8.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Encoding {
    /// As it is.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 7932.
    Br,
    /// RFC 8878.
    Zstd,
}

impl Encoding {
    /// The name in `Content-Encoding`; `None` for identity.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Br => Some("br"),
            Self::Zstd => Some("zstd"),
        }
    }
}

/// A document ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The bytes as they are.
    pub identity: Bytes,
    /// The same, compressed with gzip.
    pub gzip: Bytes,
    /// The same, compressed with brotli.
    pub br: Bytes,
    /// The same, compressed with zstd.
    pub zstd: Bytes,
    /// The `Content-Type` header.
    pub content_type: &'static str,
    /// The hash of the identity bytes; [`Rendered::etag`] makes the header of it.
    pub hash: String,
    /// When the content last changed.
    pub last_modified: Timestamp,
    /// The last event that the content knows of.
    pub as_of: Seq,
}

impl Rendered {
    /// The bytes in one encoding.
    pub fn body(&self, encoding: Encoding) -> &Bytes {
        match encoding {
            Encoding::Identity => &self.identity,
            Encoding::Gzip => &self.gzip,
            Encoding::Br => &self.br,
            Encoding::Zstd => &self.zstd,
        }
    }

    /// The strong `ETag` of one encoding, quotes included: `"HASH"`, `"HASH-gzip"`.
    pub fn etag(&self, encoding: Encoding) -> String {
        match encoding.name() {
            None => format!("\"{}\"", self.hash),
            Some(name) => format!("\"{}-{name}\"", self.hash),
        }
    }

    /// Bytes of memory that it holds.
    pub fn size(&self) -> usize {
        self.identity.len() + self.gzip.len() + self.br.len() + self.zstd.len()
    }
}

/// A document in every encoding; the same bytes give the same result.
pub fn compress(
    bytes: Vec<u8>,
    content_type: &'static str,
    last_modified: Timestamp,
    as_of: Seq,
) -> std::io::Result<Rendered> {
    let digest = Sha256::digest(&bytes);
    Ok(Rendered {
        gzip: gzip(&bytes, 7)?.into(),
        br: brotli(&bytes, 6)?.into(),
        zstd: zstd::bulk::compress(&bytes, 9)?.into(),
        hash: crate::text::hex(&digest[..16]),
        identity: bytes.into(),
        content_type,
        last_modified,
        as_of,
    })
}

/// One document in one encoding, for bytes that are sent once: quick rather than small.
pub fn compress_quickly(bytes: Vec<u8>, encoding: Encoding) -> std::io::Result<Vec<u8>> {
    match encoding {
        Encoding::Identity => Ok(bytes),
        Encoding::Gzip => gzip(&bytes, 5),
        Encoding::Br => brotli(&bytes, 4),
        Encoding::Zstd => zstd::bulk::compress(&bytes, 3),
    }
}

fn gzip(bytes: &[u8], level: u32) -> std::io::Result<Vec<u8>> {
    let mut encoder =
        flate2::GzBuilder::new().mtime(0).write(Vec::new(), flate2::Compression::new(level));
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn brotli(bytes: &[u8], quality: u32) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut encoder = brotli::CompressorWriter::new(&mut out, 4096, quality, 20);
    encoder.write_all(bytes)?;
    encoder.flush()?;
    drop(encoder);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn every_encoding_gives_the_bytes_back() {
        let text = "tin tức ".repeat(1_000).into_bytes();
        let one = compress(text.clone(), "text/plain", Timestamp(0), Seq(1)).unwrap();
        let mut gzip = Vec::new();
        flate2::read::GzDecoder::new(&one.gzip[..]).read_to_end(&mut gzip).unwrap();
        let mut br = Vec::new();
        brotli::Decompressor::new(&one.br[..], 4096).read_to_end(&mut br).unwrap();
        let zstd = zstd::bulk::decompress(&one.zstd, 1 << 20).unwrap();
        assert!(gzip == text && br == text && zstd == text);
        assert!(one.br.len() < 200 && one.gzip.len() < 200 && one.zstd.len() < 200);
        assert_eq!(one, compress(text, "text/plain", Timestamp(0), Seq(1)).unwrap());
        assert_eq!(one.etag(Encoding::Br), format!("\"{}-br\"", one.hash));
    }
}
