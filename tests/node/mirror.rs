//! A partner's copy by `dongtin mirror`: it holds what it should, whatever happens to either side.

use crate::daemon::Daemon;
use crate::documents;
use crate::portal::Portal;
use crate::wait::until;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

const CONFIG: &str = "[[source]]\nid = \"a\"\nkind = \"push\"\n";
const ARTICLES: &str = "/api/v1/sources/a/articles";

fn push(daemon: &Daemon, bearer: &str, id: &str, title: &str, category: &str) {
    let body = serde_json::json!({
        "id": id, "title": title, "categories": [category], "language": "vi",
        "content_html": "<p>Nội dung.</p>", "published": "2026-06-12T20:30:21+07:00",
    });
    let headers = [("authorization", bearer), ("content-type", "application/json")];
    let answer = daemon.send("PUT", &format!("{ARTICLES}/{id}"), &headers, &body.to_string());
    assert!(matches!(answer.status, 200 | 201), "{}", answer.text());
}

fn withdraw(daemon: &Daemon, bearer: &str, id: &str) {
    let path = format!("{ARTICLES}/{id}");
    assert_eq!(daemon.send("DELETE", &path, &[("authorization", bearer)], "").status, 204);
}

fn command(folder: &Path, address: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dongtin"));
    command.args(["mirror", address]).args(arguments).current_dir(folder).env("LC_ALL", "C");
    command
}

/// Copies once; a failure shows why.
fn mirror(daemon: &Daemon, arguments: &[&str]) -> Output {
    let address = format!("http://{}", daemon.address);
    let mut command = command(daemon.folder.path(), &address, arguments);
    let out = command.arg("--once").output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    out
}

/// The titles in a copy's folder, by upstream id.
fn titles(folder: &Path) -> BTreeMap<String, String> {
    let Ok(files) = std::fs::read_dir(folder.join("articles")) else { return BTreeMap::new() };
    let paths = files.map(|file| file.unwrap().path());
    let json = paths.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    let read = |path: PathBuf| {
        Some(std::fs::read(path).ok()?).map(|text| serde_json::from_slice(&text).unwrap())
    };
    let articles = json.filter_map(read);
    let title = |article: &Value| {
        let text = |name: &str| article[name].as_str().unwrap().to_owned();
        (text("upstream_id"), text("title"))
    };
    articles.map(|article: Value| title(&article)).collect()
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(id, title)| ((*id).to_owned(), (*title).to_owned())).collect()
}

fn sql(daemon: &Daemon, query: &str) -> String {
    let out = Command::new("sqlite3").arg(daemon.path("tin.db")).arg(query).output().unwrap();
    String::from_utf8(out.stdout).unwrap()
}

#[test]
fn a_copy_follows_corrections_withdrawals_and_its_selection() {
    let daemon = Daemon::start(CONFIG);
    let bearer = daemon.bearer("a");
    push(&daemon, &bearer, "1", "Một", "Kinh tế");
    push(&daemon, &bearer, "2", "Hai", "Kinh tế");
    push(&daemon, &bearer, "3", "Ba", "Văn hóa");
    let arguments =
        ["--to", "tin", "--sqlite", "tin.db", "--exec", "cat >> taken", "--category", "Kinh tế"];
    mirror(&daemon, &arguments);
    let to = daemon.path("tin");
    assert_eq!(titles(&to), map(&[("1", "Một"), ("2", "Hai")]));
    assert_eq!(sql(&daemon, "SELECT title FROM articles ORDER BY title"), "Hai\nMột\n");

    push(&daemon, &bearer, "1", "Một, đã sửa", "Kinh tế");
    push(&daemon, &bearer, "2", "Hai", "Văn hóa");
    push(&daemon, &bearer, "3", "Ba", "Kinh tế");
    mirror(&daemon, &arguments);
    assert_eq!(titles(&to), map(&[("1", "Một, đã sửa"), ("3", "Ba")]));
    withdraw(&daemon, &bearer, "3");
    mirror(&daemon, &arguments);
    assert_eq!(titles(&to), map(&[("1", "Một, đã sửa")]));
    assert_eq!(sql(&daemon, "SELECT title FROM articles"), "Một, đã sửa\n");
    let taken = std::fs::read_to_string(daemon.path("taken")).unwrap();
    let steps: Vec<Value> = taken.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = steps.iter().map(|step| step["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["put", "put", "put", "removed", "put", "withdrawn"]);

    // Another selection: what it does not match goes.
    mirror(&daemon, &["--to", "tin", "--category", "Văn hóa"]);
    assert_eq!(titles(&to), map(&[("2", "Hai")]));
}

#[test]
fn a_copy_that_is_killed_at_any_time_becomes_whole() {
    let daemon = Daemon::start(CONFIG);
    let bearer = daemon.bearer("a");
    let ids: Vec<String> = (0..40).map(|n| n.to_string()).collect();
    ids.iter().for_each(|id| push(&daemon, &bearer, id, &format!("Tin {id}"), "Kinh tế"));
    let wanted: BTreeMap<String, String> =
        ids.iter().map(|id| (id.clone(), format!("Tin {id}"))).collect();
    let address = format!("http://{}", daemon.address);
    let arguments = ["--to", "tin", "--exec", "cat >> taken", "--once"];
    let mut killed = 0;
    for wait in (1..).map(|n| std::time::Duration::from_millis(15 * n)) {
        let mut child = command(daemon.folder.path(), &address, &arguments)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(wait);
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success());
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        killed += 1;
    }
    assert!(killed > 0);
    assert_eq!(titles(&daemon.path("tin")), wanted);
    let taken = std::fs::read_to_string(daemon.path("taken")).unwrap();
    assert!(ids.iter().all(|id| taken.contains(&format!("\"upstream_id\":\"{id}\""))));
}

#[test]
fn a_copy_of_a_publisher_that_was_restored_is_made_anew() {
    let mut daemon = Daemon::start(CONFIG);
    let bearer = daemon.bearer("a");
    push(&daemon, &bearer, "1", "Một", "Kinh tế");
    let backup = daemon.path("backup");
    assert!(daemon.run(&["backup", backup.to_str().unwrap()]).status.success());
    push(&daemon, &bearer, "2", "Hai", "Kinh tế");
    push(&daemon, &bearer, "1", "Một, đã sửa", "Kinh tế");
    let arguments = ["--to", "tin", "--sqlite", "tin.db", "--exec", "cat >> taken"];
    mirror(&daemon, &arguments);
    assert_eq!(titles(&daemon.path("tin")), map(&[("1", "Một, đã sửa"), ("2", "Hai")]));
    daemon.stop();
    std::fs::remove_dir_all(daemon.path("data")).unwrap();
    assert!(daemon.run(&["restore", backup.to_str().unwrap()]).status.success());
    daemon.edit_config("127.0.0.1:0", &daemon.address.to_string());
    daemon.launch();
    push(&daemon, &bearer, "3", "Ba", "Kinh tế");
    let out = mirror(&daemon, &arguments);
    assert!(String::from_utf8_lossy(&out.stderr).contains("copying anew"), "{out:?}");
    assert_eq!(titles(&daemon.path("tin")), map(&[("1", "Một"), ("3", "Ba")]));
    assert_eq!(sql(&daemon, "SELECT title FROM articles ORDER BY title"), "Ba\nMột\n");
    let taken = std::fs::read_to_string(daemon.path("taken")).unwrap();
    let last: Value = serde_json::from_str(taken.lines().last().unwrap()).unwrap();
    assert_eq!(last["type"], "removed", "what the new copy does not name is told to the program");
}

#[test]
fn a_closed_publisher_is_copied_with_a_token() {
    let closed =
        "\n[changes]\npublic = false\n\n[[partner]]\nname = \"bao\"\ncategories = [\"Kinh tế\"]\n";
    let daemon = Daemon::start(&format!("{CONFIG}{closed}"));
    let bearer = daemon.bearer("a");
    push(&daemon, &bearer, "1", "Một", "Kinh tế");
    push(&daemon, &bearer, "2", "Hai", "Văn hóa");
    let address = format!("http://{}", daemon.address);
    let mut stranger = command(daemon.folder.path(), &address, &["--to", "tin", "--once"]);
    let out = stranger.output().unwrap();
    let said = String::from_utf8(out.stderr).unwrap();
    assert!(out.status.code() == Some(1) && said.contains("token"), "{said}");
    let made = String::from_utf8(daemon.run(&["token", "new", "bao", "--partner"]).stdout).unwrap();
    let token = made.split_whitespace().find(|word| word.starts_with("dongtin_")).unwrap();
    std::fs::write(daemon.path("token"), format!("{token}\n")).unwrap();
    let arguments = ["--to", "tin", "--token-file", "token"];
    mirror(&daemon, &arguments);
    assert_eq!(titles(&daemon.path("tin")), map(&[("1", "Một")]));
    // The operator gives the partner something else: the copy becomes that, without being made anew.
    daemon.edit_config("categories = [\"Kinh tế\"]", "categories = [\"Văn hóa\"]");
    daemon.signal("HUP");
    daemon.until("the copy is of the new selection", || {
        mirror(&daemon, &arguments);
        titles(&daemon.path("tin")) == map(&[("2", "Hai")])
    });
}

/// A mirror that runs until the story ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_copy_that_waits_has_news_at_once_and_outlives_its_publisher() {
    let mut daemon = Daemon::start(CONFIG);
    let bearer = daemon.bearer("a");
    let to = daemon.path("tin");
    let address = format!("http://{}", daemon.address);
    let mut waiting = command(daemon.folder.path(), &address, &["--to", "tin"]);
    let _running = Running(waiting.stderr(Stdio::null()).spawn().unwrap());
    until("the copy is begun", || to.join(".dongtin/position").exists());
    push(&daemon, &bearer, "1", "Một", "Kinh tế");
    until("the news is copied", || titles(&to) == map(&[("1", "Một")]));
    daemon.kill();
    daemon.edit_config("127.0.0.1:0", &daemon.address.to_string());
    daemon.launch();
    push(&daemon, &bearer, "1", "Một, đã sửa", "Kinh tế");
    until("the correction is copied", || titles(&to) == map(&[("1", "Một, đã sửa")]));
}

#[test]
fn a_copy_that_cannot_be_made_says_why() {
    let portal = Portal::start();
    let folder = tempfile::tempdir().unwrap();
    let page = |name: &str| format!("/{name}/api/v1/changes?after=0&limit=500");
    portal.put(&page("web"), "text/html", "<!doctype html><p>Cổng thông tin");
    let problem = "{\"detail\": \"a token is needed\"}";
    let lines = "content-type: application/problem+json\r\n";
    portal.put_raw(&page("closed"), documents::answer("401 Unauthorized", lines, problem));
    portal.put_raw(&page("gone"), documents::answer("410 Gone", lines, problem));
    let refused = |address: &str, arguments: &[&str]| {
        let out = command(folder.path(), address, arguments).output().unwrap();
        let said = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(1), "{said}");
        said
    };
    for (place, why) in [
        ("web", "not a dongtin"),
        ("closed", "a token is needed"),
        ("gone", "not known there"),
        ("nowhere", "HTTP status 404"),
    ] {
        let said = refused(&portal.url(&format!("/{place}")), &["--to", place]);
        assert!(said.contains(why) && said.lines().count() == 1, "{place}: {said}");
    }
    let said = refused("http://127.0.0.1:1", &["--to", "none"]);
    assert!(said.contains("cannot connect"), "{said}");
    std::fs::create_dir(folder.path().join("full")).unwrap();
    std::fs::write(folder.path().join("full/other"), "x").unwrap();
    assert!(refused("http://127.0.0.1:1", &["--to", "full"]).contains("not empty"));
    assert!(refused("http://127.0.0.1:2", &["--to", "none"]).contains("holds a copy of"));
    let none = command(folder.path(), "http://127.0.0.1:1", &[]).output().unwrap();
    assert_eq!(none.status.code(), Some(2));
}

#[test]
fn a_publisher_passes_its_rehearsal_and_another_server_does_not() {
    let daemon = Daemon::start(CONFIG);
    let bearer = daemon.bearer("a");
    for n in 0..5 {
        push(&daemon, &bearer, &n.to_string(), &format!("Tin {n}"), "Kinh tế");
    }
    withdraw(&daemon, &bearer, "3");
    let rehearse = |address: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dongtin"));
        command.args(["rehearse", "receiver", address, "--json"]).output().unwrap()
    };
    let out = rehearse(&format!("http://{}", daemon.address));
    let report: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert!(out.status.success(), "{report:#}");
    assert!(report["checks"].as_array().unwrap().len() >= 11, "{report:#}");
    let portal = Portal::start();
    portal.put("/api/v1/changes?after=0&limit=100", "application/json", "{}");
    assert_eq!(rehearse(&portal.url("/")).status.code(), Some(1));
}
