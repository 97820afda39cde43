//! The keys of the views: one tree, one letter per kind.
//!
//! `w` watermark; `a` article; `i` index member; `v` index version; `x` configured index; `r` revision;
//! `c` counts of a source; `k` category; `d` idempotency key; `t` its time;
//! `l` a source's article by the key of its link; `n` a source's article by the key of its text.

use super::IndexId;
use crate::model::{ArticleKey, Seq, SourceId, Timestamp};
use sha2::{Digest, Sha256};

pub const WATERMARK: &[u8] = b"w";

/// The key of what is known of an article.
pub fn article(key: ArticleKey) -> Vec<u8> {
    joined(b'a', &[&key.0])
}

/// An article in an index, newest first in the order of bytes. Of articles with one `order` the one that came last, with
/// the later `first` event, is the newest.
pub fn member(index: IndexId, order: Timestamp, first: Seq, key: ArticleKey) -> Vec<u8> {
    let newest_first = !(order.0 as u64 ^ 1 << 63);
    joined(b'i', &[&index.0, &newest_first.to_be_bytes(), &(!first.0).to_be_bytes(), &key.0])
}

/// All members of an index.
pub fn members(index: IndexId) -> Vec<u8> {
    joined(b'i', &[&index.0])
}

/// The order and the article in a member's key.
pub fn of_member(bytes: &[u8]) -> Option<(Timestamp, ArticleKey)> {
    let order = u64::from_be_bytes(bytes.get(9..17)?.try_into().ok()?);
    let key = bytes.get(25..)?.try_into().ok()?;
    Some((Timestamp((!order ^ 1 << 63) as i64), ArticleKey(key)))
}

/// The key of an index's version.
pub fn version(index: IndexId) -> Vec<u8> {
    joined(b'v', &[&index.0])
}

/// The key of a configured index.
pub fn configured(index: IndexId) -> Vec<u8> {
    joined(b'x', &[&index.0])
}

/// One event of an article that has had several.
pub fn revision(key: ArticleKey, seq: Seq) -> Vec<u8> {
    joined(b'r', &[&key.0, &seq.0.to_be_bytes()])
}

/// The key of an article's revisions.
pub fn revisions(key: ArticleKey) -> Vec<u8> {
    joined(b'r', &[&key.0])
}

/// The key of a source's counts.
pub fn counts(source: &SourceId) -> Vec<u8> {
    joined(b'c', &[source.as_str().as_bytes()])
}

/// The key of a category's counts.
pub fn category(slug: &str) -> Vec<u8> {
    joined(b'k', &[slug.as_bytes()])
}

/// A source's article by the key of its link.
pub fn link(source: &SourceId, url_key: &str, key: ArticleKey) -> Vec<u8> {
    joined(b'l', &[&hash(source.as_str().as_bytes(), url_key.as_bytes()), &key.0])
}

/// All articles of a source by the key of a link.
pub fn links(source: &SourceId, url_key: &str) -> Vec<u8> {
    joined(b'l', &[&hash(source.as_str().as_bytes(), url_key.as_bytes())])
}

/// A source's article by the key of its text.
pub fn text(source: &SourceId, text_key: u64, key: ArticleKey) -> Vec<u8> {
    joined(b'n', &[&hash(source.as_str().as_bytes(), &text_key.to_be_bytes()), &key.0])
}

/// All articles of a source by the key of a text.
pub fn texts(source: &SourceId, text_key: u64) -> Vec<u8> {
    joined(b'n', &[&hash(source.as_str().as_bytes(), &text_key.to_be_bytes())])
}

/// The article in a key that consists of a letter, a hash and the article.
pub fn of_hashed(bytes: &[u8]) -> Option<ArticleKey> {
    bytes.get(17..)?.try_into().ok().map(ArticleKey)
}

/// What a push with an idempotency key became.
pub fn idempotency(source: &SourceId, key: &str) -> Vec<u8> {
    joined(b'd', &[&hash(source.as_str().as_bytes(), key.as_bytes())])
}

/// An idempotency key in the order of time, to find the expired ones.
pub fn idempotency_time(at: Timestamp, idempotency: &[u8]) -> Vec<u8> {
    let in_order = at.0 as u64 ^ 1 << 63;
    joined(b't', &[&in_order.to_be_bytes(), idempotency.get(1..).unwrap_or_default()])
}

/// The time and the idempotency key in a key that [`idempotency_time`] made.
pub fn of_idempotency_time(bytes: &[u8]) -> Option<(Timestamp, Vec<u8>)> {
    let time = u64::from_be_bytes(bytes.get(1..9)?.try_into().ok()?);
    Some((Timestamp((time ^ 1 << 63) as i64), joined(b'd', &[bytes.get(9..)?])))
}

fn joined(letter: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut key = vec![letter];
    parts.iter().for_each(|part| key.extend_from_slice(part));
    key
}

fn hash(first: &[u8], second: &[u8]) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(first);
    hash.update([0]);
    hash.update(second);
    let mut key = [0; 16];
    key.copy_from_slice(&hash.finalize()[..16]);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_sort_newest_first() {
        let key = ArticleKey([7; 16]);
        let index = IndexId([1; 8]);
        let times = [i64::MAX, 5, 0, -5, i64::MIN].map(Timestamp);
        let places = times.iter().flat_map(|time| [(*time, Seq(300)), (*time, Seq(2))]);
        let keys: Vec<_> = places.map(|(t, first)| (t, member(index, t, first, key))).collect();
        assert!(keys.is_sorted_by_key(|(_, bytes)| bytes));
        for (time, bytes) in &keys {
            assert_eq!(of_member(bytes), Some((*time, key)));
        }
    }
}
