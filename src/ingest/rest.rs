//! Hosts on which no article's page is read for a while, because they asked for it: one memory for all sources, kept in a file.

use super::guest::{BUSY, host_of};
use super::kept;
use crate::config::FetchConfig;
use crate::fetch::rest_ms;
use crate::model::Timestamp;
use crate::net::Response;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Milliseconds after its end for which a rest is remembered: the next one grows from it.
const REMEMBERED_MS: i64 = 24 * 3_600_000;
/// Hosts that are remembered at most.
const MANY: usize = 1_000;

/// Why and until when no page of a host is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rest {
    /// Not before this.
    pub until: Timestamp,
    /// How many there were in a row.
    pub times: u32,
    /// The name of its warning.
    pub name: String,
    /// The particulars, for people.
    pub why: String,
}

/// The hosts that are left alone.
#[derive(Debug, Default)]
pub(super) struct Rests {
    file: PathBuf,
    all: Mutex<BTreeMap<String, Rest>>,
}

impl Rests {
    /// What a data directory remembers; damaged or not there it is nothing, and the hosts say it again.
    pub fn open(data: &Path) -> Self {
        let file = data.join("resting.json");
        let all = std::fs::read(&file).map(|bytes| serde_json::from_slice(&bytes));
        let all = match all {
            Ok(Ok(all)) => all,
            Ok(Err(error)) => {
                tracing::warn!(%error, path = %file.display(), "which hosts asked for a rest cannot be read: they are asked once more");
                BTreeMap::new()
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => {
                tracing::warn!(%error, path = %file.display(), "which hosts asked for a rest cannot be read");
                BTreeMap::new()
            }
        };
        Self { file, all: Mutex::new(all) }
    }

    /// The rest that a host has now.
    pub fn of(&self, host: &str, now: Timestamp) -> Option<Rest> {
        self.all().get(host).filter(|rest| rest.until > now).cloned()
    }

    /// Rests of a host in a row so far, with the one that would begin now.
    pub fn times(&self, host: &str) -> u32 {
        self.all().get(host).map_or(0, |rest| rest.times).saturating_add(1)
    }

    /// Begins a rest; a longer one that the host has already stays.
    pub fn begin(&self, host: &str, rest: Rest, now: Timestamp) {
        let mut all = self.all();
        all.retain(|_, rest| rest.until.plus_millis(REMEMBERED_MS) > now);
        while all.len() >= MANY {
            let Some(first) = all.iter().min_by_key(|(_, rest)| rest.until) else { break };
            let first = first.0.clone();
            all.remove(&first);
        }
        let until = all.get(host).map_or(rest.until, |known| known.until.max(rest.until));
        all.insert(host.to_owned(), Rest { until, ..rest });
        self.keep(&all);
    }

    /// A host refused: it is left alone by every source, as long as it asks for and longer each time.
    pub fn refused(
        &self,
        host: &str,
        answer: &Response,
        config: &FetchConfig,
        now: Timestamp,
    ) -> Rest {
        let times = self.times(host);
        let until = now.plus_millis(rest_ms(&answer.headers, times, now, config));
        let why = format!("HTTP status {}", answer.status.as_u16());
        let rest = Rest { until, times, name: BUSY.to_owned(), why };
        self.begin(host, rest.clone(), now);
        let end = host_of(&answer.final_url);
        if end != host {
            self.begin(&end, rest.clone(), now);
        }
        rest
    }

    /// A page came: the host is well.
    pub fn end(&self, host: &str) {
        let mut all = self.all();
        if all.remove(host).is_some() {
            self.keep(&all);
        }
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Rest>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, all: &BTreeMap<String, Rest>) {
        let bytes = serde_json::to_vec(all).map_err(std::io::Error::from);
        let kept = bytes.and_then(|bytes| kept::replace(&self.file, &bytes));
        if let Err(error) = kept {
            tracing::warn!(%error, "which hosts asked for a rest was not kept, a restart forgets it");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn rest(millis: i64, times: u32) -> Rest {
        Rest { until: NOW.plus_millis(millis), times, ..Rest::default() }
    }

    #[test]
    fn a_rest_is_every_sources_and_outlives_the_process() {
        let data = tempfile::tempdir().unwrap();
        let rests = Rests::open(data.path());
        assert_eq!((rests.of("a.vn", NOW), rests.times("a.vn")), (None, 1));
        rests.begin("a.vn", rest(1_000, 1), NOW);
        rests.begin("a.vn", rest(500, 2), NOW);
        let again = Rests::open(data.path());
        assert_eq!(again.of("a.vn", NOW).unwrap().until, NOW.plus_millis(1_000));
        assert_eq!(again.of("a.vn", NOW.plus_millis(1_000)), None);
        assert_eq!((again.of("b.vn", NOW), again.times("a.vn")), (None, 3));
        again.end("a.vn");
        assert_eq!(Rests::open(data.path()).times("a.vn"), 1);
        for torn in ["", "{", "\0\0\0\0", "{\"a.vn\":{\"until\":", "[]", "\u{fffd}"] {
            std::fs::write(data.path().join("resting.json"), torn).unwrap();
            let rests = Rests::open(data.path());
            assert_eq!(rests.of("a.vn", NOW), None, "{torn}");
            rests.begin("a.vn", rest(1_000, 1), NOW);
            assert!(Rests::open(data.path()).of("a.vn", NOW).is_some(), "kept again after {torn}");
        }
    }

    #[test]
    fn hosts_are_forgotten() {
        let data = tempfile::tempdir().unwrap();
        let rests = Rests::open(data.path());
        for n in 0..MANY as i64 + 5 {
            rests.begin(&n.to_string(), rest(n, 1), NOW);
        }
        assert_eq!(rests.all().len(), MANY);
        rests.begin("a.vn", rest(3 * REMEMBERED_MS, 1), NOW.plus_millis(2 * REMEMBERED_MS));
        assert_eq!(rests.all().len(), 1);
    }
}
