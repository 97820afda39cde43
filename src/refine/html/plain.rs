//! Plain text from HTML, HTML from plain text, and telling which of the two a text is.

use super::token::{Token, Tokens};
use crate::model::{Text, TextKind};
use std::borrow::Cow;

/// Elements that start a new line when HTML becomes text.
const LINES: [&str; 30] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "br",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "td",
    "tr",
    "ul",
];

/// Elements that make a text HTML when a document does not say what it is.
const KNOWN: [&str; 64] = [
    "a",
    "abbr",
    "address",
    "article",
    "aside",
    "audio",
    "b",
    "big",
    "blockquote",
    "body",
    "br",
    "center",
    "cite",
    "code",
    "dd",
    "del",
    "div",
    "dl",
    "dt",
    "em",
    "embed",
    "figcaption",
    "figure",
    "font",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "iframe",
    "img",
    "input",
    "ins",
    "label",
    "li",
    "link",
    "meta",
    "object",
    "ol",
    "p",
    "picture",
    "pre",
    "s",
    "script",
    "section",
    "small",
    "source",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "sup",
    "svg",
    "table",
    "td",
    "tr",
    "tt",
    "u",
    "ul",
];

/// The plain text of a text construct: markup out, entities decoded exactly once, or not at all where it is plain text already.
pub fn plain(text: &Text) -> String {
    match text.kind {
        TextKind::Text => text.value.clone(),
        TextKind::Html | TextKind::Xhtml => strip(&text.value),
        TextKind::Unknown if looks_like_html(&text.value) => strip(&text.value),
        TextKind::Unknown => text.value.clone(),
    }
}

/// Whether a text of unknown kind is HTML: it has a known tag, or a character reference.
pub fn looks_like_html(text: &str) -> bool {
    let known = |name: &str| KNOWN.iter().any(|k| k.eq_ignore_ascii_case(name));
    Tokens::of(text).any(|token| match token {
        Token::Start(name, _) | Token::End(name) => known(name),
        Token::Text(piece) => decode(piece) != piece,
        Token::Aside(piece) => piece.starts_with("<!--") || piece.starts_with("<![CDATA["),
        Token::Raw(_) => true,
    })
}

/// The text of HTML: entities decoded once, `script` and `style` left out, a line break for each block.
pub fn strip(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut raw_is_text = false;
    for token in Tokens::of(html) {
        match token {
            Token::Text(piece) => out.push_str(&decode(piece)),
            Token::Raw(piece) if raw_is_text => out.push_str(&decode(piece)),
            Token::Start(name, _) | Token::End(name) => {
                raw_is_text = ["title", "textarea"].iter().any(|n| n.eq_ignore_ascii_case(name));
                if LINES.iter().any(|n| n.eq_ignore_ascii_case(name)) {
                    out.push('\n');
                }
            }
            Token::Aside(piece) => out.push_str(cdata(piece)),
            Token::Raw(_) => {}
        }
    }
    out
}

/// The text of a CDATA section that was left in HTML; nothing for comments.
fn cdata(aside: &str) -> &str {
    let inner = aside.strip_prefix("<![CDATA[");
    inner.map_or("", |text| text.trim_end_matches('>').trim_end_matches("]]"))
}

/// Character references decoded, once: `&amp;lt;` becomes `&lt;`. What is no reference stays.
pub fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(rest.get(..at).unwrap_or(""));
        rest = rest.get(at..).unwrap_or("");
        let len = reference(rest, &mut out);
        if len == 0 {
            out.push('&');
        }
        rest = rest.get(len.max(1)..).unwrap_or("");
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Decodes the reference at the start of `text` into `out` and says how long it was; 0 where there is none.
fn reference(text: &str, out: &mut String) -> usize {
    let window = text.as_bytes().get(1..text.len().min(34)).unwrap_or(&[]);
    let named = |b: &u8| b.is_ascii_alphanumeric() || *b == b'#';
    let body = window.iter().take_while(|b| named(b)).count();
    let has_end = window.get(body) == Some(&b';');
    let Some(name) = text.get(1..1 + body) else { return 0 };
    if let Some(number) = name.strip_prefix('#') {
        let Some(c) = numeric(number) else { return 0 };
        out.push(c);
        return 1 + body + usize::from(has_end);
    }
    if has_end {
        let whole = text.get(..body + 2).unwrap_or("");
        let decoded = html_escape::decode_html_entities(whole);
        if decoded != whole {
            out.push_str(&decoded);
            return whole.len();
        }
    }
    for (legacy, c) in [("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("nbsp", '\u{a0}')] {
        if name == legacy {
            out.push(c);
            return 1 + legacy.len();
        }
    }
    0
}

/// The character of a numeric reference; 0x80–0x9F mean windows-1252, as in every browser (HTML §13.2.5.80).
fn numeric(number: &str) -> Option<char> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    if let Ok(byte @ 0x80..=0x9f) = u8::try_from(code) {
        return encoding_rs::WINDOWS_1252.decode(&[byte]).0.chars().next();
    }
    Some(char::from_u32(code).filter(|c| *c != '\0').unwrap_or('\u{fffd}'))
}

/// Whether XML 1.0 §2.2 forbids a character (or Unicode says that it never is one).
pub fn is_forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{9f}')
        || matches!(c, '\u{fdd0}'..='\u{fdef}')
        || (c as u32) & 0xfffe == 0xfffe
}

/// Whether a character hides or turns text: bidi controls, zero-width characters, byte order marks.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{fff9}'..='\u{fffb}')
        || matches!(c, '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}')
        || matches!(c, '\u{180b}'..='\u{180f}' | '\u{ffa0}')
        || matches!(c, '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}')
        || matches!(c, '\u{e0000}'..='\u{e0fff}')
}

/// One line: every run of white space is one space; forbidden characters out.
pub fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    let mut spaced = false;
    for (at, c) in text.char_indices() {
        if is_inner(c) {
            continue;
        }
        push_after(&mut out, &mut spaced, text.get(from..at).unwrap_or_default());
        from = at + c.len_utf8();
        if is_forbidden(c) && c != '\u{c}' {
            continue;
        }
        if c.is_whitespace() {
            spaced = !out.is_empty();
        } else {
            push_after(&mut out, &mut spaced, text.get(at..from).unwrap_or_default());
        }
    }
    push_after(&mut out, &mut spaced, text.get(from..).unwrap_or_default());
    out
}

/// A piece of a word, after a space if one is due.
fn push_after(out: &mut String, spaced: &mut bool, piece: &str) {
    if piece.is_empty() {
        return;
    }
    if std::mem::take(spaced) {
        out.push(' ');
    }
    out.push_str(piece);
}

/// Letters, figures and signs that are surely neither space nor forbidden: Latin with everything Vietnamese.
fn is_inner(c: char) -> bool {
    matches!(c, '!'..='~' | '\u{a1}'..='\u{167f}' | '\u{1e00}'..='\u{1fff}')
}

/// At most `limit` characters of a text, and whether some were cut; a cut text ends in `…`.
pub fn cut(text: &str, limit: usize) -> (String, bool) {
    match text.char_indices().nth(limit) {
        None => (text.to_owned(), false),
        Some(_) => {
            let mut short: String = text.chars().take(limit.saturating_sub(1)).collect();
            short.truncate(short.trim_end().len());
            short.push('…');
            (short, true)
        }
    }
}

/// HTML of plain text: paragraphs at blank lines, `<br>` at single line breaks.
pub fn to_html(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut out = String::with_capacity(text.len() + 64);
    let mut lines: Vec<&str> = Vec::new();
    for line in text.split('\n').map(str::trim).chain([""]) {
        if !line.is_empty() {
            lines.push(line);
            continue;
        }
        if lines.is_empty() {
            continue;
        }
        out.push_str("<p>");
        for (at, line) in lines.drain(..).enumerate() {
            out.push_str(if at == 0 { "" } else { "<br>" });
            escape_text(line, &mut out);
        }
        out.push_str("</p>");
    }
    out
}

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

/// Where the next byte stands at which a character may begin that HTML or XML writes otherwise.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(value: &str) -> String {
        plain(&Text { value: value.to_owned(), ..Text::default() })
    }

    /// What is skipped unseen is what would be written as it is.
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

    #[test]
    fn entities_are_decoded_the_right_number_of_times() {
        assert_eq!(unknown("AT&amp;T"), "AT&T");
        assert_eq!(unknown("Sở TT&TT & BCVT"), "Sở TT&TT & BCVT");
        assert_eq!(unknown("&amp;lt;b&amp;gt;"), "&lt;b&gt;");
        assert_eq!(unknown("a <b>đậm</b> c"), "a đậm c");
        assert_eq!(unknown("1 < 2 > 0"), "1 < 2 > 0");
        assert_eq!(unknown("Thẻ <quyền>"), "Thẻ <quyền>");
        assert_eq!(unknown("R&eacute;sum&#233; &#147;x&#148;"), "Résumé “x”");
        let text = Text { value: "&lt;b>".into(), kind: TextKind::Text, ..Text::default() };
        assert_eq!(plain(&text), "&lt;b>");
        let html = Text { value: "a &lt;b&gt; c".into(), kind: TextKind::Html, ..Text::default() };
        assert_eq!(plain(&html), "a <b> c");
        assert_eq!(decode("&#0;&#xfffffff;&#;&x;&"), "\u{fffd}\u{fffd}&#;&x;&");
    }

    #[test]
    fn scripts_are_no_text() {
        assert_eq!(unknown("an<script>alert('x')</script> toàn"), "an toàn");
        assert_eq!(unknown("an<style>x{}</style> toàn<!-- x -->"), "an toàn");
        assert_eq!(unknown("\"><img src=x onerror=alert(1)>"), "\">");
    }

    #[test]
    fn text_becomes_paragraphs() {
        assert_eq!(
            to_html("một\r\n\r\n\r\nhai & <ba>\nbốn\n"),
            "<p>một</p><p>hai &amp; &lt;ba&gt;<br>bốn</p>"
        );
        assert_eq!(to_html(" \n "), "");
    }

    #[test]
    fn one_line_is_what_the_words_are() {
        let words = |text: &str| {
            let kept: String =
                text.chars().filter(|c| !is_forbidden(*c) || *c == '\u{c}').collect();
            kept.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        for text in [
            "",
            " ",
            "một",
            "  một \n\t hai\u{a0}ba ",
            "a\u{1}b\u{b}c\u{85}d\u{c}e",
            "\u{3000}x\u{2003}\u{1680}y\u{1}",
            "đ\u{ffff}ế \u{1}",
        ] {
            assert_eq!(one_line(text), words(text), "{text:?}");
        }
        let all: String = ('\0'..='\u{3100}').flat_map(|c| ['a', c, 'b', c, c]).collect();
        assert_eq!(one_line(&all), words(&all));
        let mut escaped = String::new();
        escape_text("a&b <c> \u{a0}\u{1}đ\r", &mut escaped);
        assert_eq!(escaped, "a&amp;b &lt;c&gt; &nbsp;đ\n");
    }

    #[test]
    fn cutting_is_by_characters() {
        assert_eq!(cut("đường", 5), ("đường".to_owned(), false));
        assert_eq!(cut("đường", 4), ("đườ…".to_owned(), true));
    }
}
