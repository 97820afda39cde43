use super::{SourceId, Timestamp};
use crate::text::{from_hex, hex};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// What every token begins with, so that people and scanners know one when they see it.
const PREFIX: &str = "dongtin_";
/// Longer tokens are refused, and hashed only up to this many bytes.
const LONGEST: usize = 128;

/// SHA-256 of a token's text.
pub type TokenHash = [u8; 32];

/// The text of a new token, from 32 random bytes.
pub fn new_token(random: &[u8; 32]) -> String {
    format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random))
}

/// The hash of a token's text; of a text too long to be a token, the hash of its beginning.
pub fn hash_token(text: &[u8]) -> TokenHash {
    Sha256::digest(text.get(..LONGEST).unwrap_or(text)).into()
}

/// One line of the tokens file: whose, the hash, since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenLine {
    /// The only source it may push to.
    pub source: SourceId,
    pub hash: TokenHash,
    pub created: Timestamp,
}

impl TokenLine {
    /// The first eight digits of the hash: what a token is called.
    pub fn name(&self) -> String {
        hex(&self.hash)[..8].to_owned()
    }
}

/// A line of the tokens file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("tokens file line {0}: expected `source sha256-hex created`")]
    Shape(usize),
    /// The name is not quoted: it may be a token in the wrong place.
    #[error("tokens file line {0}: the first word is no source's name")]
    Source(usize),
    #[error("tokens file line {0}: the hash is not 64 hexadecimal digits")]
    Hash(usize),
    #[error("tokens file line {0}: the time is not of the form 2026-01-31T08:00:00Z")]
    Created(usize),
}

/// What a presented token is to a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenVerdict {
    /// It may push to that source.
    Right,
    /// It is another source's.
    OtherSource,
    Unknown,
}

/// Every token that is accepted, as the tokens file lists them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    lines: Vec<TokenLine>,
}

impl Tokens {
    /// Reads the file's text: one token a line; empty lines and lines that begin with `#` are skipped.
    ///
    /// # Errors
    /// The first line that cannot be read.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let lines = text.lines().enumerate().map(|(i, line)| (i + 1, line.trim()));
        let meant = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let lines = meant.map(|(number, line)| parse_line(number, line));
        Ok(Self { lines: lines.collect::<Result<_, _>>()? })
    }

    /// The file's text: [`Tokens::parse`] reads it back.
    pub fn to_text(&self) -> String {
        let mut text =
            String::from("# source sha256-hex created; the tokens themselves are nowhere\n");
        for line in &self.lines {
            let hash = hex(&line.hash);
            text.push_str(&format!("{} {hash} {}\n", line.source, line.created));
        }
        text
    }

    /// Every token, in the order of the file.
    pub fn lines(&self) -> &[TokenLine] {
        &self.lines
    }

    /// Adds a token. A source may have several, so that a new one can replace an old one without a gap.
    pub fn add(&mut self, source: SourceId, hash: TokenHash, created: Timestamp) {
        self.lines.push(TokenLine { source, hash, created });
    }

    /// Removes the tokens of a source, or the one of them that has a name, and returns how many there were.
    pub fn revoke(&mut self, source: &SourceId, name: Option<&str>) -> usize {
        let before = self.lines.len();
        let is_meant = |line: &TokenLine| {
            &line.source == source && name.is_none_or(|name| line.name() == name)
        };
        self.lines.retain(|line| !is_meant(line));
        before - self.lines.len()
    }

    /// Checks a presented token against a source, in a time that depends only on the number of tokens.
    pub fn check(&self, presented: &[u8], source: Option<&SourceId>) -> TokenVerdict {
        let hash = hash_token(presented);
        let short_enough = Choice::from(u8::from(presented.len() <= LONGEST));
        let (mut known, mut right) = (Choice::from(0), Choice::from(0));
        for line in &self.lines {
            let same = line.hash.ct_eq(&hash) & short_enough;
            known |= same;
            right |= same & Choice::from(u8::from(Some(&line.source) == source));
        }
        match (bool::from(right), bool::from(known)) {
            (true, _) => TokenVerdict::Right,
            (false, true) => TokenVerdict::OtherSource,
            (false, false) => TokenVerdict::Unknown,
        }
    }
}

fn parse_line(number: usize, line: &str) -> Result<TokenLine, TokenError> {
    let mut words = line.split_ascii_whitespace();
    let (Some(source), Some(hash), Some(created), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(TokenError::Shape(number));
    };
    Ok(TokenLine {
        source: SourceId::new(source).map_err(|_| TokenError::Source(number))?,
        hash: from_hex(hash).ok_or(TokenError::Hash(number))?,
        created: Timestamp::parse_rfc3339(created).ok_or(TokenError::Created(number))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str) -> SourceId {
        SourceId::new(name).unwrap()
    }

    #[test]
    fn a_token_opens_its_own_source_only() {
        let (a, b) = (source("a"), source("b"));
        let (of_a, of_b) = (new_token(&[1; 32]), new_token(&[2; 32]));
        let mut tokens = Tokens::default();
        tokens.add(a.clone(), hash_token(of_a.as_bytes()), Timestamp(0));
        tokens.add(b.clone(), hash_token(of_b.as_bytes()), Timestamp(0));
        assert_eq!(tokens.check(of_a.as_bytes(), Some(&a)), TokenVerdict::Right);
        assert_eq!(tokens.check(of_a.as_bytes(), Some(&b)), TokenVerdict::OtherSource);
        assert_eq!(tokens.check(of_a.as_bytes(), None), TokenVerdict::OtherSource);
        assert_eq!(tokens.check(b"", Some(&a)), TokenVerdict::Unknown);
        let name = tokens.lines()[0].name();
        assert_eq!((tokens.revoke(&b, Some(&name)), tokens.revoke(&a, Some("00000000"))), (0, 0));
        assert_eq!(tokens.revoke(&a, Some(&name)), 1);
        assert_eq!(tokens.check(of_a.as_bytes(), Some(&a)), TokenVerdict::Unknown);
    }

    #[test]
    fn a_longer_text_with_a_right_beginning_is_nobodys() {
        let a = source("a");
        let long = vec![b'x'; LONGEST + 1];
        let mut tokens = Tokens::default();
        tokens.add(a.clone(), hash_token(&long), Timestamp(0));
        assert_eq!(tokens.check(&long, Some(&a)), TokenVerdict::Unknown);
        assert_eq!(tokens.check(&long[..LONGEST], Some(&a)), TokenVerdict::Right);
    }

    #[test]
    fn the_file_reads_back() {
        let mut tokens = Tokens::default();
        tokens.add(source("a"), hash_token(b"x"), Timestamp::from_secs(1_700_000_000));
        tokens.add(source("b-1"), hash_token(b"y"), Timestamp::from_secs(1_700_000_001));
        assert_eq!(Tokens::parse(&tokens.to_text()), Ok(tokens));
    }

    #[test]
    fn a_bad_line_is_named() {
        let hash = "0".repeat(64);
        assert_eq!(Tokens::parse("\n# ok\na b\n"), Err(TokenError::Shape(3)));
        assert!(matches!(
            Tokens::parse(&format!("../x {hash} 2026-01-31T08:00:00Z")),
            Err(TokenError::Source(1))
        ));
        assert_eq!(Tokens::parse("a zz 2026-01-31T08:00:00Z"), Err(TokenError::Hash(1)));
        assert_eq!(Tokens::parse(&format!("a {hash} soon")), Err(TokenError::Created(1)));
        let not_ascii = "é".repeat(32);
        assert_eq!(Tokens::parse(&format!("a {not_ascii} 0")), Err(TokenError::Hash(1)));
    }
}
