use crate::read;
use anyhow::Context;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(super) struct Args {
    /// A file, or `-` for standard input
    file: PathBuf,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
    /// The Content-Type that the document came with
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let bytes = if args.file.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin(), &mut bytes)?;
        bytes
    } else {
        std::fs::read(&args.file).with_context(|| args.file.display().to_string())?
    };
    let feed = read::read(&bytes, args.content_type.as_deref())
        .with_context(|| args.file.display().to_string())?;
    if args.json {
        super::say(serde_json::to_string_pretty(&feed)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let title = feed.title.as_ref().map_or("-", |t| t.value.as_str());
    super::say(format_args!(
        "{title}: {:?}, {}, {} entries",
        feed.kind,
        feed.encoding,
        feed.entries.len()
    ))?;
    for warning in &feed.warnings {
        super::say(format_args!(
            "warning: {} ×{} {}",
            warning.name,
            warning.count,
            warning.example.as_deref().unwrap_or("")
        ))?;
    }
    for entry in &feed.entries {
        let title = entry.title.as_ref().map_or("-", |t| t.value.as_str());
        let date =
            entry.published.as_ref().or(entry.updated.as_ref()).map_or("-", |d| d.raw.as_str());
        super::say(format_args!("{date}  {title}  {}", entry.link.as_deref().unwrap_or("-")))?;
    }
    Ok(ExitCode::SUCCESS)
}
