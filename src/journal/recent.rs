//! The last events in memory: who follows the journal closely reads them without unpacking what was packed a moment ago.

use crate::model::{Event, Seq};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Events kept at most.
const EVENTS: usize = 512;
/// Bytes of them at most, unpacked.
const BYTES: usize = 1 << 20;

/// The last events that were committed, as they were before they were packed.
pub struct Recent(Mutex<Kept>);

struct Kept {
    /// Every event after this one is here.
    after: Seq,
    events: VecDeque<(Event, usize)>,
    bytes: usize,
}

impl Recent {
    /// None yet; the journal ends at a number.
    pub fn new(last: Seq) -> Self {
        Self(Mutex::new(Kept { after: last, events: VecDeque::new(), bytes: 0 }))
    }

    /// Takes in what was committed, each with its size unpacked.
    pub fn push(&self, events: Vec<(Event, usize)>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.bytes += events.iter().map(|(_, size)| size).sum::<usize>();
        kept.events.extend(events);
        while kept.events.len() > EVENTS || kept.bytes > BYTES {
            let Some((event, size)) = kept.events.pop_front() else { break };
            kept.after = event.seq;
            kept.bytes -= size;
        }
    }

    /// The events after a number, at most `limit` and about so many bytes; `None` when not all of them are here.
    pub fn read(&self, after: Seq, limit: usize, mut bytes: usize) -> Option<Vec<Event>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if after < kept.after {
            return None;
        }
        let first = kept.events.partition_point(|(event, _)| event.seq <= after);
        let read = kept.events.iter().skip(first).take(limit).map_while(|(event, size)| {
            let fits = bytes > 0;
            bytes = bytes.saturating_sub(*size);
            fits.then(|| event.clone())
        });
        Some(read.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::model::Timestamp;

    #[test]
    fn what_is_not_all_here_is_not_given() {
        let recent = Recent::new(Seq(10));
        assert_eq!(recent.read(Seq(9), 5, BYTES), None);
        assert_eq!(recent.read(Seq(10), 5, BYTES), Some(Vec::new()));
        let event = |n: u64| {
            let article = samples::article("a", n, Timestamp(0));
            (samples::published(article).numbered(Seq(n)), 1)
        };
        recent.push((11..=11 + EVENTS as u64).map(event).collect());
        assert_eq!(recent.read(Seq(10), 5, BYTES), None);
        let read = recent.read(Seq(12), 2, BYTES).unwrap();
        assert_eq!(read.iter().map(|event| event.seq).collect::<Vec<_>>(), [Seq(13), Seq(14)]);
        recent.push(vec![(event(9000).0, BYTES)]);
        assert_eq!(recent.read(Seq(8999), 5, BYTES).unwrap().len(), 1);
        recent.push(vec![(event(9001).0, BYTES + 1)]);
        assert_eq!(recent.read(Seq(9000), 5, BYTES), None);
        assert_eq!(recent.read(Seq(9001), 5, BYTES), Some(Vec::new()));
    }
}
