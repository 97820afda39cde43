use super::characters::{is_allowed, windows_1252};
use std::{borrow::Cow, collections::HashMap};

/// Called for each fault in a text with its name and, if it helps, the entity.
pub type Faults<'f> = &'f mut dyn FnMut(&'static str, Option<&str>);

/// Bytes of the longest DOCTYPE entity that is used.
const LONGEST_VALUE: usize = 1024;
/// Bytes that DOCTYPE entities may add to one document.
const BUDGET: usize = 64 << 10;
/// DOCTYPE entities of one document.
const DECLARATIONS: usize = 1024;
/// HTML's longest name is `CounterClockwiseContourIntegral`.
const LONGEST_NAME: usize = 40;

/// The entities of one document: the DOCTYPE's own simple ones and the well-known ones.
#[derive(Default)]
pub struct Entities<'a> {
    declared: HashMap<&'a str, &'a str>,
    spent: usize,
}

impl<'a> Entities<'a> {
    /// Takes the internal entities of a DOCTYPE whose value has no other entity and no markup; others stay unknown.
    pub fn declare(&mut self, doctype: &'a str, faults: Faults<'_>) {
        for declaration in doctype.split("<!ENTITY").skip(1).take(DECLARATIONS) {
            match simple_declaration(declaration) {
                Some((name, value)) => {
                    self.declared.entry(name).or_insert(value);
                }
                None => faults("entity-declaration-ignored", None),
            }
        }
    }

    /// Resolves the entities of a text; what is no entity stays as it is.
    pub fn resolve(&mut self, raw: &'a str, faults: Faults<'_>) -> Cow<'a, str> {
        let Some(first) = raw.find('&') else { return Cow::Borrowed(raw) };
        let mut out = String::with_capacity(raw.len());
        let mut rest = raw;
        let mut at = Some(first);
        while let Some((before, after)) = at.and_then(|i| rest.split_at_checked(i)) {
            out.push_str(before);
            rest = self.resolve_first(after, &mut out, faults);
            at = rest.find('&');
        }
        out.push_str(rest);
        Cow::Owned(out)
    }

    /// Resolves the entity that `text` begins with; returns the rest.
    fn resolve_first<'t>(
        &mut self,
        text: &'t str,
        out: &mut String,
        faults: Faults<'_>,
    ) -> &'t str {
        let after = text.get(1..).unwrap_or_default();
        if let Some(number) = after.strip_prefix('#') {
            return resolve_number(number, out, faults);
        }
        let end = after
            .bytes()
            .take(LONGEST_NAME)
            .position(|b| !b.is_ascii_alphanumeric() && b != b'_' && b != b'.' && b != b'-');
        let name = end.and_then(|end| after.get(..end)).unwrap_or_default();
        let rest = after.get(name.len()..).unwrap_or_default();
        match (rest.strip_prefix(';'), name.is_empty()) {
            (Some(rest), false) => match self.named(name) {
                Some(value) => {
                    out.push_str(&value);
                    rest
                }
                None => {
                    faults("undefined-entity", Some(name));
                    out.push('&');
                    after
                }
            },
            _ => {
                faults("bare-ampersand", None);
                out.push('&');
                after
            }
        }
    }

    fn named(&mut self, name: &str) -> Option<Cow<'a, str>> {
        if let Some(common) = predefined(name) {
            return Some(Cow::Borrowed(common));
        }
        if let Some(value) = self.declared.get(name) {
            self.spent += value.len();
            let value = (self.spent <= BUDGET).then_some(value)?;
            return Some(html_escape::decode_html_entities(*value));
        }
        html_entity(name).map(Cow::Borrowed)
    }
}

fn predefined(name: &str) -> Option<&'static str> {
    Some(match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        "nbsp" => "\u{a0}",
        _ => return None,
    })
}

fn html_entity(name: &str) -> Option<&'static str> {
    let table = &html_escape::NAMED_ENTITIES;
    let at = table.binary_search_by(|(known, _)| (*known).cmp(name.as_bytes())).ok()?;
    table.get(at).map(|(_, value)| *value)
}

fn simple_declaration(declaration: &str) -> Option<(&str, &str)> {
    let (name, rest) = declaration.trim_start().split_once(char::is_whitespace)?;
    let rest = rest.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (value, _) = rest.get(1..)?.split_once(quote)?;
    let references_only_characters = value.split('&').skip(1).all(|r| r.starts_with('#'));
    let fine = value.len() <= LONGEST_VALUE && references_only_characters && !value.contains('<');
    (fine && name != "%").then_some((name, value))
}

/// Resolves what follows `&#`; returns the rest.
fn resolve_number<'t>(text: &'t str, out: &mut String, faults: Faults<'_>) -> &'t str {
    let (digits, radix) = match text.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16),
        None => (text, 10),
    };
    let end = digits.bytes().position(|b| !char::from(b).is_digit(radix)).unwrap_or(digits.len());
    let (number, rest) = digits.split_at_checked(end).unwrap_or((digits, ""));
    if number.is_empty() {
        faults("bare-ampersand", None);
        out.push_str("&#");
        return text;
    }
    let rest = rest.strip_prefix(';').unwrap_or(rest);
    let significant = number.trim_start_matches('0');
    let code =
        if significant.len() > 7 { None } else { u32::from_str_radix(significant, radix).ok() };
    match code.and_then(character) {
        Some(c) => out.push(c),
        None => faults("forbidden-character", Some(number)),
    }
    rest
}

/// The character of a number; 0x80 to 0x9F as windows-1252, as every browser reads them.
fn character(code: u32) -> Option<char> {
    let c = char::from_u32(code)?;
    windows_1252(c).or(Some(c)).filter(|&c| is_allowed(c))
}

/// Decodes the character references of HTML once: `&amp;lt;` becomes `&lt;`.
pub fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(rest.get(..at).unwrap_or(""));
        rest = rest.get(at..).unwrap_or("");
        let length = decode_first(rest, &mut out);
        if length == 0 {
            out.push('&');
        }
        rest = rest.get(length.max(1)..).unwrap_or("");
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Decodes the reference at the start of `text` into `out` and returns its length; 0 if there is none.
fn decode_first(text: &str, out: &mut String) -> usize {
    let window = text.as_bytes().get(1..text.len().min(34)).unwrap_or(&[]);
    let body = window.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'#').count();
    let ended = window.get(body) == Some(&b';');
    let Some(name) = text.get(1..1 + body) else { return 0 };
    if let Some(number) = name.strip_prefix('#') {
        let Some(c) = numbered_character(number) else { return 0 };
        out.push(c);
        return 1 + body + usize::from(ended);
    }
    // Browsers read these without their semicolon too.
    let unended = matches!(name, "amp" | "lt" | "gt" | "quot" | "nbsp");
    match predefined(name).or_else(|| html_entity(name)).filter(|_| ended || unended) {
        Some(value) => {
            out.push_str(value);
            1 + body + usize::from(ended)
        }
        None => 0,
    }
}

/// The character of a numeric reference; 0x80 to 0x9F mean windows-1252, as in every browser (HTML §13.2.5.80).
fn numbered_character(number: &str) -> Option<char> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    let c = char::from_u32(code).filter(|c| *c != '\0').unwrap_or('\u{fffd}');
    Some(windows_1252(c).unwrap_or(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(raw: &str) -> String {
        Entities::default().resolve(raw, &mut |_, _| {}).into_owned()
    }

    #[test]
    fn known_unknown_and_bare() {
        assert_eq!(resolve("a &lt; b &amp;amp; &eacute;&#233;&#xE9;"), "a < b &amp; ééé");
        assert_eq!(resolve("AT&T &nope; & &; &#; &#x;"), "AT&T &nope; & &; &#; &#x;");
        assert_eq!(resolve("&#146;&#0;&#1;&#xFFFE;&#99999999999;"), "\u{2019}");
        assert_eq!(resolve("?a=1&b=2"), "?a=1&b=2");
    }

    #[test]
    fn declared_entities_are_used_once_and_never_recursively() {
        let mut known = Entities::default();
        let doctype =
            r#"<!ENTITY a "one"> <!ENTITY b "&a;&a;"> <!ENTITY f SYSTEM "file:///etc/passwd">"#;
        let mut faults = Vec::new();
        known.declare(doctype, &mut |name, _| faults.push(name));
        assert_eq!(known.resolve("&a; &b; &f;", &mut |_, _| {}), "one &b; &f;");
        assert_eq!(faults, ["entity-declaration-ignored"; 2]);
    }

    #[test]
    fn the_whole_document_has_one_budget() {
        let value = "x".repeat(1000);
        let doctype = format!("<!ENTITY a \"{value}\">");
        let text = "&a;".repeat(100_000);
        let mut known = Entities::default();
        known.declare(&doctype, &mut |_, _| {});
        assert!(known.resolve(&text, &mut |_, _| {}).len() < 400_000);
    }

    #[test]
    fn references_of_html_are_decoded_once() {
        assert_eq!(decode("AT&amp;T & TT&TT"), "AT&T & TT&TT");
        assert_eq!(decode("&amp;lt;b&amp;gt;"), "&lt;b&gt;");
        assert_eq!(decode("R&eacute;sum&#233; &#147;x&#148; &lt &hellip"), "Résumé “x” < &hellip");
        assert_eq!(decode("&#0;&#xfffffff;&#;&x;&"), "\u{fffd}\u{fffd}&#;&x;&");
    }
}
