//! A `.json` file with one article or a list of them: one that cannot be read takes no other with it.

use super::article::{article, is_draft, parse as value_of};
use super::{FileError, Found};
use crate::model::Warning;
use serde_json::Value;

/// What a `.json` file is.
pub(super) enum Document {
    /// One value.
    One(Value),
    /// The values of a list, or why one is none.
    List(Vec<Result<Value, FileError>>),
}

/// Reads JSON text; of a list that is broken as a whole, each value that is JSON.
///
/// # Errors
/// The place at which a document without a single good value is no JSON.
pub(super) fn parse(document: &str) -> Result<Document, FileError> {
    let error = match value_of(document) {
        Ok(Value::Array(values)) => {
            return Ok(Document::List(values.into_iter().map(Ok).collect()));
        }
        Ok(one) => return Ok(Document::One(one)),
        Err(error) => error,
    };
    let values: Vec<_> = pieces(document).into_iter().map(value_of).collect();
    if values.iter().any(Result::is_ok) { Ok(Document::List(values)) } else { Err(error) }
}

/// Reads the article of one object.
///
/// # Errors
/// The field that is missing or wrong.
pub(super) fn read_one(value: &Value) -> Result<Found, FileError> {
    if is_draft(value) {
        return Ok(read_articles(vec![Ok(value.clone())]));
    }
    let mut warnings = Vec::new();
    let entry = article(value, &mut warnings)?;
    Ok(Found { warnings, ..Found::one(entry) })
}

/// The articles of a list; drafts and unknown fields are warnings, what is no article is named with its place.
pub(super) fn read_articles(values: Vec<Result<Value, FileError>>) -> Found {
    let mut found = Found::default();
    for (place, value) in values.into_iter().enumerate() {
        let read = match value {
            Ok(value) if is_draft(&value) => {
                let title = value.get("title").and_then(Value::as_str);
                Warning::add(&mut found.warnings, "draft", title);
                continue;
            }
            Ok(value) => article(&value, &mut found.warnings),
            Err(error) => Err(error),
        };
        match read {
            Ok(entry) => found.entries.push(entry),
            Err(error) => found.unread.push((place, format!("article {}: {error}", place + 1))),
        }
    }
    found
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
    let Some(inner) = document.trim_start_matches('\u{feff}').trim().strip_prefix('[') else {
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
