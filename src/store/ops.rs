//! Random sequences of operations against a plain model of what a feed should show.

use super::tests::{at, feed, open_journal, publish, revise, sample, withdraw};
use super::*;
use crate::journal::samples;
use crate::model::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
enum Op {
    Publish(u64),
    Revise(u64, bool),
    Withdraw(u64),
    Reopen,
    Rebuild,
    Feeds(bool),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (0u64..12).prop_map(Op::Publish),
        4 => (0u64..12, any::<bool>()).prop_map(|(n, stays)| Op::Revise(n, stays)),
        3 => (0u64..12).prop_map(Op::Withdraw),
        1 => Just(Op::Reopen),
        1 => Just(Op::Rebuild),
        1 => any::<bool>().prop_map(Op::Feeds),
    ]
}

/// What should be: each article ever seen, and whether it is live.
type Model = BTreeMap<u64, (Article, bool)>;

fn filter() -> Filter {
    Filter { title_words: vec!["lần".to_owned()], ..Filter::default() }
}

fn feeds(with: bool) -> Vec<Feed> {
    if with { vec![feed(filter())] } else { Vec::new() }
}

/// Does one operation on both.
fn step(store: &Store, model: &mut Model, op: &Op, clock: i64) -> Option<crate::journal::Proposal> {
    match op {
        Op::Publish(n) if !model.contains_key(n) => {
            model.insert(*n, (sample(*n), true));
            Some(publish(sample(*n)))
        }
        Op::Revise(n, stays) => {
            let (article, live) = model.get_mut(n)?;
            let mut next = samples::revised(article, at(1000 + clock));
            if !stays {
                next.title = format!("Tin {clock}");
            }
            (*article, *live) = (next.clone(), true);
            Some(revise(next))
        }
        Op::Withdraw(n) => {
            let (article, live) = model.get_mut(n).filter(|(_, live)| *live)?;
            *live = false;
            article.revision += 1;
            let mut before = article.clone();
            before.revision -= 1;
            Some(withdraw(&before, at(1000 + clock)))
        }
        Op::Rebuild => store.rebuild(&mut |_, _| {}).map(|()| None).unwrap(),
        Op::Feeds(with) => store.set_feeds(&feeds(*with)).map(|()| None).unwrap(),
        Op::Publish(_) | Op::Reopen => None,
    }
}

fn compare(store: &Store, model: &Model) {
    let newest_first = model.iter().rev().filter(|(_, (_, live))| *live);
    let expected: Vec<&Article> = newest_first.map(|(_, (article, _))| article).take(5).collect();
    let window = store.window(IndexId::all(), &feed(Filter::default())).unwrap();
    let shown: Vec<&Article> = window.entries.iter().map(|article| &**article).collect();
    assert_eq!(shown, expected);
    let live = model.values().filter(|(_, live)| *live).count() as u64;
    assert_eq!(store.counts().unwrap().iter().map(|counts| counts.live).sum::<u64>(), live);
    assert_eq!(store.latest(IndexId::all(), 100).unwrap().len() as u64, live);
    for (article, live) in model.values() {
        assert_eq!(store.article(article.key).unwrap().is_some(), *live);
        let known = store.known(article.key).unwrap().unwrap();
        assert_eq!((&known.id, known.received), (&article.id, article.received));
    }
}

/// 24, or as many as `DONGTIN_SEQUENCES` says.
fn sequences() -> u32 {
    std::env::var("DONGTIN_SEQUENCES").ok().and_then(|count| count.parse().ok()).unwrap_or(24)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: sequences(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_shows_what_the_model_says(ops in proptest::collection::vec(op(), 1..40)) {
        let directory = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut store = Store::open(open_journal(directory.path()), &feeds(true)).unwrap();
        let mut model = Model::new();
        for (clock, op) in ops.iter().enumerate() {
            if matches!(op, Op::Reopen) {
                drop(store);
                store = Store::open(open_journal(directory.path()), &feeds(clock % 2 == 0)).unwrap();
            }
            if let Some(proposal) = step(&store, &mut model, op, clock as i64) {
                runtime.block_on(store.journal().append(proposal)).unwrap();
                store.catch_up().unwrap();
            }
            compare(&store, &model);
        }
        store.set_feeds(&feeds(true)).unwrap();
        let report = check::check(&store, &mut |_, _| {}).unwrap();
        prop_assert!(report.is_clean(), "{:?}", report);
        let before = store.window(IndexId::filter(&filter()), &feed(filter())).unwrap();
        store.rebuild(&mut |_, _| {}).unwrap();
        prop_assert_eq!(store.window(IndexId::filter(&filter()), &feed(filter())).unwrap(), before);
    }
}
