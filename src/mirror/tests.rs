//! All destinations at once, against a publisher that changes its mind, breaks off and is restored.

use super::*;
use crate::model::{CopiedArticle, CopiedImage, Step, StepKind, StepPage, Timestamp};
use crate::net::tests::{Origin, Reply, ok};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n picture";

/// A journal in memory: the last event of each article.
#[derive(Default)]
struct Fake {
    seq: u64,
    last: BTreeMap<u64, Step>,
    /// Every how many requests one is refused, which ends the run.
    refuses: usize,
    /// Cursors of what a restore has lost.
    lost: std::ops::Range<u64>,
    pictures: bool,
    asked: usize,
}

fn key(n: u64) -> String {
    format!("0{n:025}")
}

impl Fake {
    fn change(&mut self, n: u64, kind: StepKind, origin: &str) {
        self.seq += 1 + n % 3;
        let old = self
            .last
            .values()
            .find(|step| step.key == key(n))
            .map(|step| (step.seq, step.revision));
        let revision = old.map_or(1, |(_, revision)| revision + 1);
        self.last.remove(&old.map_or(0, |(seq, _)| seq));
        let id = format!("tag:tin.vn,2026:a/{n}");
        let image = self.pictures.then(|| CopiedImage {
            url: format!("{origin}picture-{}", revision % 2),
            ..CopiedImage::default()
        });
        let article = (kind == StepKind::Put).then(|| CopiedArticle {
            id: id.clone(),
            key: key(n),
            revision,
            title: format!("Tin {n} — 'lần' \"{revision}\"\n"),
            content_html: Some("<p>Nội dung<script>alert(1)</script></p>".into()),
            image,
            ..CopiedArticle::default()
        });
        let at = "2026-11-28T06:00:00Z".to_owned();
        let (source, reason) = ("a".to_owned(), None);
        let step =
            Step { seq: self.seq, kind, at, id, key: key(n), source, revision, reason, article };
        self.last.insert(self.seq, step);
    }

    fn answer(&mut self, request: &str) -> Reply {
        self.asked += 1;
        let path = request.split(' ').nth(1).unwrap_or_default();
        if path.starts_with("/picture") {
            return ok("content-type: image/png\r\n", &[PICTURE, path.as_bytes()].concat());
        }
        let status = |line: &str| {
            Reply::Bytes(format!("HTTP/1.1 {line}\r\ncontent-length: 0\r\n\r\n").into())
        };
        if self.refuses > 0 && self.asked.is_multiple_of(self.refuses) {
            return status("401 Unauthorized");
        }
        let after = path.split("after=").nth(1).and_then(|rest| rest.split('&').next()).unwrap();
        let after: u64 = after.parse().unwrap();
        if after > self.seq || self.lost.contains(&after) {
            return status("410 Gone");
        }
        let mut rest = self.last.range(after + 1..);
        let changes: Vec<Step> = rest.by_ref().take(3).map(|(_, step)| step.clone()).collect();
        let more = rest.next().is_some();
        let next = if more { changes.last().unwrap().seq } else { self.seq };
        let page = StepPage { changes, next: next.to_string(), more };
        ok("", &serde_json::to_vec(&page).unwrap())
    }

    /// What a copy holds: each article's revision.
    fn holds(&self) -> BTreeMap<String, u32> {
        let puts = self.last.values().filter(|step| step.kind == StepKind::Put);
        puts.map(|step| (step.key.clone(), step.revision)).collect()
    }
}

async fn origin(fake: &Arc<Mutex<Fake>>) -> Origin {
    let fake = Arc::clone(fake);
    Origin::start(move |_, request| fake.lock().unwrap().answer(request)).await
}

/// Opens all destinations in a folder and copies once; the news as words.
async fn copy(origin: &Origin, folder: &Path, batch: bool) -> (anyhow::Result<()>, Vec<String>) {
    let publisher = Publisher::new(origin.url("/"), None).unwrap();
    let whose = Whose { publisher: publisher.address(), full: false };
    let to = Folder::open(&folder.join("to"), &whose, Some(publisher.media())).unwrap();
    let command = format!("cat >> '{}'", folder.join("taken").display());
    let program = Program::open(&command, batch, &folder.join("position"), &whose).unwrap();
    let sqlite = Sqlite::open(&folder.join("tin.db"), &whose).unwrap();
    let mut said = Vec::new();
    let mut watch = |news: News<'_>| match news {
        News::Anew(why) => said.push(format!("anew: {why}")),
        News::LeftOut(note) => said.push(note.to_owned()),
        _ => {}
    };
    let mirror = Mirror {
        publisher: &publisher,
        selection: Selection::default(),
        destinations: vec![
            Destination::Folder(Box::new(to)),
            Destination::Program(program),
            Destination::Sqlite(sqlite),
        ],
        once: true,
        clock: Timestamp::now,
        watch: &mut watch,
    };
    (mirror.run().await, said)
}

fn in_folder(folder: &Path) -> BTreeMap<String, u32> {
    let mut held = BTreeMap::new();
    for file in std::fs::read_dir(folder.join("to/articles")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().unwrap() == "json" {
            let text = std::fs::read(&path).unwrap();
            let article: CopiedArticle = serde_json::from_slice(&text).unwrap();
            assert!(path.with_extension("html").exists(), "{path:?}");
            held.insert(article.key, article.revision);
        }
    }
    held
}

fn in_sqlite(folder: &Path) -> BTreeMap<String, u32> {
    let mut query = std::process::Command::new("sqlite3");
    query.arg(folder.join("tin.db")).arg("SELECT key, revision FROM articles");
    let out = String::from_utf8(query.output().unwrap().stdout).unwrap();
    let rows = out.lines().map(|line| line.split_once('|').unwrap());
    rows.map(|(key, revision)| (key.to_owned(), revision.parse().unwrap())).collect()
}

/// What a program holds that applies every step it took.
fn in_program(folder: &Path) -> BTreeMap<String, u32> {
    let mut held = BTreeMap::new();
    for line in std::fs::read_to_string(folder.join("taken")).unwrap().lines() {
        let step: Step = serde_json::from_str(line).unwrap();
        match step.kind {
            StepKind::Put => held.insert(step.key, step.revision),
            StepKind::Removed | StepKind::Withdrawn => held.remove(&step.key),
        };
    }
    held
}

#[tokio::test]
async fn every_destination_holds_what_it_should_after_any_history() {
    let (fake, folder) = (Arc::new(Mutex::new(Fake::default())), tempfile::tempdir().unwrap());
    let origin = origin(&fake).await;
    let mut state = 42_u64;
    let mut random = move |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut backup = (0, BTreeMap::new());
    for round in 0..12 {
        {
            let mut fake = fake.lock().unwrap();
            fake.refuses = 2 + random(5) as usize;
            for _ in 0..1 + random(8) {
                let kind = [StepKind::Put, StepKind::Put, StepKind::Removed, StepKind::Withdrawn]
                    [random(4) as usize];
                fake.change(random(12), kind, "");
            }
            match round % 4 {
                1 => backup = (fake.seq, fake.last.clone()),
                3 => {
                    fake.lost = backup.0 + 1..fake.seq + 5;
                    fake.last = backup.1.clone();
                    fake.seq += 5;
                }
                _ => {}
            }
        }
        let mut runs = 0;
        while copy(&origin, folder.path(), round % 2 == 0).await.0.is_err() {
            runs += 1;
            assert!(runs < 100, "it never ends");
        }
        let wanted = fake.lock().unwrap().holds();
        assert_eq!(in_folder(folder.path()), wanted, "round {round}");
        assert_eq!(in_sqlite(folder.path()), wanted, "round {round}");
        assert_eq!(in_program(folder.path()), wanted, "round {round}");
    }
}

#[tokio::test]
async fn pictures_are_copied_once_and_go_with_the_last_article() {
    let pictures = true;
    let fake = Arc::new(Mutex::new(Fake { pictures, ..Fake::default() }));
    let folder = tempfile::tempdir().unwrap();
    let origin = origin(&fake).await;
    let change = |n, kind| fake.lock().unwrap().change(n, kind, origin.url("/").as_str());
    let copied = || {
        let mut found = Vec::new();
        for inner in std::fs::read_dir(folder.path().join("to/media")).unwrap() {
            found.extend(
                std::fs::read_dir(inner.unwrap().path()).unwrap().map(|f| f.unwrap().path()),
            );
        }
        found
    };
    change(1, StepKind::Put);
    change(2, StepKind::Put);
    copy(&origin, folder.path(), false).await.0.unwrap();
    assert_eq!(copied().len(), 1, "both show one picture");
    assert!(copied()[0].extension().unwrap() == "png");
    change(1, StepKind::Put);
    copy(&origin, folder.path(), false).await.0.unwrap();
    assert_eq!(copied().len(), 2, "the first was given another one");
    change(2, StepKind::Withdrawn);
    copy(&origin, folder.path(), false).await.0.unwrap();
    assert_eq!(copied().len(), 1);
    let json = std::fs::read_to_string(folder.path().join(format!("to/articles/{}.json", key(1))))
        .unwrap();
    assert!(json.contains("\"media/") && !json.contains("script"), "{json}");
}

#[tokio::test]
async fn a_program_that_fails_is_handed_the_same_steps_again() {
    let (fake, folder) = (Arc::new(Mutex::new(Fake::default())), tempfile::tempdir().unwrap());
    let origin = origin(&fake).await;
    fake.lock().unwrap().change(1, StepKind::Put, "");
    let taken = folder.path().join("taken");
    std::fs::create_dir(&taken).unwrap();
    let (failed, _) = copy(&origin, folder.path(), false).await;
    let why = format!("{:#}", failed.unwrap_err());
    assert!(why.contains("exit status: 2") && why.contains("irectory"), "{why}");
    std::fs::remove_dir(&taken).unwrap();
    copy(&origin, folder.path(), false).await.0.unwrap();
    assert_eq!(in_program(folder.path()), fake.lock().unwrap().holds());
}
