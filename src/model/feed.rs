use super::FeedId;
use serde::{Deserialize, Serialize};

/// A feed that we publish: which articles, how many, under what name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feed {
    /// Its name in addresses: `/feeds/{id}.rss`.
    pub id: FeedId,
    pub title: String,
    /// RSS `description`, Atom `subtitle`, JSON Feed `description`.
    pub description: String,
    /// BCP 47; `None` takes the site's.
    pub language: Option<String>,
    pub filter: Filter,
    /// At least this many entries, if there are as many.
    pub min_entries: usize,
    /// Also all entries that are at most this many milliseconds older than the newest one.
    pub max_age_ms: i64,
    /// Never more than this many entries.
    pub max_entries: usize,
    /// Whether entries carry their whole content or only the summary.
    pub full_content: bool,
    /// Whether a story that several sources tell is shown once, with the others as related links.
    pub collapse_stories: bool,
}

/// Which articles belong to a feed: every list that is not empty must match; within a list one match is enough.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    pub sources: Vec<String>,
    /// Category terms or labels, compared by their slugs.
    pub categories: Vec<String>,
    /// Author names, compared without regard to case and tone placement.
    pub authors: Vec<String>,
    /// Languages; `vi` also takes `vi-VN`.
    pub languages: Vec<String>,
    /// Words or phrases in the title, compared by whole words without regard to case and tone placement.
    pub title_words: Vec<String>,
    /// Publishers' names (`dc:publisher`).
    pub publishers: Vec<String>,
    /// Provinces as they are since 1 July 2025, by slug; one that is no longer means only itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub provinces: Vec<String>,
    /// Provinces as they were before, by slug.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub old_provinces: Vec<String>,
}
