use super::{ArticleKey, Seq};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The first line of a page of a leader's journal. The events follow, each on a line of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JournalHead {
    /// The identity of the journal.
    pub journal: String,
    /// How often a leader was made in its history: the highest term leads.
    pub term: u64,
    /// The number of its last event.
    #[schema(value_type = u64)]
    pub last: Seq,
    /// Its events in all.
    pub count: u64,
    /// The lines that follow.
    pub lines: usize,
    /// The texts that were taken out of it for good and that the follower does not know of yet, oldest first.
    pub purges: Vec<Purge>,
}

/// That what an article said was taken out of a journal for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Purge {
    /// Its place among all of the journal, from 1; 0 until it is written there.
    pub number: u64,
    /// The article.
    #[schema(value_type = String)]
    pub key: ArticleKey,
    pub reason: String,
    /// The last event at that time: later ones say nothing that was purged.
    #[schema(value_type = u64)]
    pub after: Seq,
}

impl Purge {
    /// A purge that is not written yet.
    pub fn new(key: ArticleKey, reason: &str) -> Self {
        Self { number: 0, key, reason: reason.to_owned(), after: Seq(0) }
    }

    /// What a follower says of the last purge that it knows: the leader finds it again, or notices that it is none of its own.
    pub fn mark(&self) -> String {
        format!("{}.{}", self.number, super::event::mark_of(&(self.number, self.key, &self.reason)))
    }
}
