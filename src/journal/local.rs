//! The local writer: one thread numbers and commits everything, in groups.

use super::recent::Recent;
use super::record::{Body, unpacked_len};
use super::{Answer, Error, Log, Proposal, Sequencer};
use crate::model::{ArticleKey, Event, Seq, Timestamp};
use sled::Batch;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use tokio::sync::{mpsc, oneshot, watch};

/// Proposals that wait at most, as a multiple of the group.
const QUEUE_GROUPS: usize = 4;
/// Bytes of records in one group, so that many large articles do not make one huge batch.
const GROUP_BYTES: usize = 4 * 1024 * 1024;

/// The clock by which events are written, if there is one.
pub type Clock = Arc<OnceLock<fn() -> Timestamp>>;

/// One thing to write: its record is made by the caller, so that the writer only numbers and commits.
struct Entry {
    article: ArticleKey,
    kind: Kind,
    body: Body,
    record: Vec<u8>,
}

/// Who numbers it.
enum Kind {
    /// We do, if the article's last event is as expected.
    Propose { expected: Option<Seq> },
    /// It was numbered elsewhere.
    Follow { seq: Seq },
}

/// Entries that are answered together.
struct Job {
    entries: Vec<Result<Entry, Error>>,
    answer: oneshot::Sender<Vec<Result<Seq, Error>>>,
}

/// The way to the writer thread; it numbers densely from the last event.
#[derive(Clone)]
pub struct Local {
    queue: mpsc::Sender<Job>,
    log: Arc<Log>,
}

/// Starts the writer thread; it ends when every [`Local`] is gone.
pub fn start(
    log: Arc<Log>,
    group: usize,
    recent: Arc<Recent>,
    clock: Clock,
    tail: watch::Sender<Seq>,
) -> Result<(Local, std::thread::JoinHandle<()>), Error> {
    let group = group.clamp(1, 4096);
    let (queue, waiting) = mpsc::channel(group * QUEUE_GROUPS);
    let writer = Writer { log: log.clone(), last: log.last()?, group, recent, clock, tail };
    let thread = std::thread::Builder::new().name("journal".to_owned());
    let thread = thread.spawn(move || writer.run(waiting)).map_err(|e| Error::Io {
        what: "cannot start the journal's thread".to_owned(),
        reason: e.to_string(),
    })?;
    Ok((Local { queue, log }, thread))
}

impl Local {
    /// Writes events that were numbered elsewhere, in order; one that is already here is answered with its number.
    pub async fn follow(&self, events: Vec<Event>) -> Result<(), Error> {
        let entries = events.into_iter().map(|event| {
            let (article, seq) = (event.change.key(), event.seq);
            self.entry(article, Kind::Follow { seq }, body(event))
        });
        let entries = entries.collect();
        self.ask(entries).await.into_iter().find_map(Result::err).map_or(Ok(()), Err)
    }

    fn entry(&self, article: ArticleKey, kind: Kind, body: Body) -> Result<Entry, Error> {
        let record = self.log.codec().encode(&body)?;
        Ok(Entry { article, kind, body, record })
    }

    async fn ask(&self, entries: Vec<Result<Entry, Error>>) -> Vec<Result<Seq, Error>> {
        let count = entries.len();
        let (answer, answered) = oneshot::channel();
        let job = Job { entries, answer };
        let closed = || vec![Err(Error::Closed); count];
        match self.queue.send(job).await {
            Ok(()) => answered.await.unwrap_or_else(|_| closed()),
            Err(_) => closed(),
        }
    }
}

impl Sequencer for Local {
    fn sequence(&self, proposals: Vec<Proposal>) -> Answer {
        let this = self.clone();
        Box::pin(async move {
            let entries = proposals.into_iter().map(|proposal| {
                let article = proposal.change.key();
                let kind = Kind::Propose { expected: proposal.expected };
                this.entry(article, kind, proposal.into_body())
            });
            this.ask(entries.collect()).await
        })
    }
}

fn body(event: Event) -> Body {
    Body { at: event.at, idempotency_key: event.idempotency_key, change: event.change }
}

/// The thread's state.
struct Writer {
    log: Arc<Log>,
    last: Seq,
    group: usize,
    recent: Arc<Recent>,
    clock: Clock,
    tail: watch::Sender<Seq>,
}

/// What a group will be, before it is committed.
#[derive(Default)]
struct Group {
    batch: Batch,
    heads: HashMap<ArticleKey, Seq>,
    last: Seq,
    written: Vec<(Event, usize)>,
}

impl Writer {
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

    /// One group: numbers, one batch, one commit, then the news, then the answers.
    fn commit(&mut self, jobs: Vec<Job>) {
        let mut group = Group { last: self.last, ..Group::default() };
        let mut answers = Vec::with_capacity(jobs.len());
        for job in jobs {
            let results = job.entries.into_iter().map(|entry| self.add(&mut group, entry?));
            answers.push((job.answer, results.collect::<Vec<_>>()));
        }
        let any = !group.written.is_empty();
        let committed = if any { self.log.commit(group.batch) } else { Ok(()) };
        if committed.is_ok() && any {
            self.last = group.last;
            self.log.disk().mark(group.last);
            self.recent.push(group.written);
            self.tail.send_replace(group.last);
        }
        for (answer, results) in answers {
            let results = results.into_iter().map(|result| committed.clone().and(result));
            let _ = answer.send(results.collect());
        }
    }

    fn add(&self, group: &mut Group, mut entry: Entry) -> Result<Seq, Error> {
        let seq = match entry.kind {
            Kind::Propose { expected } => {
                self.expect(group, entry.article, expected)?;
                self.on_time(&mut entry)?;
                Seq(group.last.max(self.log.gap().until).0 + 1)
            }
            Kind::Follow { seq } if seq <= group.last => return self.same(seq, &entry.record),
            Kind::Follow { seq } => seq,
        };
        self.log.put(&mut group.batch, group.last, seq, entry.article, &entry.record);
        group.heads.insert(entry.article, seq);
        group.last = seq;
        let size = unpacked_len(&entry.record);
        group.written.push((entry.body.numbered(seq), size));
        Ok(seq)
    }

    /// What was decided in an earlier second happens now.
    fn on_time(&self, entry: &mut Entry) -> Result<(), Error> {
        let now = self.clock.get().map(|clock| clock());
        if let Some(now) = now.filter(|now| entry.body.at.secs() < now.secs()) {
            entry.body.at = now;
            entry.record = self.log.codec().encode(&entry.body)?;
        }
        Ok(())
    }

    /// The precondition, also against what stands earlier in the group.
    fn expect(
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

    /// An event that we have already must be the same one.
    fn same(&self, seq: Seq, record: &[u8]) -> Result<Seq, Error> {
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
