//! A delivery, from top to bottom: read → judge → resolve → apply → remember.

use super::Delivery;
use crate::config::Config;
use crate::ingest::apply::Applied;
use crate::ingest::backlog::apply_with_waiting;
use crate::ingest::crawl_state::{self, reads_pages};
use crate::ingest::drift::is_error;
use crate::ingest::error::Error;
use crate::ingest::tombstones::drop_tombstoned;
use crate::ingest::worker::{Job, JobOutput};
use crate::ingest::{Intake, source_state};
use crate::model::{Source, Timestamp};
use crate::refine::Refined;
use crate::text::untracked;
use url::Url;

/// Takes in what a hub delivered. Returns true if all of it is; if not, the source is to be polled.
///
/// # Errors
/// Why the delivery cannot be taken in, for the log.
pub async fn deliver(
    intake: &Intake,
    config: &Config,
    source: &Source,
    delivery: &Delivery,
    now: Timestamp,
) -> Result<bool, String> {
    if delivery.body.is_empty() || reads_pages(source) {
        return Ok(false);
    }
    let output = read(intake, config, source, delivery, now).await?;
    let applied = apply_delivered(intake, source, output.refined, now).await;
    let taken = applied.map_err(|error| error.to_string())?;
    if !taken.is_nothing() {
        tracing::info!(source.id = %source.id, %taken, "a hub has delivered");
    }
    Ok(taken.held == 0)
}

/// Has a worker read a delivery, which must be of the topic that was subscribed to.
async fn read(
    intake: &Intake,
    config: &Config,
    source: &Source,
    delivery: &Delivery,
    now: Timestamp,
) -> Result<JobOutput, String> {
    let job = Job::Feed {
        content_type: delivery.content_type.clone(),
        source: source.clone(),
        fetched_from: delivery.topic.clone(),
        now,
        settled: source_state::look(&intake.progress(), source).settled,
        max_entries: config.worker.max_entries,
        max_bytes: config.fetch.body_bytes,
    };
    let output = intake.pool.call(&job, delivery.body.clone()).await.map_err(|e| e.to_string())?;
    if output.topic.as_deref().is_some_and(|own| !is_one(own, &delivery.topic)) {
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
    let mut applied = apply_with_waiting(intake, source, refined, now).await?;
    applied.held += errors;
    Ok(applied)
}

/// Whether two addresses are one, however they are written.
fn is_one(own: &str, topic: &str) -> bool {
    let topic = Url::parse(topic).ok();
    let own = topic.as_ref().and_then(|topic| topic.join(own.trim()).ok());
    own.zip(topic).is_some_and(|(own, topic)| untracked(&own) == untracked(&topic))
}
