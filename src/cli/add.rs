use super::terminal::path_argument;
use crate::node::command::Command;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(super) struct Args {
    /// The source that the articles belong to, as the config names it (mã của nguồn tin)
    #[arg(short, long)]
    source: String,
    /// Files (các tệp): .txt, .html, .md, .json, .rss, .atom, .xml
    #[arg(required = true, value_parser = path_argument)]
    files: Vec<PathBuf>,
}

pub(super) fn run(args: Args, file: &Path) -> anyhow::Result<()> {
    let config = super::load(file)?;
    let whole = |path: &PathBuf| {
        path.canonicalize().map_err(|e| anyhow::anyhow!("{}: {e}", path.display()))
    };
    let files = args.files.iter().map(whole).collect::<anyhow::Result<Vec<_>>>()?;
    super::run_command(config, Command::Add { source: args.source, files }, "adding")
}
