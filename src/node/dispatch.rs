use super::app::App;
use super::command::{Command, Listener, Outcome, run};
use super::control;
use crate::config::Config;
use crate::journal;
use anyhow::Context;
use std::path::Path;

/// Runs a command where it can be run: in the daemon if one runs, else in this process.
///
/// # Errors
/// If the command fails, or there is neither a daemon nor a store.
pub fn run_anywhere(
    config: Config,
    command: Command,
    listener: &mut Listener<'_>,
) -> anyhow::Result<Outcome> {
    if let Some(outcome) = control::ask(&config.store.directory, &command, listener)? {
        return Ok(outcome);
    }
    anyhow::ensure!(
        !matches!(command, Command::Poll { .. }),
        "no daemon runs on {}: start it, it polls what is due",
        config.store.directory.display()
    );
    let makes_a_store = matches!(command, Command::Add { .. } | Command::Import { .. });
    anyhow::ensure!(
        makes_a_store || journal::disk::holds_a_store(&config.store.directory),
        "there is no store in {}: name the right one with store.directory, see whether its disk is mounted, or start the daemon once to make it",
        config.store.directory.display()
    );
    let runtime = super::runtime()?;
    let app = runtime.block_on(async { App::open(config) })?;
    let result = run(command, &app, runtime.handle(), listener);
    app.close()?;
    super::owner::give_all(&app.data()).context("the owner of the data directory's files")?;
    result
}

/// Has the daemon of a data directory run a command; `None` if no daemon runs there.
///
/// # Errors
/// If the command fails.
pub fn run_in_daemon(data: &Path, command: &Command) -> anyhow::Result<Option<Outcome>> {
    let mut silent = Listener { progress: &mut |_, _| {}, bytes: &mut std::io::sink() };
    control::ask(data, command, &mut silent)
}
