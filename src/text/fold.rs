use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Vowel pairs in the old and in the new spelling, which place the tone mark differently.
const OLD: [&str; 15] =
    ["òa", "óa", "ỏa", "õa", "ọa", "òe", "óe", "ỏe", "õe", "ọe", "ùy", "úy", "ủy", "ũy", "ụy"];
const NEW: [&str; 15] =
    ["oà", "oá", "oả", "oã", "oạ", "oè", "oé", "oẻ", "oẽ", "oẹ", "uỳ", "uý", "uỷ", "uỹ", "uỵ"];

/// A text in lower case without any mark, `đ` as `d`.
pub fn unaccented(text: &str) -> String {
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

/// A slug of at most 64 bytes: lower case without accents, a `-` for each run of other characters; may be empty.
pub fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for c in text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'đ' => slug.push('d'),
            c if c.is_ascii_alphanumeric() => slug.push(c),
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
    }
    slug.truncate(64);
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

/// A text for comparing words: NFC, lower case, one tone placement (`hòa` = `hoà`), words separated by one space.
pub fn fold(text: &str) -> String {
    let lower: String = text.nfc().flat_map(char::to_lowercase).nfc().collect();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(one_tone).collect::<Vec<_>>().join(" ")
}

/// Whether a folded text holds a folded phrase as whole words.
pub fn holds_words(folded_text: &str, folded_phrase: &str) -> bool {
    !folded_phrase.is_empty() && format!(" {folded_text} ").contains(&format!(" {folded_phrase} "))
}

/// A word with its tone mark where the new spelling places it, if it ends in `oa`, `oe` or `uy`.
fn one_tone(word: &str) -> String {
    let pair = OLD.iter().zip(NEW).find_map(|(old, new)| Some((word.strip_suffix(old)?, new)));
    match pair {
        Some((start, new)) => format!("{start}{new}"),
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_plain() {
        assert_eq!(slug("Thời sự – Đời sống"), "thoi-su-doi-song");
        assert_eq!(slug("  Y tế, Giáo dục! "), "y-te-giao-duc");
        assert_eq!(slug("../../etc/x"), "etc-x");
        assert_eq!(slug("新聞"), "");
        assert!(slug(&"a ".repeat(100)).len() <= 64);
    }

    #[test]
    fn words_compare_whatever_the_tone_placement() {
        assert_eq!(fold("HÒA BÌNH, ủy ban"), fold("Hoà Bình uỷ-ban"));
        assert_eq!(fold("ho\u{300}a"), "hoà");
        assert_ne!(fold("ma"), fold("má"));
        assert!(holds_words(&fold("Tỉnh Hòa Bình hôm nay"), &fold("hoà bình")));
        assert!(!holds_words(&fold("bình minh"), &fold("bình m")));
        assert!(!holds_words("a", ""));
    }
}
