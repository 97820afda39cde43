use super::Unusable;
use crate::config;
use crate::node::config_check::{try_out, warnings};
use clap::Subcommand;
use std::path::Path;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Check the config and name every mistake by line and key (kiểm tra từng dòng)
    Check,
    /// Print every option with its default and one sentence (in mọi tùy chọn)
    Print,
}

pub(super) fn run(command: Command, file: &Path) -> anyhow::Result<()> {
    match command {
        Command::Print => super::write(config::DOCUMENTED)?,
        Command::Check => {
            let config = super::load(file).map_err(every_mistake)?;
            let text = std::fs::read_to_string(file)?;
            try_out(&text, &config).map_err(|e| anyhow::anyhow!("{}: {e}", file.display()))?;
            super::say(format_args!(
                "{}: {} sources, {} feeds: no mistakes",
                file.display(),
                config.sources.len(),
                config.feeds.len()
            ))?;
            for warning in warnings(&config) {
                super::note(format_args!("warning (lưu ý): {warning}"));
            }
        }
    }
    Ok(())
}

/// Turns mistakes of a config into an error with one line for each.
fn every_mistake(error: anyhow::Error) -> anyhow::Error {
    let Some(Unusable { file, mistakes }) = error.downcast_ref() else { return error };
    let lines = mistakes.all.iter().map(|mistake| format!("{}: {mistake}", file.display()));
    anyhow::anyhow!("{}", lines.collect::<Vec<_>>().join("\n"))
}
