use super::characters::is_forbidden;

/// Writes text into HTML just as html5ever does, without the characters that XML forbids.
pub fn escape_text(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some((plain, special)) =
        rest.bytes().position(is_special).and_then(|at| rest.split_at_checked(at))
    {
        out.push_str(plain);
        let mut chars = special.chars();
        match chars.next() {
            Some('&') => out.push_str("&amp;"),
            Some('<') => out.push_str("&lt;"),
            Some('>') => out.push_str("&gt;"),
            Some('\u{a0}') => out.push_str("&nbsp;"),
            Some('\r' | '\u{c}') => out.push('\n'),
            Some(c) if !is_forbidden(c) => out.push(c),
            _ => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
}

/// Returns true if a text is written as [`escape_text`] writes it and has no character that would be changed.
pub fn is_escaped(text: &str) -> bool {
    let mut rest = text;
    while let Some((_, special)) =
        rest.bytes().position(is_special).and_then(|at| rest.split_at_checked(at))
    {
        let known = ["&amp;", "&lt;", "&gt;", "&nbsp;"];
        let mut chars = special.chars();
        let fits = match chars.next() {
            Some('&') => known.iter().any(|name| special.starts_with(name)),
            Some('>' | '\u{a0}' | '\r' | '\u{c}') => false,
            Some(c) => !is_forbidden(c),
            None => true,
        };
        if !fits {
            return false;
        }
        rest = chars.as_str();
    }
    true
}

/// Returns true for a byte that may begin a character which HTML writes in another way. All such characters are in ASCII, in
/// U+0080 to U+00BF, in U+F000 to U+FFFF or beyond; no byte inside another character is one of these.
fn is_special(byte: u8) -> bool {
    matches!(byte, 0..0x20 | b'&' | b'<' | b'>' | 0x7f | 0xc2 | 0xef..)
}

/// Writes an attribute's value just as html5ever does, without the characters that XML forbids.
pub fn escape_attribute(value: &str, out: &mut String) {
    for (at, part) in value.split('"').enumerate() {
        out.push_str(if at == 0 { "" } else { "&quot;" });
        escape_text(part, out);
    }
}

/// Writes text so that markup of any kind shows it as it is, in content and in attributes.
pub fn escape_markup(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Characters that `is_special` skips must be written as they are.
    #[test]
    fn only_special_characters_are_written_otherwise() {
        for c in (0..0x3_0000).filter_map(char::from_u32) {
            let (text, mut written) = (format!("ê{c}ê"), String::new());
            escape_text(&text, &mut written);
            let expected = match c {
                '&' => "&amp;".to_owned(),
                '<' => "&lt;".to_owned(),
                '>' => "&gt;".to_owned(),
                '\u{a0}' => "&nbsp;".to_owned(),
                '\r' | '\u{c}' => "\n".to_owned(),
                c if is_forbidden(c) => String::new(),
                c => c.to_string(),
            };
            assert_eq!(written, format!("ê{expected}ê"), "{c:?}");
        }
    }
}
