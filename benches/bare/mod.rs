//! What we are measured against: sled and nothing else, made as durable as ours is; and how clients are driven.

use rustix::fs::{FallocateFlags, fallocate, statvfs};
use std::fs::{File, OpenOptions};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// Disk blocks taken ahead, as ours takes them.
const AHEAD: u64 = 16 << 20;

/// A group committer over sled that does nothing but insert ready-made values, flush, and the guards that make them durable:
/// a look at the room, blocks ahead of the end, a look at `blobs`, fdatasync. How many commits in a second.
pub async fn sled(clients: usize, length: Duration, values: &Arc<Vec<Vec<u8>>>) -> f64 {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sled");
    let config = sled::Config::new().path(&path).cache_capacity(32 << 20).flush_every_ms(None);
    let tree = config.open().unwrap().open_tree("bare").unwrap();
    let (queue, waiting) = mpsc::channel::<Job>(1024);
    let writer = std::thread::spawn(move || commit(&tree, &path, waiting));
    let rate = drive(clients, length, values, move |_, value| {
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

type Job = (Vec<u8>, oneshot::Sender<()>);

fn commit(tree: &sled::Tree, path: &Path, mut waiting: mpsc::Receiver<Job>) {
    let file = OpenOptions::new().read(true).write(true).open(path.join("db")).unwrap();
    let (mut number, mut allocated) = (0u64, 0);
    while let Some(first) = waiting.blocking_recv() {
        let mut jobs = vec![first];
        while let Some(job) = (jobs.len() < 256).then(|| waiting.try_recv().ok()).flatten() {
            jobs.push(job);
        }
        assert!(statvfs(path).unwrap().f_bavail > 0);
        allocate_ahead(&file, &mut allocated);
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
}

fn allocate_ahead(file: &File, allocated: &mut u64) {
    let length = file.metadata().unwrap().len();
    if *allocated < length + AHEAD / 2 {
        let _ = fallocate(file, FallocateFlags::KEEP_SIZE, length, AHEAD);
        *allocated = length + AHEAD;
    }
}

/// Clients that each wait for their answer before the next; how many answers in a second. What is done hears its number.
pub async fn drive<T, F>(
    clients: usize,
    length: Duration,
    from: &Arc<Vec<T>>,
    act: impl Fn(usize, T) -> F + Clone + Send + 'static,
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
                act(n, from[n % from.len()].clone()).await;
                answered.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    answered.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64()
}

/// One line: the rates of alternating runs, and their ratios.
pub fn report(what: &str, clients: usize, ours: &[f64], bare: &[f64]) {
    let ratios: Vec<f64> = ours.iter().zip(bare).map(|(ours, bare)| ours / bare).collect();
    println!(
        "{clients:>3} clients: {what} {:>6.0}/s, bare sled with the same guards {:>6.0}/s, ratio {:.2} ({:.2} to {:.2})",
        median(ours),
        median(bare),
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

/// Resident memory of a process in MiB.
pub fn memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}
