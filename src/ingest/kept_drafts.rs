//! Drafts of a source that are kept as one row of progress: those that wait (`Kind::Backlog`), and those that are kept
//! from readers (`Kind::Quarantine`). They are of the host that the source was on: under another one they are set aside.

use super::Intake;
use super::error::Error;
use super::schedule::host_in;
use crate::model::Source;
use crate::refine::Draft;
use crate::store::Kind;
use serde::{Deserialize, Serialize};

/// Drafts of a source, and the address that they are from.
#[derive(Debug, Default, Serialize, Deserialize)]
struct KeptDrafts {
    about: Option<String>,
    drafts: Vec<Draft>,
}

impl KeptDrafts {
    /// Returns true if they are from where the source is now, as far as that is known: a portal may change its feed's
    /// address.
    fn is_of(&self, source: &Source) -> bool {
        let from = host_in(self.about.as_deref());
        from.is_none() || from == host_in(source.kind.address())
    }
}

/// The drafts of a source in its row of a kind, for the one who replaces it. Those of another portal that had the
/// source's id before are set aside.
///
/// # Errors
/// If the store cannot be read or written.
pub(super) fn load_drafts(
    intake: &Intake,
    source: &Source,
    kind: Kind,
) -> Result<Vec<Draft>, Error> {
    let progress = intake.progress();
    let kept: KeptDrafts = progress.get_or_set_aside(kind, &source.id)?;
    if kept.is_of(source) {
        return Ok(kept.drafts);
    }
    let host = host_in(kept.about.as_deref()).unwrap_or_default();
    tracing::warn!(source.id = %source.id, drafts = kept.drafts.len(), %host, "the address is on another host than that of the articles which were kept: they are set aside");
    progress.set_aside(kind, source.id.as_str(), &format!("of-{host}"))?;
    Ok(Vec::new())
}

/// Replaces the drafts of a source in its row of a kind; of none no row is left.
///
/// # Errors
/// If the store cannot be written.
pub(super) async fn keep_drafts(
    intake: &Intake,
    source: &Source,
    kind: Kind,
    drafts: Vec<Draft>,
) -> Result<(), Error> {
    let (progress, name) = (intake.progress(), source.id.clone());
    if drafts.is_empty() {
        return Ok(progress.remove(kind, name.as_str())?);
    }
    let about = source.kind.address().map(str::to_owned);
    let kept = KeptDrafts { about, drafts };
    // They may be many megabytes.
    let put = tokio::task::spawn_blocking(move || progress.put(kind, name.as_str(), &kept));
    Ok(put.await.map_err(|_| Error::Busy)??)
}

#[cfg(test)]
mod tests;
