//! A document ready to be sent: its bytes in every coding, and for each coding the headers of 200 and of 304.

use super::compress::{self, Encoding};
use crate::model::{Seq, Timestamp};
use crate::text::hex;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use sha2::{Digest, Sha256};

/// A document, made once per change and sent from memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The document as it is.
    pub identity: Bytes,
    /// The hash of the document as it is, which every `ETag` begins with.
    pub hash: String,
    /// When the content last changed.
    pub last_modified: Timestamp,
    /// The last event that the content knows of.
    pub as_of: Seq,
    coded: [Coded; 4],
}

/// The document in one coding.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Coded {
    body: Bytes,
    etag: String,
    ok: HeaderMap,
    not_modified: HeaderMap,
}

/// What the headers say besides the document itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct About {
    /// `Content-Type`.
    pub content_type: &'static str,
    /// Seconds for which caches may keep it.
    pub max_age_s: u32,
    /// `Link` (RFC 8288): the document's own address and its other forms.
    pub links: String,
    /// `Vary`: what the choice of the document depends on.
    pub vary: &'static str,
    /// `Last-Modified`.
    pub last_modified: Timestamp,
}

impl Rendered {
    /// Compresses a document and makes its headers; the same bytes give the same result.
    ///
    /// # Errors
    ///
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

    /// The bytes in one coding.
    pub fn body(&self, encoding: Encoding) -> &Bytes {
        &self.coded(encoding).body
    }

    /// The strong `ETag` of one coding, quotes included: `"HASH"`, `"HASH-gzip"`.
    pub fn etag(&self, encoding: Encoding) -> &str {
        &self.coded(encoding).etag
    }

    /// The headers of an answer with the body in one coding.
    pub fn ok_headers(&self, encoding: Encoding) -> &HeaderMap {
        &self.coded(encoding).ok
    }

    /// The headers of an answer that says that the client has it.
    pub fn not_modified_headers(&self, encoding: Encoding) -> &HeaderMap {
        &self.coded(encoding).not_modified
    }

    /// Bytes of memory that it holds, its headers aside.
    pub fn size(&self) -> usize {
        self.coded.iter().map(|coded| coded.body.len()).sum()
    }

    fn coded(&self, encoding: Encoding) -> &Coded {
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
    put(header::CONTENT_TYPE, about.content_type);
    put(header::ETAG, etag);
    put(header::LAST_MODIFIED, &about.last_modified.http_date());
    put(header::CACHE_CONTROL, &format!("public, max-age={}", about.max_age_s));
    put(header::VARY, about.vary);
    put(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    put(header::LINK, &about.links);
    if let Some(name) = encoding.name() {
        put(header::CONTENT_ENCODING, name);
    }
    headers
}

/// The headers of 200 without what describes a body that is not sent.
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
        let (content_type, vary) = ("text/plain", "Accept-Encoding");
        About { content_type, max_age_s: 60, links, vary, last_modified: Timestamp(0) }
    }

    #[test]
    fn every_encoding_gives_the_bytes_back() {
        let text = "tin tức ".repeat(1_000).into_bytes();
        let one = Rendered::new(text.clone(), &about(), Seq(1)).unwrap();
        let mut gzip = Vec::new();
        flate2::read::GzDecoder::new(&one.body(Encoding::Gzip)[..]).read_to_end(&mut gzip).unwrap();
        let mut br = Vec::new();
        brotli::Decompressor::new(&one.body(Encoding::Br)[..], 4096).read_to_end(&mut br).unwrap();
        let zstd = zstd::bulk::decompress(one.body(Encoding::Zstd), 1 << 20).unwrap();
        assert!(gzip == text && br == text && zstd == text);
        for encoding in [Encoding::Gzip, Encoding::Br, Encoding::Zstd] {
            assert!(one.body(encoding).len() < 200, "{encoding:?}");
        }
        assert_eq!(one, Rendered::new(text, &about(), Seq(1)).unwrap());
    }

    #[test]
    fn a_304_has_the_headers_of_its_200_that_describe_no_body() {
        let one = Rendered::new(b"tin".to_vec(), &about(), Seq(1)).unwrap();
        let (ok, same) = (one.ok_headers(Encoding::Br), one.not_modified_headers(Encoding::Br));
        assert_eq!(ok[header::ETAG], format!("\"{}-br\"", one.hash));
        assert_eq!(ok[header::CONTENT_ENCODING], "br");
        assert_eq!(same.len(), ok.len() - 3);
        assert_eq!(same[header::ETAG], ok[header::ETAG]);
    }
}
