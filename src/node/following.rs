use super::app::App;
use crate::fetch::leader_answers;
use crate::ingest::follow::Trouble;
use crate::journal::Standing;
use crate::model::{Seq, SourceKind, Timestamp};
use crate::net::Backoff;
use crate::store::Kind;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How long to wait after failures in a row.
const AGAIN: Backoff = Backoff { first_ms: 500, factor: 2, most_ms: 30_000 };

/// How long to wait between two pages: a leader that lets nobody wait is not asked without a pause.
const PAUSE: Duration = Duration::from_millis(20);

/// How often a node that was promoted looks whether the leader that its config still names was promoted after it.
const LATER: Duration = Duration::from_secs(60);

/// Copies the leader's journal until stopped, while this node follows one.
pub async fn run(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let (mut reloads, mut moves) = (app.reloads(), app.clock.moves());
    let mut roles = app.journal.roles();
    let mut failures = 0_u32;
    let mut said = None;
    loop {
        let config = app.config.load_full();
        let client = app.client.load_full();
        let copying = async {
            match (&config.follow, app.journal.leads()) {
                (Some(follow), false) => {
                    app.standby.copy_page(&client, follow, Timestamp::now).await
                }
                (Some(follow), true) => {
                    app.standby.follow_if_later(&client, follow).await?;
                    tokio::time::sleep(LATER).await;
                    Ok(false)
                }
                (None, _) => std::future::pending().await,
            }
        };
        let copied = tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return,
            Ok(()) = roles.changed() => continue,
            Ok(()) = reloads.changed() => continue,
            copied = copying => copied,
        };
        failures = if copied.is_ok() { 0 } else { failures.saturating_add(1) };
        tell(&mut said, copied.err());
        let wait = match failures {
            0 => PAUSE,
            failures => Duration::from_millis(AGAIN.wait_ms(failures).unsigned_abs()),
        };
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return,
            Ok(()) = roles.changed() => {}
            Ok(()) = reloads.changed() => {}
            Ok(()) = moves.changed() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Logs a trouble when it begins, changes or ends.
fn tell(said: &mut Option<Trouble>, trouble: Option<Trouble>) {
    if *said == trouble {
        return;
    }
    match &trouble {
        Some(why) if why.may_pass() => tracing::warn!(%why, "the leader is not followed"),
        Some(why) => tracing::error!(%why, "the leader is not followed until somebody acts"),
        None => tracing::info!("the leader is followed again"),
    }
    *said = trouble;
}

/// Makes this node the leader, and returns the term.
///
/// # Errors
/// If there is a reason not to and nobody insists, or if nothing can be written.
pub async fn promote(app: &App, insists: bool) -> anyhow::Result<u64> {
    let now = Timestamp::now();
    if !insists {
        refuse_if_doubtful(app).await?;
    }
    let _alone = app.standby.turn.lock().await;
    forget_sources(app)?;
    Ok(app.journal.promote(now)?.term)
}

/// Why this node should not be made the leader, if there is a reason.
async fn refuse_if_doubtful(app: &App) -> anyhow::Result<()> {
    let (config, standing) = (app.config.load_full(), app.journal.standing());
    anyhow::ensure!(
        !app.journal.leads(),
        "this node leads already, in term {}: nothing was done (a leader that was restored from a backup of before its own promotion begins a later term with --force)",
        standing.term
    );
    if let Some(follow) = &config.follow {
        anyhow::ensure!(
            !leader_answers(&app.client.load_full(), follow).await,
            "the leader {} answers: two leaders would take in different news, and what one of them took would be lost; stop it first, or say --force",
            follow.of
        );
    }
    anyhow::ensure!(
        standing.was_whole,
        "this node never had everything that its leader had, and what it lacks would be lost: say --force if the leader's data are gone too"
    );
    Ok(())
}

/// Has every source read whole: what is remembered of it here, if anything, is older than the journal.
fn forget_sources(app: &App) -> anyhow::Result<()> {
    let progress = app.store.progress();
    for source in &app.config.load().sources {
        match source.kind {
            SourceKind::Push => {}
            SourceKind::Folder { .. } => progress.remove(Kind::Folder, source.id.as_str())?,
            _ => progress.read_whole_next(&source.id)?,
        }
    }
    Ok(progress.make_durable()?)
}

/// What only this node has: the last event on which it and its leader agree, and how many events come after it.
pub struct OnlyHere {
    pub agreed: Seq,
    pub events: u64,
}

/// Looks for what only this node has.
///
/// # Errors
/// If the config names no leader, or the leader cannot be asked or may not be followed.
pub async fn only_here(app: &App) -> anyhow::Result<OnlyHere> {
    let config = app.config.load_full();
    let follow = config.follow.as_ref();
    let follow = follow.ok_or_else(|| {
        anyhow::anyhow!("the config names no leader: add [follow] with of and token_file")
    })?;
    let agreed = app.standby.agreed(&app.client.load_full(), follow).await?;
    let mut events = 0;
    let mut at = agreed;
    while let Some(next) = app.journal.log().next(at)? {
        (events, at) = (events + 1, next);
    }
    Ok(OnlyHere { agreed, events })
}

/// Follows the leader of the config, and gives up what only this node has, at the next start.
///
/// # Errors
/// As of [`only_here`]; if something else is only here by now than was confirmed; if nothing can be written.
pub async fn rejoin(app: &App, confirmed: u64) -> anyhow::Result<OnlyHere> {
    let only_here = only_here(app).await?;
    anyhow::ensure!(
        only_here.events == confirmed,
        "{} events are only here, not {confirmed}: nothing was given up",
        only_here.events
    );
    let _alone = app.standby.turn.lock().await;
    let standing = (*app.journal.standing()).clone();
    let following = Standing { leads: false, promoted_over: None, ..standing };
    app.journal.set_standing(following)?;
    if only_here.events > 0 {
        app.journal.cut_at_next_start(only_here.agreed)?;
    }
    Ok(only_here)
}
