use encoding_rs::WINDOWS_1252;
use std::borrow::Cow;
use std::ops::Range;

/// Whether XML 1.0 §2.2 allows a character (the production `Char`).
pub fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Whether a decoded document may have the character: XML allows it and it is no byte order mark.
pub fn is_allowed(c: char) -> bool {
    is_xml(c) && c != '\u{feff}'
}

/// Whether a character has no place in a feed: XML forbids it, or it is a control character or a noncharacter.
pub fn is_forbidden(c: char) -> bool {
    !is_xml(c)
        || matches!(c, '\u{7f}'..='\u{9f}' | '\u{fdd0}'..='\u{fdef}')
        || (c as u32) & 0xfffe == 0xfffe
}

/// Whether a character hides text or turns its direction: bidi controls, zero-width characters, byte order marks.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{fff9}'..='\u{fffb}')
        || matches!(c, '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}')
        || matches!(c, '\u{180b}'..='\u{180f}' | '\u{ffa0}')
        || matches!(c, '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}')
        || matches!(c, '\u{e0000}'..='\u{e0fff}')
}

/// Appends a piece of a text without its invisible characters. A joiner between two letters of a script that needs it, or
/// between two pictures, is part of what is seen.
pub fn push_visible(out: &mut String, text: &str, piece: Range<usize>) {
    let mut before = text.get(..piece.start).and_then(|head| head.chars().next_back());
    for (at, c) in text.get(piece.clone()).unwrap_or_default().char_indices() {
        let after = || text.get(piece.start + at + c.len_utf8()..)?.chars().next();
        let joins = || is_joined(before, after(), c);
        if !is_invisible(c) || matches!(c, '\u{200c}' | '\u{200d}') && joins() {
            out.push(c);
        }
        before = Some(c);
    }
}

fn is_joined(before: Option<char>, after: Option<char>, joiner: char) -> bool {
    let both = |is: fn(char) -> bool| before.is_some_and(is) && after.is_some_and(is);
    both(has_joiners) || joiner == '\u{200d}' && both(is_picture)
}

/// Returns true for a letter of Arabic, the Indic scripts and others whose spelling has joiners.
fn has_joiners(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{dff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{18af}')
        || matches!(c, '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{11000}'..='\u{11fff}')
}

fn is_picture(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2bff}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}')
}

/// The character that a C1 control stands for in windows-1252, as every browser reads it.
pub fn windows_1252(c: char) -> Option<char> {
    let byte = u8::try_from(u32::from(c)).ok().filter(|b| (0x80..=0x9f).contains(b))?;
    WINDOWS_1252.decode_without_bom_handling(&[byte]).0.chars().next()
}

/// A text for a terminal or a log: control characters other than tabs and line ends as `\u001b`, which JSON reads back.
pub fn escape_controls(text: &str) -> Cow<'_, str> {
    let acts = |c: char| c.is_control() && !matches!(c, '\t' | '\n');
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match acts(c) {
            true => shown.push_str(&format!("\\u{:04x}", u32::from(c))),
            false => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// A text as one line: every run of white space becomes one space, forbidden characters are dropped.
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut space = false;
    for c in text.chars() {
        if c.is_whitespace() && (!is_forbidden(c) || c == '\u{c}') {
            space = !line.is_empty();
        } else if !is_forbidden(c) {
            if std::mem::take(&mut space) {
                line.push(' ');
            }
            line.push(c);
        }
    }
    line
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

#[cfg(test)]
mod tests {
    use super::*;

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
    }

    #[test]
    fn joiners_stay_where_they_join() {
        let visible = |text: &str| {
            let mut out = String::new();
            push_visible(&mut out, text, 0..text.len());
            out
        };
        for joined in
            ["می\u{200c}خواهم", "क्\u{200d}ष", "👨\u{200d}👩\u{200d}👧", "❤\u{fe0f}\u{200d}🔥"]
        {
            assert_eq!(visible(joined), joined);
        }
        for hiding in ["Hò\u{200c}a", "\u{200d}tin", "tin\u{200c} tức", "a\u{200b}b", "👨\u{200d}x"]
        {
            assert!(!visible(hiding).contains(is_invisible), "{hiding}");
        }
    }

    #[test]
    fn controls_are_shown_and_act_no_more() {
        let shown = escape_controls("Cổng \u{1b}[31mđỏ\u{9b}2J\r\n\tdòng");
        assert_eq!(shown, "Cổng \\u001b[31mđỏ\\u009b2J\\u000d\n\tdòng");
    }

    #[test]
    fn cutting_is_by_characters() {
        assert_eq!(cut("đường", 5), ("đường".to_owned(), false));
        assert_eq!(cut("đường", 4), ("đườ…".to_owned(), true));
    }
}
