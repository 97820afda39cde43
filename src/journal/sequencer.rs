use super::Error;
use super::record::Body;
use crate::model::{Change, Event, Seq, Timestamp};
use std::pin::Pin;

/// A change that is proposed to become an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    pub change: Change,
    /// The precondition: the number of the article's last event, 0 if it must have none. `None` sets no condition.
    pub expected: Option<Seq>,
    /// The idempotency key of a push, so that a repeated push is recognized.
    pub idempotency_key: Option<String>,
    /// When the change was decided.
    pub at: Timestamp,
}

impl Proposal {
    /// The event that a proposal becomes under a number.
    pub fn numbered(self, seq: Seq) -> Event {
        self.into_body().numbered(seq)
    }

    pub(super) fn into_body(self) -> Body {
        Body { at: self.at, idempotency_key: self.idempotency_key, change: self.change }
    }
}

/// The answers of a [`Sequencer`]: one result per proposal, in the order of the proposals.
pub type Answers = Pin<Box<dyn Future<Output = Vec<Result<Seq, Error>>> + Send>>;

/// Numbers events. The default is the local [`Writer`](super::writer::Writer); a cluster would have another.
///
/// Every sequencer promises this:
/// - Numbers rise. They may have gaps, and answers may come in any order.
/// - A proposal is numbered only if its precondition holds; otherwise its answer is [`Error::Conflict`].
/// - An event is durable before its number is answered.
/// - Each numbered event reaches every node's journal, in order. The local writer writes it there itself; for any
///   other sequencer the node passes the stream of events to [`Journal::follow`](super::Journal::follow).
pub trait Sequencer: Send + Sync {
    /// Numbers each proposal whose precondition holds.
    fn sequence(&self, proposals: Vec<Proposal>) -> Answers;
}
