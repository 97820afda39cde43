//! One subscription of ours at a hub: what it is, when it is next seen to. Pure.

use super::Algorithm;
use crate::model::{ArticleKey, Timestamp};
use crate::net::Backoff;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
/// The wait after no hub of a feed took the subscription.
const AGAIN: Backoff = Backoff { first_ms: HOUR_MS, factor: 2, most_ms: DAY_MS };
/// The lease that we ask for.
pub const LEASE_MS: i64 = 10 * DAY_MS;
/// A lease that is longer is taken for this.
const LONGEST_MS: i64 = 30 * DAY_MS;
/// A lease that is shorter is not relied on: its source is polled as ever.
const RELIABLE_MS: i64 = 10 * MINUTE_MS;
/// How long a hub may take to verify.
const VERIFY_MS: i64 = 10 * MINUTE_MS;
/// Characters of a challenge that is answered.
const CHALLENGE: usize = 1024;

/// One subscription of ours at a hub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// What is subscribed to: the feed's own address.
    pub topic: String,
    /// The hub.
    pub hub: String,
    /// Every hub that the feed names, in its order.
    #[serde(default)]
    pub hubs: Vec<String>,
    /// How many of them did not take the subscription since the last pause.
    #[serde(default)]
    pub refused: usize,
    /// The last part of the address that the hub calls back; nobody can guess it.
    pub token: String,
    /// What deliveries are signed with.
    pub secret: String,
    /// When the hub was asked, where it has not verified yet.
    pub asked: Option<Timestamp>,
    /// How long it was given, once it was verified.
    pub lease_ms: Option<i64>,
    /// Until when, once it was verified.
    pub until: Option<Timestamp>,
    /// Not asked again before this.
    pub not_before: Timestamp,
    /// Times in a row that asking came to nothing.
    pub failures: u32,
    /// The strongest hash that the hub has signed with; a weaker one is not believed after it.
    pub agreed: Option<Algorithm>,
    /// Another topic that the feed named last; named twice in a row it becomes the topic.
    #[serde(default)]
    pub renamed: Option<String>,
    /// Since when it has been live without a break.
    #[serde(default)]
    pub since: Option<Timestamp>,
    /// When the hub last delivered what may be believed.
    #[serde(default)]
    pub told: Option<Timestamp>,
    /// How many polls have found since then what the hub did not tell.
    #[serde(default)]
    pub missed: u32,
    /// How many deliveries could not be used since then.
    #[serde(default)]
    pub unusable: u32,
    /// Articles that it delivered and that the feed itself has not said so yet, and how many polls have said otherwise.
    #[serde(default)]
    pub unconfirmed: BTreeMap<ArticleKey, u32>,
}

/// What a hub asks before it believes a subscription.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// `hub.mode`.
    pub mode: String,
    /// `hub.topic`.
    pub topic: String,
    /// `hub.challenge`.
    pub challenge: String,
    /// `hub.lease_seconds`.
    pub lease_seconds: Option<String>,
}

impl Subscription {
    /// A subscription that nobody was asked for yet.
    pub fn new(topic: String, hub: String, token: String, secret: String) -> Self {
        Self {
            topic,
            hubs: vec![hub.clone()],
            hub,
            refused: 0,
            token,
            secret,
            asked: None,
            lease_ms: None,
            until: None,
            not_before: Timestamp(0),
            failures: 0,
            agreed: None,
            renamed: None,
            since: None,
            told: None,
            missed: 0,
            unusable: 0,
            unconfirmed: BTreeMap::new(),
        }
    }

    /// Whether the hub is to be asked now: for the first time, again, or for more time.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.asked.is_none() && self.due_at() <= now
    }

    /// When it is next seen to.
    pub fn due_at(&self) -> Timestamp {
        if let Some(asked) = self.asked {
            return asked.plus_millis(VERIFY_MS);
        }
        let renewal =
            self.until.zip(self.lease_ms).map(|(until, lease)| until.plus_millis(-lease / 5));
        self.not_before.max(renewal.unwrap_or(Timestamp(0)))
    }

    /// Whether deliveries are to be expected.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until > now)
    }

    /// Whether the hub can be relied on to tell of changes, so that its source need hardly be polled.
    pub fn is_relied_on(&self, now: Timestamp) -> bool {
        let is_long = self.lease_ms.is_some_and(|lease| lease >= RELIABLE_MS);
        self.is_live(now) && is_long && self.failures + self.missed + self.unusable == 0
    }

    /// Notes that the hub delivered what may be believed.
    pub fn hear(&mut self, now: Timestamp) {
        self.told = Some(now);
        (self.missed, self.unusable) = (0, 0);
    }

    /// Notes that a poll found something new, and when the poll before it was. It was for the hub to tell, if it was live
    /// since then and has told nothing.
    pub fn miss(&mut self, before: Option<Timestamp>, now: Timestamp) -> bool {
        let was_live = self.since.zip(before).is_some_and(|(since, before)| since <= before);
        let is_told = self.told.zip(before).is_some_and(|(told, before)| told >= before);
        let is_missed = self.is_live(now) && was_live && !is_told;
        self.missed = self.missed.saturating_add(u32::from(is_missed));
        is_missed
    }

    /// Notes that the hub is asked.
    pub fn ask(&mut self, now: Timestamp) {
        self.asked = Some(now);
    }

    /// Notes that asking came to nothing: the feed's next hub is asked at once. When all were, the next time is an
    /// hour later, then two, up to a day; until then the feed is polled. While a lease runs its hub keeps it.
    pub fn failed(&mut self, now: Timestamp) {
        self.asked = None;
        if self.is_live(now) {
            self.failures = self.failures.saturating_add(1);
            self.not_before = now.plus_millis(AGAIN.wait_ms(self.failures));
            return;
        }
        self.refused += 1;
        let at = self.hubs.iter().position(|hub| *hub == self.hub).map_or(0, |at| at + 1);
        let next = self.hubs.get(at).or(self.hubs.first()).cloned();
        self.hub = next.unwrap_or_else(|| self.hub.clone());
        if self.refused < self.hubs.len() {
            self.not_before = now;
            return;
        }
        self.refused = 0;
        self.failures = self.failures.saturating_add(1);
        self.not_before = now.plus_millis(AGAIN.wait_ms(self.failures));
    }

    /// Notes that the hub's host wants to be left alone: it is asked afterwards, and nothing has failed.
    pub fn put_off(&mut self, until: Timestamp) {
        self.asked = None;
        self.not_before = until;
    }

    /// Begins anew at another hub: what was agreed with the last one, and its secret, is void.
    pub fn begin_anew(&mut self, token: String, secret: String) {
        (self.token, self.secret) = (token, secret);
        (self.lease_ms, self.until, self.agreed, self.since) = (None, None, None, None);
    }

    /// Notes that a hub did not verify in time.
    pub fn lapse(&mut self, now: Timestamp) {
        if self.asked.is_some() && self.due_at() <= now {
            self.failed(now);
        }
    }

    /// What to answer a hub's question with: its challenge, only where we have asked for this topic, or hold it. A hub may
    /// ask again: our answer may be lost. It may end a subscription at any time.
    pub fn verify(&mut self, asked: &Verification, now: Timestamp) -> Option<String> {
        if asked.topic != self.topic {
            return None;
        }
        let is_ours = self.asked.is_some() || self.is_live(now);
        match asked.mode.as_str() {
            "subscribe" if is_ours && (1..=CHALLENGE).contains(&asked.challenge.len()) => {
                self.begin_lease(lease_ms(asked.lease_seconds.as_deref()), now);
                Some(asked.challenge.clone())
            }
            "denied" => {
                if is_ours {
                    self.end_lease(now);
                }
                Some(String::new())
            }
            _ => None,
        }
    }

    /// The hub ends the subscription: the feed's next hub is asked, this one again in a day.
    fn end_lease(&mut self, now: Timestamp) {
        (self.until, self.since) = (None, None);
        self.failed(now);
        if self.refused == 0 {
            self.not_before = now.plus_millis(DAY_MS);
        }
    }

    /// A lease begins. One too short to be relied on is not renewed all the time either.
    fn begin_lease(&mut self, lease: i64, now: Timestamp) {
        if !self.is_live(now) {
            self.since = Some(now);
        }
        self.asked = None;
        (self.failures, self.refused) = (0, 0);
        self.not_before = if lease < RELIABLE_MS { now.plus_millis(HOUR_MS) } else { now };
        self.lease_ms = Some(lease);
        self.until = Some(now.plus_millis(lease));
    }
}

/// The lease that a hub grants, within bounds; a day where it says nothing that can be read.
fn lease_ms(seconds: Option<&str>) -> i64 {
    let given = seconds.and_then(|text| text.trim().parse::<i64>().ok());
    given.map_or(DAY_MS, |seconds| seconds.saturating_mul(1000)).clamp(0, LONGEST_MS)
}
