use super::*;
use crate::journal::seal::seal;
use crate::model::{ArticleKey, SourceId};
use crate::store::tests::open_journal;
use crate::store::{Kind, Store};
use serde_json::Value;
use std::fs;

const FOLDERS: [(&str, Kind); 4] = [
    ("folders", Kind::Folder),
    ("polled", Kind::Crawl),
    ("backlog", Kind::Backlog),
    ("quarantine", Kind::Quarantine),
];

fn write(data: &Path, name: &str, text: &str) {
    let path = data.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Opens the store of a data directory, looks at its progress, and closes it.
fn opened<T>(data: &Path, look: impl FnOnce(&Progress) -> T) -> T {
    let store = Store::open(open_journal(data), &[]).unwrap();
    let seen = look(&store.progress());
    store.journal().close().unwrap();
    seen
}

fn value(progress: &Progress, kind: Kind, name: &str) -> Option<Value> {
    progress.get(kind, name).unwrap()
}

#[test]
fn files_of_an_earlier_version_become_rows() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path();
    for (folder, _) in FOLDERS {
        write(data, &format!("{folder}/a.json"), &format!("{{\"of\":\"{folder}\"}}"));
        write(data, &format!("{folder}/a.new"), "{\"half");
    }
    write(data, "backlog/b.json", " [{\"title\":\"Tin\"}]");
    write(data, "backlog/c.of-a.vn.json", "{\"about\":\"https://a.vn\",\"drafts\":[]}");
    write(data, "quarantine/d.unreadable", "\0\0");
    write(data, "resting.json", "{\"a.vn\":{\"until\":7}}");
    opened(data, |progress| {
        for (folder, kind) in FOLDERS {
            assert_eq!(value(progress, kind, "a").unwrap()["of"], folder);
            assert!(!data.join(folder).exists());
        }
        assert_eq!(value(progress, Kind::Backlog, "b").unwrap()["drafts"][0]["title"], "Tin");
        assert!(value(progress, Kind::SetAside, "backlog/c/of-a.vn").is_some());
        assert_eq!(value(progress, Kind::SetAside, "quarantine/d/unreadable").unwrap(), "\0\0");
        assert_eq!(value(progress, Kind::Host, "a.vn").unwrap()["crawl"]["until"], 7);
        assert!(!data.join("resting.json").exists());
        assert_eq!(progress.scan::<Value>(Kind::ReadWhole).count(), 0);
    });
    opened(data, |progress| assert!(value(progress, Kind::Crawl, "a").is_some()));
}

#[test]
fn a_file_that_cannot_be_read_has_its_source_read_whole() {
    for (folder, kind) in FOLDERS {
        for torn in ["", "{\"about\":", "\0\0\0\0"] {
            for ending in ["json", "torn"] {
                let directory = tempfile::tempdir().unwrap();
                write(directory.path(), &format!("{folder}/a.{ending}"), torn);
                write(directory.path(), "resting.json", torn);
                opened(directory.path(), |progress| {
                    let source = SourceId::new("a").unwrap();
                    let is_polled = kind != Kind::Folder;
                    assert_eq!(progress.requires_whole(&source).unwrap(), is_polled, "{folder}");
                    let aside = name_of(folder);
                    assert_eq!(value(progress, Kind::SetAside, &aside).unwrap(), torn);
                    assert!(!progress.has(kind, "a").unwrap());
                    assert!(!directory.path().join(folder).exists());
                });
            }
        }
    }
}

fn name_of(folder: &str) -> String {
    let (_, kind) = FOLDERS.into_iter().find(|(name, _)| *name == folder).unwrap();
    format!("{}/a/unreadable", kind.name())
}

#[test]
fn a_kill_between_the_rows_and_the_end_of_the_files_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path();
    for _ in 0..2 {
        write(data, "backlog/a.json", "[1]");
        write(data, "polled/b.torn", "{");
        opened(data, |progress| {
            assert_eq!(value(progress, Kind::Backlog, "a").unwrap()["drafts"][0], 1);
            assert!(progress.has(Kind::ReadWhole, "b").unwrap());
        });
    }
}

#[test]
fn what_is_not_ours_stays() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["folders/letter", "backlog/a.txt"] {
        write(directory.path(), name, "dear");
    }
    write(directory.path(), "backlog/a.json", "[]");
    opened(directory.path(), |progress| {
        assert!(progress.has(Kind::Backlog, "a").unwrap());
        assert!(directory.path().join("folders/letter").exists());
        assert!(directory.path().join("backlog/a.txt").exists());
    });
}

#[test]
fn rows_of_an_earlier_version_are_of_their_kinds() {
    let directory = tempfile::tempdir().unwrap();
    let [id, article] = [3, 4].map(|n| ArticleKey([n; 16]));
    let form = [&[1][..], &[7; 16], &9_i64.to_be_bytes()].concat();
    let to_article = [b"alias/a-1/", &id.0[..]].concat();
    let to_id = [b"alias/a-1=", &article.0[..]].concat();
    let rows: [(&[u8], &[u8]); 5] = [
        (b"a-1", b"\x01\x01{\"etag\":\"x\"}"),
        (b"websub/a-1", b"\x01{\"hub\":\"h\"}"),
        (b"form/all", &form),
        (&to_article, &article.0),
        (&to_id, &id.0),
    ];
    opened(directory.path(), |progress| {
        for (key, value) in rows {
            progress.tree.insert(key, seal(key, value)).unwrap();
        }
        progress.tree.insert(b"b", b"damaged").unwrap();
        for n in 0..3_000 {
            let key = format!("s{n}").into_bytes();
            progress.tree.insert(&*key, seal(&key, b"\x01\x01{}")).unwrap();
        }
    });
    opened(directory.path(), |progress| {
        let source = SourceId::new("a-1").unwrap();
        assert_eq!(value(progress, Kind::Source, "a-1").unwrap()["etag"], "x");
        assert_eq!(value(progress, Kind::HubSubscription, "a-1").unwrap()["hub"], "h");
        assert_eq!(value(progress, Kind::FeedForm, "all").unwrap()["since"], 9);
        assert_eq!(value(progress, Kind::FeedForm, "all").unwrap()["form"][0], 7);
        assert_eq!(progress.article_of_id(&source, id).unwrap(), Some(article));
        assert_eq!(progress.other_id(&source, article).unwrap(), Some(id));
        assert_eq!(progress.scan::<Value>(Kind::Source).count(), 3_001);
        assert_eq!(progress.tree.range(&b" "[..]..).count(), 0);
    });
}
