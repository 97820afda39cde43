//! What an operator does with one article: look at its history, take its text out of the journal for good.

use super::app::App;
use crate::ingest::{Removal, forget_waiting};
use crate::model::{ArticleId, ArticleKey, Event, Purge, Timestamp};

/// Every event of an article, oldest first.
///
/// # Errors
/// If there is no such article, or an event cannot be read.
pub fn history(app: &App, name: &str) -> anyhow::Result<Vec<Event>> {
    Ok(find(app, name)?.1)
}

/// Withdraws an article, then takes what it said out of the journal, the views and what waits. Its events stay, with their
/// numbers, and say that they were purged. Returns its key, and how many of its events said something.
///
/// # Errors
/// If there is no such article, or something cannot be written: then it is to be purged again.
pub async fn purge(app: &App, name: &str, reason: &str) -> anyhow::Result<(ArticleKey, usize)> {
    app.journal.refuse_if_following()?;
    let (key, _) = find(app, name)?;
    let now = Timestamp::now();
    if let Some(known) = app.store.known(key)?.filter(|known| known.is_live()) {
        let removal = Removal {
            source: &known.source,
            key,
            upstream_id: &known.upstream_id,
            reason: Some(reason.to_owned()),
            gone_since: None,
        };
        app.ingest.committer.withdraw(&removal, None, now).await?;
    }
    let purged = app.store.purge(&Purge::new(key, reason))?;
    if let Some(known) = app.store.known(key)? {
        forget_waiting(&app.ingest, &known.source, &known.upstream_id, now).await?;
    }
    Ok((key, purged))
}

/// The article of a key, of an id, or of the address of its page here.
fn find(app: &App, name: &str) -> anyhow::Result<(ArticleKey, Vec<Event>)> {
    let last = name.trim().trim_end_matches('/').rsplit('/').next().unwrap_or(name);
    let keys = [last.parse().ok(), Some(ArticleKey::of_copy(&ArticleId(name.to_owned())))];
    for key in keys.into_iter().flatten() {
        let events = app.store.history(key)?;
        if !events.is_empty() {
            return Ok((key, events));
        }
    }
    anyhow::bail!(
        "{name}: no article has this key, id or address; its key is the last part of its page's address"
    )
}
