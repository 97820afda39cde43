//! An article as JSON, however it comes: pushed, added by hand, or as a file of a folder.
//!
//! In: the text of one JSON object. Out: a `ParsedEntry`, or the one `Mistake` that keeps it out, with its place.
//! JSON Feed's names are read too. `schema` describes the same fields for the OpenAPI document.

/// Fields that may be written in several ways.
mod fields;
/// Numbers that may be strings.
mod scalars;
/// What is wrong, and where.
mod mistake;
/// The fields as the OpenAPI document shows them.
pub mod schema;
#[cfg(test)]
mod tests;

pub use mistake::{Mistake, MistakeKind};

use crate::model::{ParsedEntry, ParsedSource, Text, TextKind, Warning};
use fields::{Enclosures, People, PersonOrName, Subjects};
use scalars::Code;
use serde::Deserialize;
use serde::de::value::MapDeserializer;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use std::fmt;

/// The most characters of an address.
const ADDRESS_CHARS: usize = 2048;

/// Reads one article; a field that is not known and looks like no other is a warning.
///
/// # Errors
///
/// The first [`Mistake`], where the text is no JSON object or a field is not of its form.
pub fn read_article(text: &str, warnings: &mut Vec<Warning>) -> Result<ParsedEntry, Mistake> {
    read_named_article(text, false, warnings)
}

/// Reads one article as [`read_article`] does; the `guid` of one that is named already is no id.
///
/// # Errors
///
/// As of [`read_article`].
pub fn read_named_article(
    text: &str,
    is_named: bool,
    warnings: &mut Vec<Warning>,
) -> Result<ParsedEntry, Mistake> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with(|c| c != '{') {
        return Err(MistakeKind::NotAnObject.whole());
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let mut fields: Fields =
        serde_path_to_error::deserialize(&mut json).map_err(|error| Mistake::of_json(&error))?;
    json.end().map_err(|error| Mistake::of_text(&error))?;
    if is_named {
        fields.guid = None;
    }
    fields.check().map_err(|mistake| mistake.found_in(text))?;
    for name in &fields.unknown {
        Warning::add(warnings, "unknown-field", Some(name));
    }
    Ok(fields.into_entry())
}

/// Reads an article from fields that are values already. A field of another form than its name wants is a warning, since
/// front matter has fields of many programs.
///
/// # Errors
/// A draft, whose title stays as it is.
pub(super) fn read_fields(
    fields: impl Iterator<Item = (String, Value)>,
    warnings: &mut Vec<Warning>,
) -> Result<ParsedEntry, MistakeKind> {
    let mut read = Fields::default();
    for (name, value) in fields {
        let pair = std::iter::once((name.as_str(), value));
        let mut map = MapDeserializer::<_, serde_json::Error>::new(pair);
        let taken = map.next_key::<IgnoredAny>().and_then(|_| read.take(&name, &mut map));
        if taken.is_err() {
            read.unknown.push(name);
        }
    }
    for name in &read.unknown {
        Warning::add(warnings, "unknown-field", Some(name));
    }
    read.check_draft()?;
    Ok(read.into_entry())
}

/// Whether an id has a `..` between its slashes: no address can have that, and a reader may make a path of it.
pub fn leads_upwards(id: &str) -> bool {
    id.split(['/', '\\']).any(|part| part == "..")
}

/// The most bytes of an id that is no address.
const ID_BYTES: usize = 255;

fn is_too_long(id: &str) -> bool {
    id.len() > ID_BYTES && (id.len() > ADDRESS_CHARS || url::Url::parse(id).is_err())
}

/// Whether some systems take a file of this name for a device, as Windows does.
fn is_device(id: &str) -> bool {
    let name = id.split('.').next().unwrap_or("").trim_end().to_ascii_uppercase();
    let port = name.strip_prefix("COM").or_else(|| name.strip_prefix("LPT")).unwrap_or("");
    matches!(&*name, "CON" | "PRN" | "AUX" | "NUL") || matches!(port.as_bytes(), [b'0'..=b'9'])
}

/// Checks an id, which is compared byte by byte.
///
/// # Errors
///
/// A [`Mistake`] where the id has characters that nobody can see or type, leads upwards, is too long or means a device.
pub fn check_id(id: Option<&str>) -> Result<(), Mistake> {
    match id {
        Some(id) if leads_upwards(id.trim()) => Err(MistakeKind::IdLeadsUpwards.in_field("id")),
        Some(id) if id.chars().any(char::is_control) => {
            Err(MistakeKind::IdHasControl.in_field("id"))
        }
        Some(id) if is_too_long(id.trim()) => Err(MistakeKind::IdTooLong.in_field("id")),
        Some(id) if is_device(id.trim()) => Err(MistakeKind::IdIsDevice.in_field("id")),
        _ => Ok(()),
    }
}

/// Checks an address that must be whole: http or https, with a host.
///
/// # Errors
///
/// A [`Mistake`] in `field` where it is something else.
pub fn check_whole_address(field: &str, address: Option<&str>) -> Result<(), Mistake> {
    let Some(address) = address.map(str::trim).filter(|address| !address.is_empty()) else {
        return Ok(());
    };
    let is_whole = address.chars().count() <= ADDRESS_CHARS
        && !address.chars().any(char::is_control)
        && url::Url::parse(address).is_ok_and(|url| is_web(&url));
    if is_whole { Ok(()) } else { Err(MistakeKind::Address.in_field(field)) }
}

/// Checks an address that may be relative to where its article lies.
fn check_address(field: &str, address: Option<&str>) -> Result<(), Mistake> {
    let is_relative =
        |text: &str| url::Url::parse(text.trim()) == Err(url::ParseError::RelativeUrlWithoutBase);
    match address {
        Some(text) if is_relative(text) && text.chars().count() <= ADDRESS_CHARS => {
            let has_control = text.trim().chars().any(char::is_control);
            if has_control { Err(MistakeKind::Address.in_field(field)) } else { Ok(()) }
        }
        other => check_whole_address(field, other),
    }
}

fn is_web(url: &url::Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

/// The fields as they stand, before they are checked.
#[derive(Default)]
struct Fields {
    entry: ParsedEntry,
    /// The id where there is no `id`.
    guid: Option<String>,
    html: Option<Text>,
    text: Option<Text>,
    /// `content`: the name does not say whether it is HTML.
    either: Option<Text>,
    /// JSON Feed's picture above the article, where it has no `image`.
    banner: Option<String>,
    is_draft: bool,
    /// Names that are not known, in order.
    unknown: Vec<String>,
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object, an article")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let (mut fields, mut seen) = (Fields::default(), Vec::new());
        while let Some(name) = map.next_key::<String>()? {
            if seen.contains(&name) {
                return Err(serde::de::Error::custom(format!("duplicate field `{name}`")));
            }
            fields.take(&name, &mut map)?;
            seen.push(name);
        }
        Ok(fields)
    }
}

impl Fields {
    /// Puts the value that comes next where its name says.
    fn take<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        let entry = &mut self.entry;
        match name {
            "id" | "upstream_id" => entry.id = code(map)?,
            "guid" => self.guid = code(map)?,
            "url" | "link" => entry.link = string(map)?,
            "title" => entry.title = text(map, TextKind::Text)?,
            "summary" | "lead" | "description" => entry.summary = text(map, TextKind::Text)?,
            "content_html" => self.html = text(map, TextKind::Html)?,
            "content_text" => self.text = text(map, TextKind::Text)?,
            "content" => self.either = text(map, TextKind::Unknown)?,
            "authors" | "author" => entry.authors = many::<People, _>(map)?.0,
            "categories" | "category" | "tags" => {
                entry.categories.extend(many::<Subjects, _>(map)?.0);
            }
            "enclosures" | "attachments" => entry.enclosures = many::<Enclosures, _>(map)?.0,
            "image" => entry.image = string(map)?,
            "banner_image" => self.banner = string(map)?,
            "language" | "lang" => entry.language = string(map)?,
            "published" | "date_published" | "date" => entry.published = fields::date(map)?,
            "updated" | "date_modified" => entry.updated = fields::date(map)?,
            "rights" => entry.rights = text(map, TextKind::Text)?,
            "publisher" => {
                entry.publisher = map.next_value::<Option<PersonOrName>>()?.map(|person| person.0);
            }
            "source" => {
                let source = map.next_value::<Option<schema::From>>()?;
                entry.source = source.map(|from| ParsedSource {
                    title: from.title,
                    link: from.url,
                    ..ParsedSource::default()
                });
            }
            "draft" => self.is_draft = is_draft(&map.next_value::<Value>()?),
            _ => {
                map.next_value::<IgnoredAny>()?;
                self.unknown.push(name.to_owned());
            }
        }
        Ok(())
    }

    /// Checks what the form of a single field does not say.
    fn check(&self) -> Result<(), Mistake> {
        self.check_draft().map_err(|draft| draft.in_field("draft"))?;
        self.check_unknown()?;
        let body = self.html.as_ref().or(self.text.as_ref()).or(self.either.as_ref());
        if self.entry.title.is_none() && self.entry.summary.is_none() && body.is_none() {
            return Err(MistakeKind::Empty.in_field("title"));
        }
        check_id(self.entry.id.as_deref().or(self.guid.as_deref()))?;
        check_address("url", self.entry.link.as_deref())?;
        check_address("image", self.entry.image.as_deref())?;
        for (index, file) in self.entry.enclosures.iter().enumerate() {
            check_address(&format!("enclosures/{index}/url"), Some(&file.url))?;
        }
        Ok(())
    }

    fn check_draft(&self) -> Result<(), MistakeKind> {
        let title = || self.entry.title.as_ref().map(|title| title.value.clone());
        if self.is_draft { Err(MistakeKind::Draft { title: title() }) } else { Ok(()) }
    }

    /// Refuses a name that is not known where it looks like the name of a field that is missing.
    fn check_unknown(&self) -> Result<(), Mistake> {
        for name in &self.unknown {
            if let Some(known) = mistake::meant(name).filter(|known| !self.has(known)) {
                return Err(MistakeKind::LooksLike { name: name.clone(), known }.in_field(name));
            }
        }
        Ok(())
    }

    fn has(&self, field: &str) -> bool {
        let entry = &self.entry;
        match field {
            "id" => entry.id.is_some() || self.guid.is_some(),
            "url" => entry.link.is_some(),
            "title" => entry.title.is_some(),
            "summary" => entry.summary.is_some(),
            "content_html" | "content_text" => {
                self.html.is_some() || self.text.is_some() || self.either.is_some()
            }
            "authors" => !entry.authors.is_empty(),
            "categories" => !entry.categories.is_empty(),
            "language" => entry.language.is_some(),
            "published" => entry.published.is_some(),
            "updated" => entry.updated.is_some(),
            "image" => entry.image.is_some() || self.banner.is_some(),
            "enclosures" => !entry.enclosures.is_empty(),
            "rights" => entry.rights.is_some(),
            "publisher" => entry.publisher.is_some(),
            _ => entry.source.is_some(),
        }
    }

    fn into_entry(self) -> ParsedEntry {
        let content = self.html.or(self.text).or(self.either).into_iter().collect();
        let image = self.entry.image.or(self.banner);
        let id = self.entry.id.or(self.guid);
        ParsedEntry { id, content, image, ..self.entry }
    }
}

/// Whether an article says that it is not to be published yet; whatever does not clearly say no does.
fn is_draft(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => says_draft(text),
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::Bool(true) | Value::Array(_) | Value::Object(_) => true,
    }
}

/// Whether the text of a `draft` field keeps an article back (YAML 1.1's words for no do not).
fn says_draft(value: &str) -> bool {
    !["", "false", "no", "n", "off", "0", "~", "null"]
        .contains(&value.trim().to_lowercase().as_str())
}

fn has_text(text: &str) -> bool {
    !text.trim().is_empty()
}

/// A string or a number; `None` where it is blank or null.
fn code<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<String>, A::Error> {
    let code = map.next_value::<Option<Code>>()?;
    Ok(code.map(|code| code.0).filter(|text| has_text(text)))
}

/// A string; `None` where it is blank or null.
fn string<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<String>, A::Error> {
    Ok(map.next_value::<Option<String>>()?.filter(|text| has_text(text)))
}

/// A text of a kind; `None` where it is blank or null.
fn text<'de, A: MapAccess<'de>>(map: &mut A, kind: TextKind) -> Result<Option<Text>, A::Error> {
    Ok(string(map)?.map(|value| Text::of(value, kind)))
}

/// A list, a single value as a list of one, or nothing where it is null.
fn many<'de, T: Deserialize<'de> + Default, A: MapAccess<'de>>(map: &mut A) -> Result<T, A::Error> {
    Ok(map.next_value::<Option<T>>()?.unwrap_or_default())
}
