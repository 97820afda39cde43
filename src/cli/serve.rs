use crate::model::Language;
use std::path::Path;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Write logs as JSON, one object a line (nhật ký dạng JSON)
    #[arg(long)]
    log_json: bool,
    /// Which logs: error, warn, info, debug, trace, or a filter such as "info,dongtin::fetch=debug"
    #[arg(long, default_value = "info", value_name = "FILTER")]
    log: String,
}

pub(super) fn run(args: Args, file: &Path, language: Language) -> anyhow::Result<()> {
    let config = super::load(file)?;
    start_logs(&args.log, args.log_json)?;
    let file = file.canonicalize()?;
    crate::node::run(config, Some(file), |address| {
        // A daemon whose output nobody reads serves on.
        let listens = language.pick("dongtin listens on", "dongtin đang phục vụ tại");
        let _ = super::say(format_args!("{listens} http://{address}"));
    })?;
    Ok(())
}

/// Starts logging to standard error, where systemd and containers collect it.
pub(super) fn start_logs(filter: &str, json: bool) -> anyhow::Result<()> {
    use std::io::IsTerminal;
    let filter = tracing_subscriber::EnvFilter::try_new(filter).map_err(|e| {
        anyhow::anyhow!("--log {filter}: {e}; use error, warn, info, debug or trace")
    })?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if json {
        builder.json().init();
    } else {
        builder.with_ansi(std::io::stderr().is_terminal()).with_target(false).init();
    }
    Ok(())
}
