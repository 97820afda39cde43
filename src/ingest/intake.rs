use super::commit::Committer;
use super::error::Error;
use super::hub::Subscriber;
use super::locks::Locks;
use super::resolve::Resolver;
use super::robots::Visitor;
use super::worker::{Job, Pool};
use crate::config::Config;
use crate::journal::Journal;
use crate::model::{DateOrder, Source, SourceId, SourceKind, Timestamp};
use crate::net::Client;
use crate::store::{Progress, Store};
use arc_swap::ArcSwap;
use std::sync::Arc;
use tokio::sync::watch;

/// The owners of what the ways in change, and the workers. Each way in is a function over it.
pub struct Intake {
    /// As it is now.
    pub config: Arc<ArcSwap<Config>>,
    /// What is known.
    pub store: Store,
    /// Says which article a draft is.
    pub resolver: Resolver,
    /// Appends to the journal.
    pub committer: Committer,
    /// The processes that read untrusted bytes.
    pub pool: Arc<Pool>,
    pub(super) locks: Locks,
}

impl Intake {
    /// A way in to a journal, deciding by what a store knows, cleaning by a pool of workers.
    pub fn new(
        config: Arc<ArcSwap<Config>>,
        journal: Journal,
        store: Store,
        pool: Arc<Pool>,
    ) -> Self {
        let committer = Committer::new(Arc::clone(&config), journal, store.clone());
        let resolver = Resolver::new(store.clone());
        Self { config, store, resolver, committer, pool, locks: Locks::default() }
    }

    /// The source of a name, as the config has it now.
    ///
    /// # Errors
    /// If the config has no such source.
    pub fn source(&self, id: &str) -> Result<Source, Error> {
        let config = self.config.load();
        let found = config.sources.iter().find(|source| source.id.as_str() == id);
        found.cloned().ok_or_else(|| Error::NoSource(id.chars().take(80).collect()))
    }

    /// Lets pass a push source, and one that is not in the config.
    ///
    /// # Errors
    /// If the source's articles come another way than by pushes.
    pub fn check_takes_pushes(&self, source: &SourceId) -> Result<(), Error> {
        match self.source(source.as_str()) {
            Ok(known) if known.kind != SourceKind::Push => {
                Err(Error::NotPush { source_id: known.id, kind: known.kind.name() })
            }
            _ => Ok(()),
        }
    }

    /// What is remembered of sources.
    pub fn progress(&self) -> Progress {
        self.store.progress()
    }
}

/// One poll of one source, and what it works with.
#[derive(Clone, Copy)]
pub struct Poll<'a> {
    /// Which source.
    pub source: &'a Source,
    /// As it was when the poll began.
    pub config: &'a Config,
    /// When it began.
    pub now: Timestamp,
    /// A number in 0..1, so that many sources do not move in step.
    pub jitter: f64,
    /// The outgoing client.
    pub client: &'a Client,
    /// The workers.
    pub pool: &'a Pool,
    /// Our subscriptions at hubs.
    pub hubs: &'a Subscriber,
    /// The host that this poll keeps others from, as [`super::schedule::polled_host`] says it.
    pub host: &'a str,
    /// Whether the daemon stops: then no further article's page is begun.
    pub stopped: &'a watch::Receiver<bool>,
}

impl Poll<'_> {
    /// Who asks for what the source's documents lead to.
    pub(super) fn visitor(&self) -> Visitor<'_> {
        Visitor { client: self.client, config: self.config, source: self.source, now: self.now }
    }

    /// The job of reading a document of the source.
    pub(super) fn feed_job(
        &self,
        content_type: Option<String>,
        fetched_from: String,
        date_order: DateOrder,
    ) -> Job {
        Job::Feed {
            content_type,
            source: self.source.clone(),
            fetched_from,
            now: self.now,
            settled: date_order,
            max_entries: self.config.worker.max_entries,
            max_bytes: self.source.fetch.body_bytes.unwrap_or(self.config.fetch.body_bytes),
        }
    }
}
