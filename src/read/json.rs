//! JSON Feed 1.0 and 1.1, whatever types its author gave the fields.

use super::{
    bounded_json, fields, json_repair,
    limits::{Error, Limits},
    newest, person,
};
use crate::model::{
    FeedKind, FeedLink, ParsedDate, ParsedEnclosure, ParsedEntry, ParsedFeed, ParsedPerson, Text,
    TextKind, Warning,
};
use crate::text::is_allowed;
use serde_json::{Map, Value};

type Object = Map<String, Value>;

/// Reads a JSON Feed.
///
/// # Errors
/// `Error::NotAFeed` for JSON without items and without a version, `Error::TooDeep`, `Error::Json`.
pub fn read(text: &str, limits: &Limits) -> Result<ParsedFeed, Error> {
    if nesting(text) > limits.depth {
        return Err(Error::TooDeep { limit: limits.depth });
    }
    let mut warnings = Vec::new();
    let value = parse(text, limits, &mut warnings)?;
    let Value::Object(root) = value else {
        return Err(Error::NotAFeed { found: "a json array".into() });
    };
    let version = string(&root, "version").unwrap_or_default();
    let items = root.get("items").and_then(Value::as_array);
    if items.is_none() && !version.contains("jsonfeed.org") {
        return Err(Error::NotAFeed { found: "json without items".into() });
    }
    let mut feed = ParsedFeed { warnings, ..head(&root) };
    for item in items.into_iter().flatten() {
        match item {
            Value::Object(item) => {
                let mut entry = entry(item);
                if entry.title.as_mut().is_some_and(|title| limits.cut_title(&mut title.value)) {
                    Warning::add(&mut feed.warnings, "title-cut", None);
                }
                feed.entries.push(entry);
            }
            _ => Warning::add(&mut feed.warnings, "item-without-object", None),
        }
    }
    if newest::keep_newest(&mut feed.entries, limits.entries) {
        Warning::add(&mut feed.warnings, "entry-limit", None);
    }
    Ok(feed)
}

/// Parses as it is, or else after a repair.
fn parse(text: &str, limits: &Limits, warnings: &mut Vec<Warning>) -> Result<Value, Error> {
    let (value, cut) = bounded_json::parse(text, limits).or_else(|error| {
        let repaired = json_repair::repair(text).and_then(|m| bounded_json::parse(&m, limits).ok());
        Warning::add(warnings, "json-mended", Some(&error.to_string()));
        repaired.ok_or_else(|| Error::Json { reason: error.to_string() })
    })?;
    (0..cut).for_each(|_| Warning::add(warnings, "text-cut", None));
    Ok(value)
}

/// How deep the brackets outside strings nest.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest, mut inside, mut escaped) = (0usize, 0, false, false);
    for b in text.bytes() {
        match b {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            b'[' | b'{' if !inside => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !inside => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn string(object: &Object, name: &str) -> Option<String> {
    let text = match object.get(name)? {
        Value::String(text) => text.trim().chars().filter(|&c| is_allowed(c)).collect(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(text).filter(|t: &String| !t.is_empty())
}

/// An id exactly as it is written: two that differ in a space are two.
fn id(item: &Object) -> Option<String> {
    match item.get("id")? {
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        _ => string(item, "id"),
    }
}

fn date(object: &Object, name: &str) -> Option<ParsedDate> {
    string(object, name).map(|raw| ParsedDate { raw })
}

fn text(object: &Object, name: &str, kind: TextKind) -> Option<Text> {
    let media_type = match kind {
        TextKind::Html => "text/html",
        _ => "text/plain",
    };
    let value = string(object, name)?;
    Some(Text { value, kind, media_type: Some(media_type.to_owned()), ..Text::default() })
}

fn objects<'v>(object: &'v Object, name: &str) -> impl Iterator<Item = &'v Object> {
    object.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

fn people(object: &Object) -> Vec<ParsedPerson> {
    let new = object.get("authors").and_then(Value::as_array).into_iter().flatten();
    let new: Vec<_> = new.filter_map(person).collect();
    let old = || object.get("author").and_then(person).into_iter().collect();
    if new.is_empty() { old() } else { new }
}

/// A person as the standard has it, or a bare name.
fn person(value: &Value) -> Option<ParsedPerson> {
    match value {
        Value::Object(author) => person_of(author),
        Value::String(name) => person::from_text(name),
        _ => None,
    }
}

fn person_of(object: &Object) -> Option<ParsedPerson> {
    let (name, uri) = (string(object, "name"), string(object, "url"));
    let found = name.as_deref().and_then(person::from_text).unwrap_or_default();
    (name.is_some() || uri.is_some()).then_some(ParsedPerson { uri, ..found })
}

fn link(rel: &str, href: Option<String>) -> Option<FeedLink> {
    href.map(|href| FeedLink { rel: rel.to_owned(), href, ..FeedLink::default() })
}

fn head(root: &Object) -> ParsedFeed {
    let page = string(root, "home_page_url");
    let own = string(root, "feed_url");
    let hubs = objects(root, "hubs").filter_map(|h| link("hub", string(h, "url")));
    let links = [
        link("alternate", page.clone()),
        link("self", own.clone()),
        link("next", string(root, "next_url")),
    ];
    ParsedFeed {
        kind: FeedKind::Json,
        title: text(root, "title", TextKind::Text),
        description: text(root, "description", TextKind::Text),
        link: page,
        links: links.into_iter().flatten().chain(hubs).collect(),
        id: own,
        language: string(root, "language"),
        image: string(root, "icon"),
        icon: string(root, "favicon"),
        authors: people(root),
        ..ParsedFeed::default()
    }
}

fn entry(item: &Object) -> ParsedEntry {
    let link_of = string(item, "url").or_else(|| string(item, "external_url"));
    let links =
        [link("alternate", string(item, "url")), link("related", string(item, "external_url"))];
    let content =
        [text(item, "content_html", TextKind::Html), text(item, "content_text", TextKind::Text)];
    ParsedEntry {
        id: id(item),
        link: link_of,
        links: links.into_iter().flatten().collect(),
        title: text(item, "title", TextKind::Text),
        summary: text(item, "summary", TextKind::Text),
        content: content.into_iter().flatten().collect(),
        authors: people(item),
        categories: tags(item),
        enclosures: objects(item, "attachments").filter_map(attachment).collect(),
        image: string(item, "image").or_else(|| string(item, "banner_image")),
        published: date(item, "date_published"),
        updated: date(item, "date_modified"),
        language: string(item, "language"),
        ..ParsedEntry::default()
    }
}

/// The tags: a list of them, or one text with commas.
fn tags(item: &Object) -> Vec<(String, Option<String>, Option<String>)> {
    match item.get("tags") {
        Some(Value::String(tags)) => fields::listed(tags),
        Some(Value::Array(tags)) => {
            let tags =
                tags.iter().filter_map(Value::as_str).map(str::trim).filter(|t| !t.is_empty());
            tags.map(|tag| (tag.to_owned(), None, None)).collect()
        }
        _ => Vec::new(),
    }
}

fn attachment(object: &Object) -> Option<ParsedEnclosure> {
    Some(ParsedEnclosure {
        url: string(object, "url")?,
        media_type: string(object, "mime_type"),
        length: string(object, "size_in_bytes"),
        title: string(object, "title"),
        duration: string(object, "duration_in_seconds"),
        ..ParsedEnclosure::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_with_usual_limits(text: &str) -> Result<ParsedFeed, Error> {
        read(text, &Limits::default())
    }

    #[test]
    fn both_versions() {
        let text = r#"{"version":"https://jsonfeed.org/version/1.1","title":"Tin","items":[
            {"id":7,"url":"http://a.vn/7","title":"Một","content_html":"<p>x","tags":["a"],
             "authors":[{"name":"B"}],"attachments":[{"url":"u","size_in_bytes":5}]},
            "junk",{"id":"8","author":{"name":"C"}}]}"#;
        let feed = read_with_usual_limits(text).unwrap_or_default();
        let ids: Vec<_> = feed.entries.iter().filter_map(|e| e.id.as_deref()).collect();
        assert_eq!(ids, ["7", "8"]);
        assert_eq!(feed.entries.first().map(|e| e.enclosures.len()), Some(1));
        assert_eq!(feed.warnings.first().map(|w| w.name.as_str()), Some("item-without-object"));
    }

    #[test]
    fn authors_may_be_bare_names() {
        let people = |authors: &str| {
            let text = format!(
                r#"{{"version":"https://jsonfeed.org/version/1.1","items":[{{"id":"1",{authors}}}]}}"#
            );
            let mut feed = read_with_usual_limits(&text).unwrap_or_default();
            feed.entries.remove(0).authors
        };
        let named = |name: &str| ParsedPerson { name: Some(name.into()), ..Default::default() };
        assert_eq!(people(r#""authors":["Nam",{"name":"Bình"},7]"#), [named("Nam"), named("Bình")]);
        assert_eq!(people(r#""authors":[" "],"author":"Nam""#), [named("Nam")]);
        let with_email = people(r#""authors":["nam@a.vn (Nam)"]"#);
        assert_eq!(with_email[0], ParsedPerson { email: Some("nam@a.vn".into()), ..named("Nam") });
    }

    #[test]
    fn broken_json_keeps_its_complete_items() {
        let whole = "{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{\"id\":\"1\",\"title\":\"a\nb\",},{\"id\":\"2\"}]}";
        let count = |text: &str| read_with_usual_limits(text).map(|f| f.entries.len());
        assert_eq!(count(whole), Ok(2));
        for end in whole.len() - 10..whole.len() - 3 {
            assert_eq!(count(whole.get(..end).unwrap_or_default()), Ok(1), "{end}");
        }
    }

    #[test]
    fn what_is_no_feed() {
        let deep = "[".repeat(100_000);
        assert_eq!(read_with_usual_limits(&deep), Err(Error::TooDeep { limit: 100 }));
        assert!(matches!(read_with_usual_limits("{\"a\":1}"), Err(Error::NotAFeed { .. })));
        assert!(matches!(read_with_usual_limits("{"), Err(Error::Json { .. })));
    }
}
