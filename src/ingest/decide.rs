use super::past::{Past, Stale};
use crate::model::{Article, Fingerprint, Notice, Seq, Timestamp};

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
        let changed = draft.changed_by_source();
        // A date that we had before says nothing new, even one that is still to come.
        // Feeds say whole seconds: it may return within the one in which it was withdrawn.
        let is_later = changed.is_some_and(|at| at >= gone_since) && changed > self.changed;
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
    /// A hub delivered it: like a list, but late or repeated deliveries bring no earlier text back.
    Delivered,
    /// It is listed still, poll after poll, though a hub delivered something newer: the feed's own word counts.
    Insisted,
}

impl Origin {
    /// Whether it is listed: nobody says it to us, so it may be stale.
    pub fn is_listed(self) -> bool {
        self != Self::Direct
    }
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
    /// It is listed as it was before, or differs in what changes at every look.
    Stale(Stale),
}

impl Reason {
    /// What the status of its source says of it.
    pub fn notice(self) -> Option<Notice> {
        match self {
            Self::Unchanged | Self::Stale(Stale::Replayed) => None,
            Self::Withdrawn => Some(Notice::StaysWithdrawn),
            Self::Stale(Stale::Resigned) => Some(Notice::TextSignedAnew),
            Self::Stale(Stale::Older) => Some(Notice::TextOlder),
            Self::Stale(Stale::Counting) => Some(Notice::TextCounts),
            Self::Stale(Stale::ByTurns) => Some(Notice::TextByTurns),
        }
    }
}

/// Decides about an article as drafted at a time, given what is known of it. `past` gives what it said before, newest
/// first; it is asked only where that matters.
pub fn decide(
    draft: &Article,
    known: Option<&Known>,
    origin: Origin,
    now: Timestamp,
    past: impl FnOnce() -> Vec<Past>,
) -> Verdict {
    let Some(known) = known else { return Verdict::Publish };
    if known.withdrawn {
        return match origin.is_listed() && !known.returns(draft) {
            true => Verdict::Ignore(Reason::Withdrawn),
            false => Verdict::Revise { expected: known.seq },
        };
    }
    if known.fingerprint == draft.fingerprint {
        return Verdict::Ignore(Reason::Unchanged);
    }
    let is_delivery = origin == Origin::Delivered;
    let stale = || Past::of(draft).stale(&past(), is_delivery, now);
    let may_be_stale = matches!(origin, Origin::Polled | Origin::Delivered);
    let stale = may_be_stale.then(stale).flatten();
    match stale {
        Some(stale) => Verdict::Ignore(Reason::Stale(stale)),
        None => Verdict::Revise { expected: known.seq },
    }
}
