use super::Selector;
use crate::model::{Change, Event, Seq};

/// What a copy does about one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Store the article as the event has it.
    Put,
    /// Delete the copy: the article left the selection.
    Remove,
    /// Delete the copy: the article was taken back.
    Withdraw,
    /// Nothing: a later event says more, or nobody with this selection can have the article.
    Skip,
}

/// The number of an article's last event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head(pub Seq);

/// What an event means for a copy of a selection. Only an article's last event means anything: the article is then as that
/// event left it, so a copy never gets a text that was corrected or taken back since.
pub fn step(event: &Event, head: Head, selector: &Selector) -> Action {
    let may_have = selector.may_take_from(event.change.source()) || event.change.is_of_copy();
    if event.seq != head.0 || !may_have {
        return Action::Skip;
    }
    match &event.change {
        Change::Withdrawn { .. } => Action::Withdraw,
        Change::Files { .. } => Action::Skip, // the reader gives it the article's text
        Change::Published { article } | Change::Revised { article } => {
            match selector.takes(article) {
                true => Action::Put,
                // Nobody can have an article whose first event does not match.
                false if article.revision <= 1 => Action::Skip,
                false => Action::Remove,
            }
        }
    }
}

/// What an event means for a copy that changes from one selection to another: the difference between the two.
pub fn step_between(event: &Event, head: Head, old: &Selector, new: &Selector) -> Action {
    match &event.change {
        _ if event.seq != head.0 => Action::Skip,
        Change::Withdrawn { .. } => Action::Skip, // whoever had it was told before
        Change::Files { .. } => Action::Skip,
        Change::Published { article } | Change::Revised { article } => {
            match (old.takes(article), new.takes(article)) {
                (true, false) => Action::Remove,
                (false, true) => Action::Put,
                _ => Action::Skip,
            }
        }
    }
}
