//! Durable appends against bare sled with the same guards, and 100,000 articles kept.
//!
//! `cargo bench --bench journal`. Runs alternate, so that the machine's moods meet both; only ratios are worth comparing.
//! `-- SECONDS ARTICLES CLIENTS` sets the length of one run, how many articles are kept, and which of 1, 16 and 64 clients run alone. The daemon's memory: `--bench pushes`.

mod bare;

use dongtin::testing::config::store as config;
use dongtin::testing::journal::{Codec, Journal, Proposal, samples};
use dongtin::testing::model::{Article, Change, Seq, Timestamp};
use dongtin::testing::store::{IndexId, Store};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn main() {
    let numbers: Vec<f64> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    let seconds = numbers.first().copied().unwrap_or(2.0);
    let articles = numbers.get(1).copied().unwrap_or(100_000.0) as u64;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let only = numbers.get(2).map(|only| *only as usize);
    for clients in
        [1, 16, 64].into_iter().filter(|clients| only.is_none_or(|only| only == *clients))
    {
        runtime.block_on(appends(clients, Duration::from_secs_f64(seconds)));
    }
    runtime.block_on(kept(articles));
}

/// The same values to both: articles made ahead of time.
fn articles(count: u64) -> Arc<Vec<Arc<Article>>> {
    let now = Timestamp::from_secs(1_795_000_000);
    Arc::new((0..count).map(|n| Arc::new(samples::article("portal-7", n, now))).collect())
}

async fn appends(clients: usize, length: Duration) {
    let articles = articles(2_000);
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        bare.push(bare::sled(clients, length, &ready_made(&articles)).await);
        ours.push(journal(clients, length, &articles).await);
    }
    bare::report("journal", clients, &ours, &bare);
}

fn proposal(article: Arc<Article>) -> Proposal {
    let at = article.received;
    Proposal { change: Change::Published { article }, expected: None, idempotency_key: None, at }
}

async fn journal(clients: usize, length: Duration, articles: &Arc<Vec<Arc<Article>>>) -> f64 {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(&config(directory.path()), None).unwrap();
    let rate = bare::drive(clients, length, articles, move |_, article| {
        let journal = journal.clone();
        async move {
            journal.append(proposal(article)).await.unwrap();
        }
    });
    rate.await
}

/// Values of the size that ours have.
fn ready_made(articles: &[Arc<Article>]) -> Arc<Vec<Vec<u8>>> {
    let codec = Codec::default();
    Arc::new(
        articles
            .iter()
            .map(|a| codec.encode(&samples::published((**a).clone())).unwrap())
            .collect(),
    )
}

async fn kept(count: u64) {
    let directory = tempfile::tempdir().unwrap();
    let config = config(directory.path());
    let now = Timestamp::from_secs(1_795_000_000);
    let journal = Journal::open(&config, None).unwrap();
    let mut json = 0;
    let began = Instant::now();
    for from in (0..count).step_by(500) {
        let articles = (from..count.min(from + 500))
            .map(|n| samples::article("portal-7", n, now.plus_millis(n as i64 * 1000)));
        let group: Vec<Proposal> = articles.map(|article| proposal(Arc::new(article))).collect();
        json +=
            group.iter().map(|p| serde_json::to_vec(&p.change).unwrap().len() as u64).sum::<u64>();
        assert!(journal.append_many(group).await.iter().all(Result::is_ok));
    }
    println!(
        "{count} articles of {} bytes JSON: appended in {:.1} s",
        json / count.max(1),
        began.elapsed().as_secs_f64()
    );
    let store = timed("first folding", || Store::open(journal.clone(), &[]).unwrap());
    println!(
        "  disk per article, journal and views: {} bytes",
        disk(directory.path()) / count.max(1)
    );
    journal.close().unwrap();
    drop((journal, store));
    println!("  memory after writing: {} MiB", bare::memory(std::process::id()));
    let journal = timed("open the journal", || Journal::open(&config, None).unwrap());
    let store = timed("open the views", || Store::open(journal.clone(), &[]).unwrap());
    timed("the newest 50", || store.latest(IndexId::all(), 50).unwrap());
    timed("rebuild", || store.rebuild(&mut |_, _| {}).unwrap());
    println!("  disk per article after it: {} bytes", disk(directory.path()) / count.max(1));
    assert_eq!(store.watermark(), Seq(count));
}

fn timed<T>(what: &str, act: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let result = act();
    println!("  {what}: {:.3} s", began.elapsed().as_secs_f64());
    result
}

fn disk(directory: &Path) -> u64 {
    std::fs::metadata(directory.join("sled/db")).unwrap().len()
}
