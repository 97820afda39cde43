use crate::text::vietnamese::syllable;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// A word or gap in NFC, or `None` if it is already.
pub fn compose(text: &str) -> Option<String> {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return None;
    }
    let composed: String = text.nfc().collect();
    (composed != text).then_some(composed)
}

/// A word with Eth and African D put right, if that makes it Vietnamese.
///
/// `text_is_vietnamese` lets abbreviations such as `BCÐ` through, which are no syllables.
pub fn right_d(word: &str, text_is_vietnamese: bool) -> Option<String> {
    if !word.contains(['Ð', 'ð', 'Ɖ', 'ɖ']) {
        return None;
    }
    let right: String = word
        .chars()
        .map(|c| match c {
            'Ð' | 'Ɖ' => 'Đ',
            'ð' | 'ɖ' => 'đ',
            other => other,
        })
        .collect();
    let short = right.chars().count() <= 6;
    let abbreviation = short && right.chars().all(|c| c == 'Đ' || c.is_ascii_uppercase());
    (syllable::is_syllable(&right) || (text_is_vietnamese && abbreviation)).then_some(right)
}
