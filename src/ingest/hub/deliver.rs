//! A delivery, from top to bottom: read → judge → resolve → apply → remember.

use super::Delivery;
use crate::config::Config;
use crate::ingest::apply::Applied;
use crate::ingest::backlog::apply_with_waiting;
use crate::ingest::crawl_state::{self, reads_pages};
use crate::ingest::decide::Origin;
use crate::ingest::drift::is_error;
use crate::ingest::error::Error;
use crate::ingest::tombstones::drop_tombstoned;
use crate::ingest::worker::{Job, JobOutput};
use crate::ingest::{Intake, source_state};
use crate::model::{ArticleKey, Source, Timestamp};
use crate::refine::Refined;
use crate::text::untracked;
use url::Url;

/// What became of a delivery.
#[derive(Debug, Default)]
pub struct Delivered {
    /// Whether all of it is taken in; if not, the source is to be polled.
    pub is_whole: bool,
    /// Articles that are new or revised.
    pub changed: Vec<ArticleKey>,
}

/// Takes in what a hub delivered.
///
/// # Errors
/// Why the delivery cannot be taken in, for the log.
pub async fn deliver(
    intake: &Intake,
    config: &Config,
    source: &Source,
    delivery: &Delivery,
    now: Timestamp,
) -> Result<Delivered, String> {
    if delivery.body.is_empty() || reads_pages(source) {
        return Ok(Delivered::default());
    }
    let output = read(intake, config, source, delivery, now).await?;
    let applied = apply_delivered(intake, source, output.refined, now).await;
    let taken = applied.map_err(|error| error.to_string())?;
    if !taken.is_nothing() {
        tracing::info!(source.id = %source.id, %taken, "a hub has delivered");
        // The feed's own word counts: the next poll compares the whole document.
        let noted = intake.progress().read_whole_next(&source.id);
        noted.map_err(|error| error.to_string())?;
    }
    Ok(Delivered { is_whole: taken.held + taken.stale == 0, changed: taken.changed })
}

/// Has a worker read a delivery, which must be of the topic that was subscribed to.
async fn read(
    intake: &Intake,
    config: &Config,
    source: &Source,
    delivery: &Delivery,
    now: Timestamp,
) -> Result<JobOutput, String> {
    let state = source_state::look(&intake.progress(), source);
    let job = Job::Feed {
        content_type: delivery.content_type.clone(),
        source: source.clone(),
        fetched_from: delivery.topic.clone(),
        now,
        settled: state.settled,
        max_entries: config.worker.max_entries,
        max_bytes: config.fetch.body_bytes,
    };
    let output = intake.pool.call(&job, delivery.body.clone()).await.map_err(|e| e.to_string())?;
    let names = [Some(&delivery.topic), state.own_link.as_ref()];
    if output.topic.as_deref().is_some_and(|own| !is_one_of(own, names, &delivery.topic)) {
        return Err(format!("it calls itself something else than {}", delivery.topic));
    }
    Ok(output)
}

/// Judges and applies what was delivered. It may be only what is new, so it is not judged by what a whole document usually
/// holds; what looks like an error is left to the next poll, which judges the whole document.
///
/// # Errors
/// If the journal or the store fails.
pub async fn apply_delivered(
    intake: &Intake,
    source: &Source,
    mut refined: Refined,
    now: Timestamp,
) -> Result<Applied, Error> {
    let lock = intake.locks.of_source(&source.id);
    let _alone = lock.lock().await;
    let all = refined.drafts.len();
    let (held, drafts) = intake.resolver.known_among(source, refined.drafts).await?;
    refined.drafts = drafts;
    refined.drafts.retain(|draft| !is_error(draft) || held.contains(&draft.key()));
    let errors = all - refined.drafts.len();
    if !refined.tombstones.is_empty() {
        let mut state = crawl_state::load(&intake.progress(), source)?;
        if drop_tombstoned(intake, source, &refined.tombstones, &mut state, now).await? {
            crawl_state::keep(&intake.progress(), source, &state)?;
        }
    }
    let mut applied = apply_with_waiting(intake, source, refined, Origin::Delivered, now).await?;
    applied.held += errors;
    Ok(applied)
}

/// Whether an address in a document that is at `base` leads where one of the names does, whatever their queries say: a
/// feed may name another session each time.
fn is_one_of(own: &str, names: [Option<&String>; 2], base: &str) -> bool {
    let place = |address: &str| {
        let mut url = Url::parse(base).ok()?.join(address.trim()).ok()?;
        url.set_query(None);
        Some(untracked(&url))
    };
    let own = place(own);
    own.is_some() && names.into_iter().flatten().any(|name| place(name) == own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_may_call_itself_what_its_feed_does() {
        let (topic, body) = ("https://a.vn/rss?x=1".to_owned(), "/kenh".to_owned());
        let is = |own: &str| is_one_of(own, [Some(&topic), Some(&body)], &topic);
        for own in ["https://a.vn/rss?x=1", "/rss", "http://www.a.vn/rss?session=7", "/kenh"] {
            assert!(is(own), "{own}");
        }
        for own in ["https://b.vn/rss", "/rss2", "https://[", "https://b.vn/kenh"] {
            assert!(!is(own), "{own}");
        }
        assert!(!is_one_of("/kenh", [Some(&topic), None], &topic));
    }
}
