use super::terminal::read_input;
use crate::model::RepairMode;
use crate::refine::legacy;
use anyhow::Context;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Text files in UTF-8; standard input for `-` or if none is named
    files: Vec<PathBuf>,
    /// How much to repair: off, report, safe, full
    #[arg(long, default_value = "full")]
    mode: String,
    /// Words that are always repaired, as the text has them
    #[arg(long, value_name = "TOKEN")]
    allow: Vec<String>,
    /// Words that are never repaired
    #[arg(long, value_name = "TOKEN")]
    deny: Vec<String>,
    /// Show every decision instead of the repaired text
    #[arg(long)]
    explain: bool,
}

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    let mode = mode(&args.mode)?;
    let words = legacy::Words { allow: &args.allow, deny: &args.deny };
    let settings = legacy::Settings { words, ..legacy::Settings::new("text", mode) };
    for text in texts(&args.files)? {
        if args.explain {
            for decision in legacy::explain(&text, settings) {
                super::say(decision)?;
            }
        } else {
            super::write(legacy::repair(&text, settings).text)?;
        }
    }
    Ok(())
}

fn mode(text: &str) -> anyhow::Result<RepairMode> {
    let mode = serde_json::from_value(serde_json::Value::String(text.to_owned()));
    mode.map_err(|_| anyhow::anyhow!("--mode {text}: use off, report, safe or full"))
}

fn texts(files: &[PathBuf]) -> anyhow::Result<Vec<String>> {
    let stdin = [PathBuf::from("-")];
    let files = if files.is_empty() { &stdin } else { files };
    files.iter().map(|file| text_of(file)).collect()
}

fn text_of(file: &Path) -> anyhow::Result<String> {
    let name = file.display();
    let bytes = read_input(file).with_context(|| {
        format!("{name} is taken for a file; for a text: echo '{name}' | dongtin repair")
    })?;
    String::from_utf8(bytes).with_context(|| format!("{name}: not text in UTF-8"))
}
