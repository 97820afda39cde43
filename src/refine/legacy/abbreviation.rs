use super::detect::{Class, Finding};
use super::token::Token;
use super::word::{Word, Words};

/// The longest abbreviation, in letters.
const LONGEST: usize = 8;

/// Converts the abbreviations of a line. `d` are the characters that its encoding shows for Đ and đ.
pub fn expand_abbreviations(line: &mut [Word<'_>], words: Words<'_>, d: [char; 2], class: Class) {
    for word in line.iter_mut().filter(|word| !word.converted) {
        let Some(text) = expanded(&word.token, d) else { continue };
        if !Words::lists(words.deny, word.token.text) {
            word.finding = Finding { class, candidate: Some(text), horn: false };
            word.convert("an abbreviation with Đ");
        }
    }
}

/// The abbreviation that a word is, with its Đ.
fn expanded(token: &Token<'_>, [capital, small]: [char; 2]) -> Option<String> {
    let text = token.text;
    let before_slash = token.after == Some('/');
    let mut letters = text.chars();
    let is_alone = letters.next().is_some() && letters.next().is_none();
    if is_alone && text.starts_with(small) {
        let is_price = token.before.is_some_and(|c| c.is_ascii_digit());
        return (before_slash || is_price).then(|| "đ".to_owned());
    }
    let capitals = text.chars().all(|c| c.is_ascii_uppercase() || c == capital);
    let known = !is_alone || before_slash;
    let short = text.chars().count() <= LONGEST;
    (text.contains(capital) && capitals && known && short && !token.at_digit())
        .then(|| text.replace(capital, "Đ"))
}
