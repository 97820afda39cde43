use super::app::App;
use crate::config::Config;
use std::path::Path;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The stream of SIGHUP. Until it is caught, SIGHUP ends the process.
pub struct Reloads(Signal);

impl Reloads {
    /// Catches SIGHUP. One that comes while the daemon opens is handled afterwards.
    ///
    /// # Errors
    /// If the system refuses the handler.
    pub fn catch() -> std::io::Result<Self> {
        signal(SignalKind::hangup()).map(Self)
    }
}

/// The streams of SIGTERM and SIGINT. Until they are caught, they end the process, which harms nothing that early.
pub struct Stops(Signal, Signal);

impl Stops {
    /// Catches both.
    ///
    /// # Errors
    /// If the system refuses the handlers.
    pub fn catch() -> std::io::Result<Self> {
        Ok(Self(signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?))
    }
}

/// Waits for SIGTERM or SIGINT, and reloads on each SIGHUP until then.
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

/// Reads the tokens and the config again; a config with a mistake changes nothing.
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
