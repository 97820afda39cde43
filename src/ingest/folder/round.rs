//! A round through a folder, and one file: what [`super::plan`] decided is read, taken in, withdrawn, remembered.

use super::plan::{self, FileState, FolderState, Seen};
use super::scan::{self, Scan};
use crate::ingest::Applied;
use crate::ingest::commit::Ingest;
use crate::ingest::decide::Origin;
use crate::ingest::error::Error;
use crate::model::{Source, SourceId, Timestamp};
use crate::refine::Rejected;
use crate::store::Kind;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;

/// A folder that lost every file at once is more likely unmounted than emptied.
const EMPTIED: &str = "every file is gone at once, which is more likely a lost mount than a wish: the articles stay; to withdraw them leave one file in the folder, or withdraw them one by one";

/// Kinds of warnings that are remembered of one file.
const MAX_WARNINGS: usize = 32;
/// Reasons that a file's status names.
const TOLD: usize = 5;
/// How many files are read before what was read is remembered.
const REMEMBER_EVERY: usize = 64;

/// What a round found, for the next one.
#[derive(Clone, Debug, Default)]
pub struct RoundDone {
    /// What the folder held.
    pub looked: BTreeMap<String, Seen>,
    /// Whether some file has not settled yet.
    pub unsettled: bool,
    /// What became of the articles.
    pub taken: Applied,
    /// Files that could not be read, and why.
    pub failed: Vec<(String, String)>,
}

impl Ingest {
    /// One round through a folder source: reads what settled, withdraws what is gone.
    pub async fn round(
        &self,
        source: &Source,
        root: &Path,
        previous: &BTreeMap<String, Seen>,
        now: Timestamp,
    ) -> Result<RoundDone, Error> {
        let state: FolderState =
            self.store().progress().get_or_set_aside(Kind::Folder, &source.id)?;
        let before = state.root.clone();
        let (mut state, is_new) = state.about(root);
        if let (true, Some(before)) = (is_new, before) {
            tracing::warn!(source.id = %source.id, before, now = %root.display(), "the source is another folder now: the articles of the one before stay, they can be withdrawn one by one");
        }
        let looked = match scan(root).await {
            Ok(looked) => looked,
            Err(error) => {
                state.error = Some(format!("{}: {error}", root.display()));
                self.keep_folder_state(&source.id, &state)?;
                return Err(Error::Folder {
                    source_id: source.id.clone(),
                    path: root.to_owned(),
                    error,
                });
            }
        };
        let mut looked = looked;
        looked.miss(&state.files);
        let Scan { files: looked, skipped, .. } = looked;
        let were = state.files.keys().filter(|path| !plan::is_below(path, &skipped)).count();
        if looked.is_empty() && were > 1 {
            let error = std::io::Error::other(EMPTIED);
            state.error = Some(format!("{}: {EMPTIED}", root.display()));
            self.keep_folder_state(&source.id, &state)?;
            return Err(Error::Folder {
                source_id: source.id.clone(),
                path: root.to_owned(),
                error,
            });
        }
        let mut plan = plan::plan(&state, &looked, previous, now);
        plan.gone.retain(|path| !plan::is_below(path, &skipped));
        let mut done = RoundDone { looked, unsettled: plan.unsettled, ..RoundDone::default() };
        let newly = name_skipped(source, skipped, &mut state, &mut done);
        for (count, path) in plan.read.iter().enumerate() {
            let seen = done.looked.get(path).copied().unwrap_or_default();
            self.read_one(source, root, path, seen, &mut state, &mut done, now).await?;
            if count % REMEMBER_EVERY == REMEMBER_EVERY - 1 {
                self.keep_folder_state(&source.id, &state)?;
            }
        }
        self.forget(source, root, &plan.gone, &mut state, &mut done, now).await?;
        state.error = None;
        state.last_good = Some(now);
        if is_new || newly || !plan.read.is_empty() || !plan.gone.is_empty() {
            self.keep_folder_state(&source.id, &state)?;
        }
        Ok(done)
    }

    /// Takes in one file that somebody names; and why some of what it holds is not taken in.
    pub async fn take_file(
        &self,
        source: &Source,
        path: &Path,
        now: Timestamp,
    ) -> Result<(Applied, Vec<String>), Error> {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let folder = path.parent().unwrap_or(Path::new("/"));
        let (refined, _) = self.read_file(source, folder, &name, now).await?;
        if let (true, Some((_, reason))) = (refined.drafts.is_empty(), refined.rejected.first()) {
            return Err(Error::Rejected(reason.clone()));
        }
        let refused = refined.rejected.iter().map(|(_, reason)| reason.to_string()).collect();
        Ok((self.take(source, refined, Origin::Direct, now).await?, refused))
    }

    #[expect(clippy::too_many_arguments, reason = "one step of a round, named for reading")]
    async fn read_one(
        &self,
        source: &Source,
        root: &Path,
        path: &str,
        seen: Seen,
        state: &mut FolderState,
        done: &mut RoundDone,
        now: Timestamp,
    ) -> Result<(), Error> {
        let before = state.files.get(path).cloned().unwrap_or_default();
        match self.read_file(source, root, path, now).await {
            Ok((refined, is_feed)) => {
                let mut upstream_ids: Vec<String> =
                    refined.drafts.iter().map(|d| d.upstream_id.clone()).collect();
                let error = told(&refined.rejected);
                let warnings = refined.warnings.iter().take(MAX_WARNINGS).cloned().collect();
                let taken = self.take(source, refined, Origin::Direct, now).await?;
                done.taken.add(&taken);
                let before = before.upstream_ids.into_iter();
                let missing: Vec<_> = before.filter(|id| !upstream_ids.contains(id)).collect();
                let dropped = match (&error, is_feed) {
                    // What cannot be read now was good once: its article stays, and is this file's still.
                    (Some(_), _) => {
                        upstream_ids.extend(missing);
                        Vec::new()
                    }
                    (None, true) => Vec::new(),
                    (None, false) => missing,
                };
                // What is not old enough yet is read again at the next round.
                let seen = if taken.held > 0 { Seen::default() } else { seen };
                let file = FileState { seen, upstream_ids, is_feed, error, warnings };
                state.files.insert(path.to_owned(), file);
                self.withdraw_all(source, &dropped, state, done, now).await?;
                self.tell_again(source, root, &dropped, state, done, now).await
            }
            Err(error) if error.is_the_files() => {
                tracing::warn!(source.id = %source.id, file = path, %error, "file not taken in, its earlier articles stay");
                done.failed.push((path.to_owned(), error.to_string()));
                state.files.insert(
                    path.to_owned(),
                    FileState { seen, error: Some(error.to_string()), ..before },
                );
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Withdraws the articles of files that are gone, unless another file holds them or the source keeps them.
    async fn forget(
        &self,
        source: &Source,
        root: &Path,
        gone: &[String],
        state: &mut FolderState,
        done: &mut RoundDone,
        now: Timestamp,
    ) -> Result<(), Error> {
        let orphans = plan::orphans(state, gone);
        let forgotten = gone.iter().filter_map(|path| state.files.remove(path));
        let ids: Vec<String> = forgotten.flat_map(|file| file.upstream_ids).collect();
        if source.removed_withdraws {
            self.withdraw_all(source, &orphans, state, done, now).await?;
        }
        self.tell_again(source, root, &ids, state, done, now).await
    }

    /// Has the files that are left say the articles that one of several files with them no longer says. What was withdrawn
    /// stays so.
    async fn tell_again(
        &self,
        source: &Source,
        root: &Path,
        ids: &[String],
        state: &mut FolderState,
        done: &mut RoundDone,
        now: Timestamp,
    ) -> Result<(), Error> {
        if ids.is_empty() {
            return Ok(());
        }
        for (path, ids) in plan::heirs(state, &done.looked, ids) {
            let mut refined = match self.read_file(source, root, &path, now).await {
                Ok((refined, _)) => refined,
                Err(error) if error.is_the_files() => {
                    // The next round reads it, or says why it cannot.
                    state.files.entry(path).or_default().seen = Seen::default();
                    continue;
                }
                Err(error) => return Err(error),
            };
            refined.tombstones.clear();
            refined.drafts.retain(|draft| ids.contains(&draft.upstream_id));
            let mut live = Vec::new();
            for draft in refined.drafts {
                if self.store().known(draft.key())?.is_some_and(|known| known.is_live()) {
                    live.push(draft);
                }
            }
            refined.drafts = live;
            done.taken.add(&self.take(source, refined, Origin::Direct, now).await?);
        }
        Ok(())
    }

    async fn withdraw_all(
        &self,
        source: &Source,
        ids: &[String],
        state: &FolderState,
        done: &mut RoundDone,
        now: Timestamp,
    ) -> Result<(), Error> {
        let held: HashSet<&str> =
            state.files.values().flat_map(|f| f.upstream_ids.iter().map(String::as_str)).collect();
        for id in ids.iter().filter(|id| !held.contains(id.as_str())) {
            match self.withdraw(&source.id, id, None, None, now).await {
                Ok(withdrawal) => done.taken.withdrawn += usize::from(withdrawal.fresh),
                Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// What a folder held at its last round.
    pub fn folder_state(&self, source: &SourceId) -> Result<FolderState, Error> {
        Ok(self.store().progress().get_or_default(Kind::Folder, source.as_str())?)
    }

    /// Replaces what is remembered of a folder, whole.
    fn keep_folder_state(&self, source: &SourceId, state: &FolderState) -> Result<(), Error> {
        Ok(self.store().progress().put(Kind::Folder, source.as_str(), state)?)
    }
}

/// Why some of what a file holds is not taken in: the first few reasons.
fn told(rejected: &[(usize, Rejected)]) -> Option<String> {
    let reasons: Vec<_> = rejected.iter().take(TOLD).map(|(_, why)| why.to_string()).collect();
    let more = rejected.len().saturating_sub(TOLD);
    let more = (more > 0).then(|| format!("and {more} more"));
    let all: Vec<String> = reasons.into_iter().chain(more).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// Names what is not read, once in the log and in the state as long as it is there; what was read under that name stays.
/// Whether there is something new.
fn name_skipped(
    source: &Source,
    skipped: BTreeMap<String, String>,
    state: &mut FolderState,
    done: &mut RoundDone,
) -> bool {
    let mut newly = false;
    for (path, mut why) in skipped {
        if plan::at_and_below(&state.files, &path).any(|file| !file.upstream_ids.is_empty()) {
            why.push_str("; the articles that were read there stay, remove it to withdraw them");
        }
        let file = state.files.entry(path.clone()).or_default();
        if file.error.as_ref() == Some(&why) {
            continue;
        }
        newly = true;
        tracing::warn!(source.id = %source.id, file = path, why, "not read");
        (file.seen, file.error) = (Seen::default(), Some(why.clone()));
        done.failed.push((path, why));
    }
    newly
}

async fn scan(root: &Path) -> std::io::Result<Scan> {
    let root = root.to_owned();
    tokio::task::spawn_blocking(move || scan::scan(&root)).await.map_err(std::io::Error::other)?
}
