use super::api::changes::SharedPages;
use super::http::budget::Budget;
use super::http::request_log::Traffic;
use crate::config::Config;
use crate::deliver::PartnerLog;
use crate::feeds::Cache;
use crate::ingest::Intake;
use crate::ingest::follow::Standby;
use crate::ingest::health::HealthExaminer;
use crate::journal::Journal;
use crate::model::{PartnerId, Timestamp, Tokens};
use crate::store::Store;
use arc_swap::ArcSwap;
use metrics_exporter_prometheus::PrometheusHandle;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::{Semaphore, watch};

/// Pages of changes that may wait for an event at once, and streams of them; one more page is answered at once, empty.
pub(super) const WAITERS: usize = 4_096;
/// KiB that all larger pages of changes may hold together, until their last byte is sent.
pub(super) const ROOM_KIB: usize = 16 << 10;

/// What the daemon is doing about taking requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    #[default]
    Starting,
    Ready,
    /// It ends soon: long polls are answered at once.
    Stopping,
}

/// What every handler may use.
pub struct State {
    pub config: Arc<ArcSwap<Config>>,
    pub journal: Journal,
    pub store: Store,
    pub ingest: Arc<Intake>,
    pub cache: Cache,
    pub tokens: Arc<ArcSwap<Tokens>>,
    /// What `/metrics` renders; `None` where nothing is recorded.
    pub metrics: Option<PrometheusHandle>,
    pub phase: watch::Receiver<Phase>,
    pub now: fn() -> Timestamp,
    /// How the sources are, and our subscriptions at their hubs; set by `node`.
    pub examiner: Option<HealthExaminer>,
    /// The copying of a leader's journal; set by `node`.
    pub standby: Option<Arc<Standby>>,
    /// What each partner has taken.
    pub partners: Arc<PartnerLog>,
    pub(super) traffic: Traffic,
    /// The requests for changes of each address.
    pub(super) budget: Budget<IpAddr>,
    /// The requests for changes of each partner.
    pub(super) partner_budget: Budget<PartnerId>,
    /// The wrong tokens of each address.
    pub(super) wrong_tokens: Budget<IpAddr>,
    /// Places for pages of changes that wait, and for streams.
    pub(super) waiters: Arc<Semaphore>,
    /// Pages of changes that are being made or sent.
    pub(super) pages: SharedPages,
    /// KiB that larger pages of changes may still hold.
    pub(super) room: Arc<Semaphore>,
}

impl State {
    /// The state of a daemon that is starting.
    pub fn new(
        config: Arc<ArcSwap<Config>>,
        ingest: Arc<Intake>,
        cache: Cache,
        tokens: Arc<ArcSwap<Tokens>>,
        metrics: Option<PrometheusHandle>,
        phase: watch::Receiver<Phase>,
        now: fn() -> Timestamp,
    ) -> Self {
        let store = ingest.store.clone();
        let journal = store.journal().clone();
        let partners = Arc::new(PartnerLog::new(store.progress()));
        Self {
            examiner: None,
            standby: None,
            config,
            journal,
            store,
            ingest,
            cache,
            tokens,
            metrics,
            phase,
            now,
            partners,
            traffic: Traffic::default(),
            budget: Budget::default(),
            partner_budget: Budget::default(),
            wrong_tokens: Budget::default(),
            waiters: Arc::new(Semaphore::new(WAITERS)),
            pages: SharedPages::default(),
            room: Arc::new(Semaphore::new(ROOM_KIB)),
        }
    }
}
