use super::{Article, ArticleId, ArticleKey, Fingerprint, SourceId, Timestamp};
use crate::text::hex;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// The number of an event: ordered, but not without gaps. 0 is before the first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// One numbered fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub seq: Seq,
    /// When it was decided, by the clock of the node that took it in.
    pub at: Timestamp,
    /// The `Idempotency-Key` that a push gave, with its source; so a repeat is known after any crash.
    pub idempotency_key: Option<String>,
    pub change: Change,
}

impl Event {
    /// What tells it from the event that another journal has under its number, also after a purge.
    pub fn mark(&self) -> String {
        let revision = match &self.change {
            Change::Published { article } | Change::Revised { article } => article.revision,
            Change::Withdrawn { revision, .. } | Change::Files { revision, .. } => *revision,
        };
        mark_of(&(self.seq, self.at, self.change.name(), self.change.key(), revision))
    }
}

/// A short hash of what has to be equal.
pub(super) fn mark_of(parts: &impl Serialize) -> String {
    hex(&Fingerprint::of_bytes(&serde_json::to_vec(parts).unwrap_or_default()).0)
}

/// What happened to one article.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Change {
    Published {
        article: Arc<Article>,
    },
    /// A new revision of a known article; also the return of a withdrawn one.
    Revised {
        article: Arc<Article>,
    },
    /// The article was taken back: every copy must go.
    Withdrawn {
        key: ArticleKey,
        id: ArticleId,
        source: SourceId,
        upstream_id: String,
        /// Why, in the source's words.
        reason: Option<String>,
        /// The revision number that the withdrawal is.
        revision: u32,
        /// The time of withdrawal that the source's own document names; `None` if somebody else withdrew it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gone_since: Option<Timestamp>,
    },
    /// We hold other files of a live article than before: a copy came, or one was lost. The article stays as it is, with
    /// its revision; what is told of its files to those who copy it is new.
    Files {
        key: ArticleKey,
        id: ArticleId,
        source: SourceId,
        revision: u32,
        /// The event that has the article.
        text: Seq,
    },
}

impl Change {
    /// The article's key.
    pub fn key(&self) -> ArticleKey {
        match self {
            Self::Published { article } | Self::Revised { article } => article.key,
            Self::Withdrawn { key, .. } | Self::Files { key, .. } => *key,
        }
    }

    /// Whether the article is copied from another dongtin. Such a one may change its source: another mirror may bring it.
    pub fn is_of_copy(&self) -> bool {
        let id = match self {
            Self::Published { article } | Self::Revised { article } => &article.id,
            Self::Withdrawn { id, .. } | Self::Files { id, .. } => id,
        };
        self.key() == ArticleKey::of_copy(id)
    }

    /// The article's source.
    pub fn source(&self) -> &SourceId {
        match self {
            Self::Published { article } | Self::Revised { article } => &article.source,
            Self::Withdrawn { source, .. } | Self::Files { source, .. } => source,
        }
    }

    /// The article as this change has it; `None` when it was withdrawn, or when the change is none of its texts.
    pub fn article(&self) -> Option<&Arc<Article>> {
        match self {
            Self::Published { article } | Self::Revised { article } => Some(article),
            Self::Withdrawn { .. } | Self::Files { .. } => None,
        }
    }

    /// The same change without anything that the article said.
    pub fn purged(&self, reason: &str) -> Self {
        match self {
            Self::Published { article } => {
                Self::Published { article: Arc::new(article.purged(reason)) }
            }
            Self::Revised { article } => {
                Self::Revised { article: Arc::new(article.purged(reason)) }
            }
            Self::Withdrawn { .. } | Self::Files { .. } => self.clone(),
        }
    }

    /// The article, and why what it said was purged; `None` if it was not.
    pub fn purge_reason(&self) -> Option<(ArticleKey, String)> {
        let article = self.article()?;
        let flag = article.flags.iter().find(|flag| flag.rule == "purged")?;
        Some((article.key, flag.text.clone()))
    }

    /// The name in JSON: `published`, `revised`, `withdrawn` or `files`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Published { .. } => "published",
            Self::Revised { .. } => "revised",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Files { .. } => "files",
        }
    }
}
