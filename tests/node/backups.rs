//! A backup, a machine that is lost, and the same portal on another one.

use crate::daemon::Daemon;
use crate::wait::until;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

const CONFIG: &str = "[[source]]\nid = \"a\"\nkind = \"push\"\n\n[[source]]\nid = \"f\"\nkind = \"folder\"\npath = \"tin\"\n";
const ARTICLES: &str = "/api/v1/sources/a/articles";
const SHOWN: [&str; 6] = [
    "/feeds/all.rss",
    "/feeds/all.atom",
    "/feeds/all.json",
    "/feeds/source-a.rss",
    "/feeds/source-f.atom",
    "/api/v1/changes?after=0",
];

fn push(daemon: &Daemon, bearer: &str, n: usize) -> (u16, serde_json::Value) {
    let (id, key) = (n.to_string(), format!("key-{n}"));
    let body = serde_json::json!({"id": id, "title": format!("Tin {n}"), "content_text": "Nội dung.", "published": "2026-06-12T20:30:21+07:00"});
    let headers = [
        ("authorization", bearer),
        ("content-type", "application/json"),
        ("idempotency-key", &key),
    ];
    let answer = daemon.send("POST", ARTICLES, &headers, &body.to_string());
    (answer.status, answer.json())
}

type Shown = Vec<(Vec<u8>, Option<String>, Option<String>)>;

fn shown(daemon: &Daemon) -> Shown {
    let seen = |path: &&str| {
        let page = daemon.get(path);
        let header = |name| page.header(name).map(str::to_owned);
        (page.body.clone(), header("etag"), header("last-modified"))
    };
    SHOWN.iter().map(seen).collect()
}

/// A portal with pushed articles, one of them revised and one withdrawn, and a folder with one article.
fn portal() -> (Daemon, String) {
    let mut daemon = Daemon::prepare(CONFIG);
    std::fs::create_dir(daemon.path("tin")).unwrap();
    std::fs::write(daemon.path("tin/mot.md"), "# Tin từ thư mục\n\nNội dung của tin.\n").unwrap();
    daemon.launch();
    let bearer = daemon.bearer("a");
    for n in 0..5 {
        assert_eq!(push(&daemon, &bearer, n).0, 201);
    }
    let json = ("content-type", "application/json");
    let auth = ("authorization", bearer.as_str());
    let revised = "{\"title\": \"Tin 1 đã sửa\", \"content_text\": \"Khác.\"}";
    assert_eq!(daemon.send("PUT", &format!("{ARTICLES}/1"), &[auth, json], revised).status, 200);
    assert_eq!(daemon.send("DELETE", &format!("{ARTICLES}/2"), &[auth], "").status, 204);
    daemon.await_title("Tin từ thư mục");
    (daemon, bearer)
}

fn succeeded(out: &std::process::Output) {
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

#[test]
fn a_restored_portal_is_the_same_portal() {
    let (mut daemon, bearer) = portal();
    daemon.await_next_second();
    let before = shown(&daemon);
    let backup = daemon.path("backup");
    succeeded(&daemon.run(&["backup", backup.to_str().unwrap()]));
    assert_eq!(backup.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    assert!(!daemon.run(&["backup", backup.to_str().unwrap()]).status.success(), "not over one");
    let repeated = push(&daemon, &bearer, 4);
    assert_eq!(push(&daemon, &bearer, 99).0, 201, "after the backup");
    daemon.stop();
    std::fs::rename(daemon.path("data"), daemon.path("data-lost")).unwrap();
    let config = std::fs::read(daemon.path("dongtin.toml")).unwrap();
    std::fs::remove_file(daemon.path("dongtin.toml")).unwrap();

    succeeded(&daemon.run(&["restore", backup.to_str().unwrap()]));
    assert_eq!(std::fs::read(daemon.path("dongtin.toml")).unwrap(), config);
    let again = daemon.run(&["restore", backup.to_str().unwrap()]);
    assert!(!again.status.success() && String::from_utf8_lossy(&again.stderr).contains("--into"));
    succeeded(&daemon.run(&["check"]));
    daemon.launch();
    assert_eq!(shown(&daemon), before);
    assert_eq!(push(&daemon, &bearer, 4), repeated, "the key is known, and the token");
    assert_eq!(shown(&daemon), before);
    std::fs::write(daemon.path("tin/hai.md"), "# Tin thứ hai\n\nNội dung.\n").unwrap();
    std::fs::remove_file(daemon.path("tin/mot.md")).unwrap();
    daemon.await_change(|change| change["type"] == "withdrawn" && change["source"] == "f");
}

/// What a partner is told that holds a cursor.
fn told(daemon: &Daemon, cursor: u64) -> (u16, Vec<u64>) {
    let answer = daemon.get(&format!("/api/v1/changes?after={cursor}&limit=1000"));
    let page = answer.json();
    let changes = page["changes"].as_array().map_or(&[][..], Vec::as_slice);
    (answer.status, changes.iter().map(|change| change["seq"].as_u64().unwrap()).collect())
}

/// Stops it, takes its data away and restores a backup.
fn lose_and_restore(daemon: &mut Daemon, backup: &Path) {
    daemon.stop();
    std::fs::remove_dir_all(daemon.path("data")).unwrap();
    succeeded(&daemon.run(&["restore", backup.to_str().unwrap()]));
    daemon.launch();
}

#[test]
fn a_partner_that_saw_more_than_the_backup_is_told_to_copy_anew() {
    let (mut daemon, bearer) = portal();
    let backup = daemon.path("backup");
    succeeded(&daemon.run(&["backup", backup.to_str().unwrap()]));
    let kept = told(&daemon, 0).1.pop().unwrap();
    let mut lost = Vec::new();
    for lifetime in 0..3 {
        let first = 100 * (lifetime + 1);
        for n in first..first + 4 {
            assert_eq!(push(&daemon, &bearer, n).0, 201);
        }
        let (status, given) = told(&daemon, kept);
        assert_eq!((status, given.len()), (200, 4), "who saw nothing of what was lost goes on");
        assert!(given.iter().all(|seq| !lost.contains(seq)), "{given:?} {lost:?}");
        assert_eq!(told(&daemon, given[1]).1, given[2..]);
        for cursor in &lost {
            assert_eq!(told(&daemon, *cursor).0, 410, "{cursor}");
        }
        let copy = told(&daemon, 0).1;
        assert_eq!(copy.last(), given.last());
        lost.extend(given);
        lose_and_restore(&mut daemon, &backup);
    }
}

#[test]
fn an_import_leaves_numbers_out_only_where_it_added_something() {
    let (mut daemon, bearer) = portal();
    let archive = daemon.path("all.ndjson.zst");
    let archive = archive.to_str().unwrap();
    succeeded(&daemon.run(&["export", archive]));
    succeeded(&daemon.run(&["import", archive]));
    let last = told(&daemon, 0).1.pop().unwrap();
    push(&daemon, &bearer, 50);
    assert_eq!(told(&daemon, last).1, [last + 1]);
    daemon.stop();
    std::fs::remove_dir_all(daemon.path("data/sled")).unwrap();
    std::fs::remove_file(daemon.path("data/last")).unwrap();
    let _ = std::fs::remove_file(daemon.path("data/clean"));
    daemon.launch();
    succeeded(&daemon.run(&["import", archive]));
    assert_eq!(push(&daemon, &bearer, 51).0, 201);
    assert_eq!(told(&daemon, last + 1).0, 410, "the copy of the old journal went further");
    assert_eq!(told(&daemon, last).1.len(), 1);
}

/// Kills `dongtin restore` at its N-th fsync; whether there was one.
fn killed_at(daemon: &Daemon, backup: &Path, nth: usize) -> bool {
    let inject = format!("inject=fsync,fdatasync:signal=SIGKILL:when={nth}");
    let status = Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "-e", &inject])
        .arg(env!("CARGO_BIN_EXE_dongtin"))
        .arg("--config")
        .arg(daemon.path("dongtin.toml"))
        .arg("restore")
        .arg(backup)
        .stderr(std::process::Stdio::null())
        .status()
        .unwrap();
    !status.success()
}

#[test]
fn an_interrupted_restore_is_run_again() {
    let (mut daemon, _) = portal();
    daemon.await_next_second();
    let before = shown(&daemon);
    let backup = daemon.path("backup");
    succeeded(&daemon.run(&["backup", backup.to_str().unwrap()]));
    daemon.stop();
    std::fs::rename(daemon.path("data"), daemon.path("data-lost")).unwrap();
    let mut interrupted = 0;
    for nth in (1..).step_by(4) {
        if !killed_at(&daemon, &backup, nth) {
            break;
        }
        interrupted += 1;
        let begun = daemon.path("data/sled").exists();
        let out = daemon.run(&["check"]);
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        if out.status.success() {
            // Killed before it began, or after it ended.
            let whole = String::from_utf8_lossy(&out.stdout).starts_with("8 events");
            assert!(whole == begun, "{out:?}");
            std::fs::remove_dir_all(daemon.path("data")).unwrap();
        } else {
            assert!(said.contains("run `dongtin restore` again"), "{said}");
        }
    }
    assert!(interrupted > 2, "{interrupted}");
    daemon.launch();
    assert_eq!(shown(&daemon), before);
}

#[test]
fn a_restore_of_progress_in_files_is_run_again_wherever_it_was_killed() {
    let mut daemon = Daemon::prepare("");
    let fixture = crate::versions::fixtures().join("0.1.0-with-files.tar.gz");
    crate::versions::tar(&["-xzf"], &fixture, daemon.folder.path());
    std::fs::remove_dir_all(daemon.path("data")).unwrap();
    let backup = daemon.path("backup");
    let mut interrupted = 0;
    for nth in (1..).step_by(3) {
        if !killed_at(&daemon, &backup, nth) {
            break;
        }
        interrupted += 1;
        assert!(interrupted < 100, "it is refused again and again");
        if !daemon.path("data/restoring").exists() {
            let _ = std::fs::remove_dir_all(daemon.path("data"));
        }
    }
    assert!(interrupted > 5, "{interrupted}");
    daemon.launch();
    assert_eq!(told(&daemon, 0).1.len(), 28);
}

/// `DONGTIN_BACKUPS=50` makes as many as are promised.
#[test]
fn backups_under_load_restore_whole() {
    let count = std::env::var("DONGTIN_BACKUPS").ok().and_then(|n| n.parse().ok()).unwrap_or(3);
    let daemon = Daemon::start(CONFIG);
    let bearer = daemon.bearer("a");
    let stop = AtomicBool::new(false);
    // So many pushes a backup, so that fifty do not take ever longer.
    let (pushed, allowed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let (stop, pushed, allowed) = (&stop, &pushed, &allowed);
        let (daemon, bearer) = (&daemon, &bearer);
        for lane in 0..4 {
            scope.spawn(move || {
                for n in (lane..).step_by(4) {
                    until("the next backup begins", || {
                        pushed.load(Relaxed) <= allowed.load(Relaxed) || stop.load(Relaxed)
                    });
                    if stop.load(Relaxed) {
                        break;
                    }
                    assert_eq!(push(daemon, bearer, n).0, 201);
                    pushed.fetch_add(1, Relaxed);
                }
            });
        }
        // Whatever goes wrong here, those who push must hear that it is over.
        let made = std::panic::catch_unwind(|| {
            for round in 0..count {
                allowed.fetch_add(100, Relaxed);
                let changes = pushed.load(Relaxed);
                let (backup, into) = (format!("backup-{round}"), format!("into-{round}"));
                succeeded(&daemon.run(&["backup", &backup]));
                succeeded(&daemon.run(&["restore", &backup, "--into", &into]));
                let restored = restored_whole(daemon, &into);
                assert!(restored >= changes, "{restored} restored, {changes} answered before it");
                std::fs::remove_dir_all(daemon.path(&into)).unwrap();
                std::fs::remove_dir_all(daemon.path(&backup)).unwrap();
            }
        });
        stop.store(true, Relaxed);
        made.unwrap();
    });
}

/// Checks a restored directory; how many events it has.
fn restored_whole(daemon: &Daemon, into: &str) -> usize {
    let config = std::fs::read_to_string(daemon.path("dongtin.toml")).unwrap();
    let other = config.replace("[store]\n", &format!("[store]\ndirectory = \"{into}\"\n"));
    std::fs::write(daemon.path("other.toml"), other).unwrap();
    let out = Command::new(env!("CARGO_BIN_EXE_dongtin"))
        .arg("--config")
        .arg(daemon.path("other.toml"))
        .arg("check")
        .output()
        .unwrap();
    succeeded(&out);
    let text = String::from_utf8(out.stdout).unwrap();
    text.split(' ').next().unwrap().parse().unwrap_or_else(|_| panic!("{text}"))
}
