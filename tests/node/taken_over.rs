//! A data directory that kept its progress in files is taken over, and so is a backup of one.
//!
//! `tests/fixtures/stores/README.md` says what is in it.

use crate::daemon::{Daemon, key};
use crate::portal::Portal;
use crate::versions::{fixtures, tar};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Where the fixture's sources are.
const ADDRESS: &str = "0.0.0.0:18946";
/// The one portal of this process there, held by the test that uses it.
static PORTAL: Mutex<Option<Portal>> = Mutex::new(None);

/// The portal as it was left, asked for nothing yet.
fn portal(daemon: &Daemon) -> MutexGuard<'static, Option<Portal>> {
    let mut held = PORTAL.lock().unwrap_or_else(PoisonError::into_inner);
    let portal = held.get_or_insert_with(|| Portal::at(ADDRESS));
    portal.forget_asked();
    let text = std::fs::read_to_string(daemon.path("pages.json")).unwrap();
    let pages: HashMap<String, [String; 3]> = serde_json::from_str(&text).unwrap();
    for (path, [media_type, body, etag]) in pages {
        portal.put_raw(&path, format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {media_type}\r\netag: {etag}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        ).into_bytes());
    }
    held
}

/// The fixture, and the portal that its sources are on.
fn unpacked() -> (Daemon, MutexGuard<'static, Option<Portal>>) {
    let daemon = Daemon::prepare("");
    tar(&["-xzf"], &fixtures().join("0.1.0-with-files.tar.gz"), daemon.folder.path());
    let sources = std::fs::read_to_string(daemon.path("sources.toml")).unwrap();
    daemon.write_config(&sources);
    let portal = portal(&daemon);
    (daemon, portal)
}

/// Replaces something in a file of the data directory.
fn edit(daemon: &Daemon, name: &str, edit: impl FnOnce(&mut serde_json::Value)) {
    let path = daemon.path("data").join(name);
    let mut value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    edit(&mut value);
    std::fs::write(path, value.to_string()).unwrap();
}

/// What is the same whether the directory or a backup of it is taken over: what waited comes, what was kept back can be
/// accepted.
fn await_what_was_kept(daemon: &Daemon) {
    daemon.until("one comes at each poll: the source's quota", || {
        assert!(daemon.run(&["source", "poll", "--no-wait", "quota"]).status.success());
        let changes = daemon.changes();
        changes.iter().filter(|change| change["source"] == "quota").count() == 3
    });
    [12, 13].iter().for_each(|number| await_title(daemon, *number));
    let accepted = daemon.run(&["source", "accept", "drift"]);
    assert!(accepted.status.success(), "{accepted:?}");
    for number in 91..97 {
        await_title(daemon, number);
    }
}

fn await_title(daemon: &Daemon, number: usize) {
    daemon.await_title(&format!("Bài viết thứ {number} về tỉnh nhà hôm nay"));
}

#[test]
fn progress_in_files_is_taken_over_and_nothing_is_lost_or_asked_again() {
    let (mut daemon, portal) = unpacked();
    let portal = portal.as_ref().unwrap();
    let root = daemon.path("cut").to_str().unwrap().to_owned();
    edit(&daemon, "folders/cut.json", |state| state["root"] = root.into());
    let in_an_hour = std::time::SystemTime::now() + std::time::Duration::from_secs(3_600);
    let until = in_an_hour.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as u64;
    edit(&daemon, "resting.json", |hosts| hosts["127.22.94.48"]["until"] = until.into());
    daemon.launch();
    let sources = ["feed", "drift", "moved", "hub", "renamed", "list", "rest", "torn"];
    let polled = daemon.run(&[&["source", "poll", "--no-wait"][..], &sources].concat());
    assert!(polled.status.success(), "{polled:?}");
    await_what_was_kept(&daemon);
    await_title(&daemon, 52);
    for name in ["feed", "quota", "drift", "moved", "hub", "renamed"] {
        let path = format!("/{name}.rss");
        daemon.until(&path, || !portal.asked(&path).is_empty());
        assert!(portal.asked(&path)[0].contains_key("if-none-match"), "{name} is asked for all");
    }
    daemon.until("torn", || !portal.asked("/torn.rss").is_empty());
    assert!(!portal.asked("/torn.rss")[0].contains_key("if-none-match"), "it is read whole");
    assert!(portal.asked("/busy/61.html").is_empty() && portal.asked("/busy/62.html").is_empty());
    let status = daemon.status();
    assert!(status.contains("hub http://127.22.94.46:18946/hub"), "{status}");
    for gone in ["folders", "polled", "backlog", "quarantine", "resting.json"] {
        assert!(!daemon.path("data").join(gone).exists(), "{gone}");
    }
    let changes = daemon.changes();
    assert!(changes.iter().all(|change| change["type"] != "withdrawn"), "{changes:?}");
    let renamed = changes.iter().filter(|change| change["source"] == "renamed").count();
    assert_eq!(renamed, 4, "under their new ids they are the same articles");
    std::fs::remove_file(daemon.path("cut/mot.md")).unwrap();
    let gone = daemon.await_change(|change| change["type"] == "withdrawn");
    assert_eq!(gone["key"], key("cut", "mot.md"), "it is known which file said it");
}

#[test]
fn a_backup_of_files_restores_and_a_backup_of_it_too() {
    let (mut daemon, _portal) = unpacked();
    for backup in ["backup", "again"] {
        std::fs::remove_dir_all(daemon.path("data")).unwrap();
        let restored = daemon.run(&["restore", backup]);
        assert!(restored.status.success(), "{restored:?}");
        if backup == "again" {
            daemon.launch();
            await_what_was_kept(&daemon);
        } else {
            let made = daemon.run(&["backup", "again"]);
            assert!(made.status.success(), "{made:?}");
            let data = std::fs::read_dir(daemon.path("again/data")).unwrap().count();
            assert_eq!(data, 0, "all progress is in one file");
        }
    }
}
