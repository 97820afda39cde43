//! Signals: SIGTERM and SIGINT stop, SIGHUP reads the config and the tokens again.

use super::app::App;
use crate::config::Config;
use std::path::Path;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGHUP, caught from now on: before, it would end the process.
pub struct Reloads(Signal);

impl Reloads {
    /// Catches SIGHUP; one that comes while the daemon still opens is answered afterwards.
    pub fn catch() -> std::io::Result<Self> {
        signal(SignalKind::hangup()).map(Self)
    }
}

/// SIGTERM and SIGINT, caught from now on: before, nothing is under way that a plain end would hurt.
pub struct Stops(Signal, Signal);

impl Stops {
    /// Catches both.
    pub fn catch() -> std::io::Result<Self> {
        Ok(Self(signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?))
    }
}

/// Waits for the signal to stop, reloading whenever asked meanwhile.
pub async fn until_stop(
    Stops(mut terminate, mut interrupt): Stops,
    Reloads(mut hangup): Reloads,
    app: &App,
    file: Option<&Path>,
) {
    loop {
        tokio::select! {
            _ = terminate.recv() => return,
            _ = interrupt.recv() => return,
            _ = hangup.recv() => match reload(app, file) {
                Ok(()) => tracing::info!("the config was read again"),
                Err(error) => tracing::error!(error = format!("{error:#}"), "the new config was refused, the old one stays"),
            },
        }
    }
}

/// Takes a new config whole or not at all.
fn reload(app: &App, file: Option<&Path>) -> anyhow::Result<()> {
    app.reload_tokens()?;
    let Some(file) = file else { return Ok(()) };
    let text =
        std::fs::read_to_string(file).map_err(|e| anyhow::anyhow!("{}: {e}", file.display()))?;
    let folder = file.parent().unwrap_or(Path::new("/"));
    let config =
        Config::parse(&text, folder).map_err(|e| anyhow::anyhow!("{}: {e}", file.display()))?;
    app.reload(config)
}
