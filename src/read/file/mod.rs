//! One file of a folder becomes its article or articles.
//!
//! In: the file's name and bytes. Out: a `ParsedFeed` of kind `File` (or the feed that it is), or
//! which field is wrong and the way out. `.txt` in the shape of the portal's own documents, `.md` with
//! front matter, `.html`, `.json` as it would be pushed, and whole feeds.

/// Text files.
mod plain;
/// The front matter of Markdown.
mod front;
/// Markdown.
mod markdown;
/// HTML.
mod page;
/// JSON with one article or a list of them.
mod list;

use super::decode::decode;
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
    let decoded = decode(bytes, None)?;
    let mut found = reader(&decoded.text)?;
    found.warnings.extend(decoded.warnings);
    Ok(feed_of(name, found, decoded.encoding))
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
    let text = || Text { value: value.to_owned(), kind: TextKind::Text, ..Text::default() };
    (!value.is_empty()).then(text)
}

/// A text construct of HTML, if there is any.
fn html(value: &str) -> Option<Text> {
    text(value).map(|text| Text { kind: TextKind::Html, ..text })
}

#[cfg(test)]
mod tests;
