//! Signals: SIGTERM and SIGINT stop, SIGHUP reads the config and the tokens again.

use super::rooms::Rooms;
use crate::config::Config;
use std::path::Path;
use tokio::signal::unix::{SignalKind, signal};

/// Waits for the signal to stop, reloading whenever asked meanwhile.
pub async fn until_stop(rooms: &Rooms, file: Option<&Path>) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    loop {
        tokio::select! {
            _ = terminate.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
            _ = hangup.recv() => match reload(rooms, file) {
                Ok(()) => tracing::info!("the config was read again"),
                Err(error) => tracing::error!(error = format!("{error:#}"), "the new config was refused, the old one stays"),
            },
        }
    }
}

/// Takes a new config whole or not at all.
fn reload(rooms: &Rooms, file: Option<&Path>) -> anyhow::Result<()> {
    rooms.reload_tokens()?;
    let Some(file) = file else { return Ok(()) };
    let text =
        std::fs::read_to_string(file).map_err(|e| anyhow::anyhow!("{}: {e}", file.display()))?;
    let folder = file.parent().unwrap_or(Path::new("/"));
    let config =
        Config::parse(&text, folder).map_err(|e| anyhow::anyhow!("{}: {e}", file.display()))?;
    rooms.reload(config)
}
