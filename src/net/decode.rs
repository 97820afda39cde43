use http::HeaderMap;
use http::header::CONTENT_ENCODING;
use std::io::Read;

/// Why a body could not be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error("Content-Encoding has {0} layers, one is read")]
    Layers(usize),
    #[error("Content-Encoding `{0}` is not known")]
    Unknown(String),
    /// The label is wrong: the body does not begin as this encoding does.
    #[error("the body is labeled {0} and is not")]
    NotEncoded(&'static str),
    #[error("the {0} body is cut short")]
    Truncated(&'static str),
    /// The body is damaged after a good beginning.
    #[error("the {0} body is damaged")]
    Damaged(&'static str),
    #[error("the body is too large")]
    TooLarge,
}

/// The one encoding of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// No encoding.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 1950, or RFC 1951 as some servers send it.
    Deflate,
    /// RFC 7932.
    Brotli,
    /// RFC 8878.
    Zstd,
}

/// The codings that exist (IANA's registry of HTTP content codings).
const CODINGS: [&str; 12] = [
    "aes128gcm", "br", "compress", "dcb", "dcz", "deflate", "exi", "gzip", "pack200-gzip",
    "x-compress", "x-gzip", "zstd",
];

/// What we ask for.
pub(super) const ACCEPT_ENCODING: &str = "gzip, deflate, br, zstd";

impl Encoding {
    /// The encoding that the headers name. A name that is no coding at all (`utf-8`, `none`, a media type) counts for
    /// nothing: careless servers write it beside a plain body.
    ///
    /// # Errors
    /// More than one encoding, or one that is not read.
    pub fn of(headers: &HeaderMap) -> Result<Self, DecodeError> {
        let mut named = Vec::new();
        for value in headers.get_all(CONTENT_ENCODING) {
            let text = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
            named.extend(text.split(',').map(|name| name.trim().to_owned()));
        }
        named.retain(|name| CODINGS.contains(&name.as_str()));
        match named.as_slice() {
            [] => Ok(Self::Identity),
            [one] => Self::named(one),
            more => Err(DecodeError::Layers(more.len())),
        }
    }

    fn named(name: &str) -> Result<Self, DecodeError> {
        match name {
            "gzip" | "x-gzip" => Ok(Self::Gzip),
            "deflate" => Ok(Self::Deflate),
            "br" => Ok(Self::Brotli),
            "zstd" => Ok(Self::Zstd),
            other => Err(DecodeError::Unknown(other.chars().take(40).collect())),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    /// Whether the body begins as this encoding must.
    fn begins(self, body: &[u8]) -> bool {
        match self {
            Self::Gzip => body.starts_with(&[0x1f, 0x8b]),
            Self::Zstd => body.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) || is_skippable(body),
            Self::Identity | Self::Deflate | Self::Brotli => true,
        }
    }
}

/// Whether a body begins with a zstd frame without content (RFC 8878 §3.1.2).
fn is_skippable(body: &[u8]) -> bool {
    matches!(body, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// Undoes the encoding of a body, producing at most `limit` bytes. An empty body is valid in every encoding.
///
/// # Errors
/// The body is not what its encoding says, or longer than the limit.
pub(super) fn decode(
    encoding: Encoding,
    body: Vec<u8>,
    limit: usize,
) -> Result<Vec<u8>, DecodeError> {
    if encoding == Encoding::Identity || body.is_empty() {
        return if body.len() > limit { Err(DecodeError::TooLarge) } else { Ok(body) };
    }
    if !encoding.begins(&body) {
        return Err(DecodeError::NotEncoded(encoding.name()));
    }
    match encoding {
        Encoding::Identity => Ok(body),
        Encoding::Gzip => read(flate2::read::MultiGzDecoder::new(&*body), encoding, limit),
        Encoding::Deflate if is_zlib(&body) => {
            read(flate2::read::ZlibDecoder::new(&*body), encoding, limit)
        }
        Encoding::Deflate => read(flate2::read::DeflateDecoder::new(&*body), encoding, limit),
        Encoding::Brotli => read(brotli::Decompressor::new(&*body, 4096), encoding, limit),
        Encoding::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(&*body)
                .map_err(|_| DecodeError::Damaged("zstd"))?;
            // RFC 8878 §3.1.1.1.2: a window of 8 MiB must do; more is a way to eat memory.
            decoder.window_log_max(23).map_err(|_| DecodeError::Damaged("zstd"))?;
            read(decoder, encoding, limit)
        }
    }
}

/// Whether a body begins with a zlib header (RFC 1950 §2.2): method 8 and a matching sum.
fn is_zlib(body: &[u8]) -> bool {
    match body {
        [method, flags, ..] => {
            method & 0x0f == 8 && (u16::from(*method) << 8 | u16::from(*flags)) % 31 == 0
        }
        _ => false,
    }
}

fn read(decoder: impl Read, encoding: Encoding, limit: usize) -> Result<Vec<u8>, DecodeError> {
    let mut decoded = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    match decoder.take(most).read_to_end(&mut decoded) {
        Ok(_) if decoded.len() > limit => Err(DecodeError::TooLarge),
        Ok(_) => Ok(decoded),
        Err(_) if decoded.len() > limit => Err(DecodeError::TooLarge),
        Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err(DecodeError::Truncated(encoding.name()))
        }
        Err(_) if decoded.is_empty() => Err(DecodeError::NotEncoded(encoding.name())),
        Err(_) => Err(DecodeError::Damaged(encoding.name())),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use http::HeaderValue;
    use std::io::Write;

    const TEXT: &[u8] = b"<rss>tin t\xe1\xbb\xa9c tin t\xe1\xbb\xa9c tin t\xe1\xbb\xa9c</rss>";

    /// A text in every encoding that we ask for, and in raw deflate.
    pub fn encoded(text: &[u8]) -> Vec<(Encoding, Vec<u8>)> {
        let level = flate2::Compression::default();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), level);
        gzip.write_all(text).unwrap();
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), level);
        zlib.write_all(text).unwrap();
        let mut raw = flate2::write::DeflateEncoder::new(Vec::new(), level);
        raw.write_all(text).unwrap();
        let mut br = Vec::new();
        brotli::BrotliCompress(&mut &*text, &mut br, &Default::default()).unwrap();
        vec![
            (Encoding::Gzip, gzip.finish().unwrap()),
            (Encoding::Deflate, zlib.finish().unwrap()),
            (Encoding::Deflate, raw.finish().unwrap()),
            (Encoding::Brotli, br),
            (Encoding::Zstd, zstd::encode_all(text, 3).unwrap()),
        ]
    }

    #[test]
    fn every_encoding_reads_back_up_to_its_limit() {
        for (encoding, body) in encoded(TEXT) {
            let decode = |limit| decode(encoding, body.clone(), limit);
            assert_eq!(decode(TEXT.len()).as_deref(), Ok(TEXT), "{encoding:?}");
            assert_eq!(decode(TEXT.len() + 1).as_deref(), Ok(TEXT), "{encoding:?}");
            assert_eq!(decode(TEXT.len() - 1), Err(DecodeError::TooLarge), "{encoding:?}");
        }
        assert_eq!(decode(Encoding::Identity, vec![1, 2], 2), Ok(vec![1, 2]));
        assert_eq!(decode(Encoding::Identity, vec![1, 2], 1), Err(DecodeError::TooLarge));
    }

    #[test]
    fn a_cut_body_is_named() {
        let text: Vec<u8> =
            (0..50_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        for (encoding, body) in encoded(&text) {
            for cut in [body.len() - 1, body.len() / 2] {
                let result = decode(encoding, body[..cut].to_vec(), 1 << 20);
                // brotli calls its end damaged, zlib a missing checksum.
                let named = match encoding {
                    Encoding::Brotli | Encoding::Deflate => result.is_err(),
                    _ => result == Err(DecodeError::Truncated(encoding.name())),
                };
                assert!(named, "{encoding:?} {cut}");
            }
        }
    }

    #[test]
    fn a_wrong_label_is_named() {
        for encoding in [Encoding::Gzip, Encoding::Deflate, Encoding::Brotli, Encoding::Zstd] {
            let result = decode(encoding, b"<?xml version='1.0'?><rss/>".to_vec(), 100);
            assert!(
                matches!(
                    result,
                    Err(DecodeError::NotEncoded(_)
                        | DecodeError::Damaged(_)
                        | DecodeError::Truncated(_))
                ),
                "{encoding:?} {result:?}"
            );
        }
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        for (encoding, body) in encoded(&vec![0; 50 << 20]) {
            assert_eq!(decode(encoding, body, 1 << 20), Err(DecodeError::TooLarge), "{encoding:?}");
        }
    }

    #[test]
    fn one_layer_is_read() {
        let of = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(CONTENT_ENCODING, HeaderValue::from_static(value));
            }
            Encoding::of(&headers)
        };
        assert_eq!(of(&[]), Ok(Encoding::Identity));
        assert_eq!(of(&["identity"]), Ok(Encoding::Identity));
        assert_eq!(of(&["GZIP"]), Ok(Encoding::Gzip));
        assert_eq!(of(&["identity, br"]), Ok(Encoding::Brotli));
        assert_eq!(of(&["gzip, gzip, gzip"]), Err(DecodeError::Layers(3)));
        assert_eq!(of(&["gzip", "gzip"]), Err(DecodeError::Layers(2)));
        assert_eq!(of(&["compress"]), Err(DecodeError::Unknown("compress".into())));
        for none in ["utf-8", "none", "binary", "8bit", "text/xml", "UTF-8, None", "*", "\"\""] {
            assert_eq!(of(&[none]), Ok(Encoding::Identity), "{none}");
        }
        assert_eq!(of(&["utf-8, gzip"]), Ok(Encoding::Gzip));
    }
}
