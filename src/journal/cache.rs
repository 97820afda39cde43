//! Decoded events in memory: the last ones as they were before they were packed, and older ones that were read one by
//! one. So a follower that keeps up unpacks nothing, and hot feeds do not wait for the disk.

use crate::model::{Event, Seq};
use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::{Mutex, MutexGuard, PoisonError};

const EVENTS: usize = 4_000;
/// Of unpacked events.
const BYTES: usize = 32 << 20;
/// About what an event takes besides its texts, in bytes.
const OVERHEAD: usize = 1024;

/// The cache of a journal; events leave in the order in which they came.
pub struct Cache(Mutex<Kept>);

struct Kept {
    events: BTreeMap<Seq, (Event, usize)>,
    order: VecDeque<Seq>,
    bytes: usize,
    /// Every event after this one is in the cache.
    after: Seq,
}

impl Cache {
    /// An empty cache of a journal that ends with `last`.
    pub fn new(last: Seq) -> Self {
        let (events, order) = (BTreeMap::new(), VecDeque::new());
        Self(Mutex::new(Kept { events, order, bytes: 0, after: last }))
    }

    /// Adds committed events in order, each with its unpacked size.
    pub fn push(&self, events: Vec<(Event, usize)>) {
        let mut kept = self.kept();
        events.into_iter().for_each(|(event, size)| kept.put(event, size));
    }

    /// Adds an event that was read.
    pub fn put(&self, event: Event, size: usize) {
        self.kept().put(event, size);
    }

    /// Replaces what an event says, if it is here.
    pub fn replace(&self, event: &Event) {
        if let Some((kept, _)) = self.kept().events.get_mut(&event.seq) {
            *kept = event.clone();
        }
    }

    /// The event of a number, if it is here.
    pub fn get(&self, seq: Seq) -> Option<Event> {
        self.kept().events.get(&seq).map(|(event, _)| event.clone())
    }

    /// The events after a number, at most `limit` and about `bytes`; `None` if the cache lacks some of them.
    pub fn read(&self, after: Seq, limit: usize, mut bytes: usize) -> Option<Vec<Event>> {
        let kept = self.kept();
        if after < kept.after {
            return None;
        }
        let later = kept.events.range((Excluded(after), Unbounded));
        let read = later.take(limit).map_while(|(_, (event, size))| {
            let fits = bytes > 0;
            bytes = bytes.saturating_sub(*size);
            fits.then(|| event.clone())
        });
        Some(read.collect())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn put(&mut self, event: Event, size: usize) {
        let (seq, size) = (event.seq, size + OVERHEAD);
        if self.events.insert(seq, (event, size)).is_some() {
            return;
        }
        self.order.push_back(seq);
        self.bytes += size;
        while self.order.len() > EVENTS || self.bytes > BYTES {
            let Some(oldest) = self.order.pop_front() else { break };
            self.bytes -= self.events.remove(&oldest).map_or(0, |(_, size)| size);
            self.after = self.after.max(oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::model::Timestamp;

    fn event(n: u64, size: usize) -> (Event, usize) {
        let article = samples::article("a", n, Timestamp(0));
        (samples::published(article).numbered(Seq(n)), size)
    }

    #[test]
    fn events_are_read_from_memory_only_if_all_of_them_are_there() {
        let cache = Cache::new(Seq(10));
        assert_eq!(cache.read(Seq(9), 5, BYTES), None);
        assert_eq!(cache.read(Seq(10), 5, BYTES), Some(Vec::new()));
        cache.push((11..=11 + EVENTS as u64).map(|n| event(n, 1)).collect());
        assert_eq!(cache.read(Seq(10), 5, BYTES), None);
        let read = cache.read(Seq(12), 2, BYTES).unwrap();
        assert_eq!(read.iter().map(|event| event.seq).collect::<Vec<_>>(), [Seq(13), Seq(14)]);
        cache.push(vec![event(9000, BYTES - OVERHEAD)]);
        assert_eq!(cache.read(Seq(8999), 5, BYTES).unwrap().len(), 1);
        cache.push(vec![event(9001, BYTES)]);
        assert_eq!(cache.read(Seq(9000), 5, BYTES), None);
        assert_eq!(cache.read(Seq(9001), 5, BYTES), Some(Vec::new()));
    }

    #[test]
    fn an_older_event_that_was_read_does_not_count_as_one_of_the_last() {
        let cache = Cache::new(Seq(10));
        let (old, size) = event(3, 1);
        cache.put(old.clone(), size);
        cache.push(vec![event(11, 1)]);
        assert_eq!(cache.get(Seq(3)), Some(old));
        assert_eq!(cache.read(Seq(2), 5, BYTES), None);
        assert_eq!(cache.read(Seq(10), 5, BYTES).unwrap().len(), 1);
    }
}
