//! How many articles a source or a category has.

use super::Meta;
use crate::model::{Seq, SourceId, Timestamp};
use serde::{Deserialize, Serialize};

/// How many articles a source has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Which source.
    pub source: SourceId,
    /// There for readers.
    pub live: u64,
    /// Taken back.
    pub withdrawn: u64,
    /// Its last event.
    pub last_seq: Seq,
    /// When that was.
    pub last_at: Timestamp,
}

impl Counts {
    /// A source without articles.
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
    /// In addresses.
    pub slug: String,
    /// For people, as first seen.
    pub label: String,
    /// Live articles.
    pub live: u64,
}
