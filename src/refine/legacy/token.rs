//! Cutting text into words as the repair sees them: letters, marks, and the symbols TCVN3 uses as letters.

use super::tcvn3;
use crate::refine::syllable::{self, Key};

/// One word of a run of text.
#[derive(Clone, Copy, Debug)]
pub struct Token<'a> {
    /// The word.
    pub text: &'a str,
    /// Which run of the paragraph it stands in.
    pub run: usize,
    /// Where it begins in its run, in bytes.
    pub start: usize,
    /// What stands before it, if anything.
    pub before: Option<char>,
    /// What stands after it, if anything.
    pub after: Option<char>,
    /// Whether a line ended between the word before and this one.
    pub new_line: bool,
}

impl Token<'_> {
    /// Where it ends in its run, in bytes.
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether a figure touches it.
    pub fn at_digit(&self) -> bool {
        [self.before, self.after].into_iter().flatten().any(|c| c.is_ascii_digit())
    }

    /// Whether a hyphen or an apostrophe joins it to something.
    pub fn joined(&self) -> bool {
        let joins = |c: Option<char>| matches!(c, Some('-' | '\'' | '’'));
        joins(self.before) || joins(self.after)
    }
}

/// Whether a character is part of a word here.
#[inline]
pub fn in_word(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphabetic();
    }
    syllable::code(c) != 0 || other_in_word(c)
}

fn other_in_word(c: char) -> bool {
    tcvn3::is_symbol(c) || matches!(c, '\u{300}'..='\u{36F}' | '²' | '³') || c.is_alphabetic()
}

/// The words of one run, appended to `tokens`.
pub fn cut<'a>(text: &'a str, run: usize, lines: bool, tokens: &mut Vec<Token<'a>>) {
    let mut start = None;
    let mut new_line = false;
    let mut before = None;
    let mut last = None;
    let end = [(text.len(), '\0')];
    for (at, c) in text.char_indices().chain(end) {
        match (in_word(c), start) {
            (true, None) => (start, before) = (Some(at), last),
            (false, Some(from)) => {
                let after = (at < text.len()).then_some(c);
                let text = text.get(from..at).unwrap_or_default();
                tokens.push(Token { text, run, start: from, before, after, new_line });
                (start, new_line) = (None, false);
            }
            _ => {}
        }
        new_line |= lines && c == '\n';
        last = Some(c);
    }
}

/// Whether a text has anything that the repair, the flags or the tidying must look at closely.
///
/// One pass; text of plain words and known syllables, composed and without symbols, costs only this.
pub fn needs_a_look(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut key = Key::EMPTY;
    let mut plain = true;
    while let Some(&byte) = bytes.get(at) {
        if byte < 0x80 {
            if byte.is_ascii_alphabetic() {
                key = key.with(byte as char);
            } else {
                if !plain && syllable::lookup(key).is_none() {
                    return true;
                }
                (key, plain) = (Key::EMPTY, true);
            }
            at += 1;
            continue;
        }
        let (c, width) = wide(bytes, at);
        at += width;
        if syllable::code(c) != 0 {
            (key, plain) = (key.with(c), false);
        } else if harmless(c) {
            if !plain && syllable::lookup(key).is_none() {
                return true;
            }
            (key, plain) = (Key::EMPTY, true);
        } else {
            return true;
        }
    }
    !plain && syllable::lookup(key).is_none()
}

/// Punctuation beyond ASCII that ends a word and means nothing to the repair.
fn harmless(c: char) -> bool {
    matches!(c, '\u{A0}' | '°' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{203A}' | '€')
}

/// The character that begins at a byte of valid UTF-8, and its width.
#[inline]
fn wide(bytes: &[u8], at: usize) -> (char, usize) {
    let tail = |i: usize| u32::from(bytes.get(at + i).copied().unwrap_or(0) & 0x3F);
    let lead = u32::from(bytes[at]);
    let (point, width) = match lead {
        0..=0xDF => ((lead & 0x1F) << 6 | tail(1), 2),
        0xE0..=0xEF => ((lead & 0x0F) << 12 | tail(1) << 6 | tail(2), 3),
        _ => ((lead & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), 4),
    };
    (char::from_u32(point).unwrap_or('\u{FFFD}'), width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_belong_to_words_and_punctuation_does_not() {
        let mut tokens = Vec::new();
        cut("l\u{b5}nh, (m¹nh)\n§éc-lËp 5µm", 0, true, &mut tokens);
        let words: Vec<_> = tokens.iter().map(|t| t.text).collect();
        assert_eq!(words, ["lµnh", "m¹nh", "§éc", "lËp", "µm"]);
        assert_eq!(tokens[1].before, Some('('));
        assert!(tokens[2].new_line && tokens[2].joined() && tokens[4].at_digit());
    }

    #[test]
    fn clean_text_needs_no_look() {
        assert!(!needs_a_look("Ngày 11/6, đồng chí “Hoàng Việt Cường” – Bí thư Tỉnh uỷ…"));
        assert!(!needs_a_look("plain ASCII text, CNTT & TT-TT"));
        for text in
            ["lµnh", "thíc", "hiệuquả", "Vie\u{302}\u{323}t", "a\u{200b}b", "Müller", "© 2009"]
        {
            assert!(needs_a_look(text), "{text}");
        }
    }
}
