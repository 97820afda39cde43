//! Our subscriptions at hubs: kept up, and what they deliver taken in as a poll's document is.

use super::app::App;
use super::polls;
use crate::ingest::hub::{Delivery, wanted};
use crate::ingest::memory::reads_pages;
use crate::ingest::worker::Job;
use crate::model::{Source, Timestamp};
use crate::text::untracked;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use url::Url;

/// The loop looks at least this often, whatever is due: the clock may jump.
const LONGEST_SLEEP_MS: i64 = 60_000;

/// Asks hubs when their turn comes, until stopped.
pub async fn tend(rooms: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let mut reloads = rooms.reloads();
    loop {
        let (config, client) = (rooms.config.load_full(), rooms.client.load_full());
        let now = Timestamp::now();
        let base_url = &config.site.base_url;
        for source in config.sources.iter().filter(|source| wanted(source, base_url)) {
            hear(&rooms, source);
        }
        let next = rooms.subscriber.tend(&client, base_url, &config.sources, now).await;
        let sleep = next.map_or(LONGEST_SLEEP_MS, |at| at.millis().saturating_sub(now.millis()));
        let sleep = Duration::from_millis(sleep.clamp(1_000, LONGEST_SLEEP_MS).unsigned_abs());
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return,
            _ = rooms.subscriber.changed() => {}
            _ = reloads.changed() => {}
            _ = tokio::time::sleep(sleep) => {}
        }
    }
}

/// Takes note of the hubs that a source's last document named.
pub fn hear(rooms: &App, source: &Source) {
    let state = polls::state_of(&rooms.store, source);
    match &state.topic {
        Some(topic) => rooms.subscriber.heard(&source.id, &state.hubs, topic),
        None if state.last_good.is_some() => rooms.subscriber.unheard(&source.id),
        None => {}
    }
}

/// Applies deliveries one after the other, until stopped and none is left.
pub async fn apply(
    rooms: Arc<App>,
    mut deliveries: mpsc::Receiver<Delivery>,
    mut stopped: watch::Receiver<bool>,
) {
    loop {
        let delivery = tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => break,
            delivery = deliveries.recv() => delivery,
        };
        match delivery {
            Some(delivery) => one(&rooms, delivery).await,
            None => return,
        }
    }
    // What was taken is applied; from here on a hub is told to send it again.
    deliveries.close();
    while let Some(delivery) = deliveries.recv().await {
        one(&rooms, delivery).await;
    }
}

/// One delivery, read in a worker and taken in like a poll's document. What cannot be taken is polled instead.
async fn one(rooms: &App, delivery: Delivery) {
    let config = rooms.config.load_full();
    let source = config.sources.iter().find(|source| source.id == delivery.source);
    let Some(source) = source.filter(|s| wanted(s, &config.site.base_url)) else { return };
    match taken(rooms, source, &delivery).await {
        Ok(true) => {}
        Ok(false) => poll_instead(rooms, source),
        Err(why) => {
            tracing::warn!(source.id = %source.id, why, "a delivery was not taken in, the source is polled instead");
            poll_instead(rooms, source);
        }
    }
}

/// Has a source polled as soon as it may be: a hub does not overrule what the source itself has said.
fn poll_instead(rooms: &App, source: &Source) {
    let state = polls::state_of(&rooms.store, source);
    if let Some(at) = polls::soonest(&state, &rooms.config.load().fetch) {
        rooms.ask_polls(vec![source.id.clone()], at);
    }
}

/// Whether all that was delivered is taken in.
async fn taken(rooms: &App, source: &Source, delivery: &Delivery) -> Result<bool, String> {
    if delivery.body.is_empty() || reads_pages(source) {
        return Ok(false);
    }
    let config = rooms.config.load_full();
    let (state, now) = (polls::state_of(&rooms.store, source), Timestamp::now());
    let job = Job::Feed {
        content_type: delivery.content_type.clone(),
        source: source.clone(),
        fetched_from: delivery.topic.clone(),
        now,
        settled: state.settled,
        max_entries: config.worker.max_entries,
        max_bytes: config.fetch.body_bytes,
    };
    let reading = rooms.pool.call(&job, delivery.body.clone()).await.map_err(|e| e.to_string())?;
    if reading.topic.as_deref().is_some_and(|own| !is_one(own, &delivery.topic)) {
        return Err(format!("it calls itself something else than {}", delivery.topic));
    }
    // What a hub delivers may be only what is new: it is not judged by what a whole document usually holds.
    let taken = rooms.ingest.take_delivered(source, reading.refined, now).await;
    let taken = taken.map_err(|e| e.to_string())?;
    if !taken.is_nothing() {
        tracing::info!(source.id = %source.id, %taken, "a hub has delivered");
    }
    Ok(taken.held == 0)
}

/// Whether two addresses are one, however they are written.
fn is_one(own: &str, topic: &str) -> bool {
    let topic = Url::parse(topic).ok();
    let own = topic.as_ref().and_then(|topic| topic.join(own.trim()).ok());
    own.zip(topic).is_some_and(|(own, topic)| untracked(&own) == untracked(&topic))
}
