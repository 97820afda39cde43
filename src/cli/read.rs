use super::terminal::{read_input, say, say_json};
use crate::model::{FeedKind, ParsedFeed, Selectors, Text, Warning};
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
    let bytes = read_input(&args.file)?;
    if args.page {
        return say_page(&bytes, &args);
    }
    let feed = read_document(&bytes, &args).with_context(|| args.file.display().to_string())?;
    if args.json {
        return say_json(&feed);
    }
    let (kind, encoding, count) = (feed.kind, &feed.encoding, feed.entries.len());
    say(format_args!("{}: {kind:?}, {encoding}, {count} entries", text(&feed.title)))?;
    for Warning { name, count, example } in &feed.warnings {
        say(format_args!("warning: {name} ×{count} {}", example.as_deref().unwrap_or("")))?;
    }
    for (_, why) in &feed.unread {
        say(format_args!("not read: {why}"))?;
    }
    for entry in &feed.entries {
        let date = entry.published.as_ref().or(entry.updated.as_ref());
        let date = date.map_or("-", |date| &date.raw);
        let link = entry.link.as_deref().unwrap_or("-");
        say(format_args!("{date}  {}  {link}", text(&entry.title)))?;
        if feed.kind == FeedKind::File {
            let content = entry.content.first().or(entry.summary.as_ref());
            say(content.map_or(String::new(), |content| html_to_text(&content.value)).trim())?;
        }
    }
    Ok(())
}

/// Reads a feed; what is none is read as a folder would by its name.
fn read_document(bytes: &[u8], args: &Args) -> anyhow::Result<ParsedFeed> {
    let no_feed = match read::read(bytes, args.content_type.as_deref()) {
        Ok(feed) => return Ok(feed),
        Err(error) => error,
    };
    let name = args.file.file_name().unwrap_or_default().to_string_lossy();
    match read::file::read_file(&name, bytes) {
        Err(read::file::FileError::Kind(_)) => Err(no_feed.into()),
        read => Ok(read?),
    }
}

fn text(text: &Option<Text>) -> &str {
    text.as_ref().map_or("-", |text| &text.value)
}

/// Shows what an article's own page would give.
fn say_page(bytes: &[u8], args: &Args) -> anyhow::Result<()> {
    let content_type = args.content_type.as_deref();
    let page = read::page::article(bytes, content_type, &Selectors::default(), true)
        .with_context(|| args.file.display().to_string())?;
    if args.json {
        return say_json(&page);
    }
    say(text(&page.said.title))?;
    say(page.said.published.as_ref().map_or("-", |date| date.raw.as_str()))?;
    say(text(&page.said.summary))?;
    match (page.selected.content.first(), page.unsure) {
        (Some(content), _) => say(html_to_text(&content.value).trim())?,
        (None, why) => say(format_args!("no text: {}", why.unwrap_or("-")))?,
    }
    Ok(())
}
