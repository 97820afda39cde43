//! People: Atom's elements, and RSS's `email (name)` in all its spellings.

use super::tree::Element;
use crate::model::ParsedPerson;

/// The person of an element, from its children or from its text.
pub fn person(element: &Element<'_>) -> Option<ParsedPerson> {
    let of = |name: &str| {
        let child = element.elements().find(|e| e.local == name);
        child.and_then(Element::words)
    };
    let uri = of("uri").or_else(|| of("url")).or_else(|| of("homepage"));
    let (name, email) = (of("name").or_else(|| of("title")), of("email"));
    if name.is_none() && email.is_none() && uri.is_none() {
        let attribute = element.attribute("name").or_else(|| element.attribute("text"));
        return from_text(&element.text()).or_else(|| attribute.and_then(from_text));
    }
    let found = name.as_deref().and_then(from_text).unwrap_or_default();
    let (name, email) = match email {
        Some(email) => (name, Some(email)),
        None => (found.name, found.email),
    };
    Some(ParsedPerson { name, email, uri: uri.map(|u| element.resolve(&u)) })
}

/// The person that a text names.
pub fn from_text(text: &str) -> Option<ParsedPerson> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let Some((start, end)) = email(text) else {
        return Some(ParsedPerson::named(text));
    };
    let around = [text.get(..start), text.get(end..)];
    let around: Vec<_> = around.into_iter().flatten().map(bare).filter(|t| !t.is_empty()).collect();
    let name = Some(around.join(" ")).filter(|n| !n.is_empty());
    Some(ParsedPerson { name, email: text.get(start..end).map(str::to_owned), uri: None })
}

/// A text without the brackets that stood around an email or a name.
fn bare(text: &str) -> &str {
    let edge = |c: char| c.is_whitespace() || "()<>[],;".contains(c);
    let text = text.trim_matches(edge);
    text.strip_suffix("mailto:").unwrap_or(text).trim_matches(edge)
}

/// Where the first email stands.
fn email(text: &str) -> Option<(usize, usize)> {
    let at = text.find('@')?;
    let part = |c: char| c.is_ascii_alphanumeric() || "._%+-".contains(c);
    let before = text.get(..at)?;
    let start = before
        .rfind(|c| !part(c))
        .map_or(0, |i| i + before[i..].chars().next().map_or(1, char::len_utf8));
    let after = text.get(at + 1..)?;
    let end = at + 1 + after.find(|c| !part(c)).unwrap_or(after.len());
    let host = text.get(at + 1..end)?.trim_end_matches('.');
    (start < at && !host.is_empty()).then_some((start, at + 1 + host.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling() {
        let read =
            |t| from_text(t).map(|p| (p.name.unwrap_or_default(), p.email.unwrap_or_default()));
        let expected = Some(("Trần Bình".to_owned(), "binh@example.vn".to_owned()));
        for text in [
            "Trần Bình (binh@example.vn)",
            "binh@example.vn (Trần Bình)",
            "Trần Bình <binh@example.vn>",
            "binh@example.vn Trần Bình",
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        assert_eq!(read("Trần Bình"), Some(("Trần Bình".into(), String::new())));
        assert_eq!(read("@báo"), Some(("@báo".into(), String::new())));
        assert_eq!(read(" "), None);
    }
}
