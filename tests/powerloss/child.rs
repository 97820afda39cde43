//! What the child processes do.

use dongtin::testing::config::{self, StoreConfig};
use dongtin::testing::journal::{Error, Journal, Proposal, samples};
use dongtin::testing::model::{Article, Change, Event, Seq, Timestamp};
use dongtin::testing::store::{IndexId, Store};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// Tasks that append at the same time.
pub const TASKS: u64 = 8;

pub fn config(directory: &Path) -> StoreConfig {
    StoreConfig { reserve_bytes: 8 << 20, ..config::store(directory) }
}

pub fn open(directory: &Path) -> Result<Journal, Error> {
    let program = std::env::current_exe().unwrap();
    Journal::open(&config(directory), Some(&program))
}

/// The article that is number `n` of the tests.
pub fn sample(n: u64) -> Article {
    samples::article("portal-7", n, Timestamp::from_secs(1_795_000_000 + n as i64))
}

pub fn publish(n: u64) -> Proposal {
    let article = sample(n);
    let at = article.received;
    let change = Change::Published { article: Arc::new(article) };
    Proposal { change, expected: Some(Seq(0)), idempotency_key: Some(n.to_string()), at }
}

/// Whether an event is the publication of article `n`.
pub fn is(event: &Event, n: u64) -> bool {
    event.change.article().is_some_and(|article| **article == sample(n))
}

/// Says something to the parent in one write.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(format!("{line}\n").as_bytes());
    let _ = out.flush();
}

/// Appends until it is killed, from article `from` on, and reports `ack NUMBER ARTICLE` or `err ARTICLE WHY`.
pub fn append(directory: &str, from: u64) -> ExitCode {
    // One thread, so that what is said is said in the order of the answers.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let journal = open(directory.as_ref()).unwrap();
    let store = Store::open(journal.clone(), &[]).unwrap();
    let _following = store.follow().unwrap();
    runtime.block_on(async {
        let tasks: Vec<_> =
            (0..TASKS).map(|task| tokio::spawn(append_all(journal.clone(), from + task))).collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    ExitCode::SUCCESS
}

async fn append_all(journal: Journal, from: u64) {
    let mut errors = 0;
    for n in (from..).step_by(TASKS as usize) {
        match journal.append(publish(n)).await {
            Ok(seq) => say(&format!("ack {seq} {n}")),
            Err(error) => {
                say(&format!("err {n} {error}"));
                errors += 1;
            }
        }
        if errors == 5 {
            break;
        }
    }
}

/// Opens a store whose event `n + 1` is article `n`, and reads everything in every way.
///
/// Says `whole`, or `refused` with why; a wrong value ends it with code 3.
pub fn verify(directory: &str) -> ExitCode {
    match read_all(directory.as_ref()) {
        Ok(last) => say(&format!("whole up to {last}")),
        Err(why) => say(&format!("refused {why}")),
    }
    ExitCode::SUCCESS
}

fn read_all(directory: &Path) -> Result<Seq, String> {
    let said = |e: &dyn std::fmt::Display| e.to_string();
    let journal = open(directory).map_err(|e| said(&e))?;
    let mut refused = Ok(());
    let mut seq = Seq(0);
    loop {
        match journal.read(seq, 50) {
            Ok(events) => {
                events.iter().for_each(|event| right(is(event, event.seq.0 - 1)));
                let Some(last) = events.last() else { break };
                seq = last.seq;
            }
            Err(error) => {
                refused = Err(said(&error));
                seq.0 += 1;
            }
        }
    }
    let store = Store::open(journal, &[]).map_err(|e| said(&e))?;
    let last = store.journal().last();
    for n in 0..store.journal().last().0 {
        match store.article(sample(n).key) {
            Ok(Some(article)) => right(*article == sample(n)),
            Ok(None) => refused = refused.and(Err(format!("article {n} is not there"))),
            Err(error) => refused = Err(said(&error)),
        }
    }
    store.latest(IndexId::all(), 100).map_err(|e| said(&e))?;
    refused.map(|()| last)
}

fn right(right: bool) {
    if !right {
        std::process::exit(3);
    }
}

/// Fills the disk, reads all the same, opens again while it is full, and goes on when there is room.
pub fn fill(directory: &str) -> ExitCode {
    let directory = Path::new(directory);
    let data = directory.join("data");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let ballast = directory.join("ballast");
    std::fs::write(&ballast, vec![1; 24 << 20]).unwrap();
    let journal = open(&data).unwrap();
    let mut acked = 0;
    let error = loop {
        let group = (acked..acked + 50).map(publish).collect();
        let answers = runtime.block_on(journal.append_many(group));
        match answers.into_iter().find_map(Result::err) {
            None => acked += 50,
            Some(error) => break error,
        }
    };
    assert_eq!(error, Error::Full);
    let filler = directory.join("filler");
    let mut file = std::fs::File::create(&filler).unwrap();
    while file.write_all(&[1; 4096]).is_ok() {}
    all_there(&journal, acked);
    assert_eq!(runtime.block_on(journal.append(publish(acked))), Err(Error::Full));
    drop(journal);
    let journal = open(&data).unwrap();
    all_there(&journal, acked);
    assert_eq!(runtime.block_on(journal.append(publish(acked))), Err(Error::Full));
    std::fs::remove_file(filler).unwrap();
    std::fs::remove_file(ballast).unwrap();
    runtime.block_on(journal.append(publish(acked))).unwrap();
    all_there(&journal, acked + 1);
    say(&format!("acked {acked}"));
    ExitCode::SUCCESS
}

fn all_there(journal: &Journal, count: u64) {
    for n in 0..count {
        assert!(is(&journal.get(Seq(n + 1)).unwrap().unwrap(), n), "article {n}");
    }
}
