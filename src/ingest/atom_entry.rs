//! What a push brings, before it is an entry: an Atom entry's bytes, an id in an address.

use crate::model::{FeedKind, ParsedEntry, Timestamp};
use crate::read;
use crate::refine::date::{DateContext, read_date};
use crate::refine::identity;

/// Why a pushed document is not one Atom entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnEntry {
    /// It cannot be read at all.
    #[error("{0}")]
    Unread(String),
    /// It is something else than Atom.
    #[error("the document is not Atom")]
    NotAtom,
    /// It holds so many entries.
    #[error("the document holds {0} entries, not one")]
    Count(usize),
}

/// The one entry of an Atom document: an `<entry>`, or a `<feed>` with one.
///
/// # Errors
/// If the document is not Atom, or does not hold one entry.
pub fn atom_entry(bytes: &[u8], content_type: Option<&str>) -> Result<ParsedEntry, NotAnEntry> {
    let feed = read::read(bytes, content_type).map_err(|e| NotAnEntry::Unread(e.to_string()))?;
    if feed.kind != FeedKind::Atom {
        return Err(NotAnEntry::NotAtom);
    }
    let count = feed.entries.len();
    let only = feed.entries.into_iter().next().filter(|_| count == 1);
    only.ok_or(NotAnEntry::Count(count))
}

/// Whether a date can be read whatever else is known: an article that says when it was published must keep it.
pub fn is_date(text: &str) -> bool {
    read_date(text, &DateContext::plain(Timestamp(i64::MIN), 0)).is_ok()
}

/// The upstream id that an id in an address means; `None` where it is empty.
pub fn upstream_id(id: &str) -> Option<String> {
    identity::id_from_written(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = r#"<?xml version="1.0"?><entry xmlns="http://www.w3.org/2005/Atom">
        <id>tin-1</id><title>Tin một</title><updated>2026-01-02T03:04:05Z</updated></entry>"#;

    #[test]
    fn one_entry_and_nothing_else() {
        let entry = atom_entry(ENTRY.as_bytes(), Some("application/atom+xml")).unwrap();
        assert_eq!(entry.id.as_deref(), Some("tin-1"));
        assert_eq!(entry.title.unwrap().value, "Tin một");
        let rss = b"<rss version='2.0'><channel><item><title>x</title></item></channel></rss>";
        assert_eq!(atom_entry(rss, None), Err(NotAnEntry::NotAtom));
        let empty = b"<feed xmlns='http://www.w3.org/2005/Atom'><title>x</title></feed>";
        assert_eq!(atom_entry(empty, None), Err(NotAnEntry::Count(0)));
        assert!(matches!(atom_entry(b"", None), Err(NotAnEntry::Unread(_))));
    }
}
