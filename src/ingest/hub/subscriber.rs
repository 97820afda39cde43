//! All subscriptions of ours: kept in the progress of their sources, found by the address that a hub calls.

use super::subscription::LEASE_MS;
use super::{Delivery, Received, Subscription, Verification, wanted};
use crate::model::{Source, SourceId, Timestamp};
use crate::net::{Client, Post, Trust};
use crate::store::{Kind, Progress};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, mpsc};
use url::Url;
use url::form_urlencoded::Serializer;

/// Deliveries that wait to be applied.
const WAITING: usize = 32;
/// Hubs of one feed that are asked.
const HUBS: usize = 4;
/// Bytes of a hub's answer that are taken.
const ANSWER: usize = 64 << 10;

/// All subscriptions of ours.
pub struct Subscriber {
    progress: Progress,
    held: Mutex<BTreeMap<SourceId, Subscription>>,
    waiting: mpsc::Sender<Delivery>,
    changed: Notify,
}

/// How a source stands with its hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The hub.
    pub hub: String,
    /// Until when it has promised to tell; `None` while the feed is only polled.
    pub until: Option<Timestamp>,
    /// How often in a row no hub of the feed took the subscription.
    pub refused: u32,
    /// When it is asked next, for the first time or for more.
    pub next: Timestamp,
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
        (Self { progress, held, waiting, changed: Notify::new() }, deliveries)
    }

    /// Notes which hubs a source names and what it calls itself; a new topic or hub is a new subscription.
    pub fn heard(&self, source: &SourceId, hubs: &[String], topic: &str) {
        let hubs: Vec<String> = distinct(hubs);
        let Some(hub) = hubs.first() else { return };
        let mut held = self.held();
        if let Some(known) = held.get_mut(source)
            && known.topic == topic
            && hubs.contains(&known.hub)
        {
            if known.hubs != hubs {
                known.hubs = hubs;
                self.keep(source, known);
            }
            return;
        }
        let (Some(token), Some(secret)) = (random(), random()) else { return };
        let mut new = Subscription::new(topic.to_owned(), hub.clone(), token, secret);
        new.hubs = hubs;
        self.keep(source, &new);
        held.insert(source.clone(), new);
        self.changed.notify_one();
    }

    /// Notes that a source names no hub any more: its subscription is left to end.
    pub fn unheard(&self, source: &SourceId) {
        if self.held().remove(source).is_some() {
            self.forget(source);
        }
    }

    /// Whether a source's hub tells of its changes now, and until when.
    pub fn live_until(&self, source: &SourceId, now: Timestamp) -> Option<Timestamp> {
        let held = self.held();
        held.get(source).filter(|held| held.is_live(now))?.until
    }

    /// How a source stands with its hub, if it names one.
    pub fn standing(&self, source: &SourceId, now: Timestamp) -> Option<Standing> {
        let held = self.held();
        let one = held.get(source)?;
        let until = one.until.filter(|_| one.is_live(now));
        let next = one.due_at();
        Some(Standing { hub: one.hub.clone(), until, refused: one.failures, next })
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
        self.changed.notify_one();
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
        let before = subscription.agreed;
        if !subscription.believes(signature, &body, now) {
            metrics::counter!("dongtin_websub_ignored_total").increment(1);
            tracing::warn!(source.id = %source, "a delivery without a signature that holds was ignored");
            return Received::Ignored;
        }
        if subscription.agreed != before {
            self.keep(source, subscription);
        }
        let topic = subscription.topic.clone();
        let delivery = Delivery { source: source.clone(), topic, content_type, body };
        match self.waiting.try_send(delivery) {
            Ok(()) => Received::Taken,
            Err(_) => Received::Busy,
        }
    }

    /// Asks every hub whose turn it is; drops subscriptions that the config does not want. When to do it next.
    pub async fn renew(
        &self,
        client: &Client,
        base_url: &str,
        sources: &[Source],
        now: Timestamp,
    ) -> Option<Timestamp> {
        for (source, subscription) in self.due(base_url, sources, now) {
            let configured = sources.iter().find(|configured| configured.id == source);
            let trust = configured.map_or_else(Trust::nobody, Trust::of);
            let asked = ask(client, base_url, &subscription, trust).await;
            if let Err(why) = asked {
                tracing::warn!(source.id = %source, hub = %subscription.hub, why, "the hub does not take the subscription; the feed's next hub is asked, polling goes on");
                self.change(&source, |subscription| {
                    let hub = subscription.hub.clone();
                    subscription.failed(now);
                    moved(subscription, &hub);
                });
            }
        }
        self.held().values().map(Subscription::due_at).min()
    }

    /// Waits until a subscription was made or has changed.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// The subscriptions that are due, noted as asked: a hub may verify before it answers.
    fn due(
        &self,
        base_url: &str,
        sources: &[Source],
        now: Timestamp,
    ) -> Vec<(SourceId, Subscription)> {
        let is_wanted = |id: &SourceId| sources.iter().any(|s| s.id == *id && wanted(s, base_url));
        let mut held = self.held();
        let dropped: Vec<SourceId> = held.keys().filter(|id| !is_wanted(id)).cloned().collect();
        for id in dropped {
            held.remove(&id);
            self.forget(&id);
        }
        let mut due = Vec::new();
        for (source, subscription) in held.iter_mut() {
            let hub = subscription.hub.clone();
            subscription.lapse(now);
            moved(subscription, &hub);
            if subscription.is_due(now) {
                subscription.ask(now);
                self.keep(source, subscription);
                due.push((source.clone(), subscription.clone()));
            }
        }
        due
    }

    fn change(&self, source: &SourceId, change: impl FnOnce(&mut Subscription)) {
        let mut held = self.held();
        if let Some(subscription) = held.get_mut(source) {
            change(subscription);
            self.keep(source, subscription);
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

/// Asks a hub for a subscription; it verifies by asking us.
async fn ask(
    client: &Client,
    base_url: &str,
    subscription: &Subscription,
    trust: Trust,
) -> Result<(), String> {
    let url = Url::parse(&subscription.hub).map_err(|e| e.to_string())?;
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
    let answer = client.post(post).await.map_err(|e| e.to_string())?;
    if answer.status.is_success() { Ok(()) } else { Err(format!("HTTP status {}", answer.status)) }
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
