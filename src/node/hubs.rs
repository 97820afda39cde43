use super::app::App;
use crate::ingest::hub::{self, Delivery, wanted};
use crate::ingest::schedule::soonest;
use crate::ingest::source_state;
use crate::model::Source;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

/// The loop looks at least this often, whatever is due: the clock may jump.
const LONGEST_SLEEP_MS: i64 = 60_000;

/// Asks hubs when their turn comes, until stopped; one that does not answer keeps no other waiting.
pub async fn renew(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let (mut reloads, mut moves) = (app.reloads(), app.clock.moves());
    let mut asked = JoinSet::new();
    while app.until_it_leads(&mut stopped).await {
        let config = app.config.load_full();
        let now = app.clock.now();
        let base_url = &config.site.base_url;
        for source in config.sources.iter().filter(|source| wanted(source, base_url)) {
            let state = source_state::look(&app.store.progress(), source);
            hub::note_named(&app.subscriber, source, &state);
        }
        for (source, subscription) in app.subscriber.due(base_url, &config.sources, now) {
            let (app, config) = (Arc::clone(&app), Arc::clone(&config));
            asked.spawn(async move {
                let (client, base_url) = (app.client.load_full(), &config.site.base_url);
                app.subscriber.renew(&client, base_url, &source, &subscription, now).await;
            });
        }
        let next = app.subscriber.next_due();
        let sleep = next.map_or(LONGEST_SLEEP_MS, |at| at.millis().saturating_sub(now.millis()));
        let sleep = Duration::from_millis(sleep.clamp(1_000, LONGEST_SLEEP_MS).unsigned_abs());
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return,
            _ = app.subscriber.changed() => {}
            Some(_) = asked.join_next() => {}
            _ = reloads.changed() => {}
            _ = moves.changed() => {}
            _ = tokio::time::sleep(sleep) => {}
        }
    }
}

/// Applies deliveries one after the other, until stopped and none is left.
pub async fn apply_deliveries(
    app: Arc<App>,
    mut deliveries: mpsc::Receiver<Delivery>,
    mut stopped: watch::Receiver<bool>,
) {
    loop {
        let delivery = tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => break,
            delivery = deliveries.recv() => delivery,
        };
        match delivery {
            Some(delivery) => apply_one(&app, delivery).await,
            None => return,
        }
    }
    // What was taken is applied; from here on a hub is told to send it again.
    deliveries.close();
    while let Some(delivery) = deliveries.recv().await {
        apply_one(&app, delivery).await;
    }
}

/// One delivery, read in a worker and taken in like a poll's document. What cannot be taken is polled instead.
async fn apply_one(app: &App, delivery: Delivery) {
    let config = app.config.load_full();
    let source = config.sources.iter().find(|source| source.id == delivery.source);
    let Some(source) = source.filter(|s| wanted(s, &config.site.base_url)) else { return };
    match hub::deliver(&app.ingest, &config, source, &delivery, app.clock.now()).await {
        Ok(delivered) => {
            app.subscriber.note_delivered(&source.id, delivered.changed);
            if !delivered.is_whole {
                poll_instead(app, source);
            }
        }
        Err(why) => {
            tracing::warn!(source.id = %source.id, why, "a delivery was not taken in, the source is polled instead");
            app.subscriber.note_unread(&source.id);
            poll_instead(app, source);
        }
    }
}

/// Has a source polled as soon as it may be: a hub does not overrule what the source itself has said.
fn poll_instead(app: &App, source: &Source) {
    let state = source_state::look(&app.store.progress(), source);
    if let Some(at) = soonest(&state, &app.config.load().fetch) {
        app.ask_polls(vec![source.id.clone()], at);
    }
}
