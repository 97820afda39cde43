use crate::model::RepairMode;
use crate::refine::legacy;
use anyhow::Context;
use std::io::Read;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Text files in UTF-8; standard input if none is named
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
    if files.is_empty() {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("standard input: not text in UTF-8")?;
        return Ok(vec![text]);
    }
    let read = |file: &PathBuf| {
        std::fs::read_to_string(file)
            .with_context(|| format!("{}: cannot be read as text in UTF-8", file.display()))
    };
    files.iter().map(read).collect()
}
