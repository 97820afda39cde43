use crate::model::{Selectors, Text};
use crate::read;
use crate::text::html_to_text;
use anyhow::Context;
use std::path::PathBuf;

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
    /// Read it as an article's own page, as full_text does: what it says of itself, and its text
    #[arg(long)]
    page: bool,
}

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    let bytes = if args.file.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin(), &mut bytes)?;
        bytes
    } else {
        std::fs::read(&args.file).with_context(|| args.file.display().to_string())?
    };
    if args.page {
        return say_page(&bytes, &args);
    }
    let feed = read::read(&bytes, args.content_type.as_deref())
        .with_context(|| args.file.display().to_string())?;
    if args.json {
        super::say(serde_json::to_string_pretty(&feed)?)?;
        return Ok(());
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
    Ok(())
}

/// Shows what an article's own page would give.
fn say_page(bytes: &[u8], args: &Args) -> anyhow::Result<()> {
    let content_type = args.content_type.as_deref();
    let page = read::page::article(bytes, content_type, &Selectors::default(), true)
        .with_context(|| args.file.display().to_string())?;
    if args.json {
        super::say(serde_json::to_string_pretty(&page)?)?;
        return Ok(());
    }
    let text = |text: &Option<Text>| text.as_ref().map_or("-".to_owned(), |t| t.value.clone());
    super::say(text(&page.said.title))?;
    super::say(page.said.published.as_ref().map_or("-", |date| date.raw.as_str()))?;
    super::say(text(&page.said.summary))?;
    match (page.selected.content.first(), page.unsure) {
        (Some(content), _) => super::say(html_to_text(&content.value).trim())?,
        (None, why) => super::say(format_args!("no text: {}", why.unwrap_or("-")))?,
    }
    Ok(())
}
