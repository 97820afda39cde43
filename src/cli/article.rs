use super::language;
use crate::model::{Change, Event, Language};
use crate::node::command::{Command, Outcome};
use crate::node::dispatch::run_anywhere;
use anyhow::ensure;
use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;

/// Shows everything that an article ever said, which only its operator may see.
#[derive(clap::Args)]
pub(super) struct HistoryArgs {
    /// Its key, its id, or the address of its page here (khóa, id hoặc địa chỉ của bài)
    article: String,
    /// Print the events whole, one line of JSON each (in nguyên văn, mỗi dòng một JSON)
    #[arg(long)]
    json: bool,
}

/// Takes a text out of the journal for good: for personal data, and by order of a court.
///
/// The article is withdrawn, so that partners are told to delete it, and what it said at any time is taken out of the
/// journal, the views and what waits. Its events keep their numbers. This cannot be undone.
#[derive(clap::Args)]
pub(super) struct PurgeArgs {
    /// Its key, its id, or the address of its page here (khóa, id hoặc địa chỉ của bài)
    article: String,
    /// Why; partners are told so, and it stays in the journal (lý do)
    #[arg(long)]
    reason: String,
    /// Confirm without being asked: the article's key, once more (xác nhận bằng khóa của bài)
    #[arg(long, value_name = "KEY")]
    confirm: Option<String>,
}

/// # Errors
/// There is no such article, or it cannot be read.
pub(super) fn history(args: HistoryArgs, file: &Path) -> anyhow::Result<()> {
    let events = events_of(&args.article, file)?;
    for event in &events {
        match args.json {
            true => super::say(serde_json::to_string(event)?)?,
            false => super::say(line(event))?,
        }
    }
    Ok(())
}

/// # Errors
/// There is no such article, it is not confirmed, or something cannot be written.
pub(super) fn purge(args: PurgeArgs, file: &Path) -> anyhow::Result<()> {
    ensure!(!args.reason.trim().is_empty(), "--reason is empty: say why (cần nêu lý do)");
    let events = events_of(&args.article, file)?;
    let Some(last) = events.last() else { return Ok(()) };
    let key = last.change.key().to_string();
    match &args.confirm {
        Some(confirmed) => ensure!(*confirmed == key, "--confirm is not this article's key, {key}"),
        None => confirm(&events, &key)?,
    }
    let command = Command::Purge { article: key, reason: args.reason };
    super::run_command(super::load(file)?, command, "purging")
}

fn events_of(article: &str, file: &Path) -> anyhow::Result<Vec<Event>> {
    let command = Command::History { article: article.to_owned() };
    let (mut progress, mut bytes) = (|_, _| {}, std::io::sink());
    let mut listener =
        crate::node::command::Listener { progress: &mut progress, bytes: &mut bytes };
    match run_anywhere(super::load(file)?, command, &mut listener)? {
        Outcome::History { events } => Ok(events),
        _ => anyhow::bail!("the daemon is of another version: restart it"),
    }
}

/// Asks twice: whether, and for the key.
fn confirm(events: &[Event], key: &str) -> anyhow::Result<()> {
    ensure!(
        std::io::stdin().is_terminal(),
        "nobody is there to confirm it: say --confirm {key} (hãy xác nhận bằng --confirm {key})"
    );
    for event in events {
        super::say(line(event))?;
    }
    let vi = language::of_environment() == Language::Vi;
    let question = match vi {
        true => "Xóa hẳn nội dung này khỏi nhật ký? Không thể hoàn tác. [c/K] ",
        false => "Take all of this out of the journal for good? It cannot be undone. [y/N] ",
    };
    let answer = ask(question)?;
    ensure!(matches!(&*answer, "y" | "Y" | "yes" | "c" | "C" | "có"), "nothing was purged");
    let question = match vi {
        true => format!("Gõ lại khóa của bài, {key}: "),
        false => format!("Type the article's key, {key}: "),
    };
    ensure!(ask(&question)? == key, "that is another key: nothing was purged");
    Ok(())
}

fn ask(question: &str) -> anyhow::Result<String> {
    super::write(question)?;
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim().to_owned())
}

/// One event for people.
fn line(event: &Event) -> String {
    let head = |revision: u32| {
        format!("{:>8}  {}  {} {revision}", event.seq, event.at.rfc3339(), event.change.name())
    };
    match &event.change {
        Change::Published { article } | Change::Revised { article } => {
            let purged = article.flags.iter().find(|flag| flag.rule == "purged");
            let said = purged
                .map_or_else(|| article.title.clone(), |flag| format!("purged: {}", flag.text));
            format!("{}  {said}", head(article.revision))
        }
        Change::Files { revision, .. } => head(*revision),
        Change::Withdrawn { reason, revision, .. } => {
            format!("{}  {}", head(*revision), reason.as_deref().unwrap_or(""))
        }
    }
}
