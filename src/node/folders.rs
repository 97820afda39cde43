//! Watches the folders of folder sources: a round after every change, and one every half minute in any case.

use super::app::App;
use crate::ingest::Applied;
use crate::ingest::folder::{self, Seen};
use crate::model::{SourceId, SourceKind, Timestamp};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// Between rounds where nothing is heard: the watcher may miss things (network file systems do).
const AT_LEAST_EVERY: Duration = Duration::from_secs(30);
/// Until a file that has not settled is looked at again.
const UNSETTLED: Duration = Duration::from_millis(500);

/// Rounds through every folder until stopped.
pub async fn watch(rooms: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let heard = Arc::new(Notify::new());
    let mut reloads = rooms.reloads();
    let mut watcher = watcher(Arc::clone(&heard));
    let mut watched: HashSet<PathBuf> = HashSet::new();
    let mut looks: HashMap<SourceId, BTreeMap<String, Seen>> = HashMap::new();
    loop {
        watch_new_folders(&rooms, &mut watcher, &mut watched);
        let unsettled = round(&rooms, &mut looks, Timestamp::now()).await;
        let wait = if unsettled { UNSETTLED } else { AT_LEAST_EVERY };
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return,
            _ = heard.notified() => {}
            Ok(()) = reloads.changed() => {}
            _ = tokio::time::sleep(wait) => {}
        }
    }
}

/// One round through every folder; whether a file somewhere has not settled.
pub async fn round(
    rooms: &App,
    looks: &mut HashMap<SourceId, BTreeMap<String, Seen>>,
    now: Timestamp,
) -> bool {
    let sources = rooms.config.load().sources.clone();
    let mut unsettled = false;
    for source in &sources {
        let SourceKind::Folder { path } = &source.kind else { continue };
        let previous = looks.get(&source.id).cloned().unwrap_or_default();
        match folder::round(&rooms.ingest, source, path, &previous, now).await {
            Ok(done) => {
                unsettled |= done.unsettled;
                if !done.applied.is_nothing() {
                    tracing::info!(source.id = %source.id, taken = %done.applied, "folder read");
                }
                looks.insert(source.id.clone(), done.scanned);
            }
            Err(error) => tracing::warn!(source.id = %source.id, %error, "folder not read"),
        }
    }
    unsettled
}

fn watcher(heard: Arc<Notify>) -> Option<RecommendedWatcher> {
    let made = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| !event.kind.is_access()) {
            heard.notify_one();
        }
    });
    made.inspect_err(|error| tracing::warn!(%error, "folders are looked at every half minute only"))
        .ok()
}

/// Listens to folders that the config names and that exist by now.
fn watch_new_folders(
    rooms: &App,
    watcher: &mut Option<RecommendedWatcher>,
    watched: &mut HashSet<PathBuf>,
) {
    let Some(watcher) = watcher else { return };
    for source in &rooms.config.load().sources {
        let SourceKind::Folder { path } = &source.kind else { continue };
        if !path.is_dir() {
            watched.remove(path);
        } else if !watched.contains(path) && watcher.watch(path, RecursiveMode::Recursive).is_ok() {
            watched.insert(path.clone());
        }
    }
}

/// What one round through a folder did.
pub struct FolderRead {
    /// The title of its source.
    pub title: String,
    /// What became of its articles.
    pub applied: Applied,
    /// Files that could not be read, and why.
    pub failed: Vec<(String, String)>,
}

/// Reads every folder once.
///
/// # Errors
/// If the articles of one cannot be put on disk.
pub async fn read_all(rooms: &App, now: Timestamp) -> anyhow::Result<Vec<FolderRead>> {
    let mut all = Vec::new();
    for source in &rooms.config.load().sources {
        let SourceKind::Folder { path } = &source.kind else { continue };
        let done = folder::round(&rooms.ingest, source, path, &BTreeMap::new(), now).await?;
        let title = source.title.clone();
        all.push(FolderRead { title, applied: done.applied, failed: done.failed });
    }
    Ok(all)
}
