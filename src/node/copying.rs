use super::app::App;
use crate::ingest::media::Copier;
use crate::model::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Articles whose files are fetched at once, each of another source.
const AT_ONCE: usize = 4;
/// The loop looks at least this often, whatever is due: the clock may jump.
const LONGEST_SLEEP_MS: i64 = 60_000;

/// Copies until stopped.
pub async fn run(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let copier = match open(&app).await {
        Ok(copier) => copier,
        Err(error) => {
            tracing::error!(%error, "the copies of files cannot be kept: articles show them at their origin");
            return;
        }
    };
    let (mut reloads, mut moves) = (app.reloads(), app.clock.moves());
    let mut tail = app.journal.tail();
    let mut under_way = JoinSet::new();
    let mut looking_over = JoinSet::new();
    {
        let (copier, now) = (Arc::clone(&copier), app.clock.now());
        looking_over.spawn(async move {
            if let Err(error) = copier.mend_damaged(now).await {
                tracing::warn!(%error, "copies of files were not all looked at");
            }
        });
    }
    loop {
        tail.mark_unchanged();
        let now = app.clock.now();
        if let Err(error) = copier.follow(now).await {
            tracing::warn!(%error, "which files are to be copied is not known yet");
        }
        while under_way.len() < AT_ONCE
            && let Some(visit) = copier.begin(now)
        {
            let (app, copier) = (Arc::clone(&app), Arc::clone(&copier));
            under_way.spawn(async move {
                let client = app.client.load_full();
                if let Err(error) = copier.visit(&visit, &client, now).await {
                    tracing::warn!(%error, "the files of an article were not copied");
                }
                // A poll may have waited for the host.
                app.ask_polls(Vec::new(), now);
            });
        }
        copier.tell(now);
        let sleep = sleep_of(&copier, under_way.len(), now);
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return,
            Some(_) = under_way.join_next() => {}
            Some(_) = looking_over.join_next() => {}
            Ok(()) = tail.changed() => {}
            Ok(()) = reloads.changed() => {}
            Ok(()) = moves.changed() => {}
            () = tokio::time::sleep(sleep) => {}
        }
    }
}

async fn open(app: &Arc<App>) -> anyhow::Result<Arc<Copier>> {
    let (ingest, now) = (Arc::clone(&app.ingest), app.clock.now());
    let opened = tokio::task::spawn_blocking(move || -> anyhow::Result<Copier> {
        let copier = Copier::open(ingest)?;
        copier.sweep(now)?;
        Ok(copier)
    });
    Ok(Arc::new(opened.await??))
}

/// How long to sleep until the next file is due; while files are fetched, the end of one wakes the loop.
fn sleep_of(copier: &Copier, under_way: usize, now: Timestamp) -> Duration {
    let next = copier.next_at().filter(|_| under_way < AT_ONCE);
    let sleep = next.map_or(LONGEST_SLEEP_MS, |at| at.millis().saturating_sub(now.millis()));
    Duration::from_millis(sleep.clamp(100, LONGEST_SLEEP_MS).unsigned_abs())
}
