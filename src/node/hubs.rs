//! Renews our subscriptions at hubs, and applies what they deliver.

use super::app::App;
use super::polls;
use crate::ingest::hub::{self, Delivery, wanted};
use crate::ingest::source_state;
use crate::model::Source;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// The loop looks at least this often, whatever is due: the clock may jump.
const LONGEST_SLEEP_MS: i64 = 60_000;

/// Asks hubs when their turn comes, until stopped.
pub async fn renew(rooms: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let (mut reloads, mut moves) = (rooms.reloads(), rooms.clock.moves());
    loop {
        let (config, client) = (rooms.config.load_full(), rooms.client.load_full());
        let now = rooms.clock.now();
        let base_url = &config.site.base_url;
        for source in config.sources.iter().filter(|source| wanted(source, base_url)) {
            let state = source_state::look(&rooms.store.progress(), source);
            hub::note_named(&rooms.subscriber, source, &state);
        }
        let next = rooms.subscriber.renew(&client, base_url, &config.sources, now).await;
        let sleep = next.map_or(LONGEST_SLEEP_MS, |at| at.millis().saturating_sub(now.millis()));
        let sleep = Duration::from_millis(sleep.clamp(1_000, LONGEST_SLEEP_MS).unsigned_abs());
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return,
            _ = rooms.subscriber.changed() => {}
            _ = reloads.changed() => {}
            _ = moves.changed() => {}
            _ = tokio::time::sleep(sleep) => {}
        }
    }
}

/// Applies deliveries one after the other, until stopped and none is left.
pub async fn apply_deliveries(
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
            Some(delivery) => apply_one(&rooms, delivery).await,
            None => return,
        }
    }
    // What was taken is applied; from here on a hub is told to send it again.
    deliveries.close();
    while let Some(delivery) = deliveries.recv().await {
        apply_one(&rooms, delivery).await;
    }
}

/// One delivery, read in a worker and taken in like a poll's document. What cannot be taken is polled instead.
async fn apply_one(rooms: &App, delivery: Delivery) {
    let config = rooms.config.load_full();
    let source = config.sources.iter().find(|source| source.id == delivery.source);
    let Some(source) = source.filter(|s| wanted(s, &config.site.base_url)) else { return };
    match hub::deliver(&rooms.ingest, &config, source, &delivery, rooms.clock.now()).await {
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
    let state = source_state::look(&rooms.store.progress(), source);
    if let Some(at) = polls::soonest(&state, &rooms.config.load().fetch) {
        rooms.ask_polls(vec![source.id.clone()], at);
    }
}
