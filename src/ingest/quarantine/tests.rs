//! What is kept from readers is lost at no step.

use super::*;
use crate::ingest::testing::{Item, TestIngest, item, open, prose, rss};
use crate::model::SourceId;
use std::ops::Range;

fn news(numbers: Range<usize>, is_dated: bool) -> Vec<Item> {
    let one = |n: usize| {
        let title = format!("Bài viết thứ {n:02} về tỉnh nhà hôm nay");
        let item = item(&n.to_string(), &format!("https://a.vn/{n}"), &title).saying(&prose(n));
        if is_dated { item.dated(n) } else { item }
    };
    numbers.map(one).collect()
}

/// A source whose entries have lost their dates, held for a day, and are believed at the next poll.
fn held_for_a_day(test: &mut TestIngest) {
    for n in 0..5 {
        test.settle("a", &rss(&news(1..6 + n, true))).unwrap();
    }
    for n in 0..8 {
        let settled = test.settle("a", &rss(&news(20 + n..25 + n, false))).unwrap();
        assert_eq!(settled.applied.published, 0);
        assert!(settled.state.quarantine.is_some(), "kept from readers");
    }
    test.polls += 150;
}

fn numbers(test: &TestIngest) -> Vec<usize> {
    let number = |title: &String| title.split(' ').nth(3).and_then(|n| n.parse().ok());
    test.titles("a").iter().filter_map(number).collect()
}

fn all() -> Vec<usize> {
    (1..10).chain(20..32).chain(40..46).collect()
}

#[test]
fn what_is_believed_stays_kept_until_it_is_taken_in() {
    let (_folder, mut test) = open();
    held_for_a_day(&mut test);
    let turn = test.ingest.resolver.turn_of(&SourceId::new("a").unwrap());
    let taken = turn.try_lock().unwrap();
    let second = std::time::Duration::from_secs(1);
    test.settle_within(second, "a", &rss(&news(40..45, false))).unwrap_err();
    drop(taken);
    test.settle("a", &rss(&news(40..46, false))).unwrap();
    assert_eq!(numbers(&test), all(), "those that left the list meanwhile too");
    assert!(!test.store.progress().has(Kind::Quarantine, "a").unwrap());
}

#[test]
fn what_was_remembered_may_be_lost_and_what_is_kept_is_still_there_for_a_word() {
    let (_folder, mut test) = open();
    held_for_a_day(&mut test);
    test.store.progress().remove(Kind::Crawl, "a").unwrap();
    let settled = test.settle("a", &rss(&news(40..46, true))).unwrap();
    assert_eq!(settled.state.quarantine.map(|q| q.kept), Some(12));
    let (source, _, now) = test.read("a", &rss(&[]));
    test.runtime.block_on(accept(&test.ingest, &source, now)).unwrap();
    assert_eq!(numbers(&test), all());
    assert!(!test.store.progress().has(Kind::Quarantine, "a").unwrap());
}

#[test]
fn a_stop_before_a_quarantines_end_keeps_nothing_that_was_published() {
    let (_folder, mut test) = open();
    held_for_a_day(&mut test);
    let progress = test.store.progress();
    let kept: Option<serde_json::Value> = progress.get(Kind::Quarantine, "a").unwrap();
    test.settle("a", &rss(&news(40..46, false))).unwrap();
    assert_eq!(numbers(&test), all());
    progress.put(Kind::Quarantine, "a", &kept.unwrap()).unwrap();
    let settled = test.settle("a", &rss(&news(40..46, false))).unwrap();
    assert_eq!(settled.state.quarantine, None);
    assert!(!test.store.progress().has(Kind::Quarantine, "a").unwrap());
}
