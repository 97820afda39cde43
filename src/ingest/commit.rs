//! The doors' one way into the journal: what is known is looked up, decided on and appended under a precondition.

use super::decide::{self, Known, Origin, Reason, Verdict};
use super::error::{Error, Outcome, Precondition, PushOptions, Pushed};
use super::folder;
use super::matching;
use super::poll::polled_host;
use super::push::KeyLocks;
use super::worker::{self, Job, Pool};
use crate::config::Config;
use crate::fetch::State;
use crate::journal::{self, Journal, Proposal};
use crate::model::{
    Article, ArticleId, ArticleKey, Change, ParsedEntry, Seq, Source, SourceId, Timestamp,
};
use crate::refine::{self, Draft};
use crate::store::{self, Kind, Meta, Store};
use arc_swap::ArcSwap;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How often a decision is made again because someone else was faster.
pub(super) const TRIES: usize = 64;
/// How long an answer waits for the views to show what it tells; the fact is on disk already.
const SHOWN_WITHIN: Duration = Duration::from_secs(5);
/// How long the views may be behind before nothing is decided by them.
const VIEWS_WITHIN: Duration = Duration::from_secs(30);

/// The way in.
pub struct Ingest {
    config: Arc<ArcSwap<Config>>,
    pub(super) journal: Journal,
    pub(super) store: Store,
    pool: Arc<Pool>,
    pub(super) idempotent: KeyLocks,
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

    /// Reads and cleans an entry: in this process where that is surely cheap, else in a worker.
    pub(super) async fn refine(
        &self,
        source: &Source,
        entry: ParsedEntry,
        now: Timestamp,
    ) -> Result<Draft, Error> {
        let base = self.base(source);
        if worker::is_cheap(&entry) {
            return Ok(worker::refine_entry(entry, source, &base, now)?);
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

    /// The hosts on which sources are polled, as [`polled_host`] says them.
    pub(super) fn polled_hosts(&self) -> Result<HashSet<String>, Error> {
        let config = self.config.load();
        let progress = self.store.progress();
        let host = |source: &Source| {
            let state: Option<State> = progress.get(Kind::Source, source.id.as_str())?;
            Ok(polled_host(source, &state.unwrap_or_default()))
        };
        config.sources.iter().filter(|source| source.kind.address().is_some()).map(host).collect()
    }

    /// Decides on a draft and appends what was decided, again whenever someone else was faster.
    pub(super) async fn commit(
        &self,
        source: &Source,
        key: ArticleKey,
        draft: Draft,
        origin: Origin,
        options: &PushOptions,
        now: Timestamp,
    ) -> Result<Pushed, Error> {
        for _ in 0..TRIES {
            let known = self.store.known(key)?;
            let holds = check_precondition(options.precondition, known.as_ref());
            let planned = self.plan(source, key, &draft, known.as_ref(), origin, now);
            match (holds, planned) {
                (Ok(()), Planned::Change { article, change, expected, outcome }) => {
                    let idempotency_key = options.idempotency_key.clone();
                    let expected = Some(expected);
                    let proposal = Proposal { change, expected, idempotency_key, at: now };
                    if let Ok(seq) = self.append(proposal).await? {
                        return Ok(pushed(seq, &article, outcome));
                    }
                }
                (holds, planned) => {
                    if self.is_current(key, known.as_ref()).await? {
                        holds?;
                        return Ok(unchanged(&planned, known.as_ref()));
                    }
                }
            }
        }
        Err(Error::Busy)
    }

    /// Whether what the views say of an article is all that has happened to it, so that nothing may be done on their
    /// word alone. Where it is not, waits until they say it.
    pub(super) async fn is_current(
        &self,
        key: ArticleKey,
        known: Option<&Meta>,
    ) -> Result<bool, Error> {
        let head = self.journal.log().head(key)?;
        if known.map_or(Seq(0), |known| known.seq) == head {
            return Ok(true);
        }
        self.seen(head).await?;
        Ok(false)
    }

    /// What a draft is to become, given what is known.
    pub(super) fn plan(
        &self,
        source: &Source,
        key: ArticleKey,
        draft: &Draft,
        known: Option<&Meta>,
        origin: Origin,
        now: Timestamp,
    ) -> Planned {
        let article = Arc::new(self.assemble(source, key, draft, known, origin, now));
        let short = known.map(|k| Known {
            seq: k.seq,
            fingerprint: k.fingerprint,
            withdrawn: k.withdrawn.is_some(),
            gone_since: k.gone_since,
            changed: k.gone_since.and_then(|_| self.changed(key)),
        });
        let (change, expected, outcome) = match decide::decide(&article, short.as_ref(), origin) {
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

    /// When its source says that an article was changed, as we have it.
    pub(super) fn changed(&self, key: ArticleKey) -> Option<Timestamp> {
        let article = self.store.last_article(key).ok().flatten()?;
        article.updated.as_ref().or(article.published.as_ref()).map(|dated| dated.at)
    }

    /// The same, but not after we took it in: a source cannot have changed it since, whatever date it gave it.
    pub(super) fn changed_at_last(&self, key: ArticleKey) -> Option<Timestamp> {
        let article = self.store.last_article(key).ok().flatten()?;
        let dated = article.updated.as_ref().or(article.published.as_ref())?;
        Some(dated.at.min(article.changed))
    }

    /// The article that a draft makes beside what is known: ids and first times stay.
    fn assemble(
        &self,
        source: &Source,
        key: ArticleKey,
        draft: &Draft,
        known: Option<&Meta>,
        origin: Origin,
        now: Timestamp,
    ) -> Article {
        let mut draft = draft.clone();
        match known {
            Some(known) => {
                draft.published = known.published.clone();
                draft.upstream_id = known.upstream_id.clone();
                if origin == Origin::Polled {
                    draft.url = matching::address(known.url.as_deref(), draft.url.as_deref());
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

    /// Waits until the views show an event by which is decided; views that lag for long are no ground to decide on.
    pub(super) async fn seen(&self, seq: Seq) -> Result<(), Error> {
        match tokio::time::timeout(VIEWS_WITHIN, self.store.caught_up(seq)).await {
            Ok(seen) => Ok(seen?),
            Err(_) => Err(self.store.trouble().unwrap_or(store::Error::Behind).into()),
        }
    }

    /// The store that it decides by.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Appends a proposal; `Err(())` means someone else was faster and the views have caught up with it.
    pub(super) async fn append(&self, proposal: Proposal) -> Result<Result<Seq, ()>, Error> {
        match self.journal.append(proposal).await {
            Ok(seq) => Ok(Ok(seq)),
            Err(journal::Error::Conflict { actual }) => {
                self.seen(actual).await?;
                Ok(Err(()))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Held by whoever takes in a document of a source.
    pub(super) fn turn_of(&self, source: &SourceId) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(|e| e.into_inner());
        Arc::clone(turns.entry(source.clone()).or_default())
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

pub(super) fn check_precondition(
    wanted: Option<Precondition>,
    known: Option<&Meta>,
) -> Result<(), Error> {
    let standing = known.filter(|k| k.is_live()).map(|k| k.revision);
    let holds = match wanted {
        None => true,
        Some(Precondition::Revision(revision)) => standing == Some(revision),
        Some(Precondition::Exists) => standing.is_some(),
        Some(Precondition::Absent) => standing.is_none(),
    };
    if holds { Ok(()) } else { Err(Error::Precondition { actual: standing.unwrap_or(0) }) }
}

fn unchanged(planned: &Planned, known: Option<&Meta>) -> Pushed {
    let (article, outcome) = match planned {
        Planned::Nothing { article, reason: Reason::Withdrawn } => {
            (article, Outcome::StaysWithdrawn)
        }
        Planned::Nothing { article, .. } | Planned::Change { article, .. } => {
            (article, Outcome::Unchanged)
        }
    };
    Pushed {
        seq: known.map_or(Seq(0), |k| k.seq),
        key: article.key,
        id: article.id.clone(),
        revision: known.map_or(0, |k| k.revision),
        upstream_id: article.upstream_id.clone(),
        outcome,
    }
}

/// A file's bytes, unless there are more than `limit`.
fn read_whole(path: &Path, limit: usize) -> std::io::Result<Vec<u8>> {
    use std::io::Read;
    let mut bytes = Vec::new();
    folder::open(path)?.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        return Err(std::io::Error::other(format!(
            "larger than {limit} bytes: raise fetch.body, or split it"
        )));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
