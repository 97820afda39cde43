use super::detect::{self, Class, Finding};
use super::token::{self, Token};
use std::borrow::Cow;

/// One word with what was found and what was decided.
#[derive(Clone, Debug)]
pub struct Word<'a> {
    /// The word.
    pub token: Token<'a>,
    /// What it looks like, and what it would become.
    pub finding: Finding,
    /// Whether it is converted.
    pub converted: bool,
    /// Why it is, or why not.
    pub reason: &'static str,
}

impl Word<'_> {
    /// Marks the word as one that is converted.
    pub fn convert(&mut self, reason: &'static str) {
        (self.converted, self.reason) = (true, reason);
    }

    /// Returns true for a word that is written as names are.
    pub fn is_title_case(&self) -> bool {
        let text = self.token.text;
        text.starts_with(char::is_uppercase) && text.chars().any(char::is_lowercase)
    }

    /// The rule that it, once converted, is logged under.
    pub fn rule(&self) -> &'static str {
        match (self.finding.class, self.finding.horn) {
            (Class::Vni, _) => "vni",
            (_, true) => "tcvn3-lost-horn-u",
            (_, false) => "tcvn3",
        }
    }
}

/// Words that are always or never converted, in their broken form and lower case.
#[derive(Clone, Copy, Debug, Default)]
pub struct Words<'a> {
    /// Always, where they decode to a syllable at all.
    pub allow: &'a [String],
    /// Never.
    pub deny: &'a [String],
}

impl Words<'_> {
    /// Returns true if a word is one of a list.
    pub fn lists(list: &[String], word: &str) -> bool {
        !list.is_empty() && {
            let word = word.to_lowercase();
            list.iter().any(|listed| listed.to_lowercase() == word)
        }
    }
}

/// The words of a paragraph, line by line, each weighed alone.
pub fn cut_lines<'a>(texts: &'a [Cow<'_, str>], by_line: bool) -> Vec<Vec<Word<'a>>> {
    let mut tokens = Vec::new();
    for (run, text) in texts.iter().enumerate() {
        token::cut(text, run, by_line, &mut tokens);
    }
    let mut lines = vec![Vec::new()];
    for token in tokens {
        if token.new_line {
            lines.push(Vec::new());
        }
        lines.last_mut().into_iter().for_each(|line| line.push(token));
    }
    lines.into_iter().map(classify).collect()
}

/// The words of a line, each weighed alone.
fn classify(tokens: Vec<Token<'_>>) -> Vec<Word<'_>> {
    let kept = tokens.iter().any(|t| t.text.contains(['\u{AD}', '\u{2212}']));
    let word = |token| {
        let finding = detect::classify(&token, kept);
        Word { token, finding, converted: false, reason: "nothing to convert" }
    };
    tokens.into_iter().map(word).collect()
}
