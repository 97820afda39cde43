//! Text constructs: an element becomes a `Text`, its markup a string.

use super::{
    names::{self, Ns},
    tree::{Element, Node},
};
use crate::model::{Text, TextKind};
use crate::text::{decode, element as element_of, escape_markup, is_allowed};
use base64::Engine;

/// The kind of text that an element without a `type` holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Default {
    /// RSS: nobody knows.
    Unknown,
    /// Atom: plain text.
    Plain,
    /// `content:encoded` and its like: HTML.
    Html,
}

/// The text of an element, if there is any.
pub fn construct(element: &Element<'_>, default: Default) -> Option<Text> {
    let written = element.attribute("type").map(str::to_ascii_lowercase);
    let (media_type, declared) = media_type_and_kind(written.as_deref(), default);
    let has_markup = element.elements().next().is_some();
    let is_escaped = element.attribute("mode").is_some_and(|m| m.eq_ignore_ascii_case("escaped"));
    let kind = match declared {
        // Atom 0.3's way, and a mistake in 1.0: what should be elements is text.
        TextKind::Xhtml if is_escaped || !has_markup => TextKind::Html,
        TextKind::Xhtml => TextKind::Xhtml,
        _ if has_markup => TextKind::Html,
        other => other,
    };
    let wrapped = matches!(written.as_deref(), Some("xhtml" | "html"));
    let inner = if wrapped { unwrapped(element) } else { element };
    let value = match kind {
        TextKind::Xhtml => markup(inner),
        _ if has_markup => write_unescaped(inner),
        _ => decode_text(element, media_type.as_deref()),
    };
    let src = element.attribute("src").map(|s| element.resolve(s));
    if value.is_empty() && src.is_none() {
        return None;
    }
    let language = element.language.as_deref().map(str::to_owned);
    let base = element.base.as_deref().map(str::to_owned);
    Some(Text { value, kind, language, base, src, media_type })
}

fn media_type_and_kind(written: Option<&str>, default: Default) -> (Option<String>, TextKind) {
    let essence = written.map(|w| w.split(';').next().unwrap_or_default().trim());
    let (media, kind) = match (essence, default) {
        (None | Some(""), Default::Unknown) => return (None, TextKind::Unknown),
        (None | Some(""), Default::Plain) => ("text/plain", TextKind::Text),
        (None | Some(""), Default::Html) => ("text/html", TextKind::Html),
        (Some("text" | "plain" | "text/plain"), _) => ("text/plain", TextKind::Text),
        (Some("html" | "text/html"), _) => ("text/html", TextKind::Html),
        (Some("xhtml" | "text/xhtml" | "application/xhtml+xml" | "xml"), _) => {
            ("application/xhtml+xml", TextKind::Xhtml)
        }
        (Some(other), Default::Plain) if other.starts_with("text/") => (other, TextKind::Text),
        (Some(other), _) => (other, TextKind::Unknown),
    };
    (Some(media.to_owned()), kind)
}

/// The text of an element; decoded from base64 where it says so or its type is neither text nor XML.
fn decode_text(element: &Element<'_>, media_type: Option<&str>) -> String {
    let text = element.text();
    let stated = element.attribute("mode").is_some_and(|m| m.eq_ignore_ascii_case("base64"));
    let binary = element.attribute("type").is_some()
        && media_type.is_some_and(|t| !t.starts_with("text/") && !t.ends_with("xml"));
    if !stated && !binary {
        return text;
    }
    let packed: String = text.chars().filter(|c| !c.is_ascii_whitespace() && *c != '=').collect();
    let bytes = base64::engine::general_purpose::STANDARD_NO_PAD.decode(packed);
    let unpacked = bytes.ok().and_then(|b| String::from_utf8(b).ok());
    unpacked.map(|t| t.trim().chars().filter(|&c| is_allowed(c)).collect()).unwrap_or(text)
}

/// The element, or the `div` that Atom demands around XHTML.
fn unwrapped<'e, 'a>(element: &'e Element<'a>) -> &'e Element<'a> {
    let bare = element.children.iter().all(|node| match node {
        Node::Text(text) => text.trim().is_empty(),
        Node::Element(child) => child.local == "div",
    });
    let mut inner = element.elements();
    match (bare, inner.next(), inner.next()) {
        (true, Some(div), None) => div,
        _ => element,
    }
}

/// The markup inside an element as a string.
pub fn markup(element: &Element<'_>) -> String {
    let mut out = String::new();
    write_children(element, Escaping::All, None, &mut out);
    out.trim().to_owned()
}

/// Markup that was not escaped. Where a part of it was, the texts are markup already and are not escaped again; where only
/// characters were, their references stay.
fn write_unescaped(element: &Element<'_>) -> String {
    let texts = || {
        element
            .children
            .iter()
            .filter_map(|n| if let Node::Text(t) = n { Some(&**t) } else { None })
    };
    let escaping = match () {
        () if texts().any(|text| text.contains("</")) => Escaping::Nothing,
        () if texts().any(|text| decode(text) != text) => Escaping::Tags,
        () => Escaping::All,
    };
    let mut out = String::new();
    write_children(element, escaping, None, &mut out);
    out.trim().to_owned()
}

/// What of a text is escaped when it is written as markup.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escaping {
    All,
    /// Only what begins a tag.
    Tags,
    Nothing,
}

fn write_children(element: &Element<'_>, escaping: Escaping, around: Option<Ns>, out: &mut String) {
    for node in &element.children {
        match node {
            Node::Text(text) => match escaping {
                Escaping::All => escape_markup(text, out),
                Escaping::Tags => out.push_str(&text.replace('<', "&lt;")),
                Escaping::Nothing => out.push_str(text),
            },
            Node::Element(child) => write_element(child, escaping, around, out),
        }
    }
}

fn write_element(element: &Element<'_>, escaping: Escaping, around: Option<Ns>, out: &mut String) {
    let local = element.raw.rsplit(':').next().unwrap_or(element.raw);
    let foreign = names::namespace_address(element.ns);
    let name = if element.ns == Ns::Other { element.raw } else { local };
    out.push('<');
    out.push_str(name);
    for attribute in &element.attributes {
        if attribute.raw.starts_with("xmlns") {
            continue;
        }
        out.push(' ');
        out.push_str(attribute.raw);
        out.push_str("=\"");
        escape_markup(&attribute.value, out);
        out.push('"');
    }
    if let Some(address) = foreign.filter(|_| around != Some(element.ns)) {
        out.push_str(&format!(" xmlns=\"{address}\""));
    }
    if element.children.is_empty() && is_void(local) {
        return out.push_str(" />");
    }
    out.push('>');
    write_children(element, escaping, foreign.map(|_| element.ns), out);
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// Whether an element of HTML has no end tag; feeds have elements of their own that are called as some of these.
pub fn is_void(name: &str) -> bool {
    let is_other =
        |name: &str| matches!(name, "link" | "source" | "meta" | "base" | "track" | "frame");
    element_of(name).is_some_and(|element| element.is_void() && !is_other(element.name))
}
