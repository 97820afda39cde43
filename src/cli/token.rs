use crate::config::Config;
use crate::model::{Language, SourceId, SourceKind, Timestamp, hash_token, new_token};
use crate::node::command::Command as NodeCommand;
use crate::node::dispatch::run_in_daemon;
use crate::node::tokens;
use anyhow::Context;
use clap::Subcommand;
use std::path::Path;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a token for a source and print it, once (tạo mã truy cập, chỉ hiện một lần)
    New {
        /// The source's id
        source: String,
    },
    /// List the sources that have tokens, and since when (xem nguồn tin nào có mã truy cập)
    List,
    /// Revoke every token of a source, or one of them (hủy mọi mã truy cập của một nguồn tin, hoặc một mã)
    Revoke {
        /// The source's id
        source: String,
        /// The token's name, as `token list` shows it
        name: Option<String>,
    },
}

pub(super) fn run(command: Command, file: &Path, language: Language) -> anyhow::Result<()> {
    let config = super::load(file)?;
    let data = config.store.directory.clone();
    match command {
        Command::List => {
            for line in tokens::read(&data)?.lines() {
                super::say(format_args!("{}  {}  {}", line.source, line.name(), line.created))?;
            }
        }
        Command::New { source } => {
            let named = config.sources.iter().find(|s| s.id.as_str() == source);
            let id = named.map(|s| s.id.clone()).ok_or_else(|| {
                anyhow::anyhow!(
                    "{source}: no source of this name in {}: add a [[source]] first",
                    file.display()
                )
            })?;
            let is_pushed = named.is_some_and(|source| matches!(source.kind, SourceKind::Push));
            anyhow::ensure!(
                is_pushed,
                "{source}: only a source with kind = \"push\" takes pushes, so a token for it opens nothing"
            );
            let mut random = [0; 32];
            getrandom::fill(&mut random)
                .map_err(|e| anyhow::anyhow!("no random bytes from the system: {e}"))?;
            let token = new_token(&random);
            tokens::change(&data, |known| {
                shown(&token)?;
                known.add(id, hash_token(token.as_bytes()), Timestamp::now());
                Ok(())
            })?;
            let told = told(&config);
            eprintln!(
                "{}: Authorization: Bearer TOKEN",
                language.pick(
                    "this is the only time it is shown; push with",
                    "mã truy cập chỉ hiện một lần này; khi đẩy tin, gửi kèm"
                )
            );
            told?;
        }
        Command::Revoke { source, name } => {
            let id = SourceId::new(&source)?;
            let ended = tokens::change(&data, |known| {
                let ended = known.revoke(&id, name.as_deref());
                anyhow::ensure!(ended > 0, "{source}: has no such token: see dongtin token list");
                Ok(ended)
            })?;
            told(&config)?;
            super::say(format_args!("{ended} revoked"))?;
        }
    }
    Ok(())
}

/// Prints a token. Fails if nobody can see it, so that no token is stored that nobody knows.
fn shown(token: &str) -> anyhow::Result<()> {
    let unseen = "no token was made, since it could not be shown";
    anyhow::ensure!(!goes_nowhere(), "{unseen}: standard output is closed or /dev/null");
    // A reader that goes away ends other commands quietly; here it is an error.
    super::say(token).map_err(|error| anyhow::anyhow!("{unseen}: {error}"))
}

/// Whether standard output is /dev/null, which also replaces a closed one.
fn goes_nowhere() -> bool {
    let output = rustix::fs::fstat(std::io::stdout());
    let null = rustix::fs::stat("/dev/null");
    output
        .ok()
        .zip(null.ok())
        .is_some_and(|(output, null)| output.st_rdev == null.st_rdev && null.st_rdev != 0)
}

/// Has the running daemon, if any, read the tokens again.
fn told(config: &Config) -> anyhow::Result<()> {
    let data = &config.store.directory;
    run_in_daemon(data, &NodeCommand::Tokens).with_context(|| {
        format!(
            "the tokens are written, but the daemon could not read them and goes on with the old ones; {}; then: systemctl reload dongtin",
            tokens::remedy(data)
        )
    })?;
    Ok(())
}
