//! The journal as its users see it.

use super::*;
use crate::model::{Article, ArticleKey, Change, Timestamp};
use std::collections::HashMap;
use std::sync::Mutex;
use tokio::sync::mpsc;

pub(super) use crate::testing::config::store as config;

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

#[test]
fn a_journal_is_the_same_one_after_reopening_and_an_older_one_gets_an_identity() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(&directory.path().join("a"));
    let identity = journal.identity();
    assert!(is_journal_identity(&identity), "{identity}");
    assert_ne!(open(&directory.path().join("b")).identity(), identity);
    journal.close().unwrap();
    drop(journal);
    let journal = open(&directory.path().join("a"));
    assert_eq!(journal.identity(), identity);
    journal.disk().db().open_tree("journal").unwrap().remove(b"i").unwrap();
    drop(journal);
    let journal = open(&directory.path().join("a"));
    assert!(is_journal_identity(&journal.identity()) && journal.identity() != identity);
    assert!(journal.adopt_identity("x").is_err());
    journal.adopt_identity(&identity).unwrap();
    assert_eq!(journal.identity(), identity);
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
    assert_eq!(disk::refuse_if_used(directory.path()).err(), Some(error));
}

/// A sequencer elsewhere: its numbers have gaps, and its events go to a stream that somebody has to follow.
struct Elsewhere {
    state: Mutex<(u64, HashMap<ArticleKey, Seq>)>,
    stream: mpsc::UnboundedSender<Event>,
}

impl Elsewhere {
    fn number(&self, proposal: Proposal) -> Result<Seq, Error> {
        let (next, heads) = &mut *self.state.lock().unwrap();
        let head = heads.entry(proposal.change.key()).or_default();
        if proposal.expected.is_some_and(|expected| expected != *head) {
            return Err(Error::Conflict { actual: *head });
        }
        *head = Seq(*next);
        *next += 1 + *next % 5;
        let _ = self.stream.send(proposal.numbered(*head));
        Ok(*head)
    }
}

impl Sequencer for Elsewhere {
    fn sequence(&self, proposals: Vec<Proposal>) -> Answers {
        let answers = proposals.into_iter().map(|proposal| self.number(proposal)).collect();
        Box::pin(std::future::ready(answers))
    }
}

/// A journal whose events are numbered elsewhere from 3 on, and the stream of them.
fn open_numbered_elsewhere(directory: &Path) -> (Journal, mpsc::UnboundedReceiver<Event>) {
    let (stream, events) = mpsc::unbounded_channel();
    let elsewhere = Elsewhere { state: Mutex::new((3, HashMap::new())), stream };
    let journal = Journal::open_numbered_by(Arc::new(elsewhere), &config(directory), None);
    (journal.unwrap(), events)
}

#[tokio::test]
async fn an_event_that_is_numbered_elsewhere_is_here_when_its_number_is_answered() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, mut stream) = open_numbered_elsewhere(directory.path());
    let following = tokio::spawn({
        let journal = journal.clone();
        async move {
            while let Some(event) = stream.recv().await {
                tokio::task::yield_now().await;
                journal.follow(vec![event]).await.unwrap();
            }
        }
    });
    let mut seqs = Vec::new();
    for n in 0..30 {
        let seq = journal.append(publish(&sample(n), Some(Seq(0)))).await.unwrap();
        assert_eq!(**journal.get(seq).unwrap().unwrap().change.article().unwrap(), sample(n));
        seqs.push(seq);
    }
    assert_eq!(seqs[..4], [3, 7, 10, 11].map(Seq));
    let again = journal.append(publish(&sample(0), Some(Seq(0)))).await;
    assert_eq!(again, Err(Error::Conflict { actual: Seq(3) }));
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
    following.abort();
}

#[tokio::test]
async fn an_event_that_does_not_arrive_is_late_and_not_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, mut stream) = open_numbered_elsewhere(directory.path());
    let proposals = (0..2).map(|n| publish(&sample(n), None)).collect();
    let answers = journal.0.sequencer.sequence(proposals).await;
    let first = stream.recv().await.unwrap();
    journal.follow(vec![first]).await.unwrap();
    let answers = journal.arrived(answers, Duration::ZERO).await;
    assert_eq!(answers, [Ok(Seq(3)), Err(Error::Late { seq: Seq(7) })]);
    journal.close().unwrap();
    assert_eq!(journal.append(publish(&sample(2), None)).await, Err(Error::Closed));
}

#[test]
fn what_was_applied_soon_survives_a_kill_once_it_is_settled() {
    let directory = tempfile::tempdir().unwrap();
    let disk = disk::open(&config(directory.path()), None).unwrap();
    let tree = disk.db().open_tree("progress").unwrap();
    let apply = |key: &str| {
        let mut batch = sled::Batch::default();
        batch.insert(key, "x");
        disk.apply_soon(&tree, batch, 0).unwrap();
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
        let tree = disk::db::open(copy.path(), 8 << 20).unwrap().open_tree("progress").unwrap();
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

/// What a kill leaves, with the end of the store lost: the log is whole, and shorter than what was on disk.
#[tokio::test]
async fn a_log_that_ends_before_what_was_on_disk_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let journal = open(&data);
    journal.append(publish(&sample(1), None)).await.unwrap();
    journal.close().unwrap();
    drop(journal);
    let copy = |from: &Path, to: &Path| {
        std::fs::create_dir_all(to).unwrap();
        for file in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
            if file.file_type().unwrap().is_file() {
                std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
            }
        }
    };
    let (store, shorter) = (data.join("sled"), directory.path().join("shorter"));
    copy(&store, &shorter);
    let journal = open(&data);
    for n in 2..=80 {
        journal.append(publish(&sample(n), None)).await.unwrap();
    }
    assert!(!data.join("clean").exists());
    let marked = std::fs::read(data.join("last")).unwrap();
    drop(journal);
    // As if it had been killed with its last events on disk, and the disk had lost them.
    std::fs::remove_dir_all(&store).unwrap();
    copy(&shorter, &store);
    std::fs::write(data.join("last"), &marked).unwrap();
    let refused = Journal::open(&config(&data), None).err().unwrap();
    let (last, before) = (Seq(1), Seq(80));
    assert_eq!(refused, Error::Lost { directory: data.clone(), last, before });
    let said = refused.to_string();
    assert!(said.contains("ends at event 1, but event 80 was on disk"), "{said}");
    std::fs::remove_file(data.join("last")).unwrap();
    assert_eq!(open(&data).last(), Seq(1), "the way out that the message names");
}

#[tokio::test]
async fn a_damaged_mark_of_a_clean_stop_keeps_nothing_from_opening() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(directory.path());
    journal.append(publish(&sample(1), None)).await.unwrap();
    journal.close().unwrap();
    drop(journal);
    let clean = directory.path().join("clean");
    let written = std::fs::read(&clean).unwrap();
    for bit in 0..written.len() * 8 {
        let mut flipped = written.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&clean, flipped).unwrap();
        assert_eq!(disk::open::last_at_clean_stop(directory.path()), None, "bit {bit}");
    }
    let journal = open(directory.path());
    assert_eq!(journal.last(), Seq(1));
    drop(journal);
    std::fs::remove_file(directory.path().join("last")).unwrap();
    std::fs::write(&clean, "7\n").unwrap();
    let refused = Journal::open(&config(directory.path()), None).err();
    assert!(matches!(refused, Some(Error::Lost { before: Seq(7), .. })), "{refused:?}");
}

#[tokio::test]
async fn a_directory_that_is_taken_away_is_named_and_takes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let journal = open(&data);
    assert_eq!(journal.disk().trouble(), None);
    std::fs::rename(&data, folder.path().join("elsewhere")).unwrap();
    let vanished = Error::Vanished { directory: data.clone() };
    assert_eq!(journal.append(publish(&sample(1), None)).await, Err(vanished.clone()));
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("lock"), "").unwrap();
    assert_eq!(journal.append(publish(&sample(1), None)).await, Err(vanished.clone()));
    assert_eq!(journal.disk().trouble(), Some(vanished));
    assert!(!disk::holds_a_store(&data) && disk::holds_a_store(&folder.path().join("elsewhere")));
    std::fs::remove_dir_all(&data).unwrap();
    std::fs::rename(folder.path().join("elsewhere"), &data).unwrap();
    assert_eq!(journal.append(publish(&sample(1), None)).await, Ok(Seq(1)));
}

#[tokio::test]
async fn a_store_whose_file_is_removed_takes_nothing_more() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    journal.append(publish(&sample(1), None)).await.unwrap();
    let (file, aside) = (folder.path().join("sled/db"), folder.path().join("aside"));
    std::fs::rename(&file, &aside).unwrap();
    let vanished = Error::Vanished { directory: folder.path().to_owned() };
    assert_eq!(journal.append(publish(&sample(2), None)).await, Err(vanished.clone()));
    std::fs::copy(&aside, &file).unwrap();
    assert_eq!(journal.append(publish(&sample(2), None)).await, Err(vanished.clone()));
    assert_eq!(journal.disk().trouble(), Some(vanished));
    std::fs::rename(&aside, &file).unwrap();
    assert_eq!(journal.append(publish(&sample(2), None)).await, Ok(Seq(2)));
}

#[test]
fn a_data_directory_is_closed_to_other_users() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("a/data");
    drop(open(&data));
    assert_eq!(data.metadata().unwrap().permissions().mode() & 0o007, 0);
}

#[tokio::test]
async fn nothing_happens_in_a_second_that_is_over() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(directory.path());
    let early = journal.append(publish(&sample(0), None)).await.unwrap();
    const NOW: Timestamp = Timestamp(1_795_000_007_400);
    journal.set_clock(|| NOW);
    // A second before, in this second, and by a clock that was ahead.
    let at = [-500, -300, 0, 200, 90_000].map(|later| NOW.plus_millis(later));
    let proposals = at.map(|at| Proposal { at, ..publish(&sample(1), None) });
    let seqs = journal.append_many(proposals.to_vec()).await;
    let time = |seq: Seq| journal.get(seq).unwrap().unwrap().at;
    let times: Vec<_> = seqs.into_iter().map(|seq| time(seq.unwrap())).collect();
    assert_eq!(times, [NOW, at[1], at[2], at[3], at[4]]);
    let log = journal.log().get(Seq(2)).unwrap().unwrap();
    assert_eq!((time(early), log.at), (sample(0).received, NOW));
    let follows = Event { seq: Seq(50), ..journal.get(early).unwrap().unwrap() };
    journal.follow(vec![follows.clone()]).await.unwrap();
    assert_eq!(journal.get(Seq(50)).unwrap(), Some(follows));
}

#[tokio::test]
async fn what_packs_well_counts_as_it_is_unpacked() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(directory.path());
    for n in 0..80 {
        let content = Some("a".repeat(500_000));
        journal.append(publish(&Article { content, ..sample(n) }, None)).await.unwrap();
    }
    let cache = &journal.0.cache;
    assert_eq!(cache.read(Seq(13), 100, usize::MAX), None);
    assert_eq!(cache.read(Seq(14), 100, usize::MAX).map(|events| events.len()), Some(66));
    assert_eq!(journal.read(Seq(0), 100).unwrap().len(), 9);
    assert_eq!(journal.read(Seq(20), 100).unwrap().len(), 9);
    assert_eq!(journal.read_within(Seq(0), 100, 1).unwrap().len(), 1);
    assert_eq!(journal.read_within(Seq(78), 100, 1).unwrap().len(), 1);
    assert_eq!(cache.get(Seq(1)), None);
    assert_eq!(journal.get(Seq(1)).unwrap().as_ref(), cache.get(Seq(1)).as_ref());
}

#[test]
fn a_log_of_a_version_that_did_not_count_its_events_is_counted() {
    let directory = tempfile::tempdir().unwrap();
    let disk = Arc::new(disk::open(&config(directory.path()), None).unwrap());
    let tree = disk.db().open_tree("journal").unwrap();
    let put = |key: &[u8], numbers: &[u64]| {
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
        tree.insert(key, seal::seal(key, &bytes)).unwrap();
    };
    put(b"m", &[7]);
    assert_eq!(Log::open(disk.clone()).unwrap().count(), 7);
    // Events 1 to 3, a gap up to 1000, then two more.
    put(b"n", &[3, 1000, 3]);
    put(b"m", &[1002]);
    let log = Log::open(disk.clone()).unwrap();
    assert_eq!((log.count(), log.floor(), log.end().unwrap().last), (5, Seq(1000), Seq(1002)));
    log.write_missing_count().unwrap();
    log.skip_to(Seq(5000)).unwrap();
    let log = Log::open(disk).unwrap();
    assert_eq!((log.count(), log.floor()), (5, Seq(5000)));
}
