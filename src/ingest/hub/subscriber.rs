//! All subscriptions of ours: kept in the progress of their sources, found by the address that a hub calls.

use super::subscription::LEASE_MS;
use super::{Delivery, Received, Subscription, Verification, wanted};
use crate::config::FetchConfig;
use crate::fetch::State;
use crate::model::{ArticleKey, Source, SourceId, Timestamp};
use crate::net::{self, Client, Post, Trust};
use crate::store::{Kind, Progress};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, Semaphore, SemaphorePermit, mpsc, watch};
use url::Url;
use url::form_urlencoded::Serializer;

/// Deliveries that wait to be applied.
const WAITING: usize = 32;
/// Deliveries whose bodies are read at once: each may be as large as any document.
const READING: usize = 4;
/// Between two polls of a source whose hub tells of its changes.
const REST_MS: i64 = 6 * 3_600_000;
/// Hubs of one feed that are asked.
const HUBS: usize = 4;
/// Bytes of a hub's answer that are taken.
const ANSWER: usize = 64 << 10;

/// All subscriptions of ours.
pub struct Subscriber {
    progress: Progress,
    held: Mutex<BTreeMap<SourceId, Subscription>>,
    waiting: mpsc::Sender<Delivery>,
    reading: Semaphore,
    changed: Notify,
    trust: watch::Sender<()>,
}

/// How a source stands with its hub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The hub.
    pub hub: String,
    /// Until when it has promised to tell; `None` while the feed is only polled.
    pub until: Option<Timestamp>,
    /// How often in a row no hub of the feed took the subscription.
    pub refused: u32,
    /// When it is asked next, for the first time or for more.
    pub next: Timestamp,
    /// How many polls have found what it did not tell.
    pub missed: u32,
    /// How many of its deliveries could not be used.
    pub unusable: u32,
}

impl Subscriber {
    /// The subscriptions that are remembered, and where their deliveries come out.
    pub fn new(progress: Progress) -> (Self, mpsc::Receiver<Delivery>) {
        let (waiting, deliveries) = mpsc::channel(WAITING);
        let kept = progress.scan(Kind::HubSubscription).filter_map(|row| match row {
            Ok((source, subscription)) => Some((SourceId::new(&source).ok()?, subscription)),
            Err(error) => {
                tracing::warn!(%error, "a subscription at a hub is lost, it is made again");
                None
            }
        });
        let held = Mutex::new(kept.collect());
        let (reading, trust) = (Semaphore::new(READING), watch::Sender::default());
        (Self { progress, held, waiting, reading, changed: Notify::new(), trust }, deliveries)
    }

    /// Notes which hubs a source names and what it calls itself; a new hub is a new subscription, and so is a new topic
    /// that is named twice: some feeds name another one each time.
    pub fn heard(&self, source: &SourceId, hubs: &[String], topic: &str) {
        let hubs: Vec<String> = distinct(hubs);
        let Some(hub) = hubs.first() else { return };
        let mut held = self.held();
        if let Some(known) = held.get_mut(source)
            && hubs.contains(&known.hub)
            && (known.topic == topic || known.renamed.as_deref() != Some(topic))
        {
            let renamed = (known.topic != topic).then(|| topic.to_owned());
            if (&known.hubs, &known.renamed) != (&hubs, &renamed) {
                (known.hubs, known.renamed) = (hubs, renamed);
                self.keep(source, known);
            }
            return;
        }
        let (Some(token), Some(secret)) = (random(), random()) else { return };
        let mut new = Subscription::new(topic.to_owned(), hub.clone(), token, secret);
        new.hubs = hubs;
        self.keep(source, &new);
        held.insert(source.clone(), new);
        self.has_changed();
    }

    /// Notes that a source names no hub any more: its subscription is left to end.
    pub fn unheard(&self, source: &SourceId) {
        if self.held().remove(source).is_some() {
            self.forget(source);
            self.has_changed();
        }
    }

    /// Whether a source's hub tells of its changes now.
    pub fn is_live(&self, source: &SourceId, now: Timestamp) -> bool {
        self.held().get(source).is_some_and(|held| held.is_live(now))
    }

    /// When a source is polled next. While its hub tells of changes polls are only a safety net: every six hours, and when
    /// the lease ends.
    pub fn next_check(
        &self,
        source: &SourceId,
        state: &State,
        config: &FetchConfig,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let held = self.held();
        let relied_on = held.get(source).filter(|held| held.is_relied_on(now));
        let until = relied_on.filter(|_| state.failures == 0 && !state.waits).and_then(|s| s.until);
        let (Some(until), Some(last)) = (until, state.last_check) else { return state.next_check };
        let wait = REST_MS.clamp(config.min_interval_ms, config.max_interval_ms);
        let end = until.max(last.plus_millis(config.min_interval_ms));
        state.next_check.max(Some(last.plus_millis(wait).min(end)))
    }

    /// Notes that a poll found something new, and when the poll before it was: the hub should have told of it.
    pub fn note_found(&self, source: &SourceId, before: Option<Timestamp>, now: Timestamp) {
        self.change(source, |subscription| _ = subscription.miss(before, now));
    }

    /// Notes articles that a delivery changed: the feed itself has not said so yet.
    pub fn note_delivered(&self, source: &SourceId, changed: Vec<ArticleKey>) {
        self.change(source, |held| {
            held.unconfirmed.extend(changed.into_iter().map(|key| (key, 0)))
        });
    }

    /// Notes which articles a feed still lists as they were before a delivery; it has confirmed the others.
    pub fn note_listed(&self, source: &SourceId, older: &[ArticleKey]) {
        self.change(source, |held| {
            held.unconfirmed.retain(|key, _| older.contains(key));
            held.unconfirmed.values_mut().for_each(|polls| *polls = polls.saturating_add(1));
        });
    }

    /// Whether a delivery waits for a poll to confirm it.
    pub fn has_unconfirmed(&self, source: &SourceId) -> bool {
        self.held().get(source).is_some_and(|held| !held.unconfirmed.is_empty())
    }

    /// The articles that the last poll listed as they were before a delivery. If the next one does so too, the feed's own
    /// word counts, whatever its dates say.
    pub fn contradicted(&self, source: &SourceId) -> Vec<ArticleKey> {
        let held = self.held();
        let all = held.get(source).into_iter().flat_map(|held| &held.unconfirmed);
        all.filter(|(_, polls)| **polls > 0).map(|(key, _)| *key).collect()
    }

    /// Notes that a delivery could not be used, by the address that it came to, and has its source polled.
    pub fn note_unusable(&self, token: &str) {
        let found = found(&mut self.held(), token).map(|(source, held)| {
            let topic = held.topic.clone();
            Delivery { source: source.clone(), topic, content_type: None, body: Bytes::new() }
        });
        let Some(poll_instead) = found else { return };
        metrics::counter!("dongtin_websub_ignored_total").increment(1);
        self.note_unread(&poll_instead.source);
        // Where many wait the source is polled because of one of those.
        let _ = self.waiting.try_send(poll_instead);
    }

    /// Notes that what a source's hub delivered could not be used.
    pub fn note_unread(&self, source: &SourceId) {
        self.change(source, |held| held.unusable = held.unusable.saturating_add(1));
    }

    /// A place for reading a delivery; `None` while too many are read.
    pub fn may_read(&self) -> Option<SemaphorePermit<'_>> {
        self.reading.try_acquire().ok()
    }

    /// How a source stands with its hub, if it names one.
    pub fn standing(&self, source: &SourceId, now: Timestamp) -> Option<Standing> {
        let held = self.held();
        let one = held.get(source)?;
        let until = one.until.filter(|_| one.is_live(now));
        let next = one.due_at();
        let Subscription { failures: refused, missed, unusable, .. } = *one;
        Some(Standing { hub: one.hub.clone(), until, refused, next, missed, unusable })
    }

    /// The answer to a hub that asks whether we asked; `None` where we did not.
    pub fn verify(&self, token: &str, asked: &Verification, now: Timestamp) -> Option<String> {
        let mut held = self.held();
        let (source, subscription) = found(&mut held, token)?;
        let hub = subscription.hub.clone();
        let answer = subscription.verify(asked, now)?;
        tracing::info!(source.id = %source, hub, mode = %asked.mode, "the hub has answered");
        moved(subscription, &hub);
        self.keep(source, subscription);
        self.has_changed();
        Some(answer)
    }

    /// Whether a callback is one of ours: nothing is read for others.
    pub fn knows(&self, token: &str) -> bool {
        found(&mut self.held(), token).is_some()
    }

    /// Takes a delivery, if it may be believed.
    pub fn deliver(
        &self,
        token: &str,
        signature: Option<&str>,
        content_type: Option<String>,
        body: Bytes,
        now: Timestamp,
    ) -> Received {
        let mut held = self.held();
        let Some((source, subscription)) = found(&mut held, token) else {
            return Received::Unknown;
        };
        if !subscription.believes(signature, &body, now) {
            tracing::warn!(source.id = %source, "a delivery without a signature that holds was ignored");
            drop(held);
            self.note_unusable(token);
            return Received::Ignored;
        }
        let was_relied_on = subscription.is_relied_on(now);
        subscription.hear(now);
        self.keep(source, subscription);
        if subscription.is_relied_on(now) != was_relied_on {
            self.has_changed();
        }
        let topic = subscription.topic.clone();
        let delivery = Delivery { source: source.clone(), topic, content_type, body };
        match self.waiting.try_send(delivery) {
            Ok(()) => Received::Taken,
            Err(_) => Received::Busy,
        }
    }

    /// Asks a hub for a subscription that is due, and notes what came of it.
    pub async fn renew(
        &self,
        client: &Client,
        base_url: &str,
        source: &Source,
        subscription: &Subscription,
        now: Timestamp,
    ) {
        let asked = ask(client, base_url, subscription, Trust::of(source)).await;
        let Err(refusal) = asked else { return };
        let hub = &subscription.hub;
        tracing::warn!(source.id = %source.id, hub, why = %refusal, "the hub does not take the subscription; the feed's next hub is asked, polling goes on");
        self.change(&source.id, |held| match refusal {
            Refusal::Resting(until) => held.put_off(until),
            Refusal::Failed(_) => {
                held.failed(now);
                moved(held, hub);
            }
        });
    }

    /// When a hub is next asked.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.held().values().map(Subscription::due_at).min()
    }

    /// Waits until a subscription was made or has changed.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Changes when a source may have to be polled at another time than before.
    pub fn trust(&self) -> watch::Receiver<()> {
        self.trust.subscribe()
    }

    fn has_changed(&self) {
        self.changed.notify_one();
        self.trust.send_replace(());
    }

    /// The subscriptions that are due, noted as asked: a hub may verify before it answers. Subscriptions that the config
    /// does not want are dropped.
    pub fn due(
        &self,
        base_url: &str,
        sources: &[Source],
        now: Timestamp,
    ) -> Vec<(Source, Subscription)> {
        let mut held = self.held();
        let mut due = Vec::new();
        held.retain(|id, subscription| {
            let source = sources.iter().find(|source| source.id == *id);
            let Some(source) = source.filter(|source| wanted(source, base_url)) else {
                self.forget(id);
                return false;
            };
            let hub = subscription.hub.clone();
            subscription.lapse(now);
            moved(subscription, &hub);
            if subscription.is_due(now) {
                subscription.ask(now);
                self.keep(id, subscription);
                due.push((source.clone(), subscription.clone()));
            }
            true
        });
        due
    }

    /// Changes a subscription, if there is one.
    fn change(&self, source: &SourceId, change: impl FnOnce(&mut Subscription)) {
        let mut held = self.held();
        let Some(subscription) = held.get_mut(source) else { return };
        let before = subscription.clone();
        change(subscription);
        if *subscription != before {
            self.keep(source, subscription);
            self.has_changed();
        }
    }

    fn keep(&self, source: &SourceId, subscription: &Subscription) {
        let kept = self.progress.put(Kind::HubSubscription, source.as_str(), subscription);
        if let Err(error) = kept {
            tracing::error!(source.id = %source, %error, "a subscription at a hub was not kept");
        }
    }

    fn forget(&self, source: &SourceId) {
        if let Err(error) = self.progress.remove(Kind::HubSubscription, source.as_str()) {
            tracing::error!(source.id = %source, %error, "a subscription at a hub was not forgotten");
        }
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<SourceId, Subscription>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A subscription that has gone to another hub gets a token and a secret that the last one does not know.
fn moved(subscription: &mut Subscription, before: &str) {
    if subscription.hub != before
        && let (Some(token), Some(secret)) = (random(), random())
    {
        subscription.begin_anew(token, secret);
    }
}

fn found<'h>(
    held: &'h mut BTreeMap<SourceId, Subscription>,
    token: &str,
) -> Option<(&'h SourceId, &'h mut Subscription)> {
    let is = |s: &Subscription| {
        bool::from(subtle::ConstantTimeEq::ct_eq(s.token.as_bytes(), token.as_bytes()))
    };
    held.iter_mut().find(|(_, subscription)| is(subscription))
}

/// Why a hub was not asked, or did not take a subscription.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    /// Its host wants to be left alone.
    #[error("its host is left alone until {0}")]
    Resting(Timestamp),
    /// It cannot be reached, or said no.
    #[error("{0}")]
    Failed(String),
}

impl From<net::Error> for Refusal {
    fn from(error: net::Error) -> Self {
        match error {
            net::Error::Resting { until, .. } => Self::Resting(until),
            error => Self::Failed(error.to_string()),
        }
    }
}

/// Asks a hub for a subscription; it verifies by asking us.
async fn ask(
    client: &Client,
    base_url: &str,
    subscription: &Subscription,
    trust: Trust,
) -> Result<(), Refusal> {
    let url = Url::parse(&subscription.hub).map_err(|e| Refusal::Failed(e.to_string()))?;
    let callback = format!("{base_url}/websub/{}", subscription.token);
    let form = Serializer::new(String::new())
        .append_pair("hub.callback", &callback)
        .append_pair("hub.mode", "subscribe")
        .append_pair("hub.topic", &subscription.topic)
        .append_pair("hub.secret", &subscription.secret)
        .append_pair("hub.lease_seconds", &(LEASE_MS / 1000).to_string())
        .finish();
    let post = Post {
        url,
        trust,
        content_type: "application/x-www-form-urlencoded",
        body: form.into(),
        headers: Vec::new(),
        limit: ANSWER,
    };
    let answer = client.post(post).await?;
    match answer.status {
        status if status.is_success() => Ok(()),
        status => Err(Refusal::Failed(format!("HTTP status {status}"))),
    }
}

/// The first hubs of a feed, each once.
fn distinct(hubs: &[String]) -> Vec<String> {
    let mut distinct: Vec<String> = Vec::new();
    for hub in hubs {
        if distinct.len() < HUBS && !distinct.contains(hub) {
            distinct.push(hub.clone());
        }
    }
    distinct
}

/// 128 bits of chance and more, as figures.
fn random() -> Option<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).ok()?;
    Some(crate::text::hex(&bytes))
}
