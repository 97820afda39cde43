use super::Format;
use quick_xml::XmlVersion;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

/// The most open elements; our deepest document has six.
const DEPTH: usize = 16;

/// Checks that the bytes are a well-formed document of their format; the error says what is wrong.
pub(super) fn check(format: Format, bytes: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(bytes).map_err(|e| e.to_string())?;
    match format {
        Format::Rss | Format::Atom => xml(text),
        Format::Json => json(text),
    }
}

fn json(text: &str) -> Result<(), String> {
    let value: serde_json::Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
    let version = value.get("version").and_then(|v| v.as_str());
    let items = value.get("items").is_some_and(|items| items.is_array());
    match (version, items) {
        (Some("https://jsonfeed.org/version/1.1"), true) => Ok(()),
        _ => Err("not a JSON feed".to_owned()),
    }
}

/// Reads a whole XML document strictly: one root, matching ends, declared prefixes, allowed characters.
pub(super) fn xml(text: &str) -> Result<(), String> {
    if let Some(c) = text.chars().find(|&c| !crate::text::is_xml(c)) {
        return Err(format!("forbidden character U+{:04X}", u32::from(c)));
    }
    let mut reader = NsReader::from_str(text);
    reader.config_mut().check_end_names = true;
    reader.config_mut().check_comments = true;
    let (mut depth, mut roots) = (0_usize, 0_usize);
    loop {
        let (namespace, event) = reader.read_resolved_event().map_err(|e| e.to_string())?;
        if let ResolveResult::Unknown(prefix) = namespace {
            return Err(format!("undeclared prefix {}", prefix));
        }
        match event {
            Event::Start(start) => {
                element(&start, &reader)?;
                roots += usize::from(depth == 0);
                depth += 1;
            }
            Event::Empty(start) => {
                element(&start, &reader)?;
                roots += usize::from(depth == 0);
            }
            Event::End(_) => depth = depth.checked_sub(1).ok_or("an end without a start")?,
            Event::Text(text) => {
                let text: &str = &text;
                let misplaced = depth == 0 && !text.trim().is_empty();
                if misplaced || text.contains("]]>") || text.contains('&') {
                    return Err("text that may not stand there".to_owned());
                }
            }
            Event::GeneralRef(reference) => {
                entity(&reference)?;
            }
            Event::DocType(_) | Event::PI(_) => return Err("a doctype or instruction".to_owned()),
            Event::Eof if depth == 0 && roots == 1 => return Ok(()),
            Event::Eof => return Err("the document ends too early or has not one root".to_owned()),
            Event::CData(_) | Event::Comment(_) | Event::Decl(_) => {}
        }
        if depth > DEPTH {
            return Err("too deep".to_owned());
        }
    }
}

fn element(start: &BytesStart<'_>, reader: &NsReader<&[u8]>) -> Result<(), String> {
    for attribute in start.attributes().with_checks(true) {
        let attribute = attribute.map_err(|e| e.to_string())?;
        let (namespace, _) = reader.resolver().resolve_attribute(attribute.key);
        if matches!(namespace, ResolveResult::Unknown(_)) {
            return Err("undeclared prefix of an attribute".to_owned());
        }
        value(&attribute)?;
    }
    Ok(())
}

fn value(attribute: &Attribute<'_>) -> Result<(), String> {
    if attribute.value.contains('<') {
        return Err("`<` in an attribute".to_owned());
    }
    let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|e| e.to_string())?;
    match value.chars().find(|&c| !crate::text::is_xml(c)) {
        Some(c) => Err(format!("forbidden character U+{:04X} in an attribute", u32::from(c))),
        None => Ok(()),
    }
}

/// A predefined entity, or a reference to a character that XML allows.
fn entity(name: &str) -> Result<(), String> {
    let number = match name.strip_prefix('#') {
        Some(hex) if hex.starts_with('x') => u32::from_str_radix(&hex[1..], 16).ok(),
        Some(decimal) => decimal.parse().ok(),
        None if ["amp", "lt", "gt", "quot", "apos"].contains(&name) => return Ok(()),
        None => None,
    };
    match number.and_then(char::from_u32).filter(|&c| crate::text::is_xml(c)) {
        Some(_) => Ok(()),
        None => Err(format!("the reference &{name}; means nothing")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_a_strict_parser_refuses() {
        for bad in [
            "", "text", "<a>", "<a></b>", "<a/><b/>", "<a>&nbsp;</a>", "<a>&</a>", "<a>&#0;</a>",
            "<a>\u{1}</a>", "<a>]]></a>", "<a x='1' x='2'/>", "<a x='<'/>", "<a x='&b;'/>",
            "<a x='&#1;'/>", "<p:a/>", "<a p:x='1'/>", "<a/>text", "<!DOCTYPE a><a/>",
            "<a><![CDATA[</a>",
        ] {
            assert!(xml(bad).is_err(), "{bad}");
        }
        let good = "<?xml version='1.0'?>\n<a xmlns:p='u' p:x='&amp;'>&#10;<![CDATA[<]]></a>\n";
        assert_eq!(xml(good), Ok(()));
    }
}
