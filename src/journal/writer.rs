use super::cache::Cache;
use super::log::End;
use super::record::{Body, unpacked_len};
use super::sequencer::{Answers, Proposal, Sequencer};
use super::{Error, Log};
use crate::model::{ArticleKey, Event, Seq, Timestamp};
use sled::Batch;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot, watch};

/// The most proposals that wait, as a multiple of the group.
const QUEUE_GROUPS: usize = 4;
/// The most bytes of records in one group, so that many large articles do not make one huge batch.
const GROUP_BYTES: usize = 4 * 1024 * 1024;

/// The clock that stamps events, once it is set.
pub type Clock = Arc<OnceLock<fn() -> Timestamp>>;

/// The writer thread of a journal. As a [`Sequencer`] it numbers densely from the last event on.
pub struct Writer {
    queue: Mutex<Option<Queue>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread; at most `group` events are committed together.
    pub(super) fn start(
        log: Arc<Log>,
        group: usize,
        cache: Arc<Cache>,
        clock: Clock,
        tail: watch::Sender<Seq>,
    ) -> Result<Self, Error> {
        let group = group.clamp(1, 4096);
        let (jobs, waiting) = mpsc::channel(group * QUEUE_GROUPS);
        let state = Committer { log: log.clone(), end: log.end()?, group, cache, clock, tail };
        let thread = std::thread::Builder::new().name("journal".to_owned());
        let thread = thread.spawn(move || state.run(waiting)).map_err(|e| Error::Io {
            what: "cannot start the journal's thread".to_owned(),
            reason: e.to_string(),
        })?;
        let queue = Mutex::new(Some(Queue { jobs, log }));
        Ok(Self { queue, thread: Mutex::new(Some(thread)) })
    }

    /// Writes events that were numbered elsewhere, in order. An event that is already here is skipped.
    pub(super) async fn follow(&self, events: Vec<Event>) -> Result<(), Error> {
        let queue = self.queue()?;
        let entries = events.into_iter().map(|event| {
            let (article, seq) = (event.change.key(), event.seq);
            queue.entry(article, Kind::Follow { seq }, Body::of(event))
        });
        let entries = entries.collect();
        queue.ask(entries).await.into_iter().find_map(Result::err).map_or(Ok(()), Err)
    }

    /// Refuses new entries, and returns when every waiting one is answered.
    pub fn close(&self) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let _ = thread.map(JoinHandle::join);
    }

    /// The queue to the thread.
    pub(super) fn queue(&self) -> Result<Queue, Error> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or(Error::Closed)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

impl Sequencer for Writer {
    fn sequence(&self, proposals: Vec<Proposal>) -> Answers {
        let queue = self.queue();
        Box::pin(async move {
            let queue = match queue {
                Ok(queue) => queue,
                Err(error) => return vec![Err(error); proposals.len()],
            };
            let entries = proposals.into_iter().map(|proposal| {
                let article = proposal.change.key();
                let kind = Kind::Propose { expected: proposal.expected };
                queue.entry(article, kind, proposal.into_body())
            });
            queue.ask(entries.collect()).await
        })
    }
}

/// The queue to the writer thread, which ends when the last one is dropped.
#[derive(Clone)]
pub struct Queue {
    jobs: mpsc::Sender<Job>,
    log: Arc<Log>,
}

impl Queue {
    fn entry(&self, article: ArticleKey, kind: Kind, body: Body) -> Result<Entry, Error> {
        let record = self.log.codec().encode(&body)?;
        Ok(Entry { article, kind, body, record })
    }

    async fn ask(&self, entries: Vec<Result<Entry, Error>>) -> Vec<Result<Seq, Error>> {
        let count = entries.len();
        let (answer, answered) = oneshot::channel();
        let job = Job { entries, answer };
        let closed = || vec![Err(Error::Closed); count];
        match self.jobs.send(job).await {
            Ok(()) => answered.await.unwrap_or_else(|_| closed()),
            Err(_) => closed(),
        }
    }
}

/// One event to write. The caller encodes its record, so that the thread only numbers and commits.
struct Entry {
    article: ArticleKey,
    kind: Kind,
    body: Body,
    record: Vec<u8>,
}

/// Who numbers an entry.
enum Kind {
    /// This writer, if the article's last event is the expected one.
    Propose { expected: Option<Seq> },
    /// It was numbered elsewhere.
    Follow { seq: Seq },
}

struct Job {
    entries: Vec<Result<Entry, Error>>,
    answer: oneshot::Sender<Vec<Result<Seq, Error>>>,
}

struct Committer {
    log: Arc<Log>,
    end: End,
    group: usize,
    cache: Arc<Cache>,
    clock: Clock,
    tail: watch::Sender<Seq>,
}

#[derive(Default)]
struct Group {
    batch: Batch,
    heads: HashMap<ArticleKey, Seq>,
    end: End,
    written: Vec<(Event, usize)>,
}

impl Committer {
    fn run(mut self, mut waiting: mpsc::Receiver<Job>) {
        while let Some(job) = waiting.blocking_recv() {
            let (mut count, mut bytes) = size(&job);
            let mut jobs = vec![job];
            while count < self.group && bytes < GROUP_BYTES {
                let Ok(job) = waiting.try_recv() else { break };
                let (more, larger) = size(&job);
                (count, bytes) = (count + more, bytes + larger);
                jobs.push(job);
            }
            self.commit(jobs);
        }
    }

    /// Commits one group: numbers its events, writes one batch, tells readers the new last number, then answers.
    fn commit(&mut self, jobs: Vec<Job>) {
        let mut group = Group { end: self.end, ..Group::default() };
        let mut answers = Vec::with_capacity(jobs.len());
        for job in jobs {
            let results = job.entries.into_iter().map(|entry| self.add(&mut group, entry?));
            answers.push((job.answer, results.collect::<Vec<_>>()));
        }
        let any = !group.written.is_empty();
        let committed = if any { self.log.commit(group.batch, group.end) } else { Ok(()) };
        if committed.is_ok() && any {
            self.end = group.end;
            self.log.disk().note_last(group.end.last);
            self.cache.push(group.written);
            self.tail.send_replace(group.end.last);
        }
        for (answer, results) in answers {
            let results = results.into_iter().map(|result| committed.clone().and(result));
            let _ = answer.send(results.collect());
        }
    }

    fn add(&self, group: &mut Group, mut entry: Entry) -> Result<Seq, Error> {
        let seq = match entry.kind {
            Kind::Propose { expected } => {
                self.check_expected(group, entry.article, expected)?;
                self.stamp(&mut entry)?;
                Seq(group.end.last.max(self.log.floor()).0 + 1)
            }
            Kind::Follow { seq } if seq <= group.end.last => {
                return self.must_equal(seq, &entry.record);
            }
            Kind::Follow { seq } => seq,
        };
        self.log.put(&mut group.batch, group.end.last, seq, entry.article, &entry.record);
        group.heads.insert(entry.article, seq);
        group.end = End { last: seq, count: group.end.count + 1 };
        let size = unpacked_len(&entry.record);
        group.written.push((entry.body.numbered(seq), size));
        Ok(seq)
    }

    /// Gives an entry the present time if it was decided in an earlier second.
    fn stamp(&self, entry: &mut Entry) -> Result<(), Error> {
        let now = self.clock.get().map(|clock| clock());
        if let Some(now) = now.filter(|now| entry.body.at.secs() < now.secs()) {
            entry.body.at = now;
            entry.record = self.log.codec().encode(&entry.body)?;
        }
        Ok(())
    }

    /// Checks the precondition, also against events earlier in the group.
    fn check_expected(
        &self,
        group: &Group,
        article: ArticleKey,
        expected: Option<Seq>,
    ) -> Result<(), Error> {
        let Some(expected) = expected else { return Ok(()) };
        let actual = match group.heads.get(&article) {
            Some(seq) => *seq,
            None => self.log.head(article)?,
        };
        if actual == expected { Ok(()) } else { Err(Error::Conflict { actual }) }
    }

    /// Checks that an event that is already here is the same one.
    fn must_equal(&self, seq: Seq, record: &[u8]) -> Result<Seq, Error> {
        let differs = |reason: &str| Error::OutOfOrder { seq, reason: reason.to_owned() };
        let ours = self.log.record(seq)?;
        let (_, ours) = ours.ok_or_else(|| differs("later ones are here already"))?;
        let codec = self.log.codec();
        let same = ours == record || codec.decode(&ours) == codec.decode(record);
        if same { Ok(seq) } else { Err(differs("another event has this number here")) }
    }
}

fn size(job: &Job) -> (usize, usize) {
    let bytes = job.entries.iter().flatten().map(|entry| entry.record.len()).sum();
    (job.entries.len(), bytes)
}
