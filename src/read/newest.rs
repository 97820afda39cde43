//! Of more entries than are kept the newest, whichever end of the document they stand at.

use crate::model::ParsedEntry;
use std::cmp::Reverse;
use std::collections::VecDeque;

/// The first and the last entries of a document, each at most as many as are kept.
pub struct Ends<T> {
    most: usize,
    first: Vec<T>,
    last: VecDeque<T>,
}

impl<T> Ends<T> {
    /// Keeps `most` of each end.
    pub fn new(most: usize) -> Self {
        Self { most, first: Vec::new(), last: VecDeque::new() }
    }

    /// Returns true if the first end is full: what has no date cannot be kept any more.
    pub fn is_full(&self) -> bool {
        self.first.len() >= self.most
    }

    /// Adds what comes next in the document.
    pub fn push(&mut self, next: T) {
        if !self.is_full() {
            return self.first.push(next);
        }
        if self.last.len() >= self.most {
            self.last.pop_front();
        }
        self.last.push_back(next);
    }

    /// What was kept, in the document's order.
    pub fn into_vec(self) -> Vec<T> {
        let Self { mut first, last, .. } = self;
        first.extend(last);
        first
    }
}

/// Keeps the newest entries, in the document's order, and of those without a date the first; whether there were more.
pub fn keep_newest(entries: &mut Vec<ParsedEntry>, most: usize) -> bool {
    if entries.len() <= most {
        return false;
    }
    let mut places: Vec<usize> = (0..entries.len()).collect();
    places.sort_by_cached_key(|place| Reverse(entries.get(*place).and_then(written_at)));
    let mut stays = vec![false; entries.len()];
    places.iter().take(most).for_each(|place| {
        if let Some(slot) = stays.get_mut(*place) {
            *slot = true;
        }
    });
    let mut stays = stays.into_iter();
    entries.retain(|_| stays.next().unwrap_or(false));
    true
}

/// When an entry says that it was written, if it says so as standards do: seconds since 1970.
fn written_at(entry: &ParsedEntry) -> Option<i64> {
    let raw = entry.published.as_ref().or(entry.updated.as_ref())?.raw.trim();
    let standard = || {
        chrono::DateTime::parse_from_rfc3339(raw)
            .or_else(|_| chrono::DateTime::parse_from_rfc2822(raw))
    };
    let day = || chrono::NaiveDate::parse_from_str(raw.get(..10)?, "%Y-%m-%d").ok();
    let at = standard().ok().map(|at| at.timestamp());
    at.or_else(|| Some(day()?.and_time(chrono::NaiveTime::MIN).and_utc().timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ParsedDate;

    fn kept(days: &[u32], most: usize) -> Vec<String> {
        let date = |day: &u32| ParsedDate { raw: format!("2026-11-{day:02}T08:00:00+07:00") };
        let entry = |day: &u32| ParsedEntry {
            published: Some(date(day)),
            id: Some(day.to_string()),
            ..ParsedEntry::default()
        };
        let mut ends = Ends::new(most);
        days.iter().map(entry).for_each(|entry| ends.push(entry));
        let mut entries = ends.into_vec();
        assert_eq!(keep_newest(&mut entries, most), days.len() > most);
        entries.into_iter().filter_map(|entry| entry.id).collect()
    }

    #[test]
    fn the_newest_stay_in_whatever_order_they_stand() {
        assert_eq!(kept(&[1, 2, 3, 4, 5], 2), ["4", "5"]);
        assert_eq!(kept(&[5, 4, 3, 2, 1], 2), ["5", "4"]);
        assert_eq!(kept(&[9, 1, 2], 2), ["9", "2"], "one that was pinned");
        assert_eq!(kept(&[1, 2], 2), ["1", "2"]);
    }

    #[test]
    fn without_dates_the_first_stay() {
        let mut entries = vec![ParsedEntry::default(); 3];
        entries[0].id = Some("1".into());
        assert!(keep_newest(&mut entries, 1) && entries[0].id.is_some());
    }
}
