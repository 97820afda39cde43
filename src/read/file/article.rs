//! An article as it is pushed, in JSON: each field with its type, each mistake with its name.

use super::{FileError, html, text};
use crate::model::{ParsedDate, ParsedEnclosure, ParsedEntry, ParsedPerson, Text, Warning};
use serde_json::{Map, Value};

/// The most values that one list may have.
const MANY: usize = 256;

/// Reads JSON text.
///
/// # Errors
/// The place at which it is no JSON.
pub fn parse(document: &str) -> Result<Value, FileError> {
    serde_json::from_str(document.trim_start_matches('\u{feff}')).map_err(|error| {
        let at = format!("line {}, column {}", error.line(), error.column());
        FileError::field(&at, &format!("not JSON: {error}"), "send one JSON object in UTF-8")
    })
}

/// Whether an article says that it is not to be published yet; whatever does not clearly say no does.
pub(super) fn is_draft(value: &Value) -> bool {
    match value.get("draft") {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::String(text)) => super::markdown::is_draft(text),
        Some(Value::Number(number)) => number.as_f64() != Some(0.0),
        Some(_) => true,
    }
}

/// Reads one article from a JSON object.
///
/// # Errors
/// The field that is missing or wrong.
pub fn article(value: &Value, warnings: &mut Vec<Warning>) -> Result<ParsedEntry, FileError> {
    let Value::Object(object) = value else {
        let remedy =
            "send an object such as {\"id\": \"512\", \"title\": \"…\", \"content_html\": \"…\"}";
        return Err(FileError::field("article", "not a JSON object", remedy));
    };
    if is_draft(value) {
        return Err(FileError::field("draft", "it is a draft", "push it once it may be published"));
    }
    let mut entry = ParsedEntry::default();
    for (name, value) in object {
        if !value.is_null() {
            set(&mut entry, name, value, warnings)?;
        }
    }
    let shown = entry.title.is_some() || entry.summary.is_some() || !entry.content.is_empty();
    if !shown {
        let remedy = "send at least `title`, or `content_html`, or `content_text`";
        return Err(FileError::field("title", "the article has no title and no text", remedy));
    }
    Ok(entry)
}

/// Puts one field where it belongs.
fn set(
    entry: &mut ParsedEntry,
    name: &str,
    value: &Value,
    warnings: &mut Vec<Warning>,
) -> Result<(), FileError> {
    match name {
        "id" | "guid" | "upstream_id" => entry.id = Some(id(name, value)?),
        "url" | "link" => entry.link = string(name, value)?,
        "title" => entry.title = plain(name, value)?,
        "summary" | "lead" | "description" => entry.summary = plain(name, value)?,
        "content_html" => entry.content.extend(string(name, value)?.as_deref().and_then(html)),
        "content_text" => entry.content.extend(plain(name, value)?),
        "content" => {
            let value = string(name, value)?.unwrap_or_default();
            entry.content.push(Text { value, ..Text::default() });
        }
        "authors" | "author" => entry.authors = people(name, value)?,
        "categories" | "category" | "tags" => categories(entry, name, value)?,
        "enclosures" | "attachments" => entry.enclosures = enclosures(name, value)?,
        "image" | "banner_image" => entry.image = string(name, value)?,
        "language" | "lang" => entry.language = string(name, value)?,
        "published" | "date_published" | "date" => entry.published = date(name, value)?,
        "updated" | "date_modified" => entry.updated = date(name, value)?,
        "rights" => entry.rights = plain(name, value)?,
        "publisher" => entry.publisher = people(name, value)?.into_iter().next(),
        "draft" => {}
        other => Warning::add(warnings, "unknown-field", Some(other)),
    }
    Ok(())
}

/// The error of a field that is not of its type.
fn wrong(name: &str, value: &Value, wanted: &str) -> FileError {
    let is = match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    FileError::field(name, &format!("is {is}"), &format!("send {wanted}"))
}

/// A text; `None` where it is empty.
fn string(name: &str, value: &Value) -> Result<Option<String>, FileError> {
    let Value::String(text) = value else { return Err(wrong(name, value, "a text")) };
    Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
}

/// An id: a text or a whole number.
fn id(name: &str, value: &Value) -> Result<String, FileError> {
    let found = match value {
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        // Exactly as it is written: two ids that differ in a space are two.
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        _ => return Err(wrong(name, value, "a text or a whole number")),
    };
    found.ok_or_else(|| {
        FileError::field(
            name,
            "is empty",
            "send what your system calls the article, or leave it out",
        )
    })
}

/// Plain text.
fn plain(name: &str, value: &Value) -> Result<Option<Text>, FileError> {
    Ok(string(name, value)?.as_deref().and_then(text))
}

/// A date as text; whether it can be read is said later, with all the evidence.
fn date(name: &str, value: &Value) -> Result<Option<ParsedDate>, FileError> {
    let wanted = "a text such as \"2009-06-12T20:30:21+07:00\"";
    match value {
        Value::String(_) => Ok(string(name, value)?.map(|raw| ParsedDate { raw })),
        _ => Err(wrong(name, value, wanted)),
    }
}

/// The values of a list, or a single value as a list of one.
fn list<'a>(name: &str, value: &'a Value) -> Result<&'a [Value], FileError> {
    let values = match value {
        Value::Array(values) => values.as_slice(),
        one => std::slice::from_ref(one),
    };
    if values.len() > MANY {
        let problem = format!("has {} values", values.len());
        return Err(FileError::field(name, &problem, &format!("send at most {MANY}")));
    }
    Ok(values)
}

/// A field of an object in a list.
fn member(
    at: &str,
    object: &Map<String, Value>,
    names: &[&str],
) -> Result<Option<String>, FileError> {
    let found = names.iter().find_map(|name| object.get(*name).map(|value| (name, value)));
    match found {
        None | Some((_, Value::Null)) => Ok(None),
        Some((_, Value::Number(number))) => Ok(Some(number.to_string())),
        Some((name, value)) => string(&format!("{at}.{name}"), value),
    }
}

/// People: names, or objects with `name`, `email`, `url`.
fn people(name: &str, value: &Value) -> Result<Vec<ParsedPerson>, FileError> {
    let person = |(place, value): (usize, &Value)| {
        let at = format!("{name}[{place}]");
        match value {
            Value::String(text) => {
                Ok(ParsedPerson { name: Some(text.trim().to_owned()), ..ParsedPerson::default() })
            }
            Value::Object(object) => Ok(ParsedPerson {
                name: member(&at, object, &["name"])?,
                email: member(&at, object, &["email"])?,
                uri: member(&at, object, &["url", "uri"])?,
            }),
            other => Err(wrong(&at, other, "a name, or an object with `name`")),
        }
    };
    list(name, value)?.iter().enumerate().map(person).collect()
}

/// Categories: names, or objects with `term`, `scheme`, `label`.
fn categories(entry: &mut ParsedEntry, name: &str, value: &Value) -> Result<(), FileError> {
    for (place, value) in list(name, value)?.iter().enumerate() {
        let at = format!("{name}[{place}]");
        let category = match value {
            Value::String(term) => (term.trim().to_owned(), None, None),
            Value::Object(object) => {
                let term = member(&at, object, &["term", "name"])?.unwrap_or_default();
                (term, member(&at, object, &["scheme"])?, member(&at, object, &["label"])?)
            }
            other => return Err(wrong(&at, other, "a name, or an object with `term`")),
        };
        entry.categories.push(category);
    }
    Ok(())
}

/// Files: addresses, or objects with `url`, `type`, `length`, `title`.
fn enclosures(name: &str, value: &Value) -> Result<Vec<ParsedEnclosure>, FileError> {
    let enclosure = |(place, value): (usize, &Value)| {
        let at = format!("{name}[{place}]");
        let Value::Object(object) = value else {
            let url = string(&at, value)?.unwrap_or_default();
            return Ok(ParsedEnclosure { url, ..ParsedEnclosure::default() });
        };
        let url = member(&at, object, &["url"])?;
        let missing =
            || FileError::field(&format!("{at}.url"), "is missing", "send the file's address");
        Ok(ParsedEnclosure {
            url: url.ok_or_else(missing)?,
            media_type: member(&at, object, &["media_type", "mime_type", "type"])?,
            length: member(&at, object, &["length", "size_in_bytes"])?,
            title: member(&at, object, &["title"])?,
            duration: member(&at, object, &["duration", "duration_in_seconds"])?,
            ..ParsedEnclosure::default()
        })
    };
    list(name, value)?.iter().enumerate().map(enclosure).collect()
}
