//! What a draft means beside what is known: pure.

use crate::model::{Article, Fingerprint, Seq, Timestamp};

/// What is known of an article before a draft of it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its last event; a revision is made on it.
    pub seq: Seq,
    /// As it was shown last.
    pub fingerprint: Fingerprint,
    /// Whether it was withdrawn.
    pub withdrawn: bool,
    /// Since when its own source's document says that it is gone, if that is who withdrew it.
    pub gone_since: Option<Timestamp>,
    /// When its source says that it was changed, as we had it last.
    pub changed: Option<Timestamp>,
}

impl Known {
    /// Whether its source takes its own withdrawal back by listing it: changed since, or saying something new that is no
    /// older than what we had. A stale list does neither. Whoever else withdrew an article is not overruled by a list.
    fn returns(&self, draft: &Article) -> bool {
        let Some(gone_since) = self.gone_since else { return false };
        let changed = draft.updated.as_ref().or(draft.published.as_ref()).map(|dated| dated.at);
        // A date that we had before says nothing new, even one that is still to come.
        let is_later = changed.is_some_and(|at| at > gone_since) && changed > self.changed;
        let is_stale = changed < self.changed;
        is_later || (!is_stale && self.fingerprint != draft.fingerprint)
    }
}

/// How a draft came: it decides whether a withdrawn article may return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Someone said so: a push, a file put back. A withdrawn article returns.
    Direct,
    /// It stands in a feed or a list. A withdrawn article stays withdrawn, unless its source takes its own tombstone back.
    Polled,
}

/// What to do with a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is new.
    Publish,
    /// It differs from what is known, whose last event is `expected`.
    Revise {
        /// The event that the revision is made on.
        expected: Seq,
    },
    /// Nothing happens.
    Ignore(Reason),
}

/// Why nothing happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A reader would see no difference.
    Unchanged,
    /// It was withdrawn, and still being listed does not bring it back.
    Withdrawn,
}

/// Decides about an article as drafted, given what is known of it.
pub fn decide(draft: &Article, known: Option<&Known>, origin: Origin) -> Verdict {
    match known {
        None => Verdict::Publish,
        Some(known) if known.withdrawn && origin == Origin::Polled && !known.returns(draft) => {
            Verdict::Ignore(Reason::Withdrawn)
        }
        Some(known) if !known.withdrawn && known.fingerprint == draft.fingerprint => {
            Verdict::Ignore(Reason::Unchanged)
        }
        Some(known) => Verdict::Revise { expected: known.seq },
    }
}
