//! A quick test that spares most texts the repair.

use super::token::Token;
use super::{detect, glued};
use crate::text::vietnamese::syllable::{self, Key};
use crate::text::vietnamese::vni;

/// Returns true if a text has anything that must be repaired, flagged or normalized.
///
/// One pass over the words beyond ASCII; text of known syllables, composed and without symbols, costs only this.
pub fn needs_a_look(text: &str) -> bool {
    let bytes = text.as_bytes();
    let inventory = syllable::inventory();
    let mut at = 0;
    while let Some(wide_at) = next_beyond_ascii(bytes, at) {
        let (c, width) = wide(bytes, wide_at);
        if syllable::code(c) == 0 {
            if !harmless(c) {
                return true;
            }
            at = wide_at + width;
            continue;
        }
        let (key, start, end) = word_around(bytes, at, wide_at);
        if inventory.get(key).is_none() {
            let word = text.get(start..end).unwrap_or_default();
            if key == Key::BROKEN || could_change(word) {
                return true;
            }
        }
        at = end;
    }
    false
}

/// Whether a word that is no syllable could be legacy text, two words in one, or have a wrong letter.
fn could_change(text: &str) -> bool {
    let token = Token { text, run: 0, start: 0, before: None, after: None, new_line: false };
    text.contains(['Ð', 'ð', 'Ɖ', 'ɖ'])
        || detect::classify(&token, false).candidate.is_some()
        || vni::read(text).is_some()
        || glued::suggestion(text).is_some()
}

/// Where the next byte beyond ASCII stands, eight bytes a step.
#[inline]
fn next_beyond_ascii(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let (words, tail) = rest.as_chunks::<8>();
    let is_wide = |byte: &u8| *byte >= 0x80;
    for (i, word) in words.iter().enumerate() {
        let high = u64::from_le_bytes(*word) & 0x8080_8080_8080_8080;
        if high != 0 {
            return Some(from + i * 8 + high.trailing_zeros() as usize / 8);
        }
    }
    let in_tail = tail.iter().position(is_wide)?;
    Some(from + words.len() * 8 + in_tail)
}

/// The key of the word around a letter beyond ASCII, and where the word begins and ends; broken for `phÝ`, which nobody writes.
#[inline]
fn word_around(bytes: &[u8], from: usize, letter: usize) -> (Key, usize, usize) {
    let head = bytes.get(from..letter).unwrap_or_default();
    let ascii = head.iter().rev().take_while(|b| b.is_ascii_alphabetic()).count();
    let mut key = Key::EMPTY;
    for byte in head.get(head.len() - ascii..).unwrap_or_default() {
        key = key.with(*byte as char);
    }
    let mut at = letter;
    while let Some(&byte) = bytes.get(at) {
        let (c, width) = if byte < 0x80 { (byte as char, 1) } else { wide(bytes, at) };
        if !(c.is_ascii_alphabetic() || (!c.is_ascii() && syllable::code(c) != 0)) {
            break;
        }
        let capital_within = matches!(c, 'À'..='Þ') && at > 0 && bytes[at - 1].is_ascii_lowercase();
        key = if capital_within { Key::BROKEN } else { key.with(c) };
        at += width;
    }
    (key, letter - ascii, at)
}

/// Punctuation beyond ASCII that ends a word and means nothing to the repair.
fn harmless(c: char) -> bool {
    matches!(c, '\u{A0}' | '°' | '±' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205E}' | '€')
        || matches!(c, '\u{2190}'..='\u{2211}' | '\u{221A}'..='\u{2328}' | '\u{2500}'..='\u{27BF}')
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
    fn clean_text_needs_no_look() {
        assert!(!needs_a_look("Ngày 11/6, đồng chí “Hoàng Việt Cường” – Bí thư Tỉnh uỷ…"));
        assert!(!needs_a_look("plain ASCII text, CNTT & TT-TT"));
        for text in ["một trăm hécta", "ở Đắk Lắk", "cà phê Robústa"] {
            assert!(!needs_a_look(text), "{text}");
        }
        for text in
            ["lµnh", "thíc", "hiệuquả", "Vie\u{302}\u{323}t", "a\u{200b}b", "Müller", "© 2009"]
        {
            assert!(needs_a_look(text), "{text}");
        }
    }
}
