use crate::model::{Notice, Seq, Source, SourceId, Timestamp, Warning};
use crate::store::{Error, Kind, Progress};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The only row of its kind.
const NAME: &str = "copying";
/// Failures that are remembered of each source.
const MANY: usize = 20;
/// Milliseconds until a file is tried again for which there is no room.
pub(super) const FULL_MS: i64 = 3_600_000;
/// How long a failure is told, in milliseconds.
const TOLD_MS: i64 = 7 * 86_400_000;

/// What is remembered of the copying as a whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct CopyingState {
    /// The last event that was looked at.
    pub cursor: Seq,
    /// The sources whose articles are looked at.
    pub sources: BTreeSet<SourceId>,
    /// Files that were given up, newest last.
    pub given_up: BTreeMap<SourceId, Vec<(Timestamp, String)>>,
    /// When there last was no room for another file.
    #[serde(default, alias = "full_since")]
    pub full_at: Option<Timestamp>,
}

impl CopyingState {
    /// What was remembered, `None` where nothing was ever copied.
    pub(super) fn load(progress: &Progress) -> Result<Option<Self>, Error> {
        progress.get(Kind::MediaState, NAME)
    }

    /// Remembers it.
    pub(super) fn keep(&self, progress: &Progress) -> Result<(), Error> {
        progress.put(Kind::MediaState, NAME, self)
    }

    /// Notes that a file of a source is not tried again.
    pub(super) fn give_up(&mut self, source: &SourceId, why: String, now: Timestamp) {
        let list = self.given_up.entry(source.clone()).or_default();
        list.push((now, why));
        let over = list.len().saturating_sub(MANY);
        list.drain(..over);
    }
}

/// What was not well with the files of a source, for its status.
pub fn warnings(progress: &Progress, source: &Source, now: Timestamp) -> Vec<Warning> {
    let state = CopyingState::load(progress).unwrap_or_default().unwrap_or_default();
    let since = now.plus_millis(-TOLD_MS);
    let recent =
        state.given_up.get(&source.id).into_iter().flatten().filter(|(at, _)| *at >= since);
    let mut warnings = Vec::new();
    for (_, why) in recent {
        Notice::MediaGivenUp.add(&mut warnings, why);
    }
    // A file that waits for room is tried again before that.
    let is_full = state.full_at.is_some_and(|at| at >= now.plus_millis(-2 * FULL_MS));
    if source.copies_media && is_full {
        Notice::MediaFull.add(&mut warnings, "raise media.total, or make room on the disk");
    }
    warnings
}
