//! The store as its users see it.

use super::*;
use crate::journal::{Follower, Proposal, Watermark, samples};
use crate::model::*;
use crate::testing::config;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

pub(super) fn open_journal(directory: &Path) -> Journal {
    Journal::open(&config::store(directory), None).unwrap()
}

pub(super) fn feed(filter: Filter) -> Feed {
    Feed {
        id: FeedId::new("f").unwrap(),
        title: String::new(),
        description: String::new(),
        language: None,
        filter,
        min_entries: 5,
        max_age_ms: 0,
        max_entries: 10,
        full_content: true,
        collapse_stories: false,
    }
}

pub(super) fn at(n: i64) -> Timestamp {
    Timestamp::from_secs(1_795_000_000 + n * 60)
}

pub(super) fn sample(n: u64) -> Article {
    let mut article = samples::article(["so-y-te", "bao-tinh"][n as usize % 2], n, at(n as i64));
    article.published = None;
    article.fingerprint = Fingerprint::of(&article);
    article
}

fn proposal(change: Change, at: Timestamp) -> Proposal {
    Proposal { change, expected: None, idempotency_key: None, at }
}

pub(super) fn publish(article: Article) -> Proposal {
    let at = article.received;
    proposal(Change::Published { article: Arc::new(article) }, at)
}

pub(super) fn revise(article: Article) -> Proposal {
    let at = article.changed;
    proposal(Change::Revised { article: Arc::new(article) }, at)
}

pub(super) fn withdraw(article: &Article, at: Timestamp) -> Proposal {
    let change = Change::Withdrawn {
        key: article.key,
        id: article.id.clone(),
        source: article.source.clone(),
        upstream_id: article.upstream_id.clone(),
        reason: None,
        revision: article.revision + 1,
        gone_since: None,
    };
    proposal(change, at)
}

#[test]
fn a_feed_by_provinces_knows_today_and_before() {
    let made = |publisher: &str, host: &str, day: &str| {
        let mut article = sample(1);
        article.publisher = Some(publisher.to_owned()).filter(|p| !p.is_empty());
        article.url = Some(format!("https://{host}/tin/1"));
        article.received = Timestamp::parse_rfc3339(&format!("{day}T08:00:00+07:00")).unwrap();
        let change = Change::Published { article: Arc::new(article) };
        let event = Event { seq: Seq(1), at: at(1), idempotency_key: None, change };
        Meta::after(&event, None).unwrap()
    };
    let old_phu_tho = made("UBND tỉnh Phú Thọ", "cong.vn", "2025-06-30");
    let new_phu_tho = made("UBND tỉnh Phú Thọ", "cong.vn", "2025-07-01");
    let hoa_binh = made("", "soyte.hoabinh.gov.vn", "2025-05-01");
    let vinh_phuc = made("Báo Vĩnh Phúc", "cong.vn", "2026-01-01");
    let elsewhere = made("Bộ Y tế", "moh.gov.vn", "2025-05-01");
    let all = [&old_phu_tho, &new_phu_tho, &hoa_binh, &vinh_phuc, &elsewhere];
    let taken = |today: &[&str], old: &[&str]| {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let matcher = Matcher::new(&Filter {
            provinces: owned(today),
            old_provinces: owned(old),
            ..Filter::default()
        });
        all.map(|meta| matcher.matches(meta))
    };
    assert_eq!(taken(&["phu-tho"], &[]), [true, true, true, true, false]);
    assert_eq!(taken(&["hoa-binh"], &[]), [false, false, true, false, false]);
    assert_eq!(taken(&[], &["phu-tho"]), [true, false, false, false, false]);
    assert_eq!(taken(&[], &["hoa-binh", "vinh-phuc"]), [false, false, true, true, false]);
    assert_eq!(taken(&["phu-tho"], &["hoa-binh"]), [false, false, true, false, false]);
    assert_eq!(taken(&[], &[]), [true; 5]);
}

#[tokio::test]
async fn of_any_number_of_categories_the_largest_are_told() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(open_journal(directory.path()), &[]).unwrap();
    let following = store.follow().unwrap();
    let named = |term: String| Category { term, scheme: None, label: None };
    for n in 0..12 {
        // `c0` is in twelve articles, `c1` in eleven and so on; each article has fifty names of its own besides.
        let shared = (0..=n).map(|of| format!("c{:02}", n - of));
        let own = (0..50).map(|place| format!("x{n}-{place}"));
        let mut article = sample(n);
        article.categories = shared.chain(own).map(named).collect();
        let seq = store.journal().append(publish(article)).await.unwrap();
        store.caught_up(seq).await;
    }
    let told = store.largest_categories(3).unwrap();
    let told: Vec<_> = told.iter().map(|c| (c.slug.as_str(), c.live)).collect();
    assert_eq!(told, [("c00", 12), ("c01", 11), ("c02", 10)]);
    assert_eq!(store.largest_categories(10_000).unwrap().len(), 12 + 12 * 50);
    following.stop();
    store.journal().close().unwrap();
}

#[tokio::test]
async fn a_window_shows_the_newest_and_what_is_gone() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(open_journal(directory.path()), &[]).unwrap();
    let following = store.follow().unwrap();
    for n in 0..8 {
        store.journal().append(publish(sample(n))).await.unwrap();
    }
    let seq = store.journal().append(withdraw(&sample(6), at(20))).await.unwrap();
    store.caught_up(seq).await;
    let window = store.window(IndexId::all(), &feed(Filter::default())).unwrap();
    let keys: Vec<_> = window.entries.iter().map(|article| article.key).collect();
    assert_eq!(keys, [7, 5, 4, 3, 2].map(|n| sample(n).key));
    assert_eq!(window.gone.iter().map(|gone| gone.id.clone()).collect::<Vec<_>>(), [sample(6).id]);
    assert_eq!(window.changed, at(20));
    assert_eq!(store.version(IndexId::all()).unwrap(), Seq(9));
    assert_eq!(store.article(sample(6).key).unwrap(), None);
    assert!(!store.known(sample(6).key).unwrap().unwrap().is_live());
    assert_eq!(store.revisions(sample(6).key).unwrap(), [Seq(7), Seq(9)]);
    assert_eq!(store.revisions(sample(1).key).unwrap(), [Seq(2)]);
    let counts = store.counts().unwrap();
    assert_eq!((counts[1].live, counts[1].withdrawn, counts[1].last_seq), (3, 1, Seq(9)));
    following.stop();
}

#[tokio::test]
async fn a_feed_made_later_equals_one_that_was_there() {
    let directory = tempfile::tempdir().unwrap();
    let only = Filter { title_words: vec!["cập nhật".to_owned()], ..Filter::default() };
    let feeds = [feed(only.clone())];
    let store = Store::open(open_journal(directory.path()), &feeds).unwrap();
    for n in 0..6 {
        store.journal().append(publish(sample(n))).await.unwrap();
        store.journal().append(revise(samples::revised(&sample(n), at(10)))).await.unwrap();
    }
    let mut back = samples::revised(&sample(2), at(11));
    back.title = "Tin khác".to_owned();
    store.journal().append(revise(back)).await.unwrap();
    store.journal().append(withdraw(&sample(3), at(12))).await.unwrap();
    store.catch_up().unwrap();
    let there = store.window(IndexId::filter(&only), &feeds[0]).unwrap();
    assert_eq!((there.entries.len(), there.gone.len()), (4, 2));
    store.set_feeds(&[]).unwrap();
    assert_eq!(store.window(IndexId::filter(&only), &feeds[0]), Err(Error::Behind));
    store.set_feeds(&feeds).unwrap();
    assert_eq!(store.window(IndexId::filter(&only), &feeds[0]).unwrap(), there);
    assert_eq!(store.version(IndexId::filter(&only)).unwrap(), Seq(14));
    store.rebuild(&mut |_, _| {}).unwrap();
    assert_eq!(store.window(IndexId::filter(&only), &feeds[0]).unwrap(), there);
}

#[tokio::test]
async fn a_feed_changes_when_its_events_happen_whatever_their_articles_say() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(open_journal(directory.path()), &[]).unwrap();
    store.journal().append(publish(sample(1))).await.unwrap();
    // A slow poll: it began before the other was pushed, and is taken in later.
    let late = Proposal { at: at(9), ..publish(sample(0)) };
    store.journal().append(late).await.unwrap();
    store.catch_up().unwrap();
    assert_eq!(store.window(IndexId::all(), &updates()[0]).unwrap().changed, at(9));
    store
        .set_feeds(&[feed(Filter { languages: vec!["vi".to_owned()], ..Filter::default() })])
        .unwrap();
    assert!(check::check(&store, &mut |_, _| {}).unwrap().is_clean());
}

#[tokio::test]
async fn views_of_other_rules_are_made_anew() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(open_journal(directory.path()), &updates()).unwrap();
    store.journal().append(publish(sample(0))).await.unwrap();
    store.catch_up().unwrap();
    let mut overlay = store.views().overlay();
    let mark = store.views().watermark().unwrap().unwrap();
    let older = Watermark { rules: mark.rules - 1, ..mark };
    overlay.put_json(keys::WATERMARK.to_vec(), &older).unwrap();
    overlay.remove(keys::article(sample(0).key));
    overlay.write().unwrap();
    store.journal().close().unwrap();
    drop(store);
    let store = Store::open(open_journal(directory.path()), &updates()).unwrap();
    assert_eq!(store.views().watermark().unwrap(), Some(mark));
    assert!(check::check(&store, &mut |_, _| {}).unwrap().is_clean());
    assert!(store.article(sample(0).key).unwrap().is_some());
}

fn updates() -> [Feed; 1] {
    [feed(Filter { title_words: vec!["cập nhật".to_owned()], ..Filter::default() })]
}

#[tokio::test]
async fn the_feeds_of_another_config_take_nothing_from_those_there_are() {
    let directory = tempfile::tempdir().unwrap();
    let old = [feed(Filter { sources: vec!["bao-tinh".to_owned()], ..Filter::default() })];
    let store = Store::open(open_journal(directory.path()), &old).unwrap();
    for n in 0..6 {
        store.journal().append(publish(sample(n))).await.unwrap();
        store.journal().append(revise(samples::revised(&sample(n), at(10)))).await.unwrap();
    }
    store.catch_up().unwrap();
    let (first, second) = (IndexId::of(&old[0]), IndexId::of(&updates()[0]));
    let shown = store.window(first, &old[0]).unwrap();
    // Making fails half way: the old config serves on.
    let (lock, aside) = (directory.path().join("lock"), directory.path().join("aside"));
    std::fs::rename(&lock, &aside).unwrap();
    assert!(store.add_feeds(&updates()).is_err());
    std::fs::rename(&aside, &lock).unwrap();
    assert_eq!(store.window(first, &old[0]).unwrap(), shown);
    store.add_feeds(&updates()).unwrap();
    assert_eq!(store.window(first, &old[0]).unwrap(), shown);
    assert_eq!(store.window(second, &updates()[0]).unwrap().entries.len(), 5);
    // Until nobody is shown them both are kept up.
    store.journal().append(withdraw(&sample(5), at(12))).await.unwrap();
    store.catch_up().unwrap();
    assert_eq!(store.window(first, &old[0]).unwrap().gone.len(), 1);
    assert_eq!(store.window(second, &updates()[0]).unwrap().gone.len(), 1);
    store.keep_feeds(&updates()).unwrap();
    assert_eq!(store.window(first, &old[0]), Err(Error::Behind));
    assert!(check::check(&store, &mut |_, _| {}).unwrap().is_clean());
}

#[tokio::test]
async fn what_happens_while_an_index_is_made_is_in_it() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(open_journal(directory.path()), &[]).unwrap();
    let all = (0..250).map(|n| publish(sample(n))).collect();
    store.journal().append_many(all).await.into_iter().for_each(|seq| _ = seq.unwrap());
    store.catch_up().unwrap();
    let done = AtomicBool::new(false);
    let changes = (0..250).step_by(7).map(|n| match n % 3 {
        0 => withdraw(&sample(n), at(600)),
        _ => revise(samples::revised(&sample(n), at(600))),
    });
    let changes: Vec<_> = changes.collect();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            for change in changes {
                runtime.block_on(store.journal().append(change)).unwrap();
                store.catch_up().unwrap();
            }
            done.store(true, Ordering::SeqCst);
        });
        while !done.load(Ordering::SeqCst) {
            store.set_feeds(&updates()).unwrap();
            store.set_feeds(&[]).unwrap();
        }
        store.set_feeds(&updates()).unwrap();
    });
    let report = check::check(&store, &mut |_, _| {}).unwrap();
    assert!(report.is_clean(), "{report:?}");
}

#[tokio::test]
async fn views_made_anew_are_never_taken_for_whole() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(open_journal(directory.path()), &[]).unwrap();
    let all = (0..100).map(|n| publish(sample(n))).collect();
    store.journal().append_many(all).await.into_iter().for_each(|seq| _ = seq.unwrap());
    store.catch_up().unwrap();
    let (last, whole) = (store.journal().last(), feed(Filter::default()));
    let shown = store.window(IndexId::all(), &whole).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..3 {
                store.rebuild(&mut |_, _| {}).unwrap();
            }
            done.store(true, Ordering::SeqCst);
        });
        let mut missed = 0;
        while !done.load(Ordering::SeqCst) {
            let (epoch, watermark) = (store.epoch(), store.watermark());
            if store.known(sample(99).key).unwrap().is_none() {
                missed += 1;
                assert!(watermark < last || !store.consistent_since(epoch));
            }
            match store.window(IndexId::all(), &whole) {
                Ok(window) => assert_eq!(window, shown),
                Err(error) => assert_eq!(error, Error::Behind),
            }
        }
        assert!(missed > 0);
    });
    assert_eq!(store.window(IndexId::all(), &whole).unwrap(), shown);
}

#[test]
fn a_check_holds_nobody_up_and_finds_no_trouble_in_what_comes_meanwhile() {
    let directory = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let store = Store::open(open_journal(directory.path()), &updates()).unwrap();
    runtime.block_on(store.journal().append(publish(sample(0)))).unwrap();
    store.catch_up().unwrap();
    let mut meanwhile = |_, _| {
        for change in [publish(sample(1)), revise(samples::revised(&sample(0), at(2)))] {
            runtime.block_on(store.journal().append(change)).unwrap();
            store.catch_up().unwrap(); // would wait for ever if the check held it up
        }
    };
    let report = check::check(&store, &mut meanwhile).unwrap();
    assert!(report.is_clean(), "{report:?}");
    assert_eq!((report.events, store.watermark()), (1, Seq(3)));
}

#[tokio::test]
async fn a_repeated_push_is_known_for_seven_days() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(open_journal(directory.path()), &[]).unwrap();
    let mut first = publish(sample(0));
    first.idempotency_key = Some("k-1".to_owned());
    store.journal().append(first).await.unwrap();
    store.catch_up().unwrap();
    let source = sample(0).source;
    let repeat = store.repeat(&source, "k-1", at(1)).unwrap().unwrap();
    assert_eq!((repeat.seq, repeat.key), (Seq(1), sample(0).key));
    assert_eq!(store.repeat(&sample(1).source, "k-1", at(1)).unwrap(), None);
    assert_eq!(store.repeat(&source, "k-1", at(8 * 24 * 60)).unwrap(), None);
    store.journal().append(publish(sample(9 * 24 * 60))).await.unwrap();
    store.catch_up().unwrap();
    assert_eq!(
        store.views().tree.scan_prefix(b"d").count() + store.views().tree.scan_prefix(b"t").count(),
        0
    );
}

#[tokio::test]
async fn gaps_between_numbers_are_no_matter() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(open_journal(directory.path()), &[]).unwrap();
    let event = |n: u64| Event {
        seq: Seq(n * n + 5),
        at: at(n as i64),
        idempotency_key: None,
        change: Change::Published { article: Arc::new(sample(n)) },
    };
    store.journal().follow((0..100).map(event).collect()).await.unwrap();
    store.catch_up().unwrap();
    assert_eq!(store.watermark(), Seq(99 * 99 + 5));
    assert_eq!(store.latest(IndexId::all(), 1000).unwrap().len(), 100);
    assert!(check::check(&store, &mut |_, _| {}).unwrap().is_clean());
}

#[test]
fn a_filter_wants_every_list_and_one_of_each() {
    let article = Article { title: "Hoà Bình: Khai mạc lễ hội".to_owned(), ..sample(0) };
    let event = Event {
        seq: Seq(1),
        at: at(0),
        idempotency_key: None,
        change: Change::Published { article: Arc::new(article) },
    };
    let meta = Meta::after(&event, None).unwrap();
    let category = meta.categories[0].label.to_uppercase();
    let matches = |filter: Filter| Matcher::new(&filter).matches(&meta);
    let texts = |texts: &[&str]| texts.iter().map(|text| text.to_string()).collect::<Vec<_>>();
    assert!(matches(Filter::default()));
    assert!(matches(Filter { title_words: texts(&["x", "hòa bình"]), ..Filter::default() }));
    assert!(!matches(Filter { title_words: texts(&["bình khai m"]), ..Filter::default() }));
    assert!(matches(Filter {
        categories: texts(&[&category]),
        languages: texts(&["VI"]),
        ..Filter::default()
    }));
    assert!(!matches(Filter {
        categories: texts(&[&category]),
        languages: texts(&["en"]),
        ..Filter::default()
    }));
    assert!(matches(Filter { sources: texts(&["bao-tinh", "so-y-te"]), ..Filter::default() }));
    assert!(matches(Filter {
        authors: texts(&[&meta.authors[0].to_uppercase()]),
        ..Filter::default()
    }));
}

#[tokio::test]
async fn a_date_in_the_future_leads_for_an_hour_at_most() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(open_journal(directory.path()), &[]).unwrap();
    let mut early = sample(0);
    early.published = samples::article("x", 0, at(0)).published.map(|dated| Dated {
        at: Timestamp::parse_rfc3339("9999-12-31T23:59:59Z").unwrap(),
        ..dated
    });
    // `at` counts minutes: the others come when it is there for 30, 59, 61 and 90.
    for article in [early, sample(30), sample(59), sample(61), sample(90)] {
        store.journal().append(publish(article)).await.unwrap();
    }
    store.catch_up().unwrap();
    let window = store.window(IndexId::all(), &feed(Filter::default())).unwrap();
    let keys: Vec<_> = window.entries.iter().map(|article| article.key).collect();
    assert_eq!(keys, [90, 61, 0, 59, 30].map(|n| sample(n).key));
}
