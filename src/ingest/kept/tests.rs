//! Files of progress that are torn, old, or another portal's.

use super::*;
use crate::ingest::testing::{TestIngest, item, open, rss};
use crate::model::SourceKind;

fn five() -> String {
    let one = |n: usize| item(&n.to_string(), &format!("https://a.vn/{n}"), &format!("Tin {n}"));
    rss(&(0..5).map(one).collect::<Vec<_>>())
}

/// The drafts that wait in a poll of a source with this address and a quota of two; how many were published.
fn polled(test: &mut TestIngest, address: &str, document: &str) -> usize {
    let (mut source, refined, now) = test.read("a", document);
    source.kind = SourceKind::Feed { address: address.into() };
    source.quota = 2;
    let taken = test.ingest.take_delivered(&source, refined, now);
    test.runtime.block_on(taken).unwrap().published
}

#[test]
fn a_torn_file_is_set_aside_and_its_source_read_whole_once() {
    for folder in [POLLED, BACKLOG, QUARANTINE] {
        for torn in ["", "{\"about\":", "\0\0\0\0"] {
            let (_folder, mut test) = open();
            let (source, ..) = test.read("a", &five());
            let file = test.file(folder, "a");
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, torn).unwrap();
            assert!(!test.ingest.has_torn(&source), "nobody has looked yet");
            test.ingest.memory(&source).unwrap();
            assert!(file.exists(), "a look changes nothing");
            test.settle("a", &five()).unwrap();
            assert!(test.ingest.has_torn(&source), "{folder}");
            test.ingest.was_read_whole(&source);
            assert!(!test.ingest.has_torn(&source));
            assert_eq!(fs::read_to_string(file.with_extension(UNREADABLE)).unwrap(), torn);
        }
    }
}

#[test]
fn what_waits_for_another_portal_is_not_published_under_its_successors_name() {
    let (_folder, mut test) = open();
    assert_eq!(polled(&mut test, "https://a.vn/rss", &five()), 2);
    assert_eq!(polled(&mut test, "https://www.a.vn/feed", &rss(&[])), 2, "only its feed moved");
    assert_eq!(polled(&mut test, "https://b.vn/rss", &rss(&[])), 0);
    assert_eq!(test.titles("a").len(), 4);
    assert!(test.file(BACKLOG, "a").with_extension("of-a.vn.json").exists(), "nor is it lost");
}

#[test]
fn what_an_earlier_version_kept_is_still_read() {
    let (_folder, mut test) = open();
    polled(&mut test, "https://a.vn/rss", &five());
    let file = test.file(BACKLOG, "a");
    let now: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    fs::write(&file, now["drafts"].to_string()).unwrap();
    assert_eq!(polled(&mut test, "https://a.vn/rss", &rss(&[])), 2);
    assert_eq!(polled(&mut test, "https://a.vn/rss", &rss(&[])), 1);
    assert_eq!(test.titles("a").len(), 5);
}
