use super::Error;
use crate::journal::seal;
use crate::model::{Seq, Timestamp};

/// An article's place in one index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    pub state: State,
    /// The event that made it live or gone.
    pub seq: Seq,
    pub at: Timestamp,
}

/// Whether a member is shown or gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Live,
    /// It was withdrawn or no longer matches.
    Gone,
}

impl Member {
    /// The member as it is kept.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![match self.state {
            State::Live => b'+',
            State::Gone => b'-',
        }];
        bytes.extend_from_slice(&self.seq.0.to_be_bytes());
        bytes.extend_from_slice(&self.at.0.to_be_bytes());
        bytes
    }

    /// Reads the bytes under a key.
    pub(super) fn of(key: &[u8], bytes: &[u8]) -> Result<Self, Error> {
        let parse = || {
            let (state, rest) = bytes.split_first()?;
            let (seq, at) = rest.split_first_chunk::<8>()?;
            let state = match state {
                b'+' => State::Live,
                b'-' => State::Gone,
                _ => return None,
            };
            let at = Timestamp(i64::from_be_bytes(at.try_into().ok()?));
            Some(Self { state, seq: Seq(u64::from_be_bytes(*seq)), at })
        };
        parse().ok_or_else(|| seal::damaged(key).into())
    }
}
