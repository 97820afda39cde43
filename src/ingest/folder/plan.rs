//! Decides what a round through a folder does: which files are new, changed, gone or not yet whole. Pure.
//!
//! In: what a folder held at the last round, and what it holds now. Out: what to read and what to withdraw.

use crate::model::{Timestamp, Warning};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound;
use std::path::Path;

/// A file must have kept its size and time this long before it is read: a half-written file is not.
pub const SETTLE_MS: i64 = 1_000;
/// How long an article that no file holds any more waits for a file that does not settle.
const LONGEST_MS: i64 = 60_000;

/// What a folder held at the last round; kept as the source's progress.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FolderState {
    /// The folder that this is about; another one starts anew, and what was read in this one stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// By path below the folder, with `/` between its parts.
    pub files: BTreeMap<String, FileState>,
    /// Articles that no file holds any more, by their upstream ids, and since when: they may be on their way to a file that
    /// has not settled yet.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub dropped: BTreeMap<String, Timestamp>,
    /// When the last round ended well.
    pub last_good: Option<Timestamp>,
    /// Why the last round as a whole failed.
    pub error: Option<String>,
}

/// What was made of one file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FileState {
    /// As it was when it was read.
    pub seen: Seen,
    /// The upstream ids of its articles.
    pub upstream_ids: Vec<String>,
    /// Whether it is a feed, whose entries may leave the file without being withdrawn.
    pub is_feed: bool,
    /// Why it could not be read; its earlier articles stay.
    pub error: Option<String>,
    /// What was unusual in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

impl FolderState {
    /// Takes the articles that are to be withdrawn: no file holds them, and none that has not settled may bring them back.
    pub fn take_dropped(&mut self, is_unsettled: bool, now: Timestamp) -> Vec<String> {
        let files = self.files.values();
        let held: HashSet<&str> =
            files.flat_map(|file| file.upstream_ids.iter().map(String::as_str)).collect();
        self.dropped.retain(|id, _| !held.contains(id.as_str()));
        let waits = |since: Timestamp| is_unsettled && now < since.plus_millis(LONGEST_MS);
        let due = self.dropped.iter().filter(|(_, since)| !waits(**since));
        let due: Vec<String> = due.map(|(id, _)| id.clone()).collect();
        due.iter().for_each(|id| _ = self.dropped.remove(id));
        due
    }

    /// This state if it is about a folder, otherwise a new one for it; whether it is new.
    pub fn about(mut self, root: &Path) -> (Self, bool) {
        let root = root.to_string_lossy().into_owned();
        if self.root.as_ref() == Some(&root) {
            return (self, false);
        }
        let is_another = self.root.is_some();
        self.root = Some(root);
        let Self { root, .. } = &self;
        (if is_another { Self { root: root.clone(), ..Self::default() } } else { self }, true)
    }
}

/// What a look at a file tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Bytes.
    pub size: u64,
    /// Last modified, in milliseconds since 1970.
    pub modified: i64,
    /// The inode: a file renamed over another is another file.
    pub inode: u64,
}

/// What a round has to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// New or changed files that have settled.
    pub read: Vec<String>,
    /// Files that were there and are not.
    pub gone: Vec<String>,
    /// Whether some file has not settled yet, so that another round is due soon.
    pub unsettled: bool,
}

/// Decides a round: compares what was with what is. `previous` is the look before this one, whether or not it led to a reading.
pub fn plan(
    state: &FolderState,
    looked: &BTreeMap<String, Seen>,
    previous: &BTreeMap<String, Seen>,
    now: Timestamp,
) -> Round {
    let mut round = Round::default();
    for (path, seen) in looked {
        if state.files.get(path).is_some_and(|file| file.seen == *seen) {
            continue;
        }
        let quiet_for = now.millis().saturating_sub(seen.modified);
        let quiet = quiet_for >= SETTLE_MS || (quiet_for < 0 && previous.get(path) == Some(seen));
        if quiet {
            round.read.push(path.clone());
        } else {
            round.unsettled = true;
        }
    }
    round.gone = state.files.keys().filter(|path| !looked.contains_key(*path)).cloned().collect();
    round
}

/// Picks the file that now provides each article which several files contained: the one modified last. A file that was
/// modified since it was read is read anyway.
pub fn heirs(
    state: &FolderState,
    looked: &BTreeMap<String, Seen>,
    ids: &[String],
) -> BTreeMap<String, HashSet<String>> {
    let wanted: HashSet<&str> = ids.iter().map(String::as_str).collect();
    let mut newest: HashMap<&str, (i64, &str)> = HashMap::new();
    for (path, file) in
        state.files.iter().filter(|(path, file)| looked.get(*path) == Some(&file.seen))
    {
        for id in file.upstream_ids.iter().filter(|id| wanted.contains(id.as_str())) {
            let found = (file.seen.modified, path.as_str());
            let best = newest.entry(id).or_insert(found);
            *best = found.max(*best);
        }
    }
    let mut heirs: BTreeMap<String, HashSet<String>> = BTreeMap::new();
    for (id, (_, path)) in newest {
        heirs.entry(path.to_owned()).or_default().insert(id.to_owned());
    }
    heirs
}

/// What was made of a path, and of the files below it.
pub fn at_and_below<'a>(
    files: &'a BTreeMap<String, FileState>,
    path: &str,
) -> impl Iterator<Item = &'a FileState> {
    let folder = format!("{path}/");
    let from = (Bound::Included(folder.as_str()), Bound::Unbounded);
    let below = files.range::<str, _>(from);
    let below = below.take_while(move |(path, _)| path.starts_with(&folder)).map(|(_, file)| file);
    files.get(path).into_iter().chain(below)
}

/// Whether a path or a folder that it is in is one of some.
pub fn is_below<T>(path: &str, places: &BTreeMap<String, T>) -> bool {
    let folders = path.match_indices('/').filter_map(|(end, _)| path.get(..end));
    folders.chain([path]).any(|place| places.contains_key(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(size: u64, modified: i64) -> Seen {
        Seen { size, modified, inode: 1 }
    }

    fn known(path: &str, seen: Seen, ids: &[&str]) -> (String, FileState) {
        let upstream_ids = ids.iter().map(|id| (*id).to_owned()).collect();
        (path.to_owned(), FileState { seen, upstream_ids, ..FileState::default() })
    }

    #[test]
    fn a_file_is_read_once_it_is_quiet() {
        let state = FolderState::default();
        let looked = BTreeMap::from([("a.txt".to_owned(), file(5, 10_000))]);
        let none = BTreeMap::new();
        let early = plan(&state, &looked, &none, Timestamp(10_500));
        assert_eq!((early.read.len(), early.unsettled), (0, true));
        let late = plan(&state, &looked, &none, Timestamp(11_000));
        assert_eq!(late.read, ["a.txt"]);
    }

    #[test]
    fn a_file_from_the_future_is_read_once_two_looks_agree() {
        let state = FolderState::default();
        let looked = BTreeMap::from([("a.txt".to_owned(), file(5, 99_000))]);
        assert!(plan(&state, &looked, &BTreeMap::new(), Timestamp(10)).read.is_empty());
        assert_eq!(plan(&state, &looked, &looked, Timestamp(10)).read, ["a.txt"]);
    }

    #[test]
    fn the_same_file_is_not_read_again_and_a_changed_one_is() {
        let files = BTreeMap::from([known("a.txt", file(5, 0), &["a"])]);
        let state = FolderState { files, ..FolderState::default() };
        let same = BTreeMap::from([("a.txt".to_owned(), file(5, 0))]);
        assert_eq!(plan(&state, &same, &same, Timestamp(9_000)), Round::default());
        let changed = BTreeMap::from([("a.txt".to_owned(), file(6, 0))]);
        assert_eq!(plan(&state, &changed, &same, Timestamp(9_000)).read, ["a.txt"]);
        assert_eq!(plan(&state, &BTreeMap::new(), &same, Timestamp(9_000)).gone, ["a.txt"]);
    }

    #[test]
    fn another_folder_starts_anew_and_an_earlier_versions_state_is_this_ones() {
        let files = BTreeMap::from([known("a.txt", file(5, 0), &["a"])]);
        let state = FolderState { files: files.clone(), ..FolderState::default() };
        let (state, is_new) = state.about(Path::new("/tin/a"));
        assert!(is_new && state.files == files);
        let (state, is_new) = state.about(Path::new("/tin/a"));
        assert!(!is_new && state.files == files);
        let (state, is_new) = state.about(Path::new("/tin/b"));
        assert!(is_new && state.files.is_empty(), "nothing of it is gone");
    }

    #[test]
    fn what_moves_to_another_file_is_not_withdrawn_and_what_is_dropped_is() {
        let files = BTreeMap::from([known("new.md", file(5, 0), &["x"])]);
        let dropped = ["x", "y", "z"].map(|id| (id.to_owned(), Timestamp(5_000)));
        let mut state = FolderState { files, dropped: dropped.into(), ..FolderState::default() };
        assert!(state.take_dropped(true, Timestamp(6_000)).is_empty(), "a file has not settled");
        state.dropped.insert("z".into(), Timestamp(90_000));
        assert_eq!(state.take_dropped(true, Timestamp(90_000)), ["y"], "one never settles");
        assert_eq!(state.take_dropped(false, Timestamp(90_000)), ["z"]);
        assert!(state.dropped.is_empty());
    }

    #[test]
    fn the_file_changed_last_says_what_another_no_longer_does() {
        let files = [
            known("a.md", file(5, 10), &["x"]),
            known("b.md", file(5, 30), &["x", "y"]),
            known("c.md", file(5, 20), &["x", "z"]),
            known("d.md", file(5, 90), &["x"]),
        ];
        let state = FolderState { files: BTreeMap::from(files), ..FolderState::default() };
        let mut looked: BTreeMap<_, _> =
            state.files.iter().map(|(path, file)| (path.clone(), file.seen)).collect();
        looked.insert("d.md".into(), file(6, 99));
        let ids = ["x", "z", "none"].map(str::to_owned);
        let one = |id: &str| HashSet::from([id.to_owned()]);
        let wanted = [("b.md".to_owned(), one("x")), ("c.md".to_owned(), one("z"))];
        assert_eq!(heirs(&state, &looked, &ids), BTreeMap::from(wanted));
    }

    #[test]
    fn a_path_is_below_its_folders_and_itself() {
        let places = BTreeMap::from([("a/b".to_owned(), ()), ("c.md".to_owned(), ())]);
        for (path, below) in
            [("a/b/c.md", true), ("a/b", true), ("c.md", true), ("a/bc.md", false), ("a", false)]
        {
            assert_eq!(is_below(path, &places), below, "{path}");
        }
    }
}
