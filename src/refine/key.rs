//! Folding text: for search, for finding duplicates, for addresses.

use crate::model::syllable::{self, VOWELS};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The longest slug, in characters.
const LONGEST_SLUG: usize = 50;

/// Combining marks of the tones 1–5: grave, acute, hook, tilde, dot.
const TONE_MARKS: [char; 6] = ['\0', '\u{300}', '\u{301}', '\u{309}', '\u{303}', '\u{323}'];

/// A text as search and duplicate detection compare it: lower case, NFC, spaces single, and each
/// word's tone at its end, so that `hoà`, `hòa` and a misplaced mark are one word.
pub fn key(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let folded: Vec<String> = words.filter(|w| !w.is_empty()).map(key_of_word).collect();
    folded.join(" ")
}

fn key_of_word(word: &str) -> String {
    let mut out = String::with_capacity(word.len() + 2);
    let mut tone = 0;
    for c in word.nfc().flat_map(char::to_lowercase) {
        if !c.is_alphanumeric() && !is_combining_mark(c) {
            push_tone(&mut out, &mut tone);
        }
        match syllable::vowel(c) {
            Some((row, 0)) => out.push(VOWELS[row][0]),
            Some((row, toned)) => {
                out.push(VOWELS[row][0]);
                tone = toned;
            }
            None => out.push(c),
        }
    }
    push_tone(&mut out, &mut tone);
    out
}

fn push_tone(out: &mut String, tone: &mut usize) {
    if *tone > 0 {
        out.extend(TONE_MARKS.get(*tone));
        *tone = 0;
    }
}

/// A text as the accent-blind index compares it: `Hòa Bình` and `hoa binh` are one.
pub fn blind_key(text: &str) -> String {
    let plain = blind(text);
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Lower case without any mark, `đ` as `d`.
pub fn blind(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .map(|c| if matches!(c, 'đ' | 'ð' | 'ɖ') { 'd' } else { c })
        .nfc()
        .collect()
}

/// A name as part of an address: `Thể thao` is `the-thao`; at most 50 characters, never empty.
pub fn slug(text: &str) -> String {
    let mut out = String::new();
    let mut length = 0;
    for c in blind(text).chars() {
        let c = if c.is_ascii_alphanumeric() { c } else { '-' };
        if (c == '-' && (out.is_empty() || out.ends_with('-'))) || length >= LONGEST_SLUG {
            continue;
        }
        out.push(c);
        length += 1;
    }
    let trimmed = out.trim_end_matches('-');
    if trimmed.is_empty() { "khac".to_owned() } else { trimmed.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tone_placement_is_one_word() {
        for (a, b) in [
            ("hoà", "hòa"),
            ("Thuỷ", "thủy"),
            ("HOÁ", "hóa"),
            ("kho\u{e1}", "kho\u{61}\u{301}"),
            ("Tỉnh  uỷ", "tỉnh ủy"),
            ("“hoà”", "“hòa”"),
            ("Hoà-Bình", "hòa-bình"),
        ] {
            assert_eq!(key(a), key(b), "{a} {b}");
        }
        assert_ne!(key("hoa"), key("hòa"));
        assert_ne!(key("hoá"), key("hòa"));
        assert_ne!(key("tư"), key("từ"));
    }

    #[test]
    fn the_blind_key_alone_forgets_accents() {
        assert_eq!(blind_key("Hòa Bình"), blind_key("hoa binh"));
        assert_eq!(blind_key("Đắk  Lắk"), "dak lak");
        assert_ne!(key("Hòa Bình"), key("hoa binh"));
    }

    #[test]
    fn slugs_are_short_plain_and_never_empty() {
        assert_eq!(slug("Thể thao"), "the-thao");
        assert_eq!(slug("Đời sống & Xã hội"), "doi-song-xa-hoi");
        assert_eq!(slug("  «Tin» mới! "), "tin-moi");
        assert_eq!(slug("財經"), "khac");
        assert!(slug(&"dài ".repeat(40)).len() <= 50);
        assert!(!slug(&"dài ".repeat(40)).ends_with('-'));
    }
}
