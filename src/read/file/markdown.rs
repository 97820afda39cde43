//! `.md`: front matter, then CommonMark with tables.

use super::{FileError, Found, front, html, text};
use crate::model::{
    ParsedDate, ParsedEnclosure, ParsedEntry, ParsedPerson, Text, TextKind, Warning,
};
use crate::read::article_json::says_draft;
use pulldown_cmark::{Options, Parser};

/// Reads a Markdown file.
///
/// # Errors
/// The field that is missing or wrong.
pub fn read(document: &str) -> Result<Found, FileError> {
    let (fields, body) = front::split(document.trim_start_matches(['\u{feff}', '\n', '\r']))?;
    let mut entry = ParsedEntry::default();
    let mut warnings = Vec::new();
    for (name, values) in &fields {
        set(&mut entry, name, values, &mut warnings);
    }
    let body = heading_as_title(&mut entry, body);
    if entry.title.is_none() {
        let remedy = "write `title: …` in the front matter or begin with `# …`";
        return Err(FileError::field("title", "the file has none", remedy));
    }
    entry.content = html(&rendered(body)).into_iter().collect();
    if fields.iter().any(|(name, values)| name == "draft" && values.iter().any(|v| says_draft(v))) {
        Warning::add(&mut warnings, "draft", entry.title.as_ref().map(|t| t.value.as_str()));
        return Ok(Found { warnings, ..Found::default() });
    }
    Ok(Found { warnings, ..Found::one(entry) })
}

/// Puts one field of the front matter where it belongs.
fn set(entry: &mut ParsedEntry, name: &str, values: &[String], warnings: &mut Vec<Warning>) {
    let first = || values.first().map(|value| value.trim().to_owned()).filter(|v| !v.is_empty());
    let plain = || first().as_deref().and_then(text);
    let date = || first().map(|raw| ParsedDate { raw });
    match name {
        "title" => entry.title = plain(),
        "date" | "published" | "publishdate" => entry.published = date(),
        "updated" | "lastmod" | "modified" => entry.updated = date(),
        "author" | "authors" => entry.authors = values.iter().map(|name| person(name)).collect(),
        "category" | "categories" | "tags" | "tag" => {
            entry.categories.extend(values.iter().map(|term| (term.clone(), None, None)));
        }
        "id" | "guid" => entry.id = first(),
        "url" | "link" => entry.link = first(),
        "lead" | "summary" | "description" => entry.summary = plain(),
        "language" | "lang" => entry.language = first(),
        "image" | "cover" => entry.image = first(),
        "rights" | "copyright" => entry.rights = plain(),
        "publisher" => entry.publisher = values.first().map(|name| person(name)),
        "enclosure" | "attachment" | "attachments" | "enclosures" => {
            let enclosure =
                |url: &String| ParsedEnclosure { url: url.clone(), ..Default::default() };
            entry.enclosures.extend(values.iter().map(enclosure));
        }
        "draft" => {}
        other => Warning::add(warnings, "unknown-field", Some(other)),
    }
}

/// A person of whom only the name is known.
fn person(name: &str) -> ParsedPerson {
    ParsedPerson { name: Some(name.to_owned()), ..ParsedPerson::default() }
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
    let value = heading.to_owned();
    let title = || Text { value, kind: TextKind::Text, ..Text::default() };
    entry.title.get_or_insert_with(title);
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
