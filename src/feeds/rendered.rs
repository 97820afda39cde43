use super::compress::{self, Encoding};
use crate::model::{Seq, Timestamp};
use crate::text::hex;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use sha2::{Digest, Sha256};

/// A document ready to be sent: bytes, headers and ETag in every coding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The document without any coding.
    pub identity: Bytes,
    /// The hash that every `ETag` begins with.
    pub hash: String,
    /// When the content last changed.
    pub last_modified: Timestamp,
    /// The last event that the content includes.
    pub as_of: Seq,
    coded: [Coded; 4],
}

/// The document in one coding, with the headers of 200 and of 304.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coded {
    pub body: Bytes,
    /// Strong, with quotes: `"HASH"`, `"HASH-gzip"`.
    pub etag: String,
    pub ok: HeaderMap,
    pub not_modified: HeaderMap,
}

/// A document and what its headers say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub bytes: Vec<u8>,
    pub(super) about: About,
}

impl Document {
    /// The headers of a document that is sent as it is; those of a coding are the caller's.
    pub fn headers(&self) -> HeaderMap {
        let mut headers = ok_headers(&self.about, "", Encoding::Identity);
        headers.remove(header::ETAG);
        headers.remove(header::VARY);
        headers
    }

    /// When its content last changed.
    pub fn last_modified(&self) -> Timestamp {
        self.about.last_modified
    }
}

/// What the headers need besides the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct About {
    pub content_type: String,
    /// How long caches may keep it, in seconds.
    pub max_age_s: u32,
    /// `Link` (RFC 8288): the document's own address and its other forms.
    pub links: String,
    pub vary: &'static str,
    pub last_modified: Timestamp,
}

impl Rendered {
    /// Compresses a document and makes its headers; the same bytes give the same result.
    ///
    /// # Errors
    /// An encoder failed.
    pub(super) fn new(bytes: Vec<u8>, about: &About, as_of: Seq) -> std::io::Result<Self> {
        let hash = hex(&Sha256::digest(&bytes)[..16]);
        let identity = Bytes::from(bytes);
        let coded = |encoding: Encoding| -> std::io::Result<Coded> {
            let body = compress::for_keeping(&identity, encoding)?;
            let etag = match encoding.name() {
                None => format!("\"{hash}\""),
                Some(name) => format!("\"{hash}-{name}\""),
            };
            let ok = ok_headers(about, &etag, encoding);
            Ok(Coded { body, etag, not_modified: not_modified_headers(&ok), ok })
        };
        let [plain, gzip, br, zstd] = Encoding::ALL;
        let coded = [coded(plain)?, coded(gzip)?, coded(br)?, coded(zstd)?];
        Ok(Self { identity, hash, last_modified: about.last_modified, as_of, coded })
    }

    /// The memory that it holds without headers, in bytes.
    pub fn size(&self) -> usize {
        self.coded.iter().map(|coded| coded.body.len()).sum()
    }

    /// The body in a coding.
    pub fn coded(&self, encoding: Encoding) -> &Coded {
        let [plain, gzip, br, zstd] = &self.coded;
        match encoding {
            Encoding::Identity => plain,
            Encoding::Gzip => gzip,
            Encoding::Br => br,
            Encoding::Zstd => zstd,
        }
    }
}

fn ok_headers(about: &About, etag: &str, encoding: Encoding) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(12);
    let mut put = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    put(header::CONTENT_TYPE, &about.content_type);
    put(header::ETAG, etag);
    put(header::LAST_MODIFIED, &about.last_modified.http_date());
    put(header::CACHE_CONTROL, &format!("public, max-age={}", about.max_age_s));
    put(header::VARY, about.vary);
    put(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    put(header::ACCESS_CONTROL_EXPOSE_HEADERS, "etag,last-modified,link,retry-after");
    put(header::LINK, &about.links);
    if let Some(name) = encoding.name() {
        put(header::CONTENT_ENCODING, name);
    }
    headers
}

/// The headers of a 200 without those that describe the body.
fn not_modified_headers(ok: &HeaderMap) -> HeaderMap {
    let mut headers = ok.clone();
    for name in [header::CONTENT_TYPE, header::CONTENT_ENCODING, header::LINK] {
        headers.remove(name);
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn about() -> About {
        let links = "<http://a.vn/feeds/all.rss>; rel=\"self\"".to_owned();
        let (content_type, vary) = ("text/plain".to_owned(), "Accept-Encoding");
        About { content_type, max_age_s: 60, links, vary, last_modified: Timestamp(0) }
    }

    #[test]
    fn every_encoding_gives_the_bytes_back() {
        let text = "tin tức ".repeat(1_000).into_bytes();
        let one = Rendered::new(text.clone(), &about(), Seq(1)).unwrap();
        let mut gzip = Vec::new();
        flate2::read::GzDecoder::new(&one.coded(Encoding::Gzip).body[..])
            .read_to_end(&mut gzip)
            .unwrap();
        let mut br = Vec::new();
        brotli::Decompressor::new(&one.coded(Encoding::Br).body[..], 4096)
            .read_to_end(&mut br)
            .unwrap();
        let zstd = zstd::bulk::decompress(&one.coded(Encoding::Zstd).body, 1 << 20).unwrap();
        assert!(gzip == text && br == text && zstd == text);
        for encoding in [Encoding::Gzip, Encoding::Br, Encoding::Zstd] {
            assert!(one.coded(encoding).body.len() < 200, "{encoding:?}");
        }
        assert_eq!(one, Rendered::new(text, &about(), Seq(1)).unwrap());
    }

    #[test]
    fn a_304_has_the_headers_of_its_200_that_describe_no_body() {
        let one = Rendered::new(b"tin".to_vec(), &about(), Seq(1)).unwrap();
        let (ok, same) = (&one.coded(Encoding::Br).ok, &one.coded(Encoding::Br).not_modified);
        assert_eq!(ok[header::ETAG], format!("\"{}-br\"", one.hash));
        assert_eq!(ok[header::CONTENT_ENCODING], "br");
        assert_eq!(same.len(), ok.len() - 3);
        assert_eq!(same[header::ETAG], ok[header::ETAG]);
    }
}
