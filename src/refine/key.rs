//! Text without its accents: for the words of dates and for addresses.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The longest slug, in characters.
const LONGEST_SLUG: usize = 50;

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
    fn slugs_are_short_plain_and_never_empty() {
        assert_eq!(slug("Thể thao"), "the-thao");
        assert_eq!(slug("Đời sống & Xã hội"), "doi-song-xa-hoi");
        assert_eq!(slug("  «Tin» mới! "), "tin-moi");
        assert_eq!(slug("財經"), "khac");
        assert!(slug(&"dài ".repeat(40)).len() <= 50);
        assert!(!slug(&"dài ".repeat(40)).ends_with('-'));
    }
}
