use super::commit::{Committer, TRIES, check_precondition};
use super::error::{Error, Precondition, Withdrawal};
use crate::journal::Proposal;
use crate::model::{ArticleKey, Change, SourceId, Timestamp};
use crate::store::Meta;

/// An article to withdraw, and why.
pub struct Removal<'a> {
    /// Whose it is.
    pub source: &'a SourceId,
    /// Which.
    pub key: ArticleKey,
    /// What the source calls it; a tombstone may call it by another id than its own.
    pub upstream_id: &'a str,
    /// In the source's words.
    pub reason: Option<String>,
    /// Since when its own source's document says that it is gone, if that is who says it.
    pub gone_since: Option<Timestamp>,
}

impl<'a> Removal<'a> {
    /// The removal of the article that has an id of its source.
    pub fn of(source: &'a SourceId, upstream_id: &'a str, reason: Option<String>) -> Self {
        let key = ArticleKey::of(source, upstream_id);
        Self { source, key, upstream_id, reason, gone_since: None }
    }

    fn change(&self, known: &Meta) -> Change {
        Change::Withdrawn {
            key: self.key,
            id: known.id.clone(),
            source: self.source.clone(),
            upstream_id: known.upstream_id.clone(),
            reason: self.reason.clone(),
            revision: known.revision.saturating_add(1),
            gone_since: self.gone_since,
        }
    }

    fn not_found(&self) -> Error {
        Error::NotFound {
            source_id: self.source.clone(),
            upstream_id: self.upstream_id.chars().take(200).collect(),
        }
    }
}

impl Committer {
    /// Withdraws an article of a source.
    ///
    /// # Errors
    /// If there is no such article, the precondition does not hold, others keep changing it, or the journal or the store
    /// fails.
    pub async fn withdraw(
        &self,
        removal: &Removal<'_>,
        precondition: Option<Precondition>,
        now: Timestamp,
    ) -> Result<Withdrawal, Error> {
        for _ in 0..TRIES {
            let known = self.store.known(removal.key)?;
            let holds = check_precondition(precondition, known.as_ref());
            let standing = known.as_ref().filter(|known| holds.is_ok() && known.is_live());
            let Some(known) = standing else {
                if !self.is_current(removal.key, known.as_ref()).await? {
                    continue;
                }
                let Some(known) = known else { return Err(removal.not_found()) };
                holds?;
                return Ok(Withdrawal { seq: known.seq, fresh: false });
            };
            let (change, expected) = (removal.change(known), Some(known.seq));
            let proposal = Proposal { change, expected, idempotency_key: None, at: now };
            if let Ok(seq) = self.append(proposal).await? {
                self.wait_until_shown(seq).await;
                return Ok(Withdrawal { seq, fresh: true });
            }
        }
        Err(Error::Busy)
    }
}
