//! The whole daemon: opens the rooms, starts the tasks, stops them; read top to bottom.
//!
//! In: a checked config. Out: a daemon that serves until it is told to stop.

pub mod backup;
pub mod control;
mod folders;
mod polls;

mod rooms;
mod signals;
mod status;
pub mod tokens;
pub mod work;

use crate::config::Config;
use crate::{net, serve};
use anyhow::Context;
use rooms::Rooms;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Runs the daemon until a signal; `file` is read again on SIGHUP, `listening` is told the address.
pub fn run(
    config: Config,
    file: Option<PathBuf>,
    listening: impl FnOnce(SocketAddr),
) -> anyhow::Result<()> {
    let runtime = runtime()?;
    runtime.block_on(serve_until_stopped(config, file, listening))?;
    runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(())
}

/// The runtime that every command uses.
pub fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    net::install_crypto();
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("no threads from the system")
}

async fn serve_until_stopped(
    config: Config,
    file: Option<PathBuf>,
    listening: impl FnOnce(SocketAddr),
) -> anyhow::Result<()> {
    let listener = listen(config.server.listen).await?;
    let address = listener.local_addr()?;
    let stop_after = Duration::from_millis(config.server.stop_ms);
    let rooms = Arc::new(Rooms::open(config)?);
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    tasks.spawn(folders::watch(Arc::clone(&rooms), stopped.clone()));
    tasks.spawn(polls::poll(Arc::clone(&rooms), stopped.clone()));

    let metrics = metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder().ok();
    let routes = serve::routes(Arc::new(rooms.serving(metrics)));
    let limits = serve::Limits::from(&rooms.config.load().server);
    let server = tokio::spawn(serve::serve(listener, routes, limits, stopped.clone()));
    control::listen(Arc::clone(&rooms)).context("the control socket")?;
    listening(address);
    tracing::info!(%address, "listening");
    notify(&[sd_notify::NotifyState::Ready]);
    signals::until_stop(&rooms, file.as_deref()).await?;
    notify(&[sd_notify::NotifyState::Stopping]);
    tracing::info!("stopping");
    rooms.stopping();
    let _ = stop.send(true);
    let everything = async {
        let _ = server.await;
        while tasks.join_next().await.is_some() {}
    };
    if tokio::time::timeout(stop_after, everything).await.is_err() {
        tracing::warn!("some requests were cut off to stop in time");
    }
    let closing = tokio::task::spawn_blocking(move || rooms.close());
    closing.await.context("closing")?
}

async fn listen(address: SocketAddr) -> anyhow::Result<tokio::net::TcpListener> {
    tokio::net::TcpListener::bind(address).await.with_context(|| {
        format!("server.listen = \"{address}\": cannot listen there; choose another port, or end what listens there")
    })
}

/// Tells systemd, where it is there.
fn notify(states: &[sd_notify::NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd was not told");
    }
}
