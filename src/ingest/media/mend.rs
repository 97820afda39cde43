use super::copier::{Copier, hash_of};
use super::wanted::with_change;
use crate::ingest::error::Error;
use crate::model::Timestamp;
use crate::store::{ArticleFiles, FileState};

impl Copier {
    /// Removes files that no article shows, and has those fetched again that are missing. It may block.
    ///
    /// # Errors
    /// The files or the rows cannot be read.
    pub fn sweep(&self, now: Timestamp) -> Result<(), Error> {
        let mut bytes = 0;
        let swept = self.files.each(&mut |file| {
            let is_used = match &file.sha256 {
                Some(hash) => self.copies.is_used(hash).map_err(std::io::Error::other)?,
                None => false,
            };
            if is_used {
                bytes += file.bytes;
                return Ok(());
            }
            std::fs::remove_file(&file.path)
        });
        swept.map_err(|error| Error::File(error.to_string()))?;
        self.inner().bytes = bytes;
        let uses: Vec<_> = self.copies.uses().collect::<Result<_, _>>()?;
        for (hash, key) in uses.into_iter().filter(|(hash, _)| !self.files.has(hash)) {
            tracing::warn!(article.key = %key, hash, "the copy of a file is missing and is fetched again");
            self.change(key, |before| lost(before?, &hash, now))?;
        }
        Ok(())
    }

    /// Has every file fetched again whose bytes are not those that its name says, one after the other: it reads them all.
    ///
    /// # Errors
    /// The files or the rows cannot be read or written.
    pub async fn mend_damaged(&self, now: Timestamp) -> Result<(), Error> {
        let uses: Vec<_> = self.copies.uses().collect::<Result<_, _>>()?;
        for of_one in uses.chunk_by(|(a, _), (b, _)| a == b) {
            let Some((hash, _)) = of_one.first() else { continue };
            let (files, looked_at) = (self.files.clone(), hash.clone());
            let sound = tokio::task::spawn_blocking(move || {
                !files.has(&looked_at) || files.is_sound(&looked_at)
            });
            if sound.await.map_err(|error| Error::File(error.to_string()))? {
                continue;
            }
            tracing::warn!(hash, "the copy of a file is damaged and is fetched again");
            self.delete(&mut self.inner(), hash);
            for (hash, key) in of_one {
                self.change(*key, |before| lost(before?, hash, now))?;
            }
        }
        self.tell_untold(now).await
    }
}

/// An article's files where one of them is lost: it is fetched again, and its address is the original's until then.
fn lost(before: &ArticleFiles, sha256: &str, now: Timestamp) -> Option<ArticleFiles> {
    let mut after = ArticleFiles { changed: now, ..before.clone() };
    for state in after.files.values_mut() {
        if hash_of(state).as_deref() == Some(sha256) {
            *state = FileState::Waiting { due: now, tries: 0 };
        }
    }
    Some(with_change(Some(before), after).told_anew(before))
}
