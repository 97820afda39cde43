use super::token::Token;
use super::{detect, glued};
use crate::text::vietnamese::syllable::{self, Key};
use crate::text::vietnamese::vni;

/// Returns true if a text has anything that must be repaired, flagged or normalized.
///
/// One pass over the words beyond ASCII; text of known syllables, composed and without symbols, costs only this.
pub fn needs_a_look(text: &str) -> bool {
    let inventory = syllable::inventory();
    let mut at = 0;
    while let Some(wide) = text.bytes().skip(at).position(|byte| !byte.is_ascii()) {
        let wide = at + wide;
        let Some(c) = text.get(wide..).and_then(|rest| rest.chars().next()) else { return true };
        if syllable::code(c) == 0 {
            if !harmless(c) {
                return true;
            }
            at = wide + c.len_utf8();
            continue;
        }
        let (key, start, end) = word_around(text, at, wide);
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

/// The key of the word around a letter beyond ASCII, and its start and end. The key is broken for a word such as `phÝ`,
/// which no Unicode text has.
fn word_around(text: &str, from: usize, letter: usize) -> (Key, usize, usize) {
    let head = text.get(from..letter).unwrap_or_default();
    let ascii = head.bytes().rev().take_while(u8::is_ascii_alphabetic).count();
    let mut key =
        head.bytes().skip(head.len() - ascii).fold(Key::EMPTY, |key, b| key.with(b.into()));
    let mut before = head.chars().next_back();
    let mut end = letter;
    for c in text.get(letter..).unwrap_or_default().chars() {
        if !(c.is_ascii_alphabetic() || (!c.is_ascii() && syllable::code(c) != 0)) {
            break;
        }
        let small_before = before.is_some_and(|before| before.is_ascii_lowercase());
        let capital_within = small_before && matches!(c, 'À'..='Þ');
        key = if capital_within { Key::BROKEN } else { key.with(c) };
        (before, end) = (Some(c), end + c.len_utf8());
    }
    (key, letter - ascii, end)
}

/// Punctuation beyond ASCII that ends a word and means nothing to the repair.
fn harmless(c: char) -> bool {
    matches!(c, '\u{A0}' | '°' | '±' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205E}' | '€')
        || matches!(c, '\u{2190}'..='\u{2211}' | '\u{221A}'..='\u{2328}' | '\u{2500}'..='\u{27BF}')
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
