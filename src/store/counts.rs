use super::Meta;
use crate::model::{Seq, SourceId, Timestamp};
use serde::{Deserialize, Serialize};

/// How many articles a source has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub source: SourceId,
    pub live: u64,
    pub withdrawn: u64,
    pub last_seq: Seq,
    /// When its last event was.
    pub last_at: Timestamp,
}

impl Counts {
    /// The counts of a source without articles.
    pub fn none(source: SourceId) -> Self {
        Self { source, live: 0, withdrawn: 0, last_seq: Seq(0), last_at: Timestamp(0) }
    }

    /// The count that an article's state belongs to.
    pub(super) fn of(&mut self, meta: &Meta) -> &mut u64 {
        if meta.is_live() { &mut self.live } else { &mut self.withdrawn }
    }
}

/// A category and how many live articles it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryCount {
    pub slug: String,
    /// The first label that came with this slug.
    pub label: String,
    pub live: u64,
}
