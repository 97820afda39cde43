use bytes::Bytes;
use std::io::Write;

/// A content coding that clients may accept (RFC 9110 §8.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Encoding {
    /// No coding.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 7932.
    Br,
    /// RFC 8878.
    Zstd,
}

impl Encoding {
    pub const ALL: [Self; 4] = [Self::Identity, Self::Gzip, Self::Br, Self::Zstd];

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

/// Compresses bytes that are sent many times: small rather than quick.
///
/// # Errors
/// The encoder failed.
pub(super) fn for_keeping(bytes: &Bytes, encoding: Encoding) -> std::io::Result<Bytes> {
    Ok(match encoding {
        Encoding::Identity => bytes.clone(),
        Encoding::Gzip => gzip(bytes, 7)?.into(),
        Encoding::Br => brotli(bytes, 6)?.into(),
        Encoding::Zstd => zstd::bulk::compress(bytes, 9)?.into(),
    })
}

/// Compresses bytes that are sent once: quick rather than small.
///
/// # Errors
/// The encoder failed.
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
