//! The TCVN3 (ABC, `.VnTime`) font encoding as it shows when its bytes are read as Latin-1.
//!
//! The pairs are facts of the standard TCVN 5712 and its fonts; glibc's TCVN5712-1 agrees.

use crate::text::codepages;
use std::sync::LazyLock;

/// The letter ư (byte 0xAD), which Latin-1 calls a soft hyphen and which most software drops.
pub const LOST: char = '\u{AD}';

/// What the fonts draw for the bytes from 0xA1 to 0xFE: of TCVN 5712-1 the small letters, and the capitals without a tone.
static FROM_A1: LazyLock<Vec<Option<char>>> = LazyLock::new(|| {
    let bytes: Vec<u8> = (0xa1..=0xfe).collect();
    let page = codepages::find("tcvn3").map(|page| page.decode(&bytes).0).unwrap_or_default();
    let drawn = |c: char| c.is_lowercase() || "ĂÂÊÔƠƯĐ".contains(c);
    page.chars().map(|c| Some(c).filter(|c| drawn(*c))).collect()
});

/// What the fonts draw for a character, `None` for all that they draw as Latin-1 does.
///
/// U+2212 and U+2219 are what text taken from PDF files has for ư and ã.
pub fn decode(surface: char) -> Option<char> {
    let point = match surface {
        '\u{2212}' => 0xAD,
        '\u{2219}' => 0xB7,
        other => u32::from(other),
    };
    let index = point.checked_sub(0xA1).filter(|i| *i < 94)? as usize;
    FROM_A1.get(index).copied().flatten()
}

/// Whether a TCVN3 surface character is no letter in Unicode: `µ ¹ © ® ¨ · × ÷` and their like.
pub fn is_symbol(surface: char) -> bool {
    matches!(surface, '\u{A1}'..='\u{AE}' | 'µ' | '¶' | '·' | '¸' | '¹' | '»'..='¾' | '×' | '÷')
        || matches!(surface, '\u{2212}' | '\u{2219}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_at_its_places() {
        let known = "¡Ă§Đ¨ă®đµà·ã¹ạ¾ắÆặÇầËậÌèÐéÑẹÖệ×ìØỉÜĩÞịßòáỏäọåồéộêờîợïùñủôụõừùựúỳþỵ\u{AD}ư∙ã−ư";
        let chars: Vec<char> = known.chars().collect();
        for pair in chars.chunks(2) {
            assert_eq!(decode(pair[0]), Some(pair[1]), "{}", pair[0]);
        }
    }

    #[test]
    fn what_the_fonts_do_not_use_stays() {
        for c in "aZ ¯°±²³´º¿ÀÁÂÃÄÅÍÙÚÛàðÿ–đ".chars() {
            assert_eq!(decode(c), None, "{c}");
        }
    }
}
