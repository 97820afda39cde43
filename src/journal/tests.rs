//! The journal as its users see it.

use super::*;
use crate::model::{Article, Timestamp};

pub(super) fn config(directory: &Path) -> StoreConfig {
    StoreConfig {
        directory: directory.to_path_buf(),
        cache_bytes: 8 << 20,
        group: 256,
        reserve_bytes: 1 << 20,
    }
}

pub(super) fn open(directory: &Path) -> Journal {
    Journal::open(&config(directory), None).unwrap()
}

pub(super) fn publish(article: &Article, expected: Option<Seq>) -> Proposal {
    let change = Change::Published { article: Arc::new(article.clone()) };
    Proposal { change, expected, idempotency_key: None, at: article.received }
}

pub(super) fn sample(n: u64) -> Article {
    samples::article("portal-7", n, Timestamp::from_secs(1_795_000_000 + n as i64))
}

#[tokio::test]
async fn what_was_appended_is_read_again_after_reopening() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(directory.path());
    let proposals = (0..300).map(|n| publish(&sample(n), Some(Seq(0)))).collect();
    let seqs: Vec<Seq> =
        journal.append_many(proposals).await.into_iter().map(Result::unwrap).collect();
    assert!(seqs.windows(2).all(|pair| pair[0] < pair[1]));
    journal.close().unwrap();
    assert_eq!(journal.append(publish(&sample(1), None)).await, Err(Error::Closed));
    drop(journal);
    let journal = open(directory.path());
    assert_eq!(journal.last(), Seq(300));
    let events = journal.read(Seq(100), 1000).unwrap();
    assert_eq!(events.len(), 200);
    assert_eq!(events[0].seq, Seq(101));
    assert_eq!(**events[0].change.article().unwrap(), sample(100));
    assert_eq!(journal.append(publish(&sample(7), None)).await, Ok(Seq(301)));
}

#[tokio::test]
async fn fifty_at_once_for_one_article_make_one_event() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(directory.path());
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            tokio::spawn({
                let journal = journal.clone();
                async move { journal.append(publish(&sample(1), Some(Seq(0)))).await }
            })
        })
        .collect();
    let mut taken = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(seq) => taken += usize::from(seq == Seq(1)),
            Err(error) => assert_eq!(error, Error::Conflict { actual: Seq(1) }),
        }
    }
    assert_eq!(taken, 1);
    assert_eq!(journal.append(publish(&sample(1), Some(Seq(1)))).await, Ok(Seq(2)));
}

#[tokio::test]
async fn a_large_article_is_kept_whole() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(directory.path());
    let mut large = sample(1);
    let mut dice = samples::Dice(1);
    large.content = Some((0..1_500_000).map(|_| char::from(b'!' + dice.below(90) as u8)).collect());
    let seq = journal.append(publish(&large, None)).await.unwrap();
    assert_eq!(**journal.get(seq).unwrap().unwrap().change.article().unwrap(), large);
    let blobs = std::fs::read_dir(directory.path().join("sled/blobs")).unwrap().count();
    assert_eq!(blobs, 0, "no blob files");
}

#[tokio::test]
async fn a_second_daemon_is_told_so() {
    let directory = tempfile::tempdir().unwrap();
    let _journal = open(directory.path());
    let error = Journal::open(&config(directory.path()), None).err().unwrap();
    let process = Some(std::process::id());
    assert_eq!(error, Error::Locked { directory: directory.path().to_path_buf(), process });
    assert_eq!(disk::unused(directory.path()).err(), Some(error));
}

/// A sequencer whose numbers have gaps, as a cluster's stream has.
struct Gaps {
    journal: Journal,
    next: tokio::sync::Mutex<u64>,
}

impl Gaps {
    async fn one(&self, proposal: Proposal) -> Result<Seq, Error> {
        let mut next = self.next.lock().await;
        let actual = self.journal.log().head(proposal.change.key())?;
        if proposal.expected.is_some_and(|expected| expected != actual) {
            return Err(Error::Conflict { actual });
        }
        let seq = Seq(*next);
        self.journal.follow(vec![proposal.into_body().numbered(seq)]).await?;
        *next += 1 + *next % 5;
        Ok(seq)
    }
}

struct Shared(Arc<Gaps>);

impl Sequencer for Shared {
    fn sequence(&self, proposals: Vec<Proposal>) -> Answer {
        let gaps = self.0.clone();
        Box::pin(async move {
            let mut answers = Vec::new();
            for proposal in proposals {
                answers.push(gaps.one(proposal).await);
            }
            answers
        })
    }
}

#[tokio::test]
async fn numbers_may_have_gaps() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(directory.path());
    let gaps = Arc::new(Gaps { journal: journal.clone(), next: tokio::sync::Mutex::new(3) });
    let proposals = (0..30).map(|n| publish(&sample(n), Some(Seq(0)))).collect();
    let seqs = Shared(gaps.clone()).sequence(proposals).await;
    let seqs: Vec<Seq> = seqs.into_iter().map(Result::unwrap).collect();
    let again = Shared(gaps).sequence(vec![publish(&sample(0), Some(Seq(0)))]).await;
    assert_eq!(again, [Err(Error::Conflict { actual: Seq(3) })]);
    let mut read = Vec::new();
    let mut at = Seq(0);
    loop {
        let events = journal.read(at, 7).unwrap();
        let Some(last) = events.last() else { break };
        at = last.seq;
        read.extend(events.iter().map(|event| event.seq));
    }
    assert_eq!(read, seqs);
    assert_eq!(journal.get(Seq(1)).unwrap(), None);
    assert!(journal.follow(vec![journal.get(seqs[4]).unwrap().unwrap()]).await.is_ok());
}

#[test]
fn what_was_applied_soon_survives_a_kill_once_it_is_settled() {
    let directory = tempfile::tempdir().unwrap();
    let disk = disk::open(&config(directory.path()), None).unwrap();
    let tree = disk.db().open_tree("progress").unwrap();
    let apply = |key: &str| {
        let mut batch = sled::Batch::default();
        batch.insert(key, "x");
        disk.apply_soon(&tree, batch).unwrap();
    };
    // A copy of the files is what a kill leaves.
    let left = || {
        let copy = tempfile::tempdir().unwrap();
        let copied = std::process::Command::new("cp")
            .arg("-r")
            .arg(directory.path().join("sled"))
            .arg(copy.path())
            .status();
        assert!(copied.unwrap().success());
        let tree = disk::open_sled(copy.path(), 8 << 20).unwrap().open_tree("progress").unwrap();
        ["1", "2"].map(|key| tree.contains_key(key).unwrap())
    };
    disk.settle().unwrap();
    apply("1");
    disk.settle().unwrap();
    apply("2");
    assert_eq!(left(), [true, false], "not flushed at every turn, and not left for ever");
    disk.settle().unwrap();
    assert_eq!(left(), [true, true]);
}
