use super::{FileError, Found, front, html};
use crate::model::{ParsedEntry, Text, TextKind, Warning};
use crate::read::article_json::{MistakeKind, read_fields};
use pulldown_cmark::{Options, Parser};

/// What front matter calls fields of an article, besides the names that its JSON has.
const OTHER_NAMES: [(&str, &str); 8] = [
    ("publishdate", "published"),
    ("lastmod", "updated"),
    ("modified", "updated"),
    ("tag", "tags"),
    ("cover", "image"),
    ("copyright", "rights"),
    ("enclosure", "enclosures"),
    ("attachment", "enclosures"),
];

/// Reads a Markdown file: front matter, then CommonMark with tables.
///
/// # Errors
/// The field that is missing or wrong.
pub(super) fn read(document: &str) -> Result<Found, FileError> {
    let mut warnings = Vec::new();
    let document = document.trim_start_matches(['\u{feff}', '\n', '\r']);
    let (fields, body) = front::split(document, &mut warnings)?;
    let named = fields.into_iter().map(|(name, value)| {
        let other = OTHER_NAMES.iter().find(|(other, _)| *other == name);
        (other.map_or(name, |(_, known)| (*known).to_owned()), value)
    });
    let mut entry = match read_fields(named, &mut warnings) {
        Err(MistakeKind::Draft { title }) => {
            Warning::add(&mut warnings, "draft", title.as_deref());
            return Ok(Found { warnings, ..Found::default() });
        }
        read => read.map_err(|mistake| mistake.whole())?,
    };
    let body = heading_as_title(&mut entry, body);
    if entry.title.is_none() {
        let remedy = "write `title: …` in the front matter or begin with `# …`";
        return Err(FileError::field("title", "the file has none", remedy));
    }
    entry.content = html(&rendered(body)).into_iter().collect();
    Ok(Found { warnings, ..Found::one(entry) })
}

/// Takes a first line `# …` as the title; where there is a title already, only one that repeats it is taken away.
fn heading_as_title<'a>(entry: &mut ParsedEntry, body: &'a str) -> &'a str {
    let trimmed = body.trim_start();
    let Some(line) = trimmed.lines().next() else { return body };
    let Some(heading) = line.strip_prefix("# ") else { return body };
    let heading = heading.trim().trim_end_matches('#').trim();
    let known = entry.title.as_ref().map(|title| title.value.as_str());
    if known.is_some_and(|known| known != heading) {
        return body;
    }
    entry.title.get_or_insert_with(|| Text::of(heading, TextKind::Text));
    trimmed.get(line.len()..).unwrap_or("")
}

/// The HTML of Markdown.
fn rendered(body: &str) -> String {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES;
    let mut out = String::with_capacity(body.len() * 5 / 4);
    pulldown_cmark::html::push_html(&mut out, Parser::new_ext(body, options));
    out
}
