//! Taking in a whole document: which article each entry is, then one after the other, then what is gone.

use super::commit::{Ingest, Planned};
use super::decide::{Origin, Reason};
use super::error::{Error, Outcome, PushOptions};
use super::withdraw::Why;
use crate::journal::{self, Proposal};
use crate::model::{ArticleKey, Change, Seq, Source, Timestamp};
use crate::refine::{Draft, Refined, Tombstone};
use crate::store;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Articles of one document that are appended together.
const TOGETHER: usize = 64;

/// What became of a whole document's drafts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Applied {
    /// New articles.
    pub published: usize,
    /// New revisions.
    pub revised: usize,
    /// Articles that stand as they were.
    pub unchanged: usize,
    /// Articles withdrawn by tombstones.
    pub withdrawn: usize,
    /// Articles that are listed and stay withdrawn, and one of them.
    pub stay_withdrawn: (usize, Option<String>),
    /// Drafts left for the next round: over the quota, or not old enough yet.
    pub held: usize,
    /// Those of a list that are left.
    #[serde(skip)]
    pub(super) left: Vec<Draft>,
    /// How many of them nobody keeps: too many wait already.
    pub beyond: usize,
    /// When the first of them can be taken.
    pub due: Option<Timestamp>,
}

impl Applied {
    /// Adds another document's.
    pub fn add(&mut self, other: &Applied) {
        self.published += other.published;
        self.revised += other.revised;
        self.unchanged += other.unchanged;
        self.withdrawn += other.withdrawn;
        self.stay_withdrawn.0 += other.stay_withdrawn.0;
        self.stay_withdrawn.1 = other.stay_withdrawn.1.clone().or(self.stay_withdrawn.1.take());
        self.held += other.held;
        self.left.extend(other.left.iter().cloned());
        self.beyond += other.beyond;
        self.hold(other.due);
    }

    /// Notes when something that is held can be taken.
    fn hold(&mut self, due: Option<Timestamp>) {
        self.due = self.due.into_iter().chain(due).min();
    }

    fn stays_withdrawn(&mut self, draft: &Draft) {
        self.stay_withdrawn.0 += 1;
        self.stay_withdrawn.1.get_or_insert_with(|| draft.upstream_id.clone());
    }

    fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Published => self.published += 1,
            Outcome::Revised => self.revised += 1,
            Outcome::Unchanged | Outcome::StaysWithdrawn => self.unchanged += 1,
        }
    }

    /// Whether nothing changed.
    pub fn is_nothing(&self) -> bool {
        self.published + self.revised + self.withdrawn == 0
    }
}

impl std::fmt::Display for Applied {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { published, revised, unchanged, withdrawn, held, .. } = self;
        write!(
            f,
            "{published} published, {revised} revised, {withdrawn} withdrawn, {unchanged} unchanged"
        )?;
        if *held > 0 { write!(f, ", {held} held back") } else { Ok(()) }
    }
}

impl Ingest {
    /// Takes in everything that a document held: drafts within the quota and old enough, then tombstones.
    ///
    /// One document of a source at a time, and only when the views show the one before: they say what is known.
    pub async fn take(
        &self,
        source: &Source,
        refined: Refined,
        origin: Origin,
        now: Timestamp,
    ) -> Result<Applied, Error> {
        self.take_more(source, refined, origin, 0, now).await
    }

    /// The same for a part of what a poll brought: so many of its quota were published before.
    pub(super) async fn take_more(
        &self,
        source: &Source,
        refined: Refined,
        origin: Origin,
        before: usize,
        now: Timestamp,
    ) -> Result<Applied, Error> {
        let turn = self.turn_of(&source.id);
        let _mine = turn.lock().await;
        if origin == Origin::Polled {
            self.see_everything().await?;
        }
        let epoch = self.store().epoch();
        let mut taken = Applied { published: before, ..Applied::default() };
        let drafts = self.keys_of(source, refined.drafts, origin).await?;
        for group in drafts.chunks(TOGETHER) {
            self.take_group(source, group, origin, now, epoch, &mut taken).await?;
        }
        let listed: BTreeSet<ArticleKey> = drafts.iter().map(|(key, _)| *key).collect();
        for gone in refined.tombstones {
            taken.withdrawn += usize::from(self.take_back(source, gone, &listed, now).await?);
        }
        taken.published -= before;
        Ok(taken)
    }

    /// Waits until the views show everything that is in the journal.
    async fn see_everything(&self) -> Result<(), Error> {
        self.seen(self.store().journal().last()).await
    }

    /// Drafts of one document, appended together; those that someone else was faster with are decided on again, one by one.
    /// `epoch` is the store's before it was asked which articles they are.
    pub(super) async fn take_group(
        &self,
        source: &Source,
        group: &[(ArticleKey, Draft)],
        origin: Origin,
        now: Timestamp,
        epoch: u64,
        taken: &mut Applied,
    ) -> Result<(), Error> {
        let (mut proposals, mut planned) = (Vec::new(), Vec::new());
        let mut new = taken.published;
        for (key, draft) in group {
            let known = self.store().known(*key)?;
            let over = origin == Origin::Polled && new >= source.quota;
            let due = ripe_at(draft, source, now).or(over.then_some(now));
            if known.is_none() && due.is_some() {
                taken.held += 1;
                taken.hold(due);
                if origin == Origin::Polled {
                    taken.left.push(draft.clone());
                }
                continue;
            }
            match self.plan(source, *key, draft, known.as_ref(), origin, now) {
                Planned::Nothing { reason, .. } => {
                    if !self.is_current(*key, known.as_ref()).await? {
                        let options = PushOptions::default();
                        let pushed =
                            self.commit(source, *key, draft.clone(), origin, &options, now);
                        taken.count(pushed.await?.outcome);
                        continue;
                    }
                    taken.unchanged += 1;
                    if reason == Reason::Withdrawn {
                        taken.stays_withdrawn(draft);
                    }
                }
                Planned::Change { change, expected, outcome, .. } => {
                    new += usize::from(outcome == Outcome::Published);
                    planned.push((*key, draft, outcome));
                    proposals.push(proposal(change, expected, now));
                }
            }
        }
        if proposals.is_empty() {
            return Ok(());
        }
        if !self.store().consistent_since(epoch) {
            // The views are being made anew: an entry that they did not show may be an article under another id.
            return Err(store::Error::Behind.into());
        }
        let appended = self.store().journal().append_many(proposals).await;
        for ((key, draft, outcome), appended) in planned.into_iter().zip(appended) {
            taken.count(match appended {
                Ok(_) => outcome,
                Err(journal::Error::Conflict { actual }) => {
                    self.shown(actual).await;
                    let options = PushOptions::default();
                    self.commit(source, key, draft.clone(), origin, &options, now).await?.outcome
                }
                Err(error) => return Err(error.into()),
            });
        }
        Ok(())
    }

    /// Withdraws what a tombstone says is gone, unless the same document lists it under another id, or it was changed
    /// since: a document may keep a tombstone longer than the entry that came after it.
    async fn take_back(
        &self,
        source: &Source,
        gone: Tombstone,
        listed: &BTreeSet<ArticleKey>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let Some(key) = self.meant(source, &gone.upstream_id)? else { return Ok(false) };
        let is_later = gone.when.is_some() && !gone.ends(self.changed_at_last(key), now);
        if listed.contains(&key) || is_later {
            return Ok(false);
        }
        // Another clock may be ahead: what comes back after now was changed since.
        let gone_since = Some(gone.when.unwrap_or(now).min(now));
        let why = Why { gone_since, reason: gone.comment };
        match self.withdraw_article(&source.id, key, &gone.upstream_id, why, None, now).await {
            Ok(withdrawal) => Ok(withdrawal.fresh),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn proposal(change: Change, expected: Seq, at: Timestamp) -> Proposal {
    Proposal { change, expected: Some(expected), idempotency_key: None, at }
}

/// When an article is old enough, where its source's articles are held back and this one still is.
fn ripe_at(draft: &Draft, source: &Source, now: Timestamp) -> Option<Timestamp> {
    let since = draft.published.as_ref().filter(|_| source.delay_ms > 0)?;
    Some(since.at.plus_millis(source.delay_ms)).filter(|ripe| *ripe > now)
}
