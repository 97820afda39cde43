//! Bytes that somebody sent become a [`ParsedFeed`]: knows the formats, nothing of us.
//!
//! In: the body of a response and its `Content-Type`. Out: what stands in the document, unbelieved:
//! dates are text, markup is unclean, addresses are as written. Every repair is a counted warning.
//!
//! ```text
//! bytes ─► decode ─► markup ─► tree ─► document ─► rss, rdf, atom, cdf, sitemap ─► ParsedFeed
//!                └─► json, opml
//! ```
//!
//! A document is read as what its root is, whatever the media type says. What breaks off in the middle
//! keeps the complete entries and loses the half one. Nothing here is recursive on untrusted depth, and
//! every path is linear in the input.

mod atom;
mod bounded;
mod cdf;
mod decode;
pub mod discover;
mod document;
mod extensions;
pub mod file;
mod gzip;
mod json;
mod kind;
mod limits;
mod markup;
mod json_repair;
mod names;
mod opml;
pub mod page;
mod person;
mod rdf;
mod rss;
mod sitemap;
#[cfg(test)]
mod tests;
mod text;
mod tree;

/// The first steps one by one, for `tests/fuzz` and `tests/mutations.rs`.
#[doc(hidden)]
pub mod steps {
    pub use super::decode::decode;
    pub use super::markup::{Markup, attributes};
}

use crate::model::{ParsedFeed, Warning};
pub use limits::{Error, Limits};
pub use opml::{Outline, read_opml};

/// Reads a document with the usual limits; `content_type` is the value of the HTTP header, if there was one.
pub fn read(bytes: &[u8], content_type: Option<&str>) -> Result<ParsedFeed, Error> {
    read_within(bytes, content_type, &Limits::default())
}

/// Reads a document within limits of the caller's.
pub fn read_within(
    bytes: &[u8],
    content_type: Option<&str>,
    limits: &Limits,
) -> Result<ParsedFeed, Error> {
    if bytes.len() > limits.bytes {
        return Err(Error::TooLarge { limit: limits.bytes });
    }
    let bytes = gzip::unpacked(bytes, limits)?;
    let decoded = decode::decode(&bytes, content_type)?;
    let text = decoded.text.trim();
    let mut feed = match text.bytes().next() {
        None => return Err(Error::Empty),
        Some(b'{' | b'[') => json::read(text, limits)?,
        Some(_) => document::read(text, limits)?,
    };
    feed.encoding = decoded.encoding.to_owned();
    for warning in decoded.warnings {
        Warning::add(&mut feed.warnings, &warning.name, warning.example.as_deref());
    }
    Ok(feed)
}
