//! `dongtin config`: check a config, or print one with every option.

use clap::Subcommand;
use std::path::Path;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Say whether the config is right, or what is wrong, by line and key (kiểm tra từng dòng)
    Check,
    /// Print a config with every option, its default and one sentence each (in mọi tùy chọn)
    Print,
}

pub(super) fn run(args: Args, file: &Path) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Print => super::write(crate::config::DOCUMENTED)?,
        Command::Check => {
            let config = super::load(file)?;
            super::say(format_args!(
                "{}: {} sources, {} feeds: right",
                file.display(),
                config.sources.len(),
                config.feeds.len()
            ))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
