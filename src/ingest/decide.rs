//! What a draft means beside what is known: pure.

use crate::model::{Article, Fingerprint, Seq};

/// What is known of an article before a draft of it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its last event; a revision is made on it.
    pub seq: Seq,
    /// As it was shown last.
    pub fingerprint: Fingerprint,
    /// Whether it was withdrawn.
    pub withdrawn: bool,
}

/// How a draft came: it decides whether a withdrawn article may return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Someone said so: a push, a file put back. A withdrawn article returns.
    Said,
    /// It still stands in a feed or a list. A withdrawn article stays withdrawn.
    Listed,
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
pub fn decide(draft: &Article, known: Option<&Known>, door: Door) -> Verdict {
    match known {
        None => Verdict::Publish,
        Some(known) if known.withdrawn && door == Door::Listed => {
            Verdict::Ignore(Reason::Withdrawn)
        }
        Some(known) if !known.withdrawn && known.fingerprint == draft.fingerprint => {
            Verdict::Ignore(Reason::Unchanged)
        }
        Some(known) => Verdict::Revise { expected: known.seq },
    }
}
