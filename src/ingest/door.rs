//! The doors' one way into the journal: what is known is looked up, decided on and appended under a precondition.

use super::decide::{self, Door, Known, Reason, Verdict};
use super::folder;
use super::worker::{self, Job, Pool};
use super::{reading, same};
use crate::config::Config;
use crate::journal::{self, Journal, Proposal};
use crate::model::{
    Article, ArticleId, ArticleKey, Change, ParsedEntry, Seq, Source, SourceId, Timestamp,
};
use crate::refine::{self, Draft};
use crate::store::{self, Meta, Repeat, Store};
use arc_swap::ArcSwap;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How often a decision is made again because someone else was faster.
const TRIES: usize = 64;
/// How long an answer waits for the views to show what it tells; the fact is on disk already.
const SHOWN_WITHIN: Duration = Duration::from_secs(5);

/// Why an article was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The config has no such source.
    #[error("source {0}: not in the config")]
    NoSource(String),
    /// The source is polled, or a folder; only a push source is pushed to.
    #[error("source {0}: takes no pushes: its kind is not \"push\"")]
    NotPush(SourceId),
    /// The entry cannot be an article.
    #[error(transparent)]
    Rejected(#[from] refine::Rejected),
    /// Someone expected another revision.
    #[error("revision {actual} is the latest")]
    Precondition {
        /// The revision that stands; 0 where there is none.
        actual: u32,
    },
    /// The same `Idempotency-Key` came with another article before.
    #[error("this Idempotency-Key came with another article before")]
    KeyReused,
    /// There is no such article to withdraw.
    #[error("source {source_id}: no article `{upstream_id}`")]
    NotFound {
        /// Whose.
        source_id: SourceId,
        /// What was asked for.
        upstream_id: String,
    },
    /// Others changed the same article again and again.
    #[error("others keep changing this article: try again")]
    Busy,
    /// A folder could not be looked at; its articles stay.
    #[error("source {source_id}: {}: {error}", .path.display())]
    Folder {
        /// Whose.
        source_id: SourceId,
        /// Which.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// A file could not be read; its earlier articles stay.
    #[error("{0}")]
    File(String),
    /// The worker did not live to tell.
    #[error(transparent)]
    Worker(#[from] worker::Error),
    /// The journal did not take it.
    #[error(transparent)]
    Journal(#[from] journal::Error),
    /// The views could not be read.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Error {
    /// Whether a file is at fault, and not our own disk or journal.
    pub fn is_the_files(&self) -> bool {
        matches!(self, Self::File(_) | Self::Rejected(_) | Self::Worker(_))
    }
}

/// What must hold for a push to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// `If-Match: "N"`: this revision stands.
    Revision(u32),
    /// `If-Match: *`: some revision stands.
    Exists,
    /// `If-None-Match: *`: none stands.
    Absent,
}

/// What a push says besides its article.
#[derive(Clone, Debug, Default)]
pub struct PushOptions {
    /// `Idempotency-Key`.
    pub idempotency_key: Option<String>,
    /// `If-Match` or `If-None-Match`.
    pub precondition: Option<Precondition>,
}

/// What became of a pushed article.
#[derive(Clone, Debug, PartialEq)]
pub struct Pushed {
    /// The event that tells of it, or told of it before.
    pub seq: Seq,
    /// Its key.
    pub key: ArticleKey,
    /// Its permanent id.
    pub id: ArticleId,
    /// Its revision now.
    pub revision: u32,
    /// What the source calls it.
    pub upstream_id: String,
    /// What happened.
    pub outcome: Outcome,
}

/// What happened to one article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is new.
    Published,
    /// It is a new revision.
    Revised,
    /// Nothing changed.
    Unchanged,
    /// It stays withdrawn.
    StaysWithdrawn,
}

/// What became of a withdrawal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// The event that tells of it.
    pub seq: Seq,
    /// Whether this call withdrew it, or it was withdrawn already.
    pub fresh: bool,
}

type KeyLocks = Mutex<HashMap<(SourceId, String), Arc<tokio::sync::Mutex<()>>>>;

/// The way in.
pub struct Ingest {
    config: Arc<ArcSwap<Config>>,
    journal: Journal,
    store: Store,
    pool: Arc<Pool>,
    idempotent: KeyLocks,
    turns: Mutex<HashMap<SourceId, Arc<tokio::sync::Mutex<()>>>>,
}

impl Ingest {
    /// A way in to a journal, deciding by what a store knows, cleaning by a pool of workers.
    pub fn new(
        config: Arc<ArcSwap<Config>>,
        journal: Journal,
        store: Store,
        pool: Arc<Pool>,
    ) -> Self {
        let (idempotent, turns) = (KeyLocks::default(), Mutex::default());
        Self { config, journal, store, pool, idempotent, turns }
    }

    /// The source of a name, as the config has it now.
    pub fn source(&self, id: &str) -> Result<Source, Error> {
        let config = self.config.load();
        let found = config.sources.iter().find(|source| source.id.as_str() == id);
        found.cloned().ok_or_else(|| Error::NoSource(id.chars().take(80).collect()))
    }

    /// Takes in one pushed entry; the answer comes after it is on disk.
    pub async fn push(
        &self,
        source: &SourceId,
        entry: ParsedEntry,
        options: PushOptions,
        now: Timestamp,
    ) -> Result<Pushed, Error> {
        let source = self.source(source.as_str())?;
        let draft = self.refine(&source, entry, now).await?;
        let Some(key) = options.idempotency_key.clone() else {
            return self.commit_and_see(&source, draft, &options, now).await;
        };
        let lock = self.lock_of(&source.id, &key);
        let _held = lock.lock().await;
        let result = match self.store.repeat(&source.id, &key, now)? {
            Some(before) => self.repeat(&source, draft, before),
            None => self.commit_and_see(&source, draft, &options, now).await,
        };
        drop(_held);
        self.unlock(&source.id, &key, lock);
        result
    }

    /// Withdraws an article of a source.
    pub async fn withdraw(
        &self,
        source: &SourceId,
        upstream_id: &str,
        reason: Option<String>,
        precondition: Option<Precondition>,
        now: Timestamp,
    ) -> Result<Withdrawal, Error> {
        let key = ArticleKey::of(source, upstream_id);
        self.withdraw_article(source, key, upstream_id, reason, precondition, now).await
    }

    /// Withdraws an article of a source, which a tombstone may call by another id than its own.
    pub(super) async fn withdraw_article(
        &self,
        source: &SourceId,
        key: ArticleKey,
        upstream_id: &str,
        reason: Option<String>,
        precondition: Option<Precondition>,
        now: Timestamp,
    ) -> Result<Withdrawal, Error> {
        for _ in 0..TRIES {
            let Some(known) = self.store.known(key)? else {
                return Err(Error::NotFound {
                    source_id: source.clone(),
                    upstream_id: upstream_id.chars().take(200).collect(),
                });
            };
            check_precondition(precondition, Some(&known))?;
            if known.withdrawn.is_some() {
                return Ok(Withdrawal { seq: known.seq, fresh: false });
            }
            let change = Change::Withdrawn {
                key,
                id: known.id.clone(),
                source: source.clone(),
                upstream_id: known.upstream_id.clone(),
                reason: reason.clone(),
                revision: known.revision.saturating_add(1),
            };
            let proposal =
                Proposal { change, expected: Some(known.seq), idempotency_key: None, at: now };
            match self.append(proposal).await? {
                Ok(seq) => {
                    self.shown(seq).await;
                    return Ok(Withdrawal { seq, fresh: true });
                }
                Err(()) => continue,
            }
        }
        Err(Error::Busy)
    }

    /// Reads and cleans an entry: in this process where that is surely cheap, else in a worker.
    async fn refine(
        &self,
        source: &Source,
        entry: ParsedEntry,
        now: Timestamp,
    ) -> Result<Draft, Error> {
        let base = self.base(source);
        if reading::is_cheap(&entry) {
            return Ok(reading::refine_entry(entry, source, &base, now)?);
        }
        let job = Job::Entry { entry: Box::new(entry), source: source.clone(), base, now };
        let refined = self.pool.call(&job, bytes::Bytes::new()).await?.refined;
        let rejected = refined.rejected.into_iter().next().map(|(_, reason)| reason);
        match (refined.drafts.into_iter().next(), rejected) {
            (Some(draft), _) => Ok(draft),
            (None, Some(reason)) => Err(reason.into()),
            (None, None) => Err(refine::Rejected::Nothing.into()),
        }
    }

    /// Reads a file below a folder, in a worker; whether it is a feed.
    pub(super) async fn read_file(
        &self,
        source: &Source,
        root: &Path,
        path: &str,
        now: Timestamp,
    ) -> Result<(refine::Refined, bool), Error> {
        let limit = self.config.load().fetch.body_bytes;
        let file = root.join(path);
        let bytes = tokio::task::spawn_blocking(move || read_whole(&file, limit)).await;
        let bytes = bytes
            .map_err(|e| Error::File(e.to_string()))?
            .map_err(|e| Error::File(format!("{path}: {e}")))?;
        let folder =
            path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let base = format!("{}{folder}", self.media_base(source));
        let job = Job::File { path: path.to_owned(), source: source.clone(), base, now };
        let mut reading = self.pool.call(&job, bytes.into()).await?;
        let (root, base) = (root.to_owned(), self.media_base(source));
        let measuring = tokio::task::spawn_blocking(move || {
            for draft in &mut reading.refined.drafts {
                folder::measure(&root, &base, &mut draft.enclosures);
            }
            (reading.refined, reading.is_feed)
        });
        measuring.await.map_err(|error| Error::File(error.to_string()))
    }

    /// The address that relative links of a source without one are resolved against.
    fn base(&self, source: &Source) -> String {
        source.home.clone().unwrap_or_else(|| self.media_base(source))
    }

    /// Where the media files of a folder source are served.
    fn media_base(&self, source: &Source) -> String {
        format!("{}/media/{}/", self.config.load().site.base_url, source.id)
    }

    /// Documents that wait for a free worker.
    pub fn waiting_jobs(&self) -> usize {
        self.pool.waiting()
    }

    /// The data directory.
    pub(super) fn data(&self) -> PathBuf {
        self.config.load().store.directory.clone()
    }

    async fn commit_and_see(
        &self,
        source: &Source,
        draft: Draft,
        options: &PushOptions,
        now: Timestamp,
    ) -> Result<Pushed, Error> {
        let pushed = self.commit(source, draft.key(), draft, Door::Said, options, now).await?;
        self.shown(pushed.seq).await;
        Ok(pushed)
    }

    /// Decides on a draft and appends what was decided, again whenever someone else was faster.
    pub(super) async fn commit(
        &self,
        source: &Source,
        key: ArticleKey,
        draft: Draft,
        door: Door,
        options: &PushOptions,
        now: Timestamp,
    ) -> Result<Pushed, Error> {
        for _ in 0..TRIES {
            let known = self.store.known(key)?;
            check_precondition(options.precondition, known.as_ref())?;
            match self.plan(source, key, &draft, known.as_ref(), door, now) {
                Planned::Nothing { article, reason } => {
                    return Ok(unchanged(&article, known.as_ref(), reason));
                }
                Planned::Change { article, change, expected, outcome } => {
                    let idempotency_key = options.idempotency_key.clone();
                    let expected = Some(expected);
                    let proposal = Proposal { change, expected, idempotency_key, at: now };
                    if let Ok(seq) = self.append(proposal).await? {
                        return Ok(pushed(seq, &article, outcome));
                    }
                }
            }
        }
        Err(Error::Busy)
    }

    /// What a draft is to become, given what is known.
    pub(super) fn plan(
        &self,
        source: &Source,
        key: ArticleKey,
        draft: &Draft,
        known: Option<&Meta>,
        door: Door,
        now: Timestamp,
    ) -> Planned {
        let article = Arc::new(self.assemble(source, key, draft, known, door, now));
        let short = known.map(|k| Known {
            seq: k.seq,
            fingerprint: k.fingerprint,
            withdrawn: k.withdrawn.is_some(),
        });
        let (change, expected, outcome) = match decide::decide(&article, short.as_ref(), door) {
            Verdict::Publish => {
                (Change::Published { article: article.clone() }, Seq(0), Outcome::Published)
            }
            Verdict::Revise { expected } => {
                (Change::Revised { article: article.clone() }, expected, Outcome::Revised)
            }
            Verdict::Ignore(reason) => return Planned::Nothing { article, reason },
        };
        Planned::Change { article, change, expected, outcome }
    }

    /// The article that a draft makes beside what is known: ids and first times stay.
    fn assemble(
        &self,
        source: &Source,
        key: ArticleKey,
        draft: &Draft,
        known: Option<&Meta>,
        door: Door,
        now: Timestamp,
    ) -> Article {
        let mut draft = draft.clone();
        match known {
            Some(known) => {
                draft.published = known.published.clone();
                draft.upstream_id = known.upstream_id.clone();
                if door == Door::Listed {
                    draft.url = same::address(known.url.as_deref(), draft.url.as_deref());
                }
                let revision = known.revision.saturating_add(1);
                draft.into_article(known.id.clone(), key, known.received, now, revision)
            }
            None => {
                let id = ArticleId::mint(&self.config.load().site.tag_authority, &source.id, key);
                draft.into_article(id, key, now, now, 1)
            }
        }
    }

    /// Waits until the views show an event, but not for ever.
    pub(super) async fn shown(&self, seq: Seq) {
        let _ = tokio::time::timeout(SHOWN_WITHIN, self.store.caught_up(seq)).await;
    }

    /// The store that it decides by.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Appends a proposal; `Err(())` means someone else was faster and the views have caught up with it.
    async fn append(&self, proposal: Proposal) -> Result<Result<Seq, ()>, Error> {
        match self.journal.append(proposal).await {
            Ok(seq) => Ok(Ok(seq)),
            Err(journal::Error::Conflict { actual }) => {
                self.shown(actual).await;
                Ok(Err(()))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The answer to a push whose `Idempotency-Key` was seen before.
    fn repeat(&self, source: &Source, draft: Draft, before: Repeat) -> Result<Pushed, Error> {
        let Some(event) = self.journal.get(before.seq)? else { return Err(Error::Busy) };
        let Some(article) = event.change.article() else { return Err(Error::KeyReused) };
        let key = ArticleKey::of(&source.id, &draft.upstream_id);
        let mut draft = draft;
        draft.published = article.published.clone();
        let again = draft.into_article(
            article.id.clone(),
            key,
            article.received,
            article.changed,
            article.revision,
        );
        if again.key != article.key || again.fingerprint != article.fingerprint {
            return Err(Error::KeyReused);
        }
        let outcome = match event.change {
            Change::Published { .. } => Outcome::Published,
            _ => Outcome::Revised,
        };
        Ok(Pushed {
            seq: before.seq,
            key: article.key,
            id: article.id.clone(),
            revision: article.revision,
            upstream_id: article.upstream_id.clone(),
            outcome,
        })
    }

    /// Held by whoever takes in a document of a source.
    pub(super) fn turn_of(&self, source: &SourceId) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(|e| e.into_inner());
        Arc::clone(turns.entry(source.clone()).or_default())
    }

    fn lock_of(&self, source: &SourceId, key: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.idempotent.lock().unwrap_or_else(|e| e.into_inner());
        Arc::clone(locks.entry((source.clone(), key.to_owned())).or_default())
    }

    /// Forgets a key's lock once nobody else waits for it.
    fn unlock(&self, source: &SourceId, key: &str, lock: Arc<tokio::sync::Mutex<()>>) {
        let mut locks = self.idempotent.lock().unwrap_or_else(|e| e.into_inner());
        if Arc::strong_count(&lock) <= 2 {
            locks.remove(&(source.clone(), key.to_owned()));
        }
    }
}

/// What a draft is to become.
pub(super) enum Planned {
    Change { article: Arc<Article>, change: Change, expected: Seq, outcome: Outcome },
    Nothing { article: Arc<Article>, reason: Reason },
}

fn pushed(seq: Seq, article: &Article, outcome: Outcome) -> Pushed {
    Pushed {
        seq,
        key: article.key,
        id: article.id.clone(),
        revision: article.revision,
        upstream_id: article.upstream_id.clone(),
        outcome,
    }
}

fn check_precondition(wanted: Option<Precondition>, known: Option<&Meta>) -> Result<(), Error> {
    let standing = known.filter(|k| k.is_live()).map(|k| k.revision);
    let holds = match wanted {
        None => true,
        Some(Precondition::Revision(revision)) => standing == Some(revision),
        Some(Precondition::Exists) => standing.is_some(),
        Some(Precondition::Absent) => standing.is_none(),
    };
    if holds { Ok(()) } else { Err(Error::Precondition { actual: standing.unwrap_or(0) }) }
}

fn unchanged(article: &Article, known: Option<&Meta>, reason: Reason) -> Pushed {
    Pushed {
        seq: known.map_or(Seq(0), |k| k.seq),
        key: article.key,
        id: article.id.clone(),
        revision: known.map_or(0, |k| k.revision),
        upstream_id: article.upstream_id.clone(),
        outcome: match reason {
            Reason::Unchanged => Outcome::Unchanged,
            Reason::Withdrawn => Outcome::StaysWithdrawn,
        },
    }
}

/// A file's bytes, unless there are more than `limit`.
fn read_whole(path: &Path, limit: usize) -> std::io::Result<Vec<u8>> {
    use std::io::Read;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        return Err(std::io::Error::other(format!(
            "larger than {limit} bytes: raise fetch.body, or split it"
        )));
    }
    Ok(bytes)
}
