use super::{FileError, Found};
use crate::model::Warning;
use crate::read::article_json::{Mistake, MistakeKind, read_article};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// Reads a file that is no feed.
pub(super) fn read(document: &str) -> Result<Found, FileError> {
    let document = document.trim_start_matches('\u{feff}').trim();
    if document.starts_with('[') { list(document) } else { one(document) }
}

/// Whether a document is a JSON Feed.
pub(super) fn is_feed(document: &str) -> bool {
    #[derive(Deserialize)]
    struct Feed {
        items: Option<IgnoredAny>,
    }
    let document = document.trim_start_matches('\u{feff}').trim();
    document.starts_with('{')
        && serde_json::from_str::<Feed>(document).is_ok_and(|feed| feed.items.is_some())
}

fn one(document: &str) -> Result<Found, FileError> {
    let mut found = Found::default();
    match read_article(document, &mut found.warnings) {
        Ok(entry) => found.entries.push(entry),
        Err(mistake) => note_draft(&mut found, mistake)?,
    }
    Ok(found)
}

/// The articles of a list; what is no article is named with its place. A list that is not JSON as a whole still gives
/// those of its articles that are.
fn list(document: &str) -> Result<Found, FileError> {
    let mut found = Found::default();
    for (place, piece) in pieces(document).into_iter().enumerate() {
        let read = match read_article(piece, &mut found.warnings) {
            Ok(entry) => {
                found.entries.push(entry);
                Ok(())
            }
            Err(mistake) => note_draft(&mut found, mistake),
        };
        if let Err(mistake) = read {
            found.unread.push((place, format!("article {}: {mistake}", place + 1)));
        }
    }
    match serde_json::from_str::<IgnoredAny>(document) {
        Err(error) if found.entries.is_empty() => Err(Mistake::of_text(&error).into()),
        _ => Ok(found),
    }
}

/// A draft is a warning; every other mistake stays one.
fn note_draft(found: &mut Found, mistake: Mistake) -> Result<(), Mistake> {
    let MistakeKind::Draft { title } = &mistake.kind else { return Err(mistake) };
    Warning::add(&mut found.warnings, "draft", title.as_deref());
    Ok(())
}

/// The place of the quote that ends a text; the opening quote itself if the line ends first, since then one is missing.
fn end_of_text(inner: &str, quote: usize) -> usize {
    let mut escaped = false;
    for (place, byte) in inner.bytes().enumerate().skip(quote + 1) {
        match byte {
            b'\n' => return quote,
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return place,
            _ => {}
        }
    }
    quote
}

/// Closes the last bracket of a kind, and what was left open in it.
fn close(open: &mut Vec<u8>, kind: u8) {
    let place = open.iter().rposition(|&bracket| bracket == kind);
    open.truncate(place.unwrap_or(open.len()));
}

/// The texts between the commas of a list; none if the document is no list.
fn pieces(document: &str) -> Vec<&str> {
    let Some(inner) = document.strip_prefix('[') else {
        return Vec::new();
    };
    let (mut pieces, mut from) = (Vec::new(), 0);
    let mut open = Vec::new();
    let mut at = 0;
    while let Some(&byte) = inner.as_bytes().get(at) {
        match byte {
            b'"' => at = end_of_text(inner, at),
            b'{' | b'[' => open.push(byte),
            b'}' => close(&mut open, b'{'),
            b']' if !open.is_empty() => close(&mut open, b'['),
            b',' | b']' if open.is_empty() => {
                pieces.extend(inner.get(from..at).map(str::trim));
                from = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    pieces.extend(inner.get(from..).map(str::trim));
    pieces.retain(|piece| !piece.is_empty());
    pieces
}
