//! The order in which articles of one document come, and what is no revision.

use crate::ingest::decide::Origin;
use crate::ingest::testing::{Item, TestIngest, item, open, rss};
use crate::model::{Notice, SourceId};
use crate::store::IndexId;

fn numbered(numbers: std::ops::Range<usize>) -> Vec<Item> {
    let one = |n: usize| {
        item(&format!("{}", n * 37 % 101), &format!("https://a.vn/{n}"), &format!("{n:02}"))
    };
    numbers.map(one).collect()
}

/// The titles of source `a`, newest first.
fn newest_first(test: &TestIngest) -> Vec<String> {
    test.runtime.block_on(test.store.caught_up(test.journal.last()));
    let index = IndexId::source(&SourceId::new("a").unwrap());
    test.store.latest(index, 1_000).unwrap().iter().map(|a| a.title.clone()).collect()
}

fn titles(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|n| format!("{n:02}")).collect()
}

#[test]
fn of_one_date_or_none_the_first_of_a_document_is_the_newest() {
    for is_dated in [true, false] {
        let (folder, mut test) = open();
        let dated = |item: Item| if is_dated { item.dated(5) } else { item };
        let document = |numbers| rss(&numbered(numbers).into_iter().map(dated).collect::<Vec<_>>());
        test.poll("a", &document(70..100));
        test.poll("a", &document(0..100));
        if is_dated {
            assert_eq!(newest_first(&test), [titles(0..70), titles(70..100)].concat());
        }
        let before = newest_first(&test);
        test.store.rebuild(&mut |_, _| {}).unwrap();
        assert_eq!(newest_first(&test), before, "folded anew");
        test.close();
        assert_eq!(newest_first(&TestIngest::open(folder.path())), before, "after a restart");
    }
}

#[test]
fn what_waits_for_a_quota_keeps_its_place() {
    let (_folder, mut test) = open();
    let document: Vec<_> = numbered(0..20).into_iter().map(|item| item.dated(5)).collect();
    for _ in 0..5 {
        let (mut source, refined, now) = test.read("a", &rss(&document));
        source.quota = 4;
        test.deliver(&source, refined, now);
    }
    assert_eq!(newest_first(&test), titles(0..20));
}

#[test]
fn of_more_news_than_the_quota_the_newest_comes_first() {
    let (_folder, mut test) = open();
    let document: Vec<_> =
        numbered(0..10).into_iter().zip(1..).map(|(i, day)| i.dated(20 - day)).collect();
    for polls in 1..=3 {
        let (mut source, refined, now) = test.read("a", &rss(&document));
        source.quota = 4;
        test.deliver(&source, refined, now);
        assert_eq!(newest_first(&test), titles(0..(4 * polls).min(10)), "poll {polls}");
    }
}

#[test]
fn forty_polls_of_a_feed_that_signs_its_addresses_make_no_event() {
    let (_folder, mut test) = open();
    let document = |text: &str, n: usize| {
        let body = format!(
            "<![CDATA[<p>{text}, <a href=\"https://a.vn/chia-se?token={n}\">chia sẻ</a></p><img src=\"https://kho{n}.vn/a.jpg?X-Date=2026{n}&X-Signature={n}c0ffee\">]]>"
        );
        rss(&[item("1", "https://a.vn/1", "Mùa lúa").saying(&body).dated(5)])
    };
    test.poll("a", &document("Lúa tốt", 0));
    let (events, mut named) = (test.journal.event_count(), 0);
    for n in 1..40 {
        let applied = test.poll("a", &document("Lúa tốt", n));
        assert_eq!((applied.revised, applied.unchanged), (0, 1), "{n}");
        let name = Notice::TextSignedAnew.name();
        named += usize::from(applied.ignored.iter().any(|ignored| ignored.name == name));
    }
    assert_eq!((test.journal.event_count(), named), (events, 39));
    assert_eq!(test.poll("a", &document("Lúa chín", 40)).revised, 1);
}

#[test]
fn a_counter_and_two_servers_make_few_events_and_are_named() {
    let (_folder, mut test) = open();
    let views = |n: usize| format!("Bà con gặt sớm. Lượt xem: {n}");
    let turns = |n: usize| ["Bản một.", "Bản hai."][n % 2].to_owned();
    for (source, text, notice) in [
        ("a", &views as &dyn Fn(usize) -> String, Notice::TextCounts),
        ("b", &turns, Notice::TextByTurns),
    ] {
        let document = |n: usize| {
            let link = format!("https://{source}.vn/1");
            rss(&[item("1", &link, "Mùa lúa").saying(&text(n)).dated(5)])
        };
        let mut revised = 0;
        for n in 0..5 {
            revised += test.poll(source, &document(n)).revised;
        }
        assert_eq!(revised, 2, "{source}");
        let last = test.poll(source, &document(5));
        assert!(last.ignored.iter().any(|ignored| ignored.name == notice.name()), "{last:?}");
    }
}

#[test]
fn an_older_copy_of_a_cache_replaces_nothing_however_it_comes() {
    let (_folder, mut test) = open();
    let atom = |hour: usize, text: &str| {
        format!(
            "<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title><entry><id>1</id><title>Tin</title><updated>2026-11-17T0{hour}:00:00Z</updated><link href='https://a.vn/1'/><content>{text}</content></entry></feed>"
        )
    };
    let old = atom(1, "Còn 18 hộ.");
    assert_eq!(test.poll("a", &old).published, 1);
    let new = atom(3, "Còn 21 hộ, theo số mới.");
    assert_eq!(test.poll("a", &new).revised, 1);
    let (source, refined, now) = test.read("a", &old);
    let replayed = test.take_in(&source, refined, Origin::Delivered, now);
    assert_eq!((replayed.revised, replayed.stale), (0, 1));
    let listed = test.poll("a", &old);
    assert_eq!((listed.revised, listed.ignored[0].name.as_str()), (0, "text-older"));
    assert_eq!(test.poll("a", &new).revised, 0, "it stands");
}
