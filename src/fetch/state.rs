//! What is remembered of a source between two polls. It is progress: if it is lost, the source is read whole once.

use super::{Failure, Validators};
use crate::model::{DateOrder, Fingerprint, Source, Timestamp, Warning};
use serde::{Deserialize, Serialize};

/// After so long of nothing new by `Last-Modified` alone a source is looked at whole; by an `ETag`, seven times as long.
const LOOK_MS: i64 = 24 * 3_600_000;

/// What is remembered of a source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The configured address that this state is about. With another address everything starts anew.
    pub configured: Option<String>,
    /// Where permanent redirects have led for long enough; polled instead of the configured address.
    pub address: Option<String>,
    /// A permanent redirect that has not held for long enough.
    pub moved: Option<Moved>,
    /// What is sent back so that only news comes.
    #[serde(flatten)]
    pub validators: Validators,
    /// Whether other entries have come under the validators of before: then they are not sent back.
    pub is_frozen: bool,
    /// When the last whole body came.
    pub body_at: Option<Timestamp>,
    /// The last body's hash.
    pub body_hash: Option<Fingerprint>,
    /// The hash of the last body's entries.
    pub entries: Option<Fingerprint>,
    /// When it is polled next; `None` if it was never polled.
    pub next_check: Option<Timestamp>,
    /// Whether articles or articles' pages wait for the next poll.
    pub waits: bool,
    pub last_check: Option<Timestamp>,
    /// The last poll that brought a body or learned that nothing had changed.
    pub last_good: Option<Timestamp>,
    /// The last poll that brought other entries.
    pub last_change: Option<Timestamp>,
    /// The learned time between two changes.
    pub change_gap_ms: Option<i64>,
    /// The last decided time until the next check.
    pub interval_ms: Option<i64>,
    pub failures: u32,
    /// When the first of these failures came.
    pub failing_since: Option<Timestamp>,
    pub last: Last,
    /// What was unusual in the last body.
    pub warnings: Vec<Warning>,
    /// What became of its articles; `None` before the first, and in what a version before 0.2 kept.
    pub noted: Option<Noted>,
    /// The settled order of day and month.
    pub settled: DateOrder,
    /// WebSub hubs that its feed names.
    pub hubs: Vec<String>,
    /// The address that its feed gives itself (the WebSub topic), if the feed names hubs.
    pub topic: Option<String>,
    /// What its feed calls itself in its body, if the feed names hubs; the headers may say something else.
    pub own_link: Option<String>,
}

/// What became of the articles of a source's last body.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Noted {
    /// How many wait for a quota or for their age.
    pub held: usize,
    /// How many stand in the source's list only, since too many wait.
    pub beyond: usize,
    /// What is listed and does not count.
    pub ignored: Vec<Warning>,
}

/// The result of the last poll.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Last {
    #[default]
    Never,
    Fresh,
    NotModified,
    /// 410: it is polled once a day.
    Gone,
    Failed(Failure),
}

/// A permanent redirect that is watched before it is believed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    pub to: String,
    /// When it was first seen.
    pub since: Timestamp,
    /// How many polls in a row have seen it.
    pub polls: u32,
}

impl State {
    /// Whether this state is about the address that the config has now.
    pub fn remembers(&self, source: &Source) -> bool {
        self.configured.as_deref() == source.kind.address()
    }

    /// This state if it is about the configured address, otherwise a new one for it.
    pub fn about(self, source: &Source) -> Self {
        let configured = source.kind.address().map(str::to_owned);
        if self.remembers(source) { self } else { Self { configured, ..Self::default() } }
    }

    /// The address to poll: the configured one, or where it has moved for good.
    pub fn address_of(&self, source: &Source) -> Option<String> {
        let moved = self.address.clone().filter(|_| self.remembers(source));
        moved.or_else(|| source.kind.address().map(str::to_owned))
    }

    /// Returns true if the source said that it is gone for good (410).
    pub fn is_gone(&self) -> bool {
        self.last == Last::Gone
    }

    /// Makes the next poll take the whole body again.
    pub fn forget_body(&mut self) {
        self.validators = Validators::default();
        self.body_hash = None;
    }

    /// Returns true if the source is to be asked without conditions: what its validators say was wrong before, or has
    /// been "nothing new" for so long that it is worth a look.
    pub(super) fn distrusts_validators(&self, now: Timestamp) -> bool {
        let look = if self.validators.etag.is_some() { 7 * LOOK_MS } else { LOOK_MS };
        let is_due = |at: Timestamp| at.plus_millis(look) <= now;
        self.is_frozen || self.last == Last::NotModified && self.body_at.is_some_and(is_due)
    }
}
