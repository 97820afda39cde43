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

/// Milliseconds between rounds where nothing is heard: the watcher may miss things (network file systems do).
const AT_LEAST_EVERY_MS: i64 = 30_000;
/// Milliseconds until a file that has not settled is looked at again.
const UNSETTLED_MS: i64 = 500;

/// Rounds through every folder until stopped.
pub async fn watch(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let heard = Arc::new(Notify::new());
    let (mut reloads, mut moves) = (app.reloads(), app.clock.moves());
    let mut watcher = watcher(Arc::clone(&heard));
    let mut watched: HashSet<PathBuf> = HashSet::new();
    let mut folders = Folders { app: Arc::clone(&app), looks: HashMap::new() };
    while app.until_it_leads(&mut stopped).await {
        watch_new_folders(&app, &mut watcher, &mut watched);
        let now = app.clock.now();
        let next = folders.step(now).await.millis() - now.millis();
        let sleep = Duration::from_millis(next.clamp(1, AT_LEAST_EVERY_MS).unsigned_abs());
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return,
            _ = heard.notified() => {}
            Ok(()) = reloads.changed() => {}
            Ok(()) = moves.changed() => {}
            _ = tokio::time::sleep(sleep) => {}
        }
    }
}

/// The folders, and what each held at the last round.
struct Folders {
    app: Arc<App>,
    looks: HashMap<SourceId, BTreeMap<String, Seen>>,
}

impl Folders {
    /// One round through every folder. Returns when the next one is due.
    async fn step(&mut self, now: Timestamp) -> Timestamp {
        let sources = self.app.config.load().sources.clone();
        let mut is_unsettled = false;
        for source in &sources {
            let SourceKind::Folder { path } = &source.kind else { continue };
            let previous = self.looks.remove(&source.id).unwrap_or_default();
            match folder::round(&self.app.ingest, source, path, &previous, now).await {
                Ok(done) => {
                    is_unsettled |= done.unsettled;
                    if !done.applied.is_nothing() {
                        tracing::info!(source.id = %source.id, taken = %done.applied, "folder read");
                    }
                    self.looks.insert(source.id.clone(), done.scanned);
                }
                Err(error) => {
                    tracing::warn!(source.id = %source.id, %error, "folder not read");
                    self.looks.insert(source.id.clone(), previous);
                }
            }
        }
        now.plus_millis(if is_unsettled { UNSETTLED_MS } else { AT_LEAST_EVERY_MS })
    }
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
    app: &App,
    watcher: &mut Option<RecommendedWatcher>,
    watched: &mut HashSet<PathBuf>,
) {
    let Some(watcher) = watcher else { return };
    for source in &app.config.load().sources {
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
pub async fn read_all(app: &App, now: Timestamp) -> anyhow::Result<Vec<FolderRead>> {
    let mut all = Vec::new();
    for source in &app.config.load().sources {
        let SourceKind::Folder { path } = &source.kind else { continue };
        let done = folder::round(&app.ingest, source, path, &BTreeMap::new(), now).await?;
        let title = source.title.clone();
        all.push(FolderRead { title, applied: done.applied, failed: done.failed });
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::journal::Journal;

    #[tokio::test]
    async fn a_step_reads_nothing_before_it_has_settled_and_says_when_to_come_again() {
        let folder = tempfile::tempdir().unwrap();
        let text = "[[source]]\nid = \"a\"\nkind = \"folder\"\npath = \"in\"\n";
        let config = Config::parse(text, folder.path()).unwrap();
        std::fs::create_dir(folder.path().join("in")).unwrap();
        std::fs::write(folder.path().join("in/a.json"), "{").unwrap();
        let app = Arc::new(App::open_on(config, |store, _| Journal::open(store, None)).unwrap());
        let mut folders = Folders { app: Arc::clone(&app), looks: HashMap::new() };
        let looked = |app: &App| folder::look(&app.store.progress(), &SourceId::new("a").unwrap());
        let now = Timestamp::now();
        assert_eq!(folders.step(now).await, now.plus_millis(UNSETTLED_MS));
        assert!(looked(&app).unwrap().files.is_empty());
        let later = now.plus_millis(folder::SETTLE_MS);
        assert_eq!(folders.step(later).await, later.plus_millis(AT_LEAST_EVERY_MS));
        assert!(looked(&app).unwrap().files["a.json"].error.is_some());
        app.close().unwrap();
    }
}
