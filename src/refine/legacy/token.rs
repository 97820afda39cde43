use crate::text::vietnamese::{syllable, tcvn3};

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
}
