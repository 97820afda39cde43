//! One file of a folder becomes its article or articles.
//!
//! In: the file's name and bytes. Out: a `ParsedFeed` of kind `File` (or the feed that it is), or
//! which field is wrong and the way out. `.txt` in the shape of the portal's own documents, `.md` with
//! front matter, `.html`, `.json` as it would be pushed, and whole feeds.

/// `.txt` in the shape of the portals' own documents: title, date, lead, then the body with the lead repeated.
mod plain;
/// The front matter of Markdown: names and values.
mod front;
/// YAML, as far as front matter goes.
mod yaml;
/// Markdown.
mod markdown;
/// `.html`: one article's page; its title, its `meta`s, and what stands in `article`, `main` or `body`.
mod page;
/// A `.json` file with one article or a list of them: one that cannot be read takes no other with it.
mod list;

use super::decode::{Decoded, decode};
use crate::model::{FeedKind, ParsedEntry, ParsedFeed, Text, TextKind, Warning};

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// One of its fields is missing or wrong.
    #[error("{field}: {problem}; {remedy}")]
    Field {
        /// Which: `title`, `published`, `authors[1].name`.
        field: String,
        /// What is wrong with it.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// Its JSON is no article.
    #[error(transparent)]
    Json(#[from] super::article_json::Mistake),
    /// Its bytes are no text, whatever its name says.
    #[error("no text: it looks like {0}; name it by what it is, or save it as text in UTF-8")]
    NoText(&'static str),
    /// Its name does not say what it is.
    #[error(
        "`{0}` is of no kind that is read; name it .txt, .md, .html, .json, .rss, .atom or .xml"
    )]
    Kind(String),
    /// It is a feed that cannot be read.
    #[error(transparent)]
    Feed(#[from] super::Error),
}

impl FileError {
    /// A field that is missing or wrong.
    pub(super) fn field(field: &str, problem: &str, remedy: &str) -> Self {
        let [field, problem, remedy] =
            [field, problem, remedy].map(|t| t.chars().take(200).collect());
        Self::Field { field, problem, remedy }
    }
}

/// What one file holds, before it is put into a `ParsedFeed`.
#[derive(Debug, Default)]
struct Found {
    entries: Vec<ParsedEntry>,
    warnings: Vec<Warning>,
    /// The places of those that cannot be read, and why.
    unread: Vec<(usize, String)>,
}

impl Found {
    /// One entry and nothing to say about it.
    fn one(entry: ParsedEntry) -> Self {
        Self { entries: vec![entry], ..Self::default() }
    }
}

/// Reads a file by its name's ending. An article that names no id gets the file's name as its id.
///
/// # Errors
/// The field that is wrong, an ending that is not read, or why a feed cannot be read.
pub fn read_file(name: &str, bytes: &[u8]) -> Result<ParsedFeed, FileError> {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    let reader = match ending.as_str() {
        "txt" | "text" => plain::read,
        "md" | "markdown" => markdown::read,
        "html" | "htm" | "xhtml" => page::read,
        "json" => return read_json(name, bytes),
        "rss" | "atom" | "xml" | "rdf" => return Ok(super::read(bytes, None)?),
        _ => return Err(FileError::Kind(file.chars().take(100).collect())),
    };
    let decoded = decode_text(bytes)?;
    let mut found = reader(&decoded.text)?;
    found.warnings.extend(decoded.warnings);
    Ok(feed_of(name, found, decoded.encoding))
}

/// What documents begin with that are no text and may yet have few bytes that no text has.
const BINARY: [(&[u8], &str); 5] = [
    (b"%PDF-", "a PDF document"),
    (b"%!PS", "a PostScript document"),
    (b"{\\rtf", "an RTF document"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"PK\x03\x04", "an Office document or an archive"),
];

/// Decodes a file that must be text: at most one character in twenty is one that no text has.
fn decode_text(bytes: &[u8]) -> Result<Decoded<'_>, FileError> {
    if let Some((_, name)) = BINARY.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Err(FileError::NoText(name));
    }
    let decoded = decode(bytes, None)?;
    let dropped = decoded.warnings.iter().find(|warning| warning.name == "forbidden-character");
    let dropped = dropped.map_or(0, |warning| warning.count as usize);
    let unread = decoded.text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
    let bad = dropped + unread;
    if bad > 2 && bad * 20 > decoded.text.chars().count() + dropped {
        return Err(FileError::NoText("a picture, a program or another file of bytes"));
    }
    Ok(decoded)
}

/// Reads a `.json` file: a JSON Feed, one article, or a list of articles.
fn read_json(name: &str, bytes: &[u8]) -> Result<ParsedFeed, FileError> {
    let decoded = decode(bytes, None)?;
    if list::is_feed(&decoded.text) {
        return Ok(super::read(bytes, Some("application/feed+json"))?);
    }
    Ok(feed_of(name, list::read(&decoded.text)?, decoded.encoding))
}

/// The feed of what a file holds.
fn feed_of(name: &str, found: Found, encoding: impl Into<String>) -> ParsedFeed {
    let Found { mut entries, warnings, unread } = found;
    if let [only] = &mut entries[..]
        && only.id.is_none()
        && unread.is_empty()
    {
        only.id = Some(name.to_owned());
    }
    let encoding = encoding.into();
    ParsedFeed {
        kind: FeedKind::File,
        entries,
        warnings,
        unread,
        encoding,
        ..ParsedFeed::default()
    }
}

/// A text construct of plain text, if there is any.
fn text(value: &str) -> Option<Text> {
    let value = value.trim();
    (!value.is_empty()).then(|| Text::of(value, TextKind::Text))
}

/// A text construct of HTML, if there is any.
fn html(value: &str) -> Option<Text> {
    text(value).map(|text| Text { kind: TextKind::Html, ..text })
}

#[cfg(test)]
mod tests;
