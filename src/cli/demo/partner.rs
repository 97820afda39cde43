use super::free_port;
use crate::config::Config;
use crate::node::command::{Command, Outcome, SourceHealth};
use crate::node::dispatch::run_in_daemon;
use rustix::process::{Pid, Signal, kill_process};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

/// How often the partner is looked at, and how many times.
const LOOK: Duration = Duration::from_millis(300);
const LOOKS: usize = 100;

/// A second portal that mirrors a feed of the first one.
pub(super) struct Partner {
    config: Config,
    port: u16,
}

/// The partner's process, which ends with this value.
pub(super) struct Running(Child);

impl Partner {
    /// Starts one below the demo's data folder, on the port after the portal's or a free one.
    ///
    /// # Errors
    /// Its config cannot be written, or its process not be started.
    pub(super) fn start(portal: SocketAddr, data: &Path) -> anyhow::Result<(Self, Running)> {
        let folder = data.join("partner");
        std::fs::create_dir_all(&folder)?;
        let port = free_port(portal.port().checked_add(1).unwrap_or(0))?;
        let text = include_str!("../../../config/demo/partner.toml")
            .replace("PORTAL", &portal.port().to_string())
            .replace("PORT", &port.to_string());
        let config = Config::parse(&text, &folder)
            .map_err(|error| anyhow::anyhow!("config/demo/partner.toml: {error}"))?;
        let file = folder.join("dongtin.toml");
        std::fs::write(&file, &text)?;
        let child = std::process::Command::new(std::env::current_exe()?)
            .arg("--config")
            .arg(file)
            .args(["serve", "--log", "warn"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        Ok((Self { config, port }, Running(child)))
    }

    /// Where its front page is.
    pub(super) fn page(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Waits until what it has copied satisfies; false if it does not in half a minute.
    pub(super) fn await_copy(&self, is_enough: impl Fn(&SourceHealth) -> bool) -> bool {
        (0..LOOKS).any(|_| {
            std::thread::sleep(LOOK);
            self.copied().is_some_and(|health| is_enough(&health))
        })
    }

    fn copied(&self) -> Option<SourceHealth> {
        match run_in_daemon(&self.config.store.directory, &Command::Sources).ok()?? {
            Outcome::Sources { sources, .. } => sources.into_iter().next(),
            _ => None,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have heard the same Ctrl-C.
        if let Ok(pid) = i32::try_from(self.0.id()) {
            let _ = Pid::from_raw(pid).map(|pid| kill_process(pid, Signal::TERM));
        }
        let _ = self.0.wait();
    }
}
