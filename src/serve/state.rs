//! What every route may use: the rooms, the config of the moment, the tokens, the clock.

use super::page::SourceStatusView;
use crate::config::Config;
use crate::feeds::Cache;
use crate::ingest::Ingest;
use crate::ingest::hub::Subscriber;
use crate::journal::Journal;
use crate::model::{Source, Timestamp, Tokens};
use crate::store::Store;
use arc_swap::ArcSwap;
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;
use tokio::sync::{Semaphore, watch};

/// Adds to a source's status what whoever polls knows of it.
pub type Polled = Box<dyn Fn(&Source, &mut SourceStatusView) + Send + Sync>;

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
    pub cache: Cache,
    /// Who may push.
    pub tokens: Arc<ArcSwap<Tokens>>,
    /// What `/metrics` renders; `None` where nothing is recorded.
    pub metrics: Option<PrometheusHandle>,
    /// Starting, ready or stopping.
    pub phase: watch::Receiver<Phase>,
    /// The clock.
    pub now: fn() -> Timestamp,
    /// Our subscriptions at hubs; set by `node`.
    pub subscriber: Option<Arc<Subscriber>>,
    /// Adds to a source's status what whoever polls knows of it; set by `node`.
    pub polled: Option<Polled>,
    /// Feeds with their headers, as they were last sent.
    pub(super) shelf: super::feeds::Shelf,
    /// What is counted of requests.
    pub(super) traffic: crate::serve::http::request_metrics::Traffic,
    /// Places for answers that wait.
    pub(super) waiters: Semaphore,
    /// KiB that large answers may still hold.
    pub(super) room: Arc<Semaphore>,
}

impl State {
    /// What routes use, from the rooms.
    pub fn new(
        config: Arc<ArcSwap<Config>>,
        ingest: Arc<Ingest>,
        cache: Cache,
        tokens: Arc<ArcSwap<Tokens>>,
        metrics: Option<PrometheusHandle>,
        phase: watch::Receiver<Phase>,
        now: fn() -> Timestamp,
    ) -> Self {
        let store = ingest.store().clone();
        let journal = store.journal().clone();
        let (shelf, waiters) =
            (super::feeds::Shelf::default(), Semaphore::new(crate::serve::api::changes::WAITERS));
        let polled = None;
        Self {
            polled,
            subscriber: None,
            config,
            journal,
            store,
            ingest,
            cache,
            tokens,
            metrics,
            phase,
            now,
            shelf,
            traffic: crate::serve::http::request_metrics::Traffic::default(),
            waiters,
            room: Arc::new(Semaphore::new(crate::serve::api::changes::ROOM_KIB)),
        }
    }
}
