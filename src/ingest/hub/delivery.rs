//! What a hub delivers: believed only if it is signed with the secret of its subscription.

use super::{Signature, Subscription};
use crate::model::{SourceId, Timestamp};
use bytes::Bytes;

/// A delivery that may be believed to be the hub's; its bytes are as untrusted as any document's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// For which source.
    pub source: SourceId,
    /// What it is of.
    pub topic: String,
    /// As sent.
    pub content_type: Option<String>,
    /// As sent.
    pub body: Bytes,
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// It will be applied.
    Taken,
    /// It is not signed, or wrongly: nothing happens, and the sender is not told which.
    Ignored,
    /// Nobody subscribed to this.
    Unknown,
    /// Too many wait: send it again.
    Busy,
}

impl Subscription {
    /// Whether a delivery is signed as it must be; remembers the strongest hash that was.
    pub fn believes(&mut self, signature: Option<&str>, body: &[u8], now: Timestamp) -> bool {
        let Some(signature) = signature.and_then(Signature::parse) else { return false };
        let weaker = self.agreed.is_some_and(|agreed| signature.algorithm < agreed);
        if weaker || !self.is_live(now) || !signature.holds(self.secret.as_bytes(), body) {
            return false;
        }
        self.agreed = Some(signature.algorithm);
        true
    }
}
