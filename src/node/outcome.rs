use crate::ingest::Applied;
use crate::ingest::health::SourceHealth;
use crate::model::{Event, PartnerId, Seq, Timestamp};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What a command brought about.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "did")]
pub enum Outcome {
    /// Files were taken in, or some of them.
    Added {
        /// One of each, in the order in which they were named.
        files: Vec<AddedFile>,
    },
    /// Journal, views and feeds were compared.
    Checked {
        /// Events read.
        events: u64,
        /// Values of the views compared.
        values: u64,
        /// What does not agree, each with its remedy; empty if all does.
        problems: Vec<String>,
    },
    /// The views were folded again.
    Rebuilt {
        /// The last event in them.
        last: Seq,
    },
    /// An archive was written.
    Exported {
        /// How many events it holds.
        events: u64,
        /// The last of them.
        last: Seq,
    },
    /// All rows of progress were written.
    ProgressExported,
    /// An archive was read.
    Imported {
        /// Its path.
        file: PathBuf,
        /// How many events it holds.
        events: u64,
        /// The last of them.
        last: Seq,
        /// How many of them the journal did not have.
        new: u64,
    },
    /// Articles of a clock that was ahead have the present time.
    Redated {
        /// How many.
        articles: u64,
    },
    /// How every source is doing.
    Sources {
        /// Each of them, in the config's order.
        sources: Vec<SourceHealth>,
        /// The site's seconds ahead of UTC, in which times are written.
        utc_offset: i32,
    },
    /// What every partner has taken.
    Partners {
        /// Each of them, in the config's order.
        partners: Vec<PartnerStatus>,
        /// The number of the last event.
        last: Seq,
        /// The site's seconds ahead of UTC, in which times are written.
        utc_offset: i32,
    },
    /// Sources will be polled before their turn.
    Asked {
        /// How many.
        sources: usize,
    },
    /// Sources were polled.
    Polled {
        /// How they are now.
        sources: Vec<SourceHealth>,
        /// The site's seconds ahead of UTC.
        utc_offset: i32,
    },
    /// A source's quarantined entries were published.
    Accepted {
        /// The source's id.
        source: String,
        /// What became of the entries.
        applied: Applied,
    },
    /// A source's quarantined entries were discarded.
    Discarded {
        /// The source's id.
        source: String,
        /// How many they were.
        entries: usize,
    },
    /// A source has no quarantined entries.
    NothingKept {
        /// The source's id.
        source: String,
    },
    /// Every event of an article.
    History {
        /// Oldest first.
        events: Vec<Event>,
    },
    /// What an article said was taken out of the journal.
    Purged {
        /// Its key.
        key: String,
        /// How many of its events said something.
        events: usize,
        /// The last event of the journal: older backups still hold the text.
        last: Seq,
    },
    /// This node leads.
    Promoted {
        /// The term that began.
        term: u64,
        /// The last event of the leader before it that is here.
        last: Seq,
    },
    /// What only this node has, which it gives up at its next start.
    Rejoins {
        /// The last event on which it and its leader agree.
        agreed: Seq,
        /// How many events come after it.
        events: u64,
        /// Whether it is given up, or was only asked for.
        is_done: bool,
    },
    /// The tokens file was read.
    TokensRead,
    /// The clock of the polls was moved.
    Skipped,
}

/// How far a partner has got.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PartnerStatus {
    /// Its name in the config.
    pub name: PartnerId,
    /// The cursor that it last came with; `None` if it never came.
    pub cursor: Option<String>,
    /// The number in the cursor: everything up to there has been taken.
    pub seq: Option<Seq>,
    /// When it last came.
    pub at: Option<Timestamp>,
}

/// What became of a file that was to be added.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AddedFile {
    /// Its path.
    pub file: PathBuf,
    /// What became of its articles, or why it could not be read.
    pub result: Result<Applied, String>,
    /// Why some of its articles were not taken in.
    pub refused: Vec<String>,
}

impl AddedFile {
    /// Whether the whole file was taken in.
    pub fn is_whole(&self) -> bool {
        self.result.is_ok() && self.refused.is_empty()
    }
}
