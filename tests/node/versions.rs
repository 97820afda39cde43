//! The stores and backups of every released version open in this one.
//!
//! `tests/fixtures/stores/VERSION.tar.gz` holds `data/` after a kill, `backup/` and `changes.json`, every event as it was then.
//! Before a release: `cargo test --test node write_the_store_fixture -- --ignored`; one that was released is never written again.

use crate::daemon::Daemon;
use dongtin::testing::model::Timestamp;
use std::path::{Path, PathBuf};
use std::process::Command;

const CONFIG: &str = "[[source]]\nid = \"a\"\nkind = \"push\"\n";

pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/stores")
}

pub fn tar(arguments: &[&str], file: &Path, folder: &Path) {
    let mut tar = Command::new("tar");
    let done = tar.args(&arguments[..1]).arg(file).arg("-C").arg(folder).args(&arguments[1..]);
    assert!(done.status().unwrap().success(), "{arguments:?}");
}

/// Each member of the old is in the new, with the same value; a newer version may tell more.
fn assert_kept(old: &serde_json::Value, new: &serde_json::Value, version: &str) {
    match (old, new) {
        (serde_json::Value::Object(old), serde_json::Value::Object(new)) => {
            for (name, old) in old {
                assert_kept(old, new.get(name).unwrap_or(&serde_json::Value::Null), version);
            }
        }
        (serde_json::Value::Array(old), serde_json::Value::Array(new))
            if old.len() == new.len() =>
        {
            old.iter().zip(new).for_each(|(old, new)| assert_kept(old, new, version));
        }
        _ => assert_eq!(old, new, "{version}"),
    }
}

/// Every event of the journal, by an export.
fn history(daemon: &Daemon) -> Vec<serde_json::Value> {
    let file = daemon.path("history.ndjson.zst");
    let _ = std::fs::remove_file(&file);
    let exported = daemon.run(&["export", file.to_str().unwrap()]);
    assert!(exported.status.success(), "{exported:?}");
    let text = zstd::decode_all(std::fs::File::open(file).unwrap()).unwrap();
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let values = lines.map(|line| serde_json::from_slice(line).unwrap());
    let events = values.filter(|value: &serde_json::Value| value["change"].is_object());
    events.map(|event| event_of(&event)).collect()
}

/// An event as `changes.json` has it.
fn event_of(event: &serde_json::Value) -> serde_json::Value {
    let change = &event["change"];
    let said = change.get("article").unwrap_or(change);
    let at = Timestamp(event["at"].as_i64().unwrap()).rfc3339();
    let mut told = serde_json::json!({ "seq": event["seq"], "at": at, "type": change["type"] });
    for name in ["id", "key", "source", "upstream_id", "revision"] {
        told[name] = said[name].clone();
    }
    for name in ["reason", "article"] {
        if let Some(value) = change.get(name).filter(|value| !value.is_null()) {
            told[name] = value.clone();
        }
    }
    told
}

#[test]
fn every_released_store_and_backup_opens() {
    let mut versions = 0;
    let files = std::fs::read_dir(fixtures()).unwrap().map(Result::unwrap);
    for entry in files.filter(|entry| entry.path().extension().is_some_and(|end| end == "gz")) {
        let version = entry.file_name().to_string_lossy().into_owned();
        let mut daemon = Daemon::prepare(CONFIG);
        tar(&["-xzf"], &entry.path(), daemon.folder.path());
        let text = std::fs::read_to_string(daemon.path("changes.json")).unwrap();
        let old: serde_json::Value = serde_json::from_str(&text).unwrap();
        for step in ["its store", "its backup"] {
            daemon.launch();
            assert_kept(
                &old,
                &serde_json::Value::Array(history(&daemon)),
                &format!("{version}, {step}"),
            );
            let check = daemon.run(&["check"]);
            assert!(check.status.success(), "{version}, {step}: {check:?}");
            daemon.stop();
            std::fs::remove_dir_all(daemon.path("data")).unwrap();
            let restored = daemon.run(&["restore", "backup"]);
            assert!(restored.status.success(), "{version}: {restored:?}");
        }
        versions += 1;
    }
    assert!(versions > 0);
}

#[test]
#[ignore = "writes tests/fixtures/stores/VERSION.tar.gz, which is for ever once released"]
fn write_the_store_fixture() {
    let mut daemon = Daemon::start(CONFIG);
    let bearer = daemon.bearer("a");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let long = "Đồng bào các dân tộc trong tỉnh. ".repeat(1000);
    for n in 0..24 {
        let body = serde_json::json!({
            "url": format!("https://so.example.vn/tin/{n}"),
            "title": format!("Tin số {n} của cổng thông tin"),
            "summary": "Sáng 12/6, hội nghị giao ban được tổ chức tại thành phố.",
            "content_html": if n == 7 { format!("<p>{long}</p>") } else { "<p>Các đại biểu thảo luận.</p>".to_owned() },
            "authors": [{"name": "Thanh Thủy"}],
            "categories": ["Kinh tế"],
            "published": format!("2026-06-12T20:30:{:02}+07:00", n % 8),
            "attachments": [{"url": "https://so.example.vn/anh.jpg", "mime_type": "image/jpeg"}],
            "language": "vi"
        });
        // The last ones revise the first ones.
        let path = format!("/api/v1/sources/a/articles/bai-{}", n % 16);
        let answer = daemon.send("PUT", &path, &headers, &body.to_string());
        assert!(answer.status / 100 == 2, "{}", answer.text());
    }
    assert_eq!(
        daemon.send("DELETE", "/api/v1/sources/a/articles/bai-3", &headers[..1], "").status,
        204
    );
    assert!(daemon.run(&["backup", "backup"]).status.success());
    let changes = serde_json::to_vec(&history(&daemon)).unwrap();
    std::fs::write(daemon.path("changes.json"), changes).unwrap();
    daemon.kill();
    for left in ["control.sock", "reserve", "lock"] {
        std::fs::remove_file(daemon.path("data").join(left)).unwrap();
    }
    std::fs::create_dir_all(fixtures()).unwrap();
    let file = fixtures().join(concat!(env!("CARGO_PKG_VERSION"), ".tar.gz"));
    tar(&["-czf", "data", "backup", "changes.json"], &file, daemon.folder.path());
}
