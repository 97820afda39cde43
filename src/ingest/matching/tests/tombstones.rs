//! What a source says is gone (RFC 6721), and what it publishes again.

use super::*;
use crate::ingest::drift::Quarantine;
use crate::ingest::kept_drafts::keep_drafts;
use crate::ingest::{crawl_state, quarantine};
use crate::model::Notice;
use crate::store::Kind;

/// A document of entries (id, title, when it was changed) and tombstones (id, when).
fn atom(entries: &[(&str, &str, &str)], gone: &[(&str, &str)]) -> String {
    let entries: String = entries
        .iter()
        .map(|(id, title, at)| {
            format!(
                "<entry><id>{id}</id><title>{title}</title>{}<link href='https://a.vn/{id}'/><content>{title} {}</content></entry>",
                dated("<updated>", at, "</updated>"),
                prose(id.len())
            )
        })
        .collect();
    let gone: String = gone
        .iter()
        .map(|(id, at)| format!("<at:deleted-entry ref='{id}'{}/>", dated(" when='", at, "'")))
        .collect();
    format!(
        "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:at='http://purl.org/atompub/tombstones/1.0'><title>T</title>{gone}{entries}</feed>"
    )
}

/// An hour of the day on which everything happens; nothing where there is none.
fn dated(before: &str, hour: &str, after: &str) -> String {
    if hour.is_empty() { String::new() } else { format!("{before}2026-11-17T{hour}:00:00Z{after}") }
}

/// How many articles are listed and stay withdrawn, and one of them.
fn staying(applied: &Applied) -> (u32, Option<String>) {
    let named =
        applied.ignored.iter().find(|ignored| ignored.name == Notice::StaysWithdrawn.name());
    named.map_or((0, None), |named| (named.count, named.example.clone()))
}

#[test]
fn what_its_source_publishes_again_comes_back() {
    let (folder, mut test) = open();
    let first = atom(&[("x", "Tin", "01")], &[]);
    let gone = atom(&[], &[("x", "03")]);
    assert_eq!(test.counts("a", &first), (1, 0, 0));
    assert_eq!(test.counts("a", &gone), (0, 0, 1));
    let stale = test.poll("a", &first);
    assert_eq!((stale.revised, staying(&stale)), (0, (1, Some("x".into()))), "a stale list");
    test.close();
    let mut test = TestIngest::open(folder.path());
    test.store.rebuild(&mut |_, _| {}).unwrap();
    assert_eq!(test.counts("a", &first), (0, 0, 0), "after a restart and a rebuild");
    let again = atom(&[("x", "Tin", "04")], &[]);
    let taken = test.poll("a", &again);
    assert_eq!((taken.revised, staying(&taken).0), (1, 0), "changed after the tombstone");
    assert_eq!(test.titles("a"), ["Tin"]);
    assert_eq!(test.counts("a", &again), (0, 0, 0));
    assert_eq!(test.counts("a", &gone), (0, 0, 0), "a tombstone that was kept too long");
    assert_eq!(test.counts("a", &atom(&[], &[("x", "05")])), (0, 0, 1), "a second withdrawal");
    assert_eq!(test.counts("a", &again), (0, 0, 0));
    assert!(test.titles("a").is_empty());
}

#[test]
fn a_new_text_brings_back_and_an_older_one_does_not() {
    let (_folder, mut test) = open();
    test.poll("a", &atom(&[("x", "Tin cũ", "01")], &[]));
    test.poll("a", &atom(&[("x", "Tin", "02")], &[]));
    assert_eq!(test.counts("a", &atom(&[], &[("x", "03")])), (0, 0, 1));
    assert_eq!(test.counts("a", &atom(&[("x", "Tin cũ", "01")], &[])), (0, 0, 0));
    assert_eq!(test.counts("a", &atom(&[("x", "Tin đã sửa", "02")], &[])), (0, 1, 0));
    assert_eq!(test.titles("a"), ["Tin đã sửa"]);
}

#[test]
fn of_an_entry_and_a_tombstone_in_one_document_the_later_counts() {
    for (entry, tombstone, stands) in [
        ("05", "01", true),
        ("01", "05", false),
        ("05", "05", false),
        ("05", "", false),
        ("", "05", false),
        ("", "", false),
    ] {
        let (_folder, mut test) = open();
        let both = atom(&[("x", "Tin", entry), ("yy", "Tin khác", "05")], &[("x", tombstone)]);
        for _ in 0..2 {
            test.poll("a", &both);
            let titles = if stands { vec!["Tin", "Tin khác"] } else { vec!["Tin khác"] };
            assert_eq!(test.titles("a"), titles, "new: {entry} {tombstone}");
        }
        let (_, refined, _) = test.read("a", &both);
        assert_eq!(refined.warnings.iter().any(|w| w.name == "entry-deleted"), !stands);
        test.poll("b", &atom(&[("x", "Tin", "00")], &[]));
        for _ in 0..2 {
            test.poll("b", &both);
            let is_there = test.titles("b").contains(&"Tin".to_owned());
            assert_eq!(is_there, stands, "known: {entry} {tombstone}");
        }
    }
}

#[test]
fn an_entry_of_the_future_outlives_no_tombstone() {
    let (_folder, mut test) = open();
    let future = atom(&[("x", "Tin", "01")], &[("x", "03")]).replace("17T01", "30T01");
    test.poll("a", &future);
    assert!(test.titles("a").is_empty());
}

#[test]
fn a_list_does_not_overrule_whoever_else_withdrew() {
    let (_folder, mut test) = open();
    test.poll("a", &atom(&[("x", "Tin", "01")], &[]));
    let source = SourceId::new("a").unwrap();
    test.titles("a");
    let removal = Removal::of(&source, "x", None);
    let withdrawn = test.ingest.committer.withdraw(&removal, None, Timestamp::from_secs(NOW));
    assert!(test.runtime.block_on(withdrawn).unwrap().fresh);
    for (title, at) in [("Tin", "01"), ("Tin", "09"), ("Tin đã sửa", "09")] {
        let taken = test.poll("a", &atom(&[("x", title, at)], &[]));
        assert_eq!((taken.revised, staying(&taken).0), (0, 1), "{title} {at}");
    }
    test.poll("a", &atom(&[], &[("x", "10")]));
    assert_eq!(test.counts("a", &atom(&[("x", "Tin", "11")], &[])), (0, 0, 0));
}

#[test]
fn a_tombstone_of_an_old_id_does_not_end_the_entry_under_the_new_one() {
    let (_folder, mut test) = open();
    let moved = |id: &str, gone: &[(&str, &str)]| {
        atom(&[(id, "Tin", "01")], gone).replace(&format!("a.vn/{id}"), "a.vn/x")
    };
    assert_eq!(test.counts("a", &moved("cu", &[])), (1, 0, 0));
    assert_eq!(test.counts("a", &moved("moi", &[("cu", "05")])).2, 0);
    assert_eq!(test.titles("a"), ["Tin"]);
}

#[test]
fn a_tombstone_of_a_former_id_ends_nothing_though_the_entry_has_left_the_list() {
    let (_folder, mut test) = open();
    let moved = |id: &str, gone: &[(&str, &str)]| {
        atom(&[(id, "Tin", "01")], gone).replace(&format!("a.vn/{id}"), "a.vn/x")
    };
    test.poll("a", &moved("cu", &[]));
    assert_eq!(test.counts("a", &moved("moi", &[])).0, 0, "it is the same");
    assert_eq!(test.counts("a", &atom(&[], &[("cu", "05")])), (0, 0, 0));
    assert_eq!(test.titles("a"), ["Tin"], "it lives on under its new id");
    assert_eq!(test.counts("a", &atom(&[], &[("moi", "05")])), (0, 0, 1));
}

#[test]
fn an_article_that_has_its_own_id_again_ends_with_it() {
    let (_folder, mut test) = open();
    let moved = |id: &str| atom(&[(id, "Tin", "01")], &[]).replace(&format!("a.vn/{id}"), "a.vn/x");
    for id in ["cu", "moi", "cu"] {
        test.poll("a", &moved(id));
    }
    assert_eq!(test.counts("a", &atom(&[], &[("cu", "05")])), (0, 0, 1));
}

#[test]
fn an_article_dated_later_than_its_withdrawal_is_withdrawn_and_a_stale_list_does_not_undo_it() {
    let (_folder, mut test) = open();
    // The day after the one on which everything happens: its portal's clock is ahead.
    let ahead = |title: &str, at: &str| {
        atom(&[("x", title, "01")], &[]).replace("2026-11-17T01", &format!("2026-11-18T{at}"))
    };
    let now = test.read("a", &rss(&[])).2;
    let first = ahead("Tin", "23");
    assert_eq!(test.counts("a", &first), (1, 0, 0));
    let gone = atom(&[], &[("x", "23")])
        .replace("2026-11-17T23:00:00Z", &now.plus_millis(900_000).to_string());
    assert_eq!(test.counts("a", &gone), (0, 0, 1));
    assert_eq!(staying(&test.poll("a", &first)).0, 1, "a stale list");
    let again = first.replace("T23:00:00Z", "T23:00:00.002Z");
    assert_eq!(test.counts("a", &again), (0, 1, 0), "published again");
}

#[test]
fn what_waits_for_its_page_or_for_a_person_ends_with_its_tombstone() {
    let (_folder, mut test) = open();
    let entries = [("1", "Chờ trang", ""), ("2", "Chờ người xem", ""), ("3", "Còn đó", "")];
    let (source, refined, now) = test.read("a", &atom(&entries, &[]));
    let progress = test.store.progress();
    let mut state = crawl_state::look(&progress, &source).unwrap();
    let [page, kept, stays] = refined.drafts.try_into().unwrap();
    state.note(page, false, now);
    state.note(stays.clone(), false, now);
    state.quarantine = Some(Quarantine { kept: 2, ..Quarantine::default() });
    crawl_state::keep(&progress, &source, &state).unwrap();
    let kept = keep_drafts(&test.ingest, &source, Kind::Quarantine, vec![kept, stays]);
    test.runtime.block_on(kept).unwrap();
    let gone = [("1", "23"), ("2", "")];
    let (source, refined, now) = test.read("a", &atom(&[], &gone));
    assert!(test.deliver(&source, refined, now).is_nothing());
    let state = crawl_state::look(&progress, &source).unwrap();
    let waits: Vec<_> = state.pending.iter().map(|p| p.draft.title.as_str()).collect();
    assert_eq!(waits, ["Còn đó"]);
    assert_eq!(state.quarantine.unwrap().titles, ["Còn đó"]);
    let accepted = test.runtime.block_on(quarantine::accept(&test.ingest, &source, now)).unwrap();
    assert_eq!(accepted.published, 1);
    assert_eq!(test.titles("a"), ["Còn đó"]);
}
