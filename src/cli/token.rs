use crate::config::Config;
use crate::model::{
    Language, PartnerId, SourceId, SourceKind, Timestamp, TokenOwner, hash_token, new_token,
};
use crate::node::command::Command as NodeCommand;
use crate::node::dispatch::run_in_daemon;
use crate::node::tokens;
use anyhow::Context;
use clap::Subcommand;
use std::path::Path;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a token and print it, once (tạo mã truy cập, chỉ hiện một lần)
    New {
        /// The id of the source that pushes with it
        name: String,
        /// The name is that of a partner, which copies with it
        #[arg(long)]
        partner: bool,
        /// The last day on which it is valid, as in 2027-12-31 (ngày cuối cùng còn hạn)
        #[arg(long, value_name = "DATE")]
        until: Option<String>,
    },
    /// List who has tokens, since when and until when (xem ai có mã truy cập)
    List {
        /// As JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// Revoke every token of a source or partner, or one of them (hủy mọi mã truy cập, hoặc một mã)
    Revoke {
        /// The source's id, or the partner's name
        name: String,
        /// The token's name, as `token list` shows it
        token: Option<String>,
        /// The name is that of a partner
        #[arg(long)]
        partner: bool,
    },
}

pub(super) fn run(command: Command, file: &Path, language: Language) -> anyhow::Result<()> {
    let config = super::load(file)?;
    match command {
        Command::List { json } => list(&config, json),
        Command::New { name, partner, until } => {
            ensure_id(&name)?;
            let owner = owner(&config, &name, partner)
                .with_context(|| format!("{}: add it there first", file.display()))?;
            let expires = until.map(|date| end_of(&date, &config)).transpose()?;
            make(&config, owner, expires, language)
        }
        Command::Revoke { name, token, partner } => {
            ensure_id(&name)?;
            let owner = match partner {
                true => TokenOwner::Partner(PartnerId::new(&name)?),
                false => TokenOwner::Source(SourceId::new(&name)?),
            };
            let ended = tokens::change(&config.store.directory, |known| {
                let ended = known.revoke(&owner, token.as_deref());
                anyhow::ensure!(ended > 0, "{name}: has no such token: see dongtin token list");
                Ok(ended)
            })?;
            told(&config)?;
            Ok(super::say(format_args!("{ended} revoked"))?)
        }
    }
}

/// Fails if an argument is no id. What is none is not repeated: it may be a token.
fn ensure_id(argument: &str) -> anyhow::Result<()> {
    let is_id = SourceId::new(argument).is_ok() || PartnerId::new(argument).is_ok();
    anyhow::ensure!(is_id, "the first argument must be the id of a source or a partner");
    Ok(())
}

fn list(config: &Config, json: bool) -> anyhow::Result<()> {
    let tokens = tokens::read(&config.store.directory)?;
    if json {
        let json = tokens.lines().iter().map(|line| {
            serde_json::json!({
                "owner": line.owner.to_string(), "name": line.name(),
                "created": line.created.to_string(),
                "expires": line.expires.map(|expires| expires.to_string()),
            })
        });
        return super::terminal::say_json(&json.collect::<Vec<_>>());
    }
    for line in tokens.lines() {
        let until = line.expires.map_or_else(String::new, |expires| format!("  until {expires}"));
        super::say(format_args!("{}  {}  {}{until}", line.owner, line.name(), line.created))?;
    }
    Ok(())
}

/// The source or partner of a name in the config.
fn owner(config: &Config, name: &str, is_partner: bool) -> anyhow::Result<TokenOwner> {
    if is_partner {
        let named = config.partners.iter().find(|partner| partner.id.as_str() == name);
        let named = named.ok_or_else(|| anyhow::anyhow!("{name}: no [[partner]] has this name"));
        return Ok(TokenOwner::Partner(named?.id.clone()));
    }
    let named = config.sources.iter().find(|source| source.id.as_str() == name);
    let named = named.ok_or_else(|| {
        anyhow::anyhow!("{name}: no source of this name (for a partner add --partner)")
    })?;
    anyhow::ensure!(
        matches!(named.kind, SourceKind::Push),
        "{name}: only a source with kind = \"push\" takes pushes, so a token for it opens nothing"
    );
    Ok(TokenOwner::Source(named.id.clone()))
}

/// The end of a day in the site's time.
fn end_of(date: &str, config: &Config) -> anyhow::Result<Timestamp> {
    let midnight = Timestamp::parse_rfc3339(&format!("{date}T00:00:00Z"));
    let midnight =
        midnight.with_context(|| format!("`{date}` is not a date: write it as in 2027-12-31"))?;
    Ok(midnight.plus_millis(86_400_000 - 1_000 * i64::from(config.site.utc_offset)))
}

fn make(
    config: &Config,
    owner: TokenOwner,
    expires: Option<Timestamp>,
    language: Language,
) -> anyhow::Result<()> {
    let mut random = [0; 32];
    getrandom::fill(&mut random)
        .map_err(|e| anyhow::anyhow!("no random bytes from the system: {e}"))?;
    let token = new_token(&random);
    tokens::change(&config.store.directory, |known| {
        shown(&token)?;
        known.add(owner, hash_token(token.as_bytes()), Timestamp::now(), expires);
        Ok(())
    })?;
    let told = told(config);
    let once = language.pick(
        "this is the only time it is shown; send with each request",
        "mã truy cập chỉ hiện một lần này; gửi kèm mỗi yêu cầu",
    );
    super::note(format_args!("{once}: Authorization: Bearer TOKEN"));
    told
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
