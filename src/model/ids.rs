use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// A name that is not of the form the field takes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a valid name: use 1 to 64 of a-z, 0-9 and `-`, starting with a letter or digit"
)]
pub struct InvalidId(pub String);

/// Whether a text is 1 to 64 of `a-z`, `0-9` and `-`, with no `-` at either end.
fn is_slug(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=64).contains(&text.len())
        && text.bytes().all(allowed)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

macro_rules! slug {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Takes a name.
            ///
            /// # Errors
            /// `InvalidId` with at most 80 characters of a text that is no slug.
            pub fn new(text: &str) -> Result<Self, InvalidId> {
                if is_slug(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(InvalidId(text.chars().take(80).collect()))
                }
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

slug! {
    /// The name of a partner in the config.
    PartnerId
}
slug! {
    /// The name of a source in the config, in addresses and in article ids.
    SourceId
}
slug! {
    /// The name of a feed that we publish, in the config and in its address.
    FeedId
}

/// The permanent id of an article, a `tag:` URI (RFC 4151): RSS `guid`, Atom `id`, JSON Feed `id`. Stored, never computed again.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ArticleId(pub String);

impl ArticleId {
    /// The id of a new article: `tag:AUTHORITY:SOURCE/KEY`, where the authority is `host,date` (RFC 4151 §2.1).
    pub fn mint(authority: &str, source: &SourceId, key: ArticleKey) -> Self {
        Self(format!("tag:{authority}:{source}/{key}"))
    }

    /// The authority of a `tag:` URI (RFC 4151).
    pub fn authority(&self) -> Option<&str> {
        let (authority, _) = self.0.strip_prefix("tag:")?.split_once(':')?;
        authority.contains(',').then_some(authority)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ArticleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The identity (source, upstream id) as 128 bits: the key in the store and, in base 32, the last part of its address.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArticleKey(pub [u8; 16]);

/// Crockford's alphabet in lower case: no i, l, o, u.
const BASE32: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl ArticleKey {
    /// The key of a source's upstream id. Two sources with the same upstream id have two keys.
    pub fn of(source: &SourceId, upstream_id: &str) -> Self {
        Self::hashed(source.as_str(), upstream_id)
    }

    /// The key of an article that is copied from another journal: the same whichever mirror it comes through, so that it is
    /// taken once. No source has an empty name, so it is no key of theirs.
    pub fn of_copy(id: &ArticleId) -> Self {
        Self::hashed("", id.as_str())
    }

    fn hashed(source: &str, id: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(source.as_bytes());
        hash.update([0]);
        hash.update(id.as_bytes());
        let digest = hash.finalize();
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        Self(key)
    }
}

impl fmt::Display for ArticleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = u128::from_be_bytes(self.0);
        for place in (0..26).rev() {
            let digit = (bits >> (place * 5)) as usize & 31;
            write!(f, "{}", BASE32[digit] as char)?;
        }
        Ok(())
    }
}

impl fmt::Debug for ArticleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for ArticleKey {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = || InvalidId(text.chars().take(80).collect());
        if text.len() != 26 {
            return Err(invalid());
        }
        let mut bits: u128 = 0;
        for (place, byte) in text.bytes().enumerate() {
            let digit = BASE32.iter().position(|&b| b == byte).ok_or_else(invalid)? as u128;
            if place == 0 && digit > 7 {
                return Err(invalid());
            }
            bits = bits << 5 | digit;
        }
        Ok(Self(bits.to_be_bytes()))
    }
}

impl Serialize for ArticleKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ArticleKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Whether a text has the form of a journal's identity: 32 hexadecimal digits in lower case.
pub fn is_journal_identity(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_refuse_paths_and_header_breaks() {
        for bad in ["", "-a", "a-", "A", "../etc/x", "a/b", "a%2e", "a\r\nb", "ô", &"a".repeat(65)]
        {
            assert!(SourceId::new(bad).is_err(), "{bad:?}");
        }
        for good in ["a", "so-tttt", "portal-7", &"a".repeat(64)] {
            assert!(SourceId::new(good).is_ok(), "{good:?}");
        }
    }

    #[test]
    fn a_key_reads_back_and_is_per_source() {
        let a = SourceId::new("a").unwrap();
        let b = SourceId::new("b").unwrap();
        let key = ArticleKey::of(&a, "news_512");
        assert_ne!(key, ArticleKey::of(&b, "news_512"));
        assert_eq!(key.to_string().parse::<ArticleKey>().unwrap(), key);
        assert_eq!(key.to_string().len(), 26);
        let all = ArticleKey([0xff; 16]);
        assert_eq!(all.to_string().parse::<ArticleKey>().unwrap(), all);
        assert!("z".repeat(26).parse::<ArticleKey>().is_err());
        assert!("ÿ".repeat(13).parse::<ArticleKey>().is_err());
    }
}
