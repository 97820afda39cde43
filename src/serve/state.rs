//! What every route may use: the rooms, the config of the moment, the tokens, the clock.

use crate::config::Config;
use crate::feeds::{Format, Rendered};
use crate::ingest::Ingest;
use crate::journal::Journal;
use crate::model::{Feed, FeedId, Timestamp, Tokens};
use crate::store::Store;
use arc_swap::ArcSwap;
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;
use tokio::sync::{Semaphore, watch};

/// The feeds as they are published, in memory.
pub trait Published: Send + Sync {
    /// A feed's bytes; `None` where there is no such feed.
    fn rendered(&self, feed: &FeedId, format: Format) -> Option<Arc<Rendered>>;
    /// Every feed that is published, configured ones first.
    fn feeds(&self) -> Vec<Feed>;
    /// The directory of all feeds as OPML.
    fn directory(&self) -> Option<Arc<Rendered>>;
}

/// What the daemon is doing about taking requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Rooms are still opening.
    #[default]
    Starting,
    /// Everything is served.
    Ready,
    /// It ends soon: long polls are answered at once.
    Stopping,
}

/// What every route may use.
pub struct State {
    /// The config, replaced whole on reload.
    pub config: Arc<ArcSwap<Config>>,
    /// What has happened.
    pub journal: Journal,
    /// What follows from it.
    pub store: Store,
    /// The way in.
    pub ingest: Arc<Ingest>,
    /// The feeds' bytes.
    pub published: Arc<dyn Published>,
    /// Who may push.
    pub tokens: Arc<ArcSwap<Tokens>>,
    /// What `/metrics` renders; `None` where nothing is recorded.
    pub metrics: Option<PrometheusHandle>,
    /// Starting, ready or stopping.
    pub phase: watch::Receiver<Phase>,
    /// The clock.
    pub now: fn() -> Timestamp,
    /// Feeds with their headers, as they were last sent.
    pub(super) shelf: super::feeds::Shelf,
    /// Places for answers that wait.
    pub(super) waiters: Semaphore,
}

impl State {
    /// What routes use, from the rooms.
    pub fn new(
        config: Arc<ArcSwap<Config>>,
        ingest: Arc<Ingest>,
        published: Arc<dyn Published>,
        tokens: Arc<ArcSwap<Tokens>>,
        metrics: Option<PrometheusHandle>,
        phase: watch::Receiver<Phase>,
        now: fn() -> Timestamp,
    ) -> Self {
        let store = ingest.store().clone();
        let journal = store.journal().clone();
        let (shelf, waiters) = (super::feeds::Shelf::default(), Semaphore::new(super::changes::WAITERS));
        Self { config, journal, store, ingest, published, tokens, metrics, phase, now, shelf, waiters }
    }
}
