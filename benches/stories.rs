//! How well stories are found: precision and recall over pairs of articles, on articles written for it and on made ones.
//!
//! `cargo bench --bench stories`. Made ones: news from many facts, rewritten as portals do; and what only looks alike:
//! bulletins, price lists, notices of one form for other places, days and figures.

#[path = "stories/make.rs"]
mod make;

use dongtin::testing::feeds::stories;
use dongtin::testing::model::{Article, SourceId};
use make::Labelled;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

const WRITTEN: &str = include_str!("stories/articles.txt");
/// Written after the thresholds were set, which no result of it may move.
const HELD_OUT: &str = include_str!("stories/held-out.txt");

fn main() {
    println!("{:<28} {:>9} {:>9} {:>10} {:>8}", "set", "articles", "pairs", "precision", "recall");
    let mut worst = 1.0_f64;
    for (name, set) in [
        ("written by hand", make::written(WRITTEN)),
        ("held out, by hand", make::written(HELD_OUT)),
        ("made, rewritten lightly", make::made(400, 1)),
        ("made, rewritten heavily", make::made(400, 2)),
        ("only looks alike", make::lookalikes()),
    ] {
        let score = score(&set);
        println!(
            "{name:<28} {:>9} {:>9} {:>9.1}% {:>7.1}%",
            set.len(),
            score.same,
            score.precision(),
            score.recall()
        );
        worst = worst.min(score.precision() / 100.0);
        score.wrong.iter().take(8).for_each(|pair| println!("  wrongly one: {pair}"));
        if std::env::args().any(|a| a == "--missed") {
            score.missed.iter().take(20).for_each(|pair| println!("  missed: {pair}"));
        }
    }
    for count in [1_000, 2_000, 4_000] {
        let set: Vec<Arc<Article>> =
            make::made(count, 1).into_iter().map(|l| Arc::new(l.article)).collect();
        let began = Instant::now();
        let found = stories(&set, &BTreeMap::new());
        let took = began.elapsed();
        println!(
            "{} articles: {} stories in {took:?}, {:?} each",
            set.len(),
            found.len(),
            took / set.len() as u32
        );
    }
    assert!(worst >= 0.95, "precision fell below 95 %");
}

#[derive(Default)]
struct Score {
    same: usize,
    found: usize,
    right: usize,
    wrong: Vec<String>,
    missed: Vec<String>,
}

impl Score {
    fn precision(&self) -> f64 {
        if self.found == 0 { 100.0 } else { 100.0 * self.right as f64 / self.found as f64 }
    }

    fn recall(&self) -> f64 {
        if self.same == 0 { 100.0 } else { 100.0 * self.right as f64 / self.same as f64 }
    }
}

fn score(set: &[Labelled]) -> Score {
    let articles: Vec<Arc<Article>> = set.iter().map(|l| Arc::new(l.article.clone())).collect();
    let mut story_of = BTreeMap::new();
    for (number, story) in
        stories(&articles, &BTreeMap::<SourceId, _>::new()).into_iter().enumerate()
    {
        for article in std::iter::once(&story.original).chain(&story.others) {
            story_of.insert(article.key, number);
        }
    }
    let mut score = Score::default();
    for (place, a) in set.iter().enumerate() {
        for b in &set[place + 1..] {
            let pair = || {
                format!(
                    "{} [{}] / {} [{}]",
                    a.article.title, a.article.source, b.article.title, b.article.source
                )
            };
            let (same, found) =
                (a.event == b.event, story_of[&a.article.key] == story_of[&b.article.key]);
            score.same += usize::from(same);
            score.found += usize::from(found);
            score.right += usize::from(same && found);
            if found && !same {
                score.wrong.push(pair());
            }
            if same && !found {
                score.missed.push(pair());
            }
        }
    }
    score
}
