use super::copier::Copier;
use crate::ingest::error::Error;
use crate::journal::Proposal;
use crate::model::{ArticleKey, Change, Timestamp};
use crate::store::{ArticleFiles, Meta};

impl Copier {
    /// Tells the journal of articles of which a stop kept it from hearing.
    ///
    /// # Errors
    /// The journal or the store fails.
    pub async fn tell_untold(&self, now: Timestamp) -> Result<(), Error> {
        let untold: Vec<_> = self.copies.untold().collect::<Result<_, _>>()?;
        for key in untold {
            self.tell_journal(key, now).await?;
        }
        Ok(())
    }

    /// Has the journal say that other files of an article are held than before. That comes after the row that says which:
    /// who reads the event finds them.
    pub(super) async fn tell_journal(&self, key: ArticleKey, now: Timestamp) -> Result<(), Error> {
        if !self.copies.of(key)?.is_some_and(|files| files.untold) {
            return Ok(());
        }
        // A follower's journal is its leader's, which says this itself.
        let leads = self.intake.store.journal().leads();
        while let Some(known) =
            self.intake.store.known(key)?.filter(|known| leads && known.is_live())
        {
            let (expected, text) = (Some(known.seq), known.article_seq);
            let Meta { id, source, revision, .. } = known;
            let change = Change::Files { key, id, source, revision, text };
            let proposal = Proposal { change, expected, idempotency_key: None, at: now };
            if self.intake.committer.append(proposal).await?.is_ok() {
                break;
            }
        }
        self.change(key, |before| Some(ArticleFiles { untold: false, ..before?.clone() }))
    }
}
