//! Durable appends against bare sled with the same guards, and 100,000 articles kept.
//!
//! `cargo bench --bench journal`. Runs alternate, so that the machine's moods meet both; only ratios are worth comparing.
//! `-- SECONDS ARTICLES` sets the length of one run and how many articles are kept.

use dongtin::config::StoreConfig;
use dongtin::journal::{Codec, Journal, Proposal, samples};
use dongtin::model::{Article, Change, Seq, Timestamp};
use dongtin::store::{IndexId, Store};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

fn main() {
    let numbers: Vec<f64> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    let seconds = numbers.first().copied().unwrap_or(2.0);
    let articles = numbers.get(1).copied().unwrap_or(100_000.0) as u64;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    for clients in [1, 16, 64] {
        runtime.block_on(appends(clients, Duration::from_secs_f64(seconds)));
    }
    runtime.block_on(kept(articles));
}

/// The same values to both: articles made ahead of time.
fn articles(count: u64) -> Arc<Vec<Article>> {
    let now = Timestamp::from_secs(1_795_000_000);
    Arc::new((0..count).map(|n| samples::article("portal-7", n, now)).collect())
}

async fn appends(clients: usize, length: Duration) {
    let articles = articles(2_000);
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        bare.push(bare_sled(clients, length, &articles).await);
        ours.push(journal(clients, length, &articles).await);
    }
    let ratios: Vec<f64> = ours.iter().zip(&bare).map(|(ours, bare)| ours / bare).collect();
    println!(
        "{clients:>3} clients: journal {:>6.0}/s, bare sled with the same guards {:>6.0}/s, ratio {:.2} ({:.2} to {:.2})",
        median(&ours),
        median(&bare),
        median(&ratios),
        ratios.iter().copied().fold(f64::INFINITY, f64::min),
        ratios.iter().copied().fold(0.0, f64::max),
    );
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

fn proposal(article: &Article) -> Proposal {
    let change = Change::Published { article: Arc::new(article.clone()) };
    Proposal { change, expected: None, idempotency_key: None, at: article.received }
}

async fn journal(clients: usize, length: Duration, articles: &Arc<Vec<Article>>) -> f64 {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(&config(directory.path()), None).unwrap();
    let rate = drive(clients, length, articles, move |article| {
        let journal = journal.clone();
        async move {
            journal.append(proposal(&article)).await.unwrap();
        }
    });
    rate.await
}

/// A group committer over sled that does nothing but insert ready-made values, flush and fsync.
async fn bare_sled(clients: usize, length: Duration, articles: &Arc<Vec<Article>>) -> f64 {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sled");
    let db = sled::Config::new()
        .path(&path)
        .cache_capacity(64 << 20)
        .flush_every_ms(None)
        .open()
        .unwrap();
    let tree = db.open_tree("bare").unwrap();
    let (queue, mut waiting) = mpsc::channel::<(Vec<u8>, oneshot::Sender<()>)>(1024);
    let writer = std::thread::spawn(move || {
        let file = File::open(path.join("db")).unwrap();
        let mut number = 0u64;
        while let Some(first) = waiting.blocking_recv() {
            let mut jobs = vec![first];
            while let Some(job) = (jobs.len() < 256).then(|| waiting.try_recv().ok()).flatten() {
                jobs.push(job);
            }
            let mut batch = sled::Batch::default();
            for (value, _) in &jobs {
                number += 1;
                batch.insert(&number.to_be_bytes(), value.as_slice());
            }
            tree.apply_batch(batch).unwrap();
            tree.flush().unwrap();
            let _ = std::fs::read_dir(path.join("blobs")).unwrap().count();
            file.sync_data().unwrap();
            jobs.into_iter().for_each(|(_, answer)| answer.send(()).unwrap_or_default());
        }
    });
    let values = ready_made(articles);
    let rate = drive(clients, length, &values, move |value| {
        let queue = queue.clone();
        async move {
            let (answer, answered) = oneshot::channel();
            queue.send((value, answer)).await.unwrap();
            answered.await.unwrap();
        }
    })
    .await;
    writer.join().unwrap();
    rate
}

/// Values of the size that ours have.
fn ready_made(articles: &[Article]) -> Arc<Vec<Vec<u8>>> {
    let codec = Codec::default();
    Arc::new(
        articles.iter().map(|a| codec.encode(&samples::published(a.clone())).unwrap()).collect(),
    )
}

/// Clients that each wait for their answer before the next; how many answers in a second.
async fn drive<T, F>(
    clients: usize,
    length: Duration,
    from: &Arc<Vec<T>>,
    act: impl Fn(T) -> F + Clone + Send + 'static,
) -> f64
where
    T: Clone + Send + Sync + 'static,
    F: Future<Output = ()> + Send,
{
    let answered = Arc::new(AtomicU64::new(0));
    let began = Instant::now();
    let tasks = (0..clients).map(|client| {
        let (from, act, answered) = (from.clone(), act.clone(), answered.clone());
        tokio::spawn(async move {
            for n in (client..).step_by(clients).take_while(|_| began.elapsed() < length) {
                act(from[n % from.len()].clone()).await;
                answered.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    answered.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64()
}

fn config(directory: &Path) -> StoreConfig {
    StoreConfig {
        directory: directory.to_path_buf(),
        cache_bytes: 32 << 20,
        group: 256,
        reserve_bytes: 1 << 20,
    }
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
        let group: Vec<Proposal> = articles.map(|article| proposal(&article)).collect();
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
    println!("  memory after writing: {} MiB", memory());
    let journal = timed("open the journal", || Journal::open(&config, None).unwrap());
    let store = timed("open the views", || Store::open(journal.clone(), &[]).unwrap());
    println!("  memory, open and idle: {} MiB (of a process that wrote it all before)", memory());
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

/// Resident memory in MiB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}
