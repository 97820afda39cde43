//! Text written into markup.

use super::characters::{is_forbidden, is_inner};

/// Writes text into HTML just as html5ever does, without the characters that XML forbids.
pub fn escape_text(text: &str, out: &mut String) {
    let (mut from, mut at) = (0, 0);
    while let Some(found) = next_special(text.as_bytes(), at) {
        let Some(c) = text.get(found..).and_then(|rest| rest.chars().next()) else { break };
        at = found + c.len_utf8();
        if c == '\n' || is_inner(c) && !matches!(c, '&' | '<' | '>') {
            continue;
        }
        out.push_str(text.get(from..found).unwrap_or_default());
        from = at;
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\u{a0}' => out.push_str("&nbsp;"),
            '\r' | '\u{c}' => out.push('\n'),
            c if is_forbidden(c) => {}
            c => out.push(c),
        }
    }
    out.push_str(text.get(from..).unwrap_or_default());
}

/// The place of the next byte that may begin a character which HTML or XML writes in another way.
///
/// All such characters are in ASCII, in U+0080 to U+00BF, in U+F000 to U+FFFF or beyond; no byte within another character is one.
pub fn next_special(bytes: &[u8], from: usize) -> Option<usize> {
    const SPECIAL: [bool; 256] = {
        let mut special = [false; 256];
        let mut byte = 0;
        while byte < 256 {
            special[byte] =
                matches!(byte as u8, 0..0x20 | b'&' | b'<' | b'>' | 0x7f | 0xc2 | 0xef..);
            byte += 1;
        }
        special
    };
    let rest = bytes.get(from..)?;
    rest.iter().position(|byte| SPECIAL[usize::from(*byte)]).map(|at| from + at)
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

    /// Characters that `next_special` skips must be written as they are.
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
