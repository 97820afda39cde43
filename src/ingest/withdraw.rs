//! Withdrawing an article.

use super::commit::{Ingest, TRIES, check_precondition};
use super::error::{Error, Precondition, Withdrawal};
use crate::journal::Proposal;
use crate::model::{ArticleKey, Change, SourceId, Timestamp};

/// Why an article is withdrawn.
pub(super) struct Why {
    /// In the source's words.
    pub reason: Option<String>,
    /// Since when its own source's document says that it is gone, if that is who says it.
    pub gone_since: Option<Timestamp>,
}

impl Ingest {
    /// Withdraws an article of a source.
    pub async fn withdraw(
        &self,
        source: &SourceId,
        upstream_id: &str,
        reason: Option<String>,
        precondition: Option<Precondition>,
        now: Timestamp,
    ) -> Result<Withdrawal, Error> {
        let key = ArticleKey::of(source, upstream_id);
        let why = Why { reason, gone_since: None };
        self.withdraw_article(source, key, upstream_id, why, precondition, now).await
    }

    /// Withdraws an article of a source, which a tombstone may call by another id than its own.
    pub(super) async fn withdraw_article(
        &self,
        source: &SourceId,
        key: ArticleKey,
        upstream_id: &str,
        why: Why,
        precondition: Option<Precondition>,
        now: Timestamp,
    ) -> Result<Withdrawal, Error> {
        for _ in 0..TRIES {
            let known = self.store.known(key)?;
            let holds = check_precondition(precondition, known.as_ref());
            let standing = known.as_ref().filter(|known| holds.is_ok() && known.is_live());
            let Some(known) = standing else {
                if !self.is_current(key, known.as_ref()).await? {
                    continue;
                }
                let Some(known) = known else { return Err(not_found(source, upstream_id)) };
                holds?;
                return Ok(Withdrawal { seq: known.seq, fresh: false });
            };
            let change = Change::Withdrawn {
                key,
                id: known.id.clone(),
                source: source.clone(),
                upstream_id: known.upstream_id.clone(),
                reason: why.reason.clone(),
                revision: known.revision.saturating_add(1),
                gone_since: why.gone_since,
            };
            let proposal =
                Proposal { change, expected: Some(known.seq), idempotency_key: None, at: now };
            match self.append(proposal).await? {
                Ok(seq) => {
                    self.shown(seq).await;
                    return Ok(Withdrawal { seq, fresh: true });
                }
                Err(()) => continue,
            }
        }
        Err(Error::Busy)
    }
}

fn not_found(source: &SourceId, upstream_id: &str) -> Error {
    Error::NotFound {
        source_id: source.clone(),
        upstream_id: upstream_id.chars().take(200).collect(),
    }
}
