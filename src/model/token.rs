use super::{InvalidId, PartnerId, SourceId, Timestamp};
use crate::text::{from_hex, hex};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;
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

/// Whose a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenOwner {
    /// The only source it may push to.
    Source(SourceId),
    /// The partner that reads with it.
    Partner(PartnerId),
}

/// What the names of partners begin with in the tokens file; no source's name has a colon.
const OF_A_PARTNER: &str = "partner:";

impl fmt::Display for TokenOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(source) => source.fmt(f),
            Self::Partner(partner) => write!(f, "{OF_A_PARTNER}{partner}"),
        }
    }
}

impl FromStr for TokenOwner {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text.strip_prefix(OF_A_PARTNER) {
            Some(name) => PartnerId::new(name).map(Self::Partner),
            None => SourceId::new(text).map(Self::Source),
        }
    }
}

impl From<SourceId> for TokenOwner {
    fn from(source: SourceId) -> Self {
        Self::Source(source)
    }
}

impl From<PartnerId> for TokenOwner {
    fn from(partner: PartnerId) -> Self {
        Self::Partner(partner)
    }
}

/// One line of the tokens file: whose, the hash, since when, until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenLine {
    pub owner: TokenOwner,
    pub hash: TokenHash,
    pub created: Timestamp,
    /// When it ends to be valid; `None` if never.
    pub expires: Option<Timestamp>,
}

impl TokenLine {
    /// The first eight digits of the hash: what a token is called.
    pub fn name(&self) -> String {
        hex(&self.hash)[..8].to_owned()
    }

    /// Whether it is not valid any more.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}

/// A line of the tokens file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("tokens file line {0}: expected `source sha256-hex created [expires]`")]
    Shape(usize),
    /// The name is not quoted: it may be a token in the wrong place.
    #[error(
        "tokens file line {0}: the first word is no source's name, nor `partner:` and a partner's"
    )]
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
    /// It is another source's, or a partner's.
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
            String::from("# owner sha256-hex created expires; the tokens themselves are nowhere\n");
        for line in &self.lines {
            let hash = hex(&line.hash);
            let expires = line.expires.map_or_else(String::new, |expires| format!(" {expires}"));
            text.push_str(&format!("{} {hash} {}{expires}\n", line.owner, line.created));
        }
        text
    }

    /// Every token, in the order of the file.
    pub fn lines(&self) -> &[TokenLine] {
        &self.lines
    }

    /// Adds a token. An owner may have several, so that a new one can replace an old one without a gap.
    pub fn add(
        &mut self,
        owner: impl Into<TokenOwner>,
        hash: TokenHash,
        created: Timestamp,
        expires: Option<Timestamp>,
    ) {
        self.lines.push(TokenLine { owner: owner.into(), hash, created, expires });
    }

    /// Removes the tokens of an owner, or the one of them that has a name, and returns how many there were.
    pub fn revoke(&mut self, owner: &TokenOwner, name: Option<&str>) -> usize {
        let before = self.lines.len();
        let is_meant =
            |line: &TokenLine| &line.owner == owner && name.is_none_or(|name| line.name() == name);
        self.lines.retain(|line| !is_meant(line));
        before - self.lines.len()
    }

    /// Checks a presented token against a source, in a time that depends only on the number of tokens.
    pub fn check(
        &self,
        presented: &[u8],
        source: Option<&SourceId>,
        now: Timestamp,
    ) -> TokenVerdict {
        let (mut known, mut right) = (Choice::from(0), Choice::from(0));
        for (line, same) in self.compare(presented, now) {
            let is_its = matches!(&line.owner, TokenOwner::Source(own) if Some(own) == source);
            known |= same;
            right |= same & Choice::from(u8::from(is_its));
        }
        match (bool::from(right), bool::from(known)) {
            (true, _) => TokenVerdict::Right,
            (false, true) => TokenVerdict::OtherSource,
            (false, false) => TokenVerdict::Unknown,
        }
    }

    /// The partner whose token is presented, in a time that depends only on the number of tokens.
    pub fn partner(&self, presented: &[u8], now: Timestamp) -> Option<PartnerId> {
        let mut found = None;
        for (line, same) in self.compare(presented, now) {
            if bool::from(same) {
                found = Some(&line.owner);
            }
        }
        match found {
            Some(TokenOwner::Partner(partner)) => Some(partner.clone()),
            _ => None,
        }
    }

    /// Compares a presented token with every line; an expired one is equal to none.
    fn compare(
        &self,
        presented: &[u8],
        now: Timestamp,
    ) -> impl Iterator<Item = (&TokenLine, Choice)> {
        let hash = hash_token(presented);
        let short_enough = Choice::from(u8::from(presented.len() <= LONGEST));
        self.lines.iter().map(move |line| {
            let valid = Choice::from(u8::from(!line.has_expired(now)));
            (line, line.hash.ct_eq(&hash) & short_enough & valid)
        })
    }
}

fn parse_line(number: usize, line: &str) -> Result<TokenLine, TokenError> {
    let mut words = line.split_ascii_whitespace();
    let (Some(owner), Some(hash), Some(created), expires, None) =
        (words.next(), words.next(), words.next(), words.next(), words.next())
    else {
        return Err(TokenError::Shape(number));
    };
    let time = |text| Timestamp::parse_rfc3339(text).ok_or(TokenError::Created(number));
    Ok(TokenLine {
        owner: owner.parse().map_err(|_| TokenError::Source(number))?,
        hash: from_hex(hash).ok_or(TokenError::Hash(number))?,
        created: time(created)?,
        expires: expires.map(time).transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn source(name: &str) -> SourceId {
        SourceId::new(name).unwrap()
    }

    #[test]
    fn a_token_opens_its_own_source_only() {
        let (a, b) = (source("a"), source("b"));
        let (of_a, of_b) = (new_token(&[1; 32]), new_token(&[2; 32]));
        let mut tokens = Tokens::default();
        tokens.add(a.clone(), hash_token(of_a.as_bytes()), Timestamp(0), None);
        tokens.add(b.clone(), hash_token(of_b.as_bytes()), Timestamp(0), None);
        let check = |tokens: &Tokens, token: &[u8], source| tokens.check(token, source, NOW);
        assert_eq!(check(&tokens, of_a.as_bytes(), Some(&a)), TokenVerdict::Right);
        assert_eq!(check(&tokens, of_a.as_bytes(), Some(&b)), TokenVerdict::OtherSource);
        assert_eq!(check(&tokens, of_a.as_bytes(), None), TokenVerdict::OtherSource);
        assert_eq!(check(&tokens, b"", Some(&a)), TokenVerdict::Unknown);
        let (name, of) = (tokens.lines()[0].name(), |id: &SourceId| TokenOwner::from(id.clone()));
        let none = (tokens.revoke(&of(&b), Some(&name)), tokens.revoke(&of(&a), Some("00000000")));
        assert_eq!(none, (0, 0));
        assert_eq!(tokens.revoke(&of(&a), Some(&name)), 1);
        assert_eq!(check(&tokens, of_a.as_bytes(), Some(&a)), TokenVerdict::Unknown);
    }

    #[test]
    fn a_partners_token_reads_until_it_expires_and_pushes_nothing() {
        let (a, partner) = (source("a"), PartnerId::new("a").unwrap());
        let mut tokens = Tokens::default();
        tokens.add(a.clone(), hash_token(b"source"), Timestamp(0), None);
        tokens.add(partner.clone(), hash_token(b"partner"), Timestamp(0), Some(NOW));
        let tokens = Tokens::parse(&tokens.to_text()).unwrap();
        let before = NOW.plus_millis(-1);
        assert_eq!(tokens.partner(b"partner", before), Some(partner));
        assert_eq!(tokens.check(b"partner", Some(&a), before), TokenVerdict::OtherSource);
        assert_eq!((tokens.partner(b"partner", NOW), tokens.partner(b"source", NOW)), (None, None));
        assert_eq!(tokens.check(b"partner", Some(&a), NOW), TokenVerdict::Unknown);
    }

    #[test]
    fn a_longer_text_with_a_right_beginning_is_nobodys() {
        let a = source("a");
        let long = vec![b'x'; LONGEST + 1];
        let mut tokens = Tokens::default();
        tokens.add(a.clone(), hash_token(&long), Timestamp(0), None);
        assert_eq!(tokens.check(&long, Some(&a), NOW), TokenVerdict::Unknown);
        assert_eq!(tokens.check(&long[..LONGEST], Some(&a), NOW), TokenVerdict::Right);
    }

    #[test]
    fn the_file_reads_back() {
        let mut tokens = Tokens::default();
        tokens.add(source("a"), hash_token(b"x"), Timestamp::from_secs(1_700_000_000), None);
        tokens.add(source("b-1"), hash_token(b"y"), Timestamp::from_secs(1_700_000_001), Some(NOW));
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
