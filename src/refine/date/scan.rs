use crate::text::unaccented;

/// One piece of a date's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// As it stands.
    pub text: String,
    /// Whether a space stands before it.
    pub spaced: bool,
}

/// What a piece is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Figures: the value and how many of them.
    Number(u64, usize),
    /// Letters, folded: lower case without accents.
    Word(String),
    /// Anything else.
    Mark(char),
}

impl Token {
    /// The value and width, if it is a number.
    pub fn number(&self) -> Option<(u64, usize)> {
        match self.kind {
            Kind::Number(value, width) => Some((value, width)),
            _ => None,
        }
    }

    /// The folded word, if it is one.
    pub fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    /// Whether it is one of these marks.
    pub fn is_mark(&self, marks: &str) -> bool {
        matches!(self.kind, Kind::Mark(c) if marks.contains(c))
    }
}

/// The pieces of a text.
pub fn scan(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut spaced = false;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let belongs: fn(char) -> bool = match first {
            '0'..='9' => |c| c.is_ascii_digit(),
            c if is_letter(c) => is_letter,
            c => {
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
                if c.is_whitespace() || c == '\u{AD}' {
                    spaced = true;
                } else {
                    let kind = Kind::Mark(plain_mark(c));
                    tokens.push(Token { kind, text: c.to_string(), spaced });
                    spaced = false;
                }
                continue;
            }
        };
        let end = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        let (piece, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let kind = match piece.parse() {
            Ok(value) if first.is_ascii_digit() => Kind::Number(value, piece.len()),
            _ => Kind::Word(unaccented(piece)),
        };
        tokens.push(Token { kind, text: piece.to_owned(), spaced });
        (rest, spaced) = (after, false);
    }
    tokens
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '\u{300}'..='\u{36F}')
}

fn plain_mark(c: char) -> char {
    match c {
        '–' | '—' | '−' | '‐' | '‑' => '-',
        '：' => ':',
        '’' | '′' => '\'',
        other => other,
    }
}
