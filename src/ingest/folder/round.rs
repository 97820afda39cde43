//! A round through a folder, from top to bottom: scan → plan → read → apply → withdraw → remember.

use super::plan::{self, FileState, FolderState, Round, Seen};
use super::read::read_file;
use super::scan::{self, Scan};
use crate::ingest::Intake;
use crate::ingest::apply::{Applied, Batch, take_in};
use crate::ingest::decide::Origin;
use crate::ingest::error::Error;
use crate::ingest::withdraw::Removal;
use crate::model::{Source, SourceId, Timestamp};
use crate::refine::{Refined, Rejected};
use crate::store::{self, Kind, Progress};
use std::collections::BTreeMap;
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
    pub scanned: BTreeMap<String, Seen>,
    /// Whether some file has not settled yet.
    pub unsettled: bool,
    /// What became of the articles.
    pub applied: Applied,
    /// Files that could not be read, and why.
    pub failed: Vec<(String, String)>,
}

/// One round through a folder source: reads what settled, withdraws what is gone. `previous` is what the folder held at the
/// round before.
///
/// # Errors
/// If the folder cannot be read or was emptied, or the journal or the store fails.
pub async fn round(
    intake: &Intake,
    source: &Source,
    root: &Path,
    previous: &BTreeMap<String, Seen>,
    now: Timestamp,
) -> Result<RoundDone, Error> {
    let (state, is_new) = load(intake, source, root)?;
    let done = RoundDone::default();
    let mut passing = Passing { intake, source, root, now, state, done, left: Vec::new() };
    let skipped = passing.scan().await?;
    let mut plan = plan::plan(&passing.state, &passing.done.scanned, previous, now);
    plan.gone.retain(|path| !plan::is_below(path, &skipped));
    passing.done.unsettled = plan.unsettled;
    let has_new_names = name_skipped(source, skipped, &mut passing.state, &mut passing.done);
    let waited = passing.state.dropped.len();
    passing.read_files(&plan).await?;
    passing.forget(&plan.gone);
    passing.withdraw_dropped().await?;
    passing.read_other_files().await?;
    passing.state.error = None;
    passing.state.last_good = Some(now);
    let is_changed = !plan.read.is_empty() || !plan.gone.is_empty();
    if is_new || has_new_names || is_changed || passing.state.dropped.len() != waited {
        passing.remember()?;
    }
    Ok(passing.done)
}

/// Takes in one file that somebody names. Returns what became of it, and why some of what it holds is not taken in.
///
/// # Errors
/// If the file cannot be read, or the journal or the store fails.
pub async fn add_file(
    intake: &Intake,
    source: &Source,
    path: &Path,
    now: Timestamp,
) -> Result<(Applied, Vec<String>), Error> {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = path.parent().unwrap_or(Path::new("/"));
    let (refined, _) = read_file(intake, source, folder, &name, now).await?;
    if let (true, Some((_, reason))) = (refined.drafts.is_empty(), refined.rejected.first()) {
        return Err(Error::Rejected(reason.clone()));
    }
    let refused = refined.rejected.iter().map(|(_, reason)| reason.to_string()).collect();
    let batch = Batch { source, origin: Origin::Direct, now, published: 0, insists: &[] };
    Ok((take_in(intake, batch, refined).await?, refused))
}

/// What a folder held at its last round, for looking only.
///
/// # Errors
/// If the store cannot be read.
pub fn look(progress: &Progress, source: &SourceId) -> Result<FolderState, store::Error> {
    progress.get_or_default(Kind::Folder, source.as_str())
}

/// What a folder held at its last round; whether it begins anew because it is another folder now.
fn load(intake: &Intake, source: &Source, root: &Path) -> Result<(FolderState, bool), Error> {
    let state: FolderState = intake.progress().get_or_set_aside(Kind::Folder, &source.id)?;
    let before = state.root.clone();
    let (state, is_new) = state.about(root);
    if let (true, Some(before)) = (is_new, before) {
        tracing::warn!(source.id = %source.id, before, now = %root.display(), "the source is another folder now: the articles of the one before stay, they can be withdrawn one by one");
    }
    Ok((state, is_new))
}

/// A round under way.
struct Passing<'a> {
    intake: &'a Intake,
    source: &'a Source,
    root: &'a Path,
    now: Timestamp,
    state: FolderState,
    done: RoundDone,
    /// The upstream ids that some file no longer holds.
    left: Vec<String>,
}

impl Passing<'_> {
    /// Notes what the folder holds. Returns what looks like a file of ours and is not read, and why.
    async fn scan(&mut self) -> Result<BTreeMap<String, String>, Error> {
        let mut scanned = match scan(self.root).await {
            Ok(scanned) => scanned,
            Err(error) => return Err(self.fail(error)?),
        };
        scanned.miss(&self.state.files);
        let Scan { files, skipped, .. } = scanned;
        let were = self.state.files.keys().filter(|path| !plan::is_below(path, &skipped)).count();
        if files.is_empty() && were > 1 {
            return Err(self.fail(std::io::Error::other(EMPTIED))?);
        }
        self.done.scanned = files;
        Ok(skipped)
    }

    /// Remembers why the round failed as a whole.
    fn fail(&mut self, error: std::io::Error) -> Result<Error, Error> {
        self.state.error = Some(format!("{}: {error}", self.root.display()));
        self.remember()?;
        let (source_id, path) = (self.source.id.clone(), self.root.to_owned());
        Ok(Error::Folder { source_id, path, error })
    }

    async fn read_files(&mut self, plan: &Round) -> Result<(), Error> {
        for (count, path) in plan.read.iter().enumerate() {
            let seen = self.done.scanned.get(path).copied().unwrap_or_default();
            self.read_one(path, seen).await?;
            if count % REMEMBER_EVERY == REMEMBER_EVERY - 1 {
                self.remember()?;
            }
        }
        Ok(())
    }

    /// Reads a file, applies what is in it, and withdraws what was.
    async fn read_one(&mut self, path: &str, seen: Seen) -> Result<(), Error> {
        let before = self.state.files.get(path).cloned().unwrap_or_default();
        let (refined, is_feed) = match read_file(
            self.intake, self.source, self.root, path, self.now,
        )
        .await
        {
            Ok(read) => read,
            Err(error) if error.is_the_files() => {
                tracing::warn!(source.id = %self.source.id, file = path, %error, "file not taken in, its earlier articles stay");
                self.done.failed.push((path.to_owned(), error.to_string()));
                let file = FileState { seen, error: Some(error.to_string()), ..before };
                self.state.files.insert(path.to_owned(), file);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let mut upstream_ids: Vec<String> =
            refined.drafts.iter().map(|d| d.upstream_id.clone()).collect();
        let error = first_reasons(&refined.rejected);
        let warnings = refined.warnings.iter().take(MAX_WARNINGS).cloned().collect();
        let held = self.apply(refined).await?;
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
        let seen = if held > 0 { Seen::default() } else { seen };
        let file = FileState { seen, upstream_ids, is_feed, error, warnings };
        self.state.files.insert(path.to_owned(), file);
        self.leave(dropped, true);
        Ok(())
    }

    /// Notes articles that a file no longer holds. They are withdrawn after all files were read, since they may have moved
    /// to another one.
    fn leave(&mut self, ids: Vec<String>, withdraws: bool) {
        for id in ids {
            if withdraws {
                self.state.dropped.entry(id.clone()).or_insert(self.now);
            }
            self.left.push(id);
        }
    }

    /// Applies what a file holds. Returns how many drafts are held back.
    async fn apply(&mut self, refined: Refined) -> Result<usize, Error> {
        let (source, origin, now) = (self.source, Origin::Direct, self.now);
        let batch = Batch { source, origin, now, published: 0, insists: &[] };
        let applied = take_in(self.intake, batch, refined).await?;
        self.done.applied.add(&applied);
        Ok(applied.held)
    }

    /// Notes the articles of files that are gone.
    fn forget(&mut self, gone: &[String]) {
        let forgotten = gone.iter().filter_map(|path| self.state.files.remove(path));
        let ids = forgotten.flat_map(|file| file.upstream_ids).collect();
        self.leave(ids, self.source.removed_withdraws);
    }

    /// Applies articles that one of several files with them no longer says, as the files that are left say them. What was
    /// withdrawn stays so.
    async fn read_other_files(&mut self) -> Result<(), Error> {
        let ids = std::mem::take(&mut self.left);
        if ids.is_empty() {
            return Ok(());
        }
        for (path, ids) in plan::heirs(&self.state, &self.done.scanned, &ids) {
            let read = read_file(self.intake, self.source, self.root, &path, self.now).await;
            let mut refined = match read {
                Ok((refined, _)) => refined,
                Err(error) if error.is_the_files() => {
                    // The next round reads it, or says why it cannot.
                    self.state.files.entry(path).or_default().seen = Seen::default();
                    continue;
                }
                Err(error) => return Err(error),
            };
            refined.tombstones.clear();
            refined.drafts.retain(|draft| ids.contains(&draft.upstream_id));
            let mut live = Vec::new();
            for draft in refined.drafts {
                let known = self.intake.store.known(draft.key())?;
                live.extend(known.is_some_and(|known| known.is_live()).then_some(draft));
            }
            refined.drafts = live;
            self.apply(refined).await?;
        }
        Ok(())
    }

    /// Withdraws the articles that no file holds any more.
    async fn withdraw_dropped(&mut self) -> Result<(), Error> {
        for id in self.state.take_dropped(self.done.unsettled, self.now) {
            let removal = Removal::of(&self.source.id, &id, None);
            match self.intake.committer.withdraw(&removal, None, self.now).await {
                Ok(withdrawal) => self.done.applied.withdrawn += usize::from(withdrawal.fresh),
                Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn remember(&self) -> Result<(), Error> {
        let name = self.source.id.as_str();
        Ok(self.intake.progress().put(Kind::Folder, name, &self.state)?)
    }
}

/// Why some of what a file holds is not taken in: the first few reasons.
fn first_reasons(rejected: &[(usize, Rejected)]) -> Option<String> {
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
