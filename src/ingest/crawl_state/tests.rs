//! Which pages wait, and what is said of them.

use super::page_queue::{LONGEST_MS, MAX_PENDING, MAX_TRIES};
use super::warnings::FLOOD_POLLS;
use super::*;
use crate::model::{Notice, SourceId};
use crate::net::tests::config;
use crate::net::{HostRow, Hosts, Rest};

const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn draft(id: &str, title: &str) -> Draft {
    let mut draft = Draft::named(SourceId::new("s").unwrap(), id.into());
    draft.title = title.into();
    draft.url = Some(format!("https://a.vn/{id}"));
    draft
}

#[test]
fn a_page_is_read_once_and_again_when_the_list_says_something_else() {
    let mut state = CrawlState::default();
    assert_eq!(state.note(draft("1", "Một"), false, NOW), Wanted::Noted);
    state.note(draft("1", "Một"), false, NOW);
    assert_eq!(state.pending.len(), 1);
    let next = state.next(NOW).unwrap();
    state.done(&next.draft, None);
    state.note(draft("1", "Một"), true, NOW);
    assert_eq!(state.next(NOW), None);
    state.note(draft("1", "Một đã sửa"), true, NOW);
    assert_eq!(state.next(NOW).unwrap().draft.title, "Một đã sửa");
}

#[test]
fn a_date_on_three_pages_is_none_of_an_article() {
    let mut state = CrawlState::default();
    let (raw, third) = ("Ngày đăng: 28/11/2026", draft("3", "Ba"));
    for id in ["1", "2"] {
        assert!(!state.is_on_other_pages(raw, third.key()), "{id}");
        let note = (Notice::DateOutsideArticle, format!("https://a.vn/{id}: {raw}"));
        state.done(&draft(id, "Tin"), Some(note));
    }
    assert!(state.is_on_other_pages(raw, third.key()));
    assert!(!state.is_on_other_pages("28/11/2026", third.key()));
    assert!(!state.is_on_other_pages(raw, draft("2", "Tin").key()));
}

#[test]
fn of_several_lists_that_come_by_turns_the_one_longest_ago_is_forgotten_first() {
    let mut state = CrawlState::default();
    let list = |list: usize| (0..3_000).map(move |n| draft(&format!("{list}-{n}"), "Tin"));
    for (turn, number) in [(0, 0), (1, 1), (2, 0), (3, 2)] {
        let in_list = list(number).map(|draft| draft.key()).collect();
        state.prune(&in_list, NOW.plus_millis(turn));
        list(number).for_each(|draft| state.done(&draft, None));
    }
    let in_list = list(2).map(|draft| draft.key()).collect();
    state.prune(&in_list, NOW.plus_millis(4));
    let kept = |number| list(number).filter(|draft| state.has_seen(draft)).count();
    assert_eq!([0, 1, 2].map(kept), [3_000, 1_000, 3_000]);
}

#[test]
fn a_clock_that_was_ahead_keeps_no_page_waiting_for_ever() {
    let mut state = CrawlState::default();
    state.note(draft("1", "Một"), false, NOW.plus_millis(400 * LONGEST_MS));
    state.bound_waits(NOW);
    state.bound_waits(NOW.plus_millis(1));
    assert_eq!(state.next_at(), Some(NOW.plus_millis(LONGEST_MS)));
}

#[test]
fn a_failing_page_is_tried_later_and_in_the_end_no_more() {
    let mut state = CrawlState::default();
    state.note(draft("1", "Một"), false, NOW);
    state.note(draft("2", "Hai"), false, NOW);
    let hosts = Hosts::new(&config(), || NOW);
    let mut now = NOW;
    for tries in 1..=MAX_TRIES {
        state.failed(&draft("1", "Một"), "HTTP status 500", now);
        assert_eq!(state.next(now).unwrap().draft.upstream_id, "2", "the others go on");
        if tries < MAX_TRIES {
            assert_eq!(state.warnings(&hosts, now, 25_200)[0].name, "detail-failed");
            now = state.pending[0].not_before;
        }
    }
    assert_eq!(state.pending.len(), 1);
    let warnings = state.warnings(&hosts, now, 25_200);
    assert!(warnings.iter().any(|w| w.name == "detail-given-up"), "{warnings:?}");
    state.note(draft("1", "Một"), true, now);
    assert_eq!(state.pending.len(), 1, "not asked again");
}

#[test]
fn a_resting_host_keeps_its_articles_waiting_and_no_others() {
    let mut state = CrawlState::default();
    ["1", "2"].iter().for_each(|id| _ = state.note(draft(id, "Tin"), false, NOW));
    let mut other = draft("3", "Tin");
    other.url = Some("https://b.vn/3".into());
    state.note(other, false, NOW);
    let hour = NOW.plus_millis(3_600_000);
    let crawl = Rest { until: hour, times: 1, why: "HTTP status 429".into() };
    let row = HostRow { crawl, ..HostRow::default() };
    let hosts = Hosts::kept(&config(), || NOW, vec![("a.vn".into(), row)], |_, _| {});
    state.behind(&draft("1", "Tin"));
    assert_eq!(state.put_off("a.vn", hour).len(), 2);
    assert_eq!(state.put_off("a.vn", hour).len(), 0, "put off once");
    assert_eq!(state.next(NOW).unwrap().draft.upstream_id, "3");
    assert_eq!(state.next_at(), Some(NOW));
    let warnings = state.warnings(&hosts, NOW, 25_200);
    let warning = warnings.into_iter().find(|w| w.name == "detail-resting").unwrap();
    let said = warning.example.unwrap();
    assert!(said.contains("a.vn") && said.contains("T") && said.contains("429"), "{said}");
    state.done(&state.next(NOW).unwrap().draft, None);
    assert_eq!(state.next(NOW), None);
    assert_eq!(state.next(hour).unwrap().draft.upstream_id, "2", "the refused one comes last");
    let warnings = state.warnings(&hosts, hour, 25_200);
    assert!(warnings.iter().all(|w| w.name == "detail-waiting"), "{warnings:?}");
}

#[test]
fn what_does_not_fit_is_taken_as_listed_and_never_dropped() {
    let mut state = CrawlState::default();
    for number in 0..MAX_PENDING {
        assert_eq!(state.note(draft(&number.to_string(), "Tin"), false, NOW), Wanted::Noted);
    }
    assert_eq!(state.note(draft("new", "Tin"), false, NOW), Wanted::AsListed);
    assert_eq!(state.note(draft("known", "Tin"), true, NOW), Wanted::Noted);
    assert_eq!(state.left_out, 2);
}

#[test]
fn long_lists_of_which_nothing_is_known_are_named() {
    let mut state = CrawlState::default();
    let hosts = Hosts::new(&config(), || NOW);
    let is_named = |state: &CrawlState| {
        let name = Notice::ListAllNew.name();
        state.warnings(&hosts, NOW, 25_200).iter().any(|warning| warning.name == name)
    };
    state.count_known(400, 0);
    assert_eq!(state.all_new, 0, "a first list is new");
    state.baseline.polls = 1;
    for _ in 0..FLOOD_POLLS {
        assert!(!is_named(&state));
        state.count_known(400, 0);
    }
    assert!(is_named(&state));
    state.count_known(400, 1);
    assert!(!is_named(&state));
    (0..9).for_each(|_| state.count_known(20, 0));
    assert!(!is_named(&state), "a short list may be new each time");
}
