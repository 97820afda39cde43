//! Bytes that somebody sent become a `ParsedFeed`: knows the formats, nothing of us.
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

/// What a document may cost, and how reading it can fail.
mod limits;
/// Documents that are gzip files themselves.
mod gzip;
/// Bytes become text.
mod decode;
/// UTF-8 that was encoded twice.
mod twice;
/// What a document is, by its root.
mod kind;
/// Text becomes tags and texts.
mod markup;
/// What a namespace or a prefix means.
mod names;
/// Elements with their text, attributes and what they inherit.
mod tree;
/// Of more entries than are kept the newest.
mod newest;
/// One XML document from its first byte to its last.
mod document;
/// What the vocabularies share.
mod fields;
/// Text constructs: an element as plain text or markup.
mod text;
/// People.
mod person;
/// RSS 0.9x to 2.0.
mod rss;
/// Atom 1.0 and 0.3.
mod atom;
/// What only RSS 0.90 and 1.0 have.
mod rdf;
/// Channel Definition Format.
mod cdf;
/// Dublin Core, Media RSS, itunes, georss and others.
mod extensions;
/// Sitemaps and their indexes.
mod sitemap;
/// JSON Feed.
mod json;
/// JSON of which only so much is kept.
mod bounded_json;
/// JSON that does not parse, made to.
mod json_repair;
/// OPML.
mod opml;
/// An article as JSON: pushed, added by hand or in a folder.
pub mod article_json;
/// One file of a folder.
pub mod file;
/// Web pages: lists of links, and the pages of articles.
pub mod page;
/// What an address offers to be read.
pub mod discover;
/// robots.txt: which paths it asks a robot to leave alone, and which sitemaps it names.
pub mod robots;
#[cfg(test)]
mod tests;

/// The first steps one by one, for `tests/fuzz` and `tests/mutations.rs`.
#[doc(hidden)]
pub mod steps {
    pub use super::decode::decode;
    pub use super::markup::{Markup, attributes};
}

use crate::model::{ParsedFeed, Warning};
pub use limits::{Error, Limits};
pub use opml::{Names, Outline, read_opml};

/// Reads a document with the usual limits; `content_type` is the value of the HTTP header, if there was one.
///
/// # Errors
/// Why the document is no feed that can be read.
pub fn read(bytes: &[u8], content_type: Option<&str>) -> Result<ParsedFeed, Error> {
    read_within(bytes, content_type, &Limits::default())
}

/// Reads a document within limits of the caller's.
///
/// # Errors
/// Why the document is no feed that can be read.
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
