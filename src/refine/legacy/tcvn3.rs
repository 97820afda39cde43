//! The TCVN3 (ABC, `.VnTime`) font encoding as it shows when its bytes are read as Latin-1.
//!
//! The pairs are facts of the standard TCVN 5712 and its fonts; glibc's TCVN5712-1 agrees.

/// The letter ư (byte 0xAD), which Latin-1 calls a soft hyphen and which most software drops.
pub const LOST: char = '\u{AD}';

/// What each byte from 0xA1 on draws; `_` where the fonts draw no letter.
const FROM_A1: &str = "ĂÂÊÔƠƯĐăâêôơưđ______àảãáạ_ằẳẵắ_______ặầẩẫấậè_ẻẽéẹềểễếệìỉ___ĩíịò_ỏõóọồổỗốộờởỡớợù_ủũúụừửữứựỳỷỹýỵ";

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
    TABLE.get(index).copied().filter(|letter| *letter != '_')
}

const TABLE: [char; 94] = {
    let bytes = FROM_A1.as_bytes();
    let mut table = ['_'; 94];
    let (mut at, mut index) = (0, 0);
    while at < bytes.len() {
        let (point, width) = first_char(bytes, at);
        if let Some(letter) = char::from_u32(point) {
            table[index] = letter;
        }
        at += width;
        index += 1;
    }
    table
};

const fn first_char(bytes: &[u8], at: usize) -> (u32, usize) {
    let lead = bytes[at] as u32;
    match lead {
        0..=0x7F => (lead, 1),
        0x80..=0xDF => ((lead & 0x1F) << 6 | (bytes[at + 1] as u32 & 0x3F), 2),
        _ => {
            let rest = (bytes[at + 1] as u32 & 0x3F) << 6 | (bytes[at + 2] as u32 & 0x3F);
            ((lead & 0x0F) << 12 | rest, 3)
        }
    }
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
