use crate::model::{ArticleKey, SourceId, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The fetching of one article's files.
pub struct Visit {
    pub(super) key: ArticleKey,
    pub(super) source: SourceId,
}

/// Articles whose files wait, by source and time. Of each source the files of one article at a time are fetched.
#[derive(Default)]
pub(super) struct Queue {
    waiting: BTreeMap<SourceId, BTreeSet<(Timestamp, ArticleKey)>>,
    /// Where each article is among them.
    places: HashMap<ArticleKey, (SourceId, Timestamp)>,
    /// Sources of which files are being fetched.
    busy: BTreeSet<SourceId>,
}

impl Queue {
    /// Puts an article at its time, from wherever it was.
    pub(super) fn put(&mut self, source: &SourceId, key: ArticleKey, due: Timestamp) {
        self.remove(key);
        self.waiting.entry(source.clone()).or_default().insert((due, key));
        self.places.insert(key, (source.clone(), due));
    }

    /// Takes an article out.
    pub(super) fn remove(&mut self, key: ArticleKey) {
        let Some((source, due)) = self.places.remove(&key) else { return };
        if let Some(waiting) = self.waiting.get_mut(&source) {
            waiting.remove(&(due, key));
            if waiting.is_empty() {
                self.waiting.remove(&source);
            }
        }
    }

    /// The first article of each source that is free.
    fn first(&self) -> Option<(Timestamp, ArticleKey, &SourceId)> {
        let free = self.waiting.iter().filter(|(source, _)| !self.busy.contains(*source));
        free.filter_map(|(source, waiting)| waiting.first().map(|(due, key)| (*due, *key, source)))
            .min()
    }

    /// When the next article's turn is.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.first().map(|(due, ..)| due)
    }

    /// Begins with the article whose turn it is. It stays in its place until that is changed.
    pub(super) fn begin(&mut self, now: Timestamp) -> Option<Visit> {
        let (_, key, source) = self.first().filter(|(due, ..)| *due <= now)?;
        let source = source.clone();
        self.busy.insert(source.clone());
        Some(Visit { key, source })
    }

    /// Lets the next article of a source have its turn.
    pub(super) fn end(&mut self, visit: &Visit) {
        self.busy.remove(&visit.source);
    }

    /// Whether files are being fetched.
    pub(super) fn is_busy(&self) -> bool {
        !self.busy.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_each_source_one_at_a_time_and_the_earliest_first() {
        let (a, b) = (SourceId::new("a").unwrap(), SourceId::new("b").unwrap());
        let key = |n: u8| ArticleKey([n; 16]);
        let mut queue = Queue::default();
        queue.put(&a, key(1), Timestamp(30));
        queue.put(&a, key(2), Timestamp(10));
        queue.put(&b, key(3), Timestamp(20));
        assert_eq!(queue.next_at(), Some(Timestamp(10)));
        assert!(queue.begin(Timestamp(9)).is_none());
        let first = queue.begin(Timestamp(50)).unwrap();
        assert_eq!(first.key, key(2));
        let second = queue.begin(Timestamp(50)).unwrap();
        assert_eq!(second.key, key(3));
        assert!(queue.begin(Timestamp(50)).is_none() && queue.is_busy());
        queue.remove(key(2));
        queue.end(&first);
        assert_eq!(queue.begin(Timestamp(50)).unwrap().key, key(1));
    }
}
