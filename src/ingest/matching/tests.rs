//! Portals that give their articles new ids, and portals that give many articles one link.

mod tombstones;

use super::*;
use crate::fetch::State;
use crate::ingest::apply::{Applied, Batch, take_in};
use crate::ingest::crawl::polled_hosts;
use crate::ingest::decide::Origin;
use crate::ingest::testing::{Item, NOW, TestIngest, item, open, prose, rss};
use crate::ingest::{Removal, backlog};
use crate::model::{SourceId, Timestamp};
use proptest::prelude::*;

#[test]
fn the_same_hundred_under_new_guids_are_nothing_new() {
    for shape in 0..6 {
        let (folder, mut test) = open();
        let poll = |n: usize| {
            let items: Vec<Item> = (0..100)
                .map(|i| {
                    let guid = format!("{n}-{i}");
                    let link = format!("https://a.vn/tin/{i}");
                    let title = format!("Tin số {i}");
                    match shape {
                        0 => item(&guid, &link, &title),
                        1 => item(&guid, &link, &title).dated(i),
                        2 => item(&guid, "https://a.vn/", &title).dated(i),
                        3 => item(&guid, "", &title).saying(&prose(i)),
                        4 => item(&guid, &format!("{link}#lan-{n}"), &title).saying("Tin ngắn."),
                        _ => item(&guid, &format!("{link}?utm_source={n}"), &title)
                            .saying(&prose(i))
                            .dated(100 * n + i),
                    }
                })
                .collect();
            rss(&items)
        };
        assert_eq!(test.poll("a", &poll(0)).published, 100, "{shape}");
        for n in 1..4 {
            assert_eq!(test.counts("a", &poll(n)), (0, 0, 0), "{shape} {n}");
        }
        test.close();
        let mut again = TestIngest::open(folder.path());
        assert_eq!(again.counts("a", &poll(5)), (0, 0, 0), "{shape} after a restart");
        again.store.rebuild(&mut |_, _| {}).unwrap();
        assert_eq!(again.counts("a", &poll(6)), (0, 0, 0), "{shape} after a rebuild");
    }
}

#[test]
fn a_moved_portal_brings_nothing_new() {
    let (_folder, mut test) = open();
    let on = |host: &str| {
        let items: Vec<Item> = (0..20)
            .map(|i| {
                let link = format!("{host}/tin-tuc/bai-{i}.html");
                item(&link, &link, &format!("Tin số {i}")).dated(i)
            })
            .collect();
        rss(&items)
    };
    assert_eq!(test.counts("a", &on("http://cu.gov.vn")), (20, 0, 0));
    assert_eq!(test.counts("a", &on("http://www.cu.gov.vn")), (0, 0, 0));
    assert_eq!(test.counts("a", &on("https://cu.gov.vn")), (0, 20, 0), "the links are https now");
    assert_eq!(test.counts("a", &on("http://cu.gov.vn")), (0, 0, 0), "and stay https");
    let (source, moved, _) = test.read("a", &on("https://moi.gov.vn"));
    assert_eq!(test.held(&source, &moved).len(), moved.drafts.len(), "no drift");
    let (source, other, _) =
        test.read("a", &on("https://moi.gov.vn").replace("Tin số", "Quảng cáo"));
    assert!(test.held(&source, &other).is_empty());
    assert_eq!(
        test.counts("a", &on("https://moi.gov.vn")),
        (0, 20, 0),
        "the links lead to the new host"
    );
    assert_eq!(test.counts("a", &on("https://moi.gov.vn")), (0, 0, 0));
    assert_eq!(test.titles("a").len(), 20);
}

#[test]
fn many_articles_under_one_link_stay_many() {
    for (link, place) in [
        ("https://a.vn/", ""),
        ("https://a.vn/truc-tiep", ""),
        ("https://a.vn/truc-tiep", "#phut-"),
    ] {
        let (_folder, mut test) = open();
        let at =
            |i: usize| if place.is_empty() { link.to_owned() } else { format!("{link}{place}{i}") };
        let all: Vec<Item> = (0..6)
            .map(|i| {
                item(&format!("g{i}"), &at(i), &format!("Phút {i}")).saying(&prose(i)).dated(i)
            })
            .collect();
        assert_eq!(test.poll("a", &rss(&all[..1])).published, 1);
        assert_eq!(
            test.poll("a", &rss(&all[1..2])).published,
            1,
            "{link}: the first has gone from the feed"
        );
        assert_eq!(test.poll("a", &rss(&all)).published, 4, "{link}");
        assert_eq!(test.titles("a").len(), 6);
        let renumbered: Vec<Item> =
            all.iter().map(|i| Item { guid: format!("{}-moi", i.guid), ..i.clone() }).collect();
        assert_eq!(test.counts("a", &rss(&renumbered)), (0, 0, 0), "{link}");
    }
}

#[test]
fn one_sources_ids_are_its_own() {
    let (_folder, mut test) = open();
    let atom = |body: &str| {
        format!(
            "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:at='http://purl.org/atompub/tombstones/1.0'><title>T</title>{body}</feed>"
        )
    };
    let entry = |title: &str| {
        atom(&format!(
            "<entry><id>tag:a.vn,2026:1</id><title>{title}</title><link href='https://a.vn/1'/></entry>"
        ))
    };
    assert_eq!(test.counts("a", &entry("Của A")), (1, 0, 0));
    assert_eq!(test.counts("b", &entry("Của B")), (1, 0, 0));
    let gone = atom("<at:deleted-entry ref='tag:a.vn,2026:1' when='2026-11-01T00:00:00Z'/>");
    assert_eq!(test.counts("b", &gone), (0, 0, 1));
    assert_eq!(test.counts("b", &gone), (0, 0, 0));
    assert_eq!(test.titles("a"), ["Của A"]);
    assert!(test.titles("b").is_empty());
    assert_eq!(test.counts("b", &rss(&[item("x", "https://a.vn/1", "Của A")])), (1, 0, 0));
    assert_eq!(test.titles("a"), ["Của A"]);
    let numbered = rss(&[item("news_512", "", "Tin")]);
    assert_eq!(test.counts("a", &numbered), (1, 0, 0));
    assert_eq!(test.counts("b", &numbered), (1, 0, 0));
}

#[test]
fn what_was_withdrawn_does_not_return_under_a_new_guid() {
    let (_folder, mut test) = open();
    let article = item("1", "https://a.vn/mot", "Tin đã gỡ").saying(&prose(1)).dated(5);
    assert_eq!(test.poll("a", &rss(std::slice::from_ref(&article))).published, 1);
    assert_eq!(test.titles("a"), ["Tin đã gỡ"]);
    let source = SourceId::new("a").unwrap();
    let removal = Removal::of(&source, "1", None);
    let withdrawn = test.ingest.committer.withdraw(&removal, None, Timestamp::from_secs(NOW));
    assert!(test.runtime.block_on(withdrawn).unwrap().fresh);
    assert_eq!(test.counts("a", &rss(&[Item { guid: "2".into(), ..article }])), (0, 0, 0));
    assert!(test.titles("a").is_empty());
}

#[test]
fn a_tombstone_may_call_an_article_by_its_new_id() {
    let (_folder, mut test) = open();
    let atom = |body: &str| {
        format!(
            "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:at='http://purl.org/atompub/tombstones/1.0'><title>T</title>{body}</feed>"
        )
    };
    let entry = |id: &str| {
        atom(&format!(
            "<entry><id>{id}</id><title>Tin</title><link href='https://a.vn/1'/></entry>"
        ))
    };
    let gone = atom("<at:deleted-entry ref='moi-1' when='2026-11-01T00:00:00Z'/>");
    assert_eq!(test.counts("a", &entry("cu-1")), (1, 0, 0));
    assert_eq!(test.counts("a", &gone), (0, 0, 0));
    assert_eq!(test.counts("a", &entry("moi-1")), (0, 0, 0));
    assert_eq!(test.counts("a", &gone), (0, 0, 1));
    assert!(test.titles("a").is_empty());
}

#[test]
fn a_new_guid_with_a_new_headline_is_a_revision_where_the_body_says_so() {
    let (_folder, mut test) = open();
    let first = item("1", "https://a.vn/mot", "Bão số 3 vào bờ").saying(&prose(1)).dated(5);
    test.poll("a", &rss(std::slice::from_ref(&first)));
    let rewritten =
        Item {
            guid: "2".into(), title: "Cập nhật: bão số 3 đã vào bờ".into(), ..first.clone()
        };
    assert_eq!(test.counts("a", &rss(&[rewritten])), (0, 1, 0));
    let other =
        Item { guid: "3".into(), title: "Giá vàng".into(), ..first }.saying(&prose(9)).dated(900);
    assert_eq!(test.counts("a", &rss(&[other])), (1, 0, 0));
}

#[test]
fn a_flood_is_taken_in_by_quota_and_leaves_others_alone() {
    let (_folder, mut test) = open();
    let flood: Vec<Item> = (0..50_000)
        .map(|i| item(&format!("{i}"), &format!("https://a.vn/{i}"), &format!("Tin {i}")))
        .collect();
    let flood = rss(&flood);
    let first = test.poll("a", &flood);
    assert_eq!((first.published, first.held), (500, 49_500));
    assert_eq!(test.counts("b", &rss(&[item("1", "https://b.vn/1", "Tin của B")])), (1, 0, 0));
    assert_eq!(test.poll("a", &flood).published, 500, "the rest comes by and by");
}

impl TestIngest {
    /// A poll by a source whose quota and delay are these, as the daemon makes it; how many were published.
    fn listed(&mut self, quota: usize, delay_ms: i64, document: &str) -> Applied {
        let (mut source, refined, now) = self.read("a", document);
        (source.quota, source.delay_ms) = (quota, delay_ms);
        self.deliver(&source, refined, now)
    }

    fn waits(&self) -> bool {
        let config = self.config.load();
        backlog::has_waiting(&self.ingest, &config.sources[0]).unwrap()
    }
}

fn numbered(numbers: std::ops::Range<usize>) -> Vec<Item> {
    numbers
        .map(|i| item(&i.to_string(), &format!("https://a.vn/{i}"), &format!("Tin {i:02}")))
        .collect()
}

#[test]
fn what_is_over_the_quota_is_not_lost_when_the_window_moves_on() {
    let (folder, mut test) = open();
    let first = test.listed(3, 0, &rss(&numbered(0..10)));
    assert_eq!((first.published, first.held, first.beyond), (3, 7, 0));
    assert!(first.due.is_some() && test.waits());
    let second = test.listed(3, 0, &rss(&numbered(10..20)));
    assert_eq!((second.published, second.held), (3, 14));
    test.close();
    let mut test = TestIngest::open(folder.path());
    let nothing = rss(&[]);
    for left in [11, 8, 5, 2] {
        let taken = test.listed(3, 0, &nothing);
        assert_eq!((taken.published, taken.held), (3, left));
    }
    assert_eq!(test.listed(3, 0, &rss(&numbered(18..20))).held, 0);
    assert!(!test.waits());
    let all: Vec<String> = (0..20).map(|i| format!("Tin {i:02}")).collect();
    assert_eq!(test.titles("a"), all, "each once");
}

#[test]
fn an_error_that_a_hub_delivers_is_not_published() {
    let (_folder, mut test) = open();
    let error = |title: &str| item(title, &format!("https://a.vn/{}", title.len()), title);
    let items = [error("Máy chủ đang bận"), error("Tin thật"), error("Database error")];
    let taken = test.listed(500, 0, &rss(&items));
    assert_eq!((taken.published, taken.held), (1, 2));
    assert_eq!(test.titles("a"), ["Tin thật"]);
}

#[test]
fn what_is_listed_under_its_own_id_is_not_found_again_under_the_other_that_it_had() {
    let (_folder, mut test) = open();
    let one = item("1", "https://a.vn/kinh-te/x-4321567.html", "Kế hoạch").saying(&prose(1));
    let two =
        Item { guid: "2".into(), link: "https://a.vn/xa-hoi/x-4321567.html".into(), ..one.clone() };
    assert_eq!(test.counts("a", &rss(std::slice::from_ref(&one))), (1, 0, 0));
    assert_eq!(test.counts("a", &rss(std::slice::from_ref(&two))), (0, 1, 0), "the other id");
    let both = rss(&[one.clone(), two.clone()]);
    assert_eq!(test.counts("a", &both), (1, 1, 0), "they are two");
    for _ in 0..3 {
        assert_eq!(test.counts("a", &both), (0, 0, 0), "and stay so");
        assert_eq!(test.counts("a", &rss(&[two.clone(), one.clone()])), (0, 0, 0));
    }
}

#[test]
fn a_long_search_is_made_aside() {
    let (_folder, mut test) = open();
    let live = "https://a.vn/truc-tiep";
    let all = |name: &str| -> String {
        let one = |n: usize| item(&format!("{name}{n}"), live, &format!("{name} {n}"));
        rss(&(0..30).map(|n| one(n).saying(&prose(n).repeat(20))).collect::<Vec<_>>())
    };
    test.poll("a", &all("Tin"));
    let (source, refined, _) = test.read("a", &all("Diễn biến"));
    let TestIngest { ingest, runtime, .. } = &test;
    runtime.block_on(async {
        let held = ingest.resolver.known_among(&source, refined.drafts);
        tokio::select! {
            biased;
            _ = held => panic!("nobody else had a turn"),
            () = std::future::ready(()) => {}
        }
    });
}

#[test]
fn a_text_is_compared_by_its_beginning_and_known_by_the_whole() {
    let words = |n: usize| -> String { (0..n).map(|word| format!("tu{word} ")).collect() };
    let said = |text: &str| {
        let mut draft = Draft::named(SourceId::new("s").unwrap(), "1".into());
        draft.content = Some(text.to_owned());
        Signature::by(&draft)
    };
    let (long, longer) = (said(&words(60_000)), said(&format!("{}x", words(60_000))));
    assert!(long.phrases().len() <= COMPARED);
    assert_eq!(bodies(&long, &longer), Alike);
    assert_eq!(bodies(&long, &said(&words(60_000))), Same);
    assert_ne!(long.text(), longer.text());
}

#[test]
fn what_was_published_before_counts_for_the_quota() {
    let (_folder, mut test) = open();
    let (mut source, refined, now) = test.read("a", &rss(&numbered(0..5)));
    source.quota = 3;
    let (source, origin) = (&source, Origin::Polled);
    let batch = Batch { source, origin, now, published: 2, insists: &[] };
    let taken = take_in(&test.ingest, batch, refined);
    let taken = test.runtime.block_on(taken).unwrap();
    assert_eq!((taken.published, taken.held), (1, 4));
}

#[test]
fn a_source_that_moved_for_good_is_polled_where_it_is() {
    let (_folder, mut test) = open();
    let (source, ..) = test.read("a", &rss(&[]));
    let moved = Some("https://www.moi.vn/rss".to_owned());
    let state = State { address: moved, ..State::default().about(&source) };
    test.store.progress().put(crate::store::Kind::Source, source.id.as_str(), &state).unwrap();
    let hosts = polled_hosts(&test.ingest).unwrap();
    assert_eq!(hosts, ["b.vn", "moi.vn"].map(str::to_owned).into());
}

#[test]
fn what_is_said_to_us_has_no_quota() {
    let (_folder, mut test) = open();
    let (mut source, refined, now) = test.read("a", &rss(&numbered(0..10)));
    source.quota = 3;
    let taken = test.take_in(&source, refined, Origin::Direct, now);
    assert_eq!(taken.published, 10);
}

#[test]
fn what_is_too_young_is_not_lost_either_and_what_is_gone_waits_no_more() {
    let (_folder, mut test) = open();
    let hour = 3_600_000;
    let young = |n: usize| numbered(n..n + 1).remove(0).dated(17 * 1_440 + 18 * 60 + n);
    let first = test.listed(500, hour, &rss(&[young(1), young(2)]));
    assert_eq!((first.published, first.held), (0, 2));
    let due = first.due.unwrap();
    let mut published = 0;
    for _ in 0..8 {
        let now = Timestamp::from_secs(NOW + (test.polls + 1) * 600);
        let taken = test.listed(500, hour, &rss(&[]));
        assert!(taken.published == 0 || now >= due);
        published += taken.published;
    }
    assert_eq!((published, test.waits()), (2, false));
}

/// One article of a simulated portal: its number, its revision, and the date it was first given.
type Written = (usize, usize);

#[derive(Clone, Debug)]
enum Op {
    Write,
    Edit(usize),
    Drop,
    Renumber,
    Move,
    Secure,
    Track,
    Restart,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => Just(Op::Write),
        3 => (0usize..20).prop_map(Op::Edit),
        2 => Just(Op::Drop),
        3 => Just(Op::Renumber),
        2 => Just(Op::Move),
        1 => Just(Op::Secure),
        2 => Just(Op::Track),
        1 => Just(Op::Restart),
    ]
}

/// A portal that changes everything but what it says.
#[derive(Debug, Default)]
struct Portal {
    listed: Vec<Written>,
    written: usize,
    numbering: usize,
    host: usize,
    secure: bool,
    tracking: usize,
}

impl Portal {
    fn step(&mut self, op: &Op) {
        match op {
            Op::Write => {
                self.listed.insert(0, (self.written, 0));
                self.written += 1;
            }
            Op::Edit(n) => {
                if let Some(listed) = self.listed.get_mut(*n) {
                    listed.1 += 1;
                }
            }
            Op::Drop => _ = self.listed.pop(),
            Op::Renumber => self.numbering += 1,
            Op::Move => self.host += 1,
            Op::Secure => self.secure = !self.secure,
            Op::Track => self.tracking += 1,
            Op::Restart => {}
        }
    }

    fn feed(&self) -> String {
        let items: Vec<Item> = self
            .listed
            .iter()
            .map(|(n, edits)| {
                let scheme = if self.secure { "https" } else { "http" };
                let link =
                    format!("{scheme}://h{}.vn/tin/{n}?utm_source={}", self.host, self.tracking);
                // A live page: every fifth article is on it.
                let link = if n % 5 == 0 {
                    format!("{scheme}://h{}.vn/truc-tiep", self.host)
                } else {
                    link
                };
                let body = format!("{}{}", prose(*n), "sửa ".repeat(*edits));
                item(&format!("{}-{n}", self.numbering), &link, &format!("Tin số {n}"))
                    .saying(&body)
                    .dated(*n)
            })
            .collect();
        rss(&items)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a portal does to ids and links: each article once, none lost, and a second look changes nothing.
    #[test]
    fn a_portal_that_changes_everything_else_keeps_its_articles(ops in proptest::collection::vec(op(), 1..30)) {
        let folder = tempfile::tempdir().unwrap();
        let mut test = TestIngest::open(folder.path());
        let mut portal = Portal::default();
        let mut expected = std::collections::BTreeSet::new();
        for op in &ops {
            portal.step(op);
            if matches!(op, Op::Restart) {
                test.close();
                test = TestIngest::open(folder.path());
            }
            test.poll("a", &portal.feed());
            expected.extend(portal.listed.iter().map(|(n, _)| format!("Tin số {n}")));
            prop_assert_eq!(test.titles("a"), expected.iter().cloned().collect::<Vec<_>>());
            prop_assert_eq!(test.counts("a", &portal.feed()), (0, 0, 0));
        }
    }
}

#[test]
fn an_id_that_carries_a_revision_is_its_articles_where_the_link_says_so_too() {
    for (first, second) in [
        ("https://a.vn/hop?rev=1", "https://a.vn/hop?rev=2"),
        ("https://a.vn/hop?id=5&version=1.0", "https://a.vn/hop?id=5&version=1.1"),
        ("12345-1.0", "12345-1.1"),
        ("urn:hop#1", "urn:hop#2"),
        ("hop-v1", "hop-v12"),
    ] {
        let (_folder, mut test) = open();
        let one = item(first, "https://a.vn/hop", "Họp bản").saying("Bà con họp tối nay.");
        let two = item(second, "https://a.vn/hop", "Họp bản, đã sửa").saying(&prose(2));
        assert_eq!(test.counts("a", &rss(std::slice::from_ref(&one))), (1, 0, 0));
        assert_eq!(test.counts("a", &rss(std::slice::from_ref(&two))), (0, 1, 0), "{second}");
        assert_eq!(test.counts("a", &rss(&[two])), (0, 0, 0), "{second}");
    }
}

#[test]
fn ids_that_only_look_like_revisions_stay_articles_of_their_own() {
    for (first, second, link) in [
        ("bai-1", "bai-2", "https://a.vn/truc-tiep"),
        ("https://a.vn/?p=1", "https://a.vn/?p=2", "https://a.vn/truc-tiep"),
        ("12345-1.0", "12346-1.0", "https://a.vn/truc-tiep"),
        ("12345-1.0", "12345-1.1", "https://a.vn/"),
    ] {
        let (_folder, mut test) = open();
        let one = item(first, link, "Họp bản").saying("Bà con họp tối nay.");
        let two = item(second, link, "Giá cà phê").saying(&prose(2));
        assert_eq!(test.counts("a", &rss(&[one])), (1, 0, 0));
        assert_eq!(test.counts("a", &rss(&[two])), (1, 0, 0), "{second}");
    }
}
