//! Rows of progress that are damaged, or another portal's.

use super::*;
use crate::ingest::crawl_state;
use crate::ingest::testing::{TestIngest, item, open, rss};
use crate::model::SourceKind;
use serde_json::{Value, json};

fn five() -> String {
    let one = |n: usize| item(&n.to_string(), &format!("https://a.vn/{n}"), &format!("Tin {n}"));
    rss(&(0..5).map(one).collect::<Vec<_>>())
}

/// The drafts that wait in a poll of a source with this address and a quota of two; how many were published.
fn polled(test: &mut TestIngest, address: &str, document: &str) -> usize {
    let (mut source, refined, now) = test.read("a", document);
    source.kind = SourceKind::Feed { address: address.into() };
    source.quota = 2;
    test.deliver(&source, refined, now).published
}

#[test]
fn a_row_that_cannot_be_read_is_set_aside_and_its_source_read_whole_once() {
    for kind in [Kind::Crawl, Kind::Backlog, Kind::Quarantine] {
        let (_folder, mut test) = open();
        let (source, ..) = test.read("a", &five());
        let progress = test.store.progress();
        progress.put(kind, "a", &json!("of another form")).unwrap();
        let is_whole = || progress.requires_whole(&source.id).unwrap();
        assert!(!is_whole(), "nobody has looked yet");
        crawl_state::look(&progress, &source).unwrap();
        assert_eq!(progress.get(kind, "a").unwrap(), Some("of another form".to_owned()));
        test.settle("a", &five()).unwrap();
        assert!(is_whole(), "{kind:?}");
        progress.was_read_whole(&source.id).unwrap();
        assert!(!is_whole());
        let aside = format!("{}/a/unreadable", kind.name());
        let kept: Option<Value> = progress.get(Kind::SetAside, &aside).unwrap();
        assert_eq!(kept.unwrap(), "of another form");
    }
}

#[test]
fn what_waits_for_another_portal_is_not_published_under_its_successors_name() {
    let (_folder, mut test) = open();
    assert_eq!(polled(&mut test, "https://a.vn/rss", &five()), 2);
    assert_eq!(polled(&mut test, "https://www.a.vn/feed", &rss(&[])), 2, "only its feed moved");
    assert_eq!(polled(&mut test, "https://b.vn/rss", &rss(&[])), 0);
    assert_eq!(test.titles("a").len(), 4);
    let progress = test.store.progress();
    assert!(progress.has(Kind::SetAside, "backlog/a/of-a.vn").unwrap(), "nor is it lost");
}
