//! Applies a resolved document: its drafts one after the other within quota and delay, then its tombstones.

use super::Intake;
use super::commit::{Committer, Planned, Proposed};
use super::decide::{Origin, Reason};
use super::error::{Error, Outcome, PushOptions};
use super::past::Stale;
use super::resolve::Resolved;
use super::withdraw::Removal;
use crate::journal::{self, Proposal};
use crate::model::{ArticleKey, Change, Seq, Source, Timestamp, Warning};
use crate::refine::{Draft, Refined, Tombstone};
use crate::store;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashSet};

/// Articles of one document that are appended together.
const TOGETHER: usize = 256;

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
    /// What is listed and does not count, each with one of its articles.
    pub ignored: Vec<Warning>,
    /// How many say what is older than what we have, or what was there before.
    pub stale: usize,
    /// Those of them that are older by their own date.
    #[serde(skip)]
    pub(super) older: Vec<ArticleKey>,
    /// Articles that are new or revised.
    #[serde(skip)]
    pub(super) changed: Vec<ArticleKey>,
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
        Warning::merge(&mut self.ignored, &other.ignored);
        self.stale += other.stale;
        self.held += other.held;
        self.left.extend(other.left.iter().cloned());
        self.beyond += other.beyond;
        self.wait_until(other.due);
    }

    /// Notes when something that is held can be taken.
    fn wait_until(&mut self, due: Option<Timestamp>) {
        self.due = self.due.into_iter().chain(due).min();
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

/// How a document is applied.
#[derive(Clone, Copy)]
pub(super) struct Batch<'a> {
    /// The source that it came through.
    pub source: &'a Source,
    /// How it came.
    pub origin: Origin,
    /// The time of its events.
    pub now: Timestamp,
    /// How many of the source's quota were published before, by other parts of the same poll.
    pub published: usize,
    /// Articles on which the source's own word counts, whatever its dates say.
    pub insists: &'a [ArticleKey],
}

/// Resolves and applies what a document held.
///
/// # Errors
/// If the journal or the store fails, or the views are behind for long.
pub(super) async fn take_in(
    intake: &Intake,
    batch: Batch<'_>,
    refined: Refined,
) -> Result<Applied, Error> {
    let resolved = intake.resolver.resolve(batch.source, refined, batch.origin).await?;
    apply(&intake.committer, batch, resolved).await
}

/// Applies everything that a document held: drafts within the quota and old enough, then tombstones. The last draft is
/// applied first: documents list the newest first, and of articles with one date the one that came last is the newest.
///
/// # Errors
/// If the journal or the store fails, or the views were rebuilt since the document was resolved.
pub(super) async fn apply(
    committer: &Committer,
    batch: Batch<'_>,
    resolved: Resolved,
) -> Result<Applied, Error> {
    let over = over_quota(committer, &batch, &resolved.drafts)?;
    let applied = Applied::default();
    let mut applying = Applying { committer, batch, epoch: resolved.epoch, over, applied };
    for group in resolved.drafts.rchunks(TOGETHER) {
        applying.apply_group(group).await?;
    }
    // What is left goes back into the order of a document.
    applying.applied.left.reverse();
    let listed: BTreeSet<ArticleKey> = resolved.drafts.iter().map(|(key, _)| *key).collect();
    for (key, gone) in &resolved.tombstones {
        if !listed.contains(key) {
            applying.apply_tombstone(*key, gone).await?;
        }
    }
    Ok(applying.applied)
}

/// The new articles of a list that are over the quota. The newest come at once and the oldest wait, unless that would turn
/// round articles that have one date or none: what comes later is the newer of those.
fn over_quota(
    committer: &Committer,
    batch: &Batch<'_>,
    drafts: &[(ArticleKey, Draft)],
) -> Result<HashSet<ArticleKey>, Error> {
    let room = batch.source.quota.saturating_sub(batch.published);
    if !batch.origin.is_listed() || drafts.len() <= room {
        return Ok(HashSet::new());
    }
    let mut new = Vec::new();
    for (key, draft) in drafts {
        let is_ripe = ripe_at(draft, batch.source, batch.now).is_none();
        if is_ripe && committer.store.known(*key)?.is_none() {
            new.push((*key, draft.published.as_ref().map(|dated| dated.at)));
        }
    }
    let (within, beyond) = new.split_at(room.min(new.len()));
    let within: HashSet<_> = within.iter().map(|(_, at)| at).collect();
    if beyond.iter().any(|(_, at)| at.is_none() || within.contains(at)) {
        new.reverse();
    }
    Ok(new.iter().skip(room).map(|(key, _)| *key).collect())
}

/// A document that is being applied.
struct Applying<'a> {
    committer: &'a Committer,
    batch: Batch<'a>,
    epoch: u64,
    /// New articles that are over the quota.
    over: HashSet<ArticleKey>,
    applied: Applied,
}

impl Applying<'_> {
    /// Appends drafts together; those that someone else was faster with are decided on again, one by one.
    async fn apply_group(&mut self, group: &[(ArticleKey, Draft)]) -> Result<(), Error> {
        let (mut proposals, mut planned) = (Vec::new(), Vec::new());
        for (key, draft) in group.iter().rev() {
            if let Some((change, expected, outcome)) = self.plan(*key, draft).await? {
                planned.push((*key, draft, outcome));
                proposals.push(proposal(change, expected, self.batch.now));
            }
        }
        if proposals.is_empty() {
            return Ok(());
        }
        if !self.committer.store.consistent_since(self.epoch) {
            // The views are being rebuilt: an entry that they did not show may be an article under another id.
            return Err(store::Error::Behind.into());
        }
        let appended = self.committer.journal.append_many(proposals).await;
        for ((key, draft, outcome), appended) in planned.into_iter().zip(appended) {
            match appended {
                Ok(_) => {
                    self.applied.changed.push(key);
                    self.applied.count(outcome);
                }
                Err(journal::Error::Conflict { actual }) => {
                    self.committer.wait_until_shown(actual).await;
                    self.commit_alone(key, draft).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Plans one draft: the event to append, if there is one.
    async fn plan(
        &mut self,
        key: ArticleKey,
        draft: &Draft,
    ) -> Result<Option<(Change, Seq, Outcome)>, Error> {
        let known = self.committer.store.known(key)?;
        let Batch { source, now, .. } = self.batch;
        let due = ripe_at(draft, source, now).or(self.over.contains(&key).then_some(now));
        if known.is_none() && due.is_some() {
            self.hold(draft, due);
            return Ok(None);
        }
        match self.committer.plan(self.proposed(key, draft), known.as_ref()) {
            Planned::Change { change, expected, outcome, .. } => {
                return Ok(Some((change, expected, outcome)));
            }
            Planned::Nothing { .. } if !self.committer.is_current(key, known.as_ref()).await? => {
                self.commit_alone(key, draft).await?;
            }
            Planned::Nothing { reason, .. } => {
                self.applied.unchanged += 1;
                self.applied.stale += usize::from(matches!(reason, Reason::Stale(_)));
                self.applied.older.extend((reason == Reason::Stale(Stale::Older)).then_some(key));
                if let Some(notice) = reason.notice() {
                    notice.add(&mut self.applied.ignored, &draft.upstream_id);
                }
            }
        }
        Ok(None)
    }

    /// Leaves a draft for the next round: it is over the quota, or not old enough yet.
    fn hold(&mut self, draft: &Draft, due: Option<Timestamp>) {
        self.applied.held += 1;
        self.applied.wait_until(due);
        if self.batch.origin.is_listed() {
            self.applied.left.push(draft.clone());
        }
    }

    async fn commit_alone(&mut self, key: ArticleKey, draft: &Draft) -> Result<(), Error> {
        let proposed = self.proposed(key, draft);
        let pushed = self.committer.commit(proposed, &PushOptions::default()).await?;
        self.applied.count(pushed.outcome);
        Ok(())
    }

    fn proposed<'d>(&'d self, key: ArticleKey, draft: &'d Draft) -> Proposed<'d> {
        let Batch { source, mut origin, now, insists, .. } = self.batch;
        if insists.contains(&key) {
            origin = Origin::Insisted;
        }
        Proposed { source, key, draft, origin, now: self.committer.journal.dated(now) }
    }

    /// Withdraws what a tombstone says is gone, unless it was changed since: a document may keep a tombstone longer than the
    /// entry that came after it.
    async fn apply_tombstone(&mut self, key: ArticleKey, gone: &Tombstone) -> Result<(), Error> {
        let Batch { source, now, .. } = self.batch;
        if gone.when.is_some() && !gone.ends(self.committer.changed_at_last(key), now) {
            return Ok(());
        }
        let removal = Removal {
            source: &source.id,
            key,
            upstream_id: &gone.upstream_id,
            reason: gone.comment.clone(),
            // Another clock may be ahead: what comes back after now was changed since.
            gone_since: Some(gone.when.unwrap_or(now).min(now)),
        };
        match self.committer.withdraw(&removal, None, now).await {
            Ok(withdrawal) => self.applied.withdrawn += usize::from(withdrawal.fresh),
            Err(Error::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(())
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

#[cfg(test)]
mod tests;
