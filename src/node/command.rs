//! The commands that need the store: done by the daemon that runs, or by themselves where none runs.
//!
//! In: a `Command`. Out: an `Outcome`. The control socket carries both as JSON, `cli` prints the outcome.

use super::app::{App, LastPolls};
pub use super::folders::FolderRead;
use super::following;
pub use super::outcome::{AddedFile, Outcome, PartnerStatus};
use crate::config::Config;
use crate::deliver::PartnerLog;
pub use crate::ingest::health::{Condition, SourceHealth};
pub use crate::ingest::hub::Standing;
use crate::ingest::redate::{self, AHEAD_MS};
use crate::ingest::{crawl_state, folder, quarantine, source_state};
use crate::model::{Change, Event, Partner, SourceId, Timestamp};
use crate::{journal, refine, store};
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;

/// How long a command waits for polls: hosts may want pauses between them.
const LONGEST_POLL: Duration = Duration::from_secs(1_800);

/// What is to be done.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "do")]
pub enum Command {
    /// Take in files.
    Add {
        /// The id of the source that they belong to.
        source: String,
        /// Absolute paths.
        files: Vec<PathBuf>,
    },
    /// Compare journal, views and feeds.
    Check,
    /// Throw the views away and fold them again.
    Rebuild,
    /// Write the journal as an archive to the listener: the daemon may not be allowed to write where the command is.
    Export,
    /// Write all rows of progress to the listener, for a backup.
    ExportProgress,
    /// Read an archive into the journal.
    Import {
        /// An absolute path.
        file: PathBuf,
    },
    /// Give articles that a clock took in which was ahead the present time.
    Redate,
    /// Tell how every source is doing.
    Sources,
    /// Tell what every partner has taken.
    Partners,
    /// Poll sources before their turn.
    Poll {
        /// Their ids; empty: all.
        ids: Vec<String>,
        /// Whether to wait for what comes of it.
        wait: bool,
    },
    /// Publish or discard a source's quarantined entries.
    Kept {
        /// The source's id.
        source: String,
        /// Whether they are published.
        accept: bool,
    },
    /// Tell every event of an article.
    History {
        /// Its key, its id or the address of its page.
        article: String,
    },
    /// Take what an article said out of the journal for good.
    Purge {
        /// Its key, its id or the address of its page.
        article: String,
        /// Why.
        reason: String,
    },
    /// Make this node the leader.
    Promote {
        /// Also if its leader answers.
        force: bool,
    },
    /// Tell what only this node has, and with its count give it up to follow the leader of the config.
    Rejoin {
        /// As many events as are only here; `None` only asks.
        confirmed: Option<u64>,
    },
    /// Read the tokens file again.
    Tokens,
    /// Move the clock of the polls forward, so that a test need not wait; no command of `cli` asks for it.
    Skip {
        /// By how much.
        millis: u32,
    },
}

/// Who hears of a command while it is done.
pub struct Listener<'a> {
    /// How far it is: done, total.
    pub progress: &'a mut dyn FnMut(u64, u64),
    /// What it writes.
    pub bytes: &'a mut dyn Write,
}

/// Runs a command in open rooms.
///
/// # Errors
/// If the command fails as a whole; a part that fails is in the outcome.
pub fn run(
    command: Command,
    app: &App,
    runtime: &Handle,
    listener: &mut Listener<'_>,
) -> anyhow::Result<Outcome> {
    match command {
        Command::Add { source, files } => {
            runtime.block_on(add(&source, files, app, listener.progress))
        }
        Command::Check => check(app, runtime, listener.progress),
        Command::Rebuild => {
            app.store.rebuild(listener.progress)?;
            Ok(Outcome::Rebuilt { last: app.journal.last() })
        }
        Command::Export => export(app, listener),
        Command::ExportProgress => {
            let to = std::io::BufWriter::with_capacity(1 << 16, &mut *listener.bytes);
            app.store.progress().export(to)?.flush()?;
            Ok(Outcome::ProgressExported)
        }
        Command::Import { file } => runtime.block_on(import(&file, app, listener.progress)),
        Command::Redate => {
            app.journal.refuse_if_following()?;
            let articles = runtime.block_on(redate::redate(&app.ingest, Timestamp::now()))?;
            Ok(Outcome::Redated { articles })
        }
        Command::Sources => {
            let config = app.config.load();
            let sources = app.examiner().examine_all(&config, app.clock.now())?;
            Ok(Outcome::Sources { sources, utc_offset: config.site.utc_offset })
        }
        Command::Partners => Ok(partners(app)),
        Command::Poll { ids, wait } => {
            app.journal.refuse_if_following()?;
            let asked = super::polls::wanted(&app.config.load(), &ids)?;
            runtime.block_on(poll(asked, wait, app, listener.progress))
        }
        Command::History { article } => {
            Ok(Outcome::History { events: super::article::history(app, &article)? })
        }
        Command::Purge { article, reason } => {
            let purge = super::article::purge(app, &article, &reason);
            let (key, events) = runtime.block_on(purge)?;
            Ok(Outcome::Purged { key: key.to_string(), events, last: app.journal.last() })
        }
        Command::Kept { source, accept } => runtime.block_on(kept(source, accept, app)),
        Command::Skip { millis } => {
            app.clock.skip(millis);
            Ok(Outcome::Skipped)
        }
        Command::Promote { force } => {
            let term = runtime.block_on(following::promote(app, force))?;
            Ok(Outcome::Promoted { term, last: app.journal.last() })
        }
        Command::Rejoin { confirmed } => {
            let only_here = runtime.block_on(async {
                match confirmed {
                    Some(confirmed) => following::rejoin(app, confirmed).await,
                    None => following::only_here(app).await,
                }
            })?;
            let following::OnlyHere { agreed, events } = only_here;
            Ok(Outcome::Rejoins { agreed, events, is_done: confirmed.is_some() })
        }
        Command::Tokens => {
            app.reload_tokens()?;
            Ok(Outcome::TokensRead)
        }
    }
}

async fn poll(
    asked: Vec<SourceId>,
    wait: bool,
    app: &App,
    progress: &mut dyn FnMut(u64, u64),
) -> anyhow::Result<Outcome> {
    let now = app.clock.now();
    let mut polled = app.polled();
    super::polls::insist(app, asked.clone(), now);
    if !wait {
        return Ok(Outcome::Asked { sources: asked.len() });
    }
    let is_done = |id: &&SourceId, polled: &LastPolls| polled.get(*id).is_some_and(|at| *at >= now);
    let everything = polled.wait_for(|polled| {
        let done = asked.iter().filter(|id| is_done(id, polled)).count();
        progress(done as u64, asked.len() as u64);
        done == asked.len()
    });
    let ended = tokio::time::timeout(LONGEST_POLL, everything).await.is_ok();
    anyhow::ensure!(
        ended,
        "not every poll ended in time; `dongtin source status` shows what comes"
    );
    let config = app.config.load();
    let mut sources = app.examiner().examine_all(&config, app.clock.now())?;
    sources.retain(|health| asked.contains(&health.source.id));
    Ok(Outcome::Polled { sources, utc_offset: config.site.utc_offset })
}

async fn add(
    source: &str,
    files: Vec<PathBuf>,
    app: &App,
    progress: &mut dyn FnMut(u64, u64),
) -> anyhow::Result<Outcome> {
    app.journal.refuse_if_following()?;
    let source = app.ingest.source(source).context(
        "add a [[source]] of this name to the config first, or name one that `dongtin source status` lists",
    )?;
    let mut added = Vec::new();
    let count = files.len() as u64;
    for (done, file) in (0..).zip(files) {
        progress(done, count);
        let (result, refused) =
            match folder::add_file(&app.ingest, &source, &file, Timestamp::now()).await {
                Ok((applied, refused)) => (Ok(applied), refused),
                Err(error) => (Err(error.to_string()), Vec::new()),
            };
        added.push(AddedFile { file, result, refused });
    }
    // Whoever looks next sees what was added.
    app.ingest.committer.wait_until_shown(app.journal.last()).await;
    Ok(Outcome::Added { files: added })
}

fn check(
    app: &App,
    runtime: &Handle,
    progress: &mut dyn FnMut(u64, u64),
) -> anyhow::Result<Outcome> {
    let report = store::check::check(&app.store, progress)?;
    let mut problems = report.problems;
    if report.unnamed > 0 {
        problems.push(format!("and {} more", report.unnamed));
    }
    problems.extend(runtime.block_on(broken_feeds(app))?);
    Ok(Outcome::Checked { events: report.events, values: report.values, problems })
}

/// Renders every feed in every format, and says which cannot be rendered.
async fn broken_feeds(app: &App) -> anyhow::Result<Vec<String>> {
    let mut problems = Vec::new();
    for feed in app.cache.groups()?.into_iter().flat_map(|group| group.feeds) {
        for format in crate::feeds::Format::ALL {
            problems.extend(app.cache.get(&feed.id, format).await.err().map(|e| e.to_string()));
        }
    }
    Ok(problems)
}

fn export(app: &App, listener: &mut Listener<'_>) -> anyhow::Result<Outcome> {
    let to = std::io::BufWriter::with_capacity(1 << 16, &mut *listener.bytes);
    let (mut to, written) = journal::archive::export(&app.journal, to, listener.progress)?;
    to.flush()?;
    Ok(Outcome::Exported { events: written.events, last: written.last })
}

async fn import(
    file: &Path,
    app: &App,
    progress: &mut dyn FnMut(u64, u64),
) -> anyhow::Result<Outcome> {
    let before = app.journal.event_count();
    let now = Timestamp::now();
    let last_right = AtomicI64::new(0);
    let screen = |event| screened(event, now, &last_right);
    let read = journal::archive::import(&app.journal, file, &screen, progress).await;
    let read = read.with_context(|| file.display().to_string())?;
    app.store.caught_up(app.journal.last()).await;
    let new = (app.journal.event_count() - before).min(read.events);
    if new > 0 {
        app.journal.skip_numbers(Timestamp::now())?;
    }
    Ok(Outcome::Imported { file: file.to_owned(), events: read.events, last: read.last, new })
}

/// An event of an archive as it may be taken in: its article is as safe as one that is pushed, and a time that is ahead of
/// now is that of the last event before it which is not.
fn screened(mut event: Event, now: Timestamp, last_right: &AtomicI64) -> Event {
    let right = |at: Timestamp| match at <= now.plus_millis(AHEAD_MS) {
        true => at,
        false => Timestamp(last_right.load(Ordering::Relaxed)),
    };
    event.at = right(event.at);
    if let Change::Published { article } | Change::Revised { article } = &mut event.change {
        let article = Arc::make_mut(article);
        (article.received, article.changed) = (right(article.received), right(article.changed));
        refine::screen(article);
    }
    last_right.store(event.at.millis(), Ordering::Relaxed);
    event
}

fn partners(app: &App) -> Outcome {
    let (config, log) = (app.config.load(), PartnerLog::new(app.store.progress()));
    let status = |partner: &Partner| {
        let taken = log.taken(&partner.id).filter(|taken| taken.at > Timestamp(0));
        PartnerStatus {
            name: partner.id.clone(),
            seq: taken.as_ref().map(|taken| taken.seq),
            at: taken.as_ref().map(|taken| taken.at),
            cursor: taken.map(|taken| taken.cursor),
        }
    };
    let partners = config.partners.iter().map(status).collect();
    Outcome::Partners { partners, last: app.journal.last(), utc_offset: config.site.utc_offset }
}

/// Publishes or discards what a source's quarantine holds; its next poll reads the document whole.
async fn kept(id: String, accept: bool, app: &App) -> anyhow::Result<Outcome> {
    app.journal.refuse_if_following()?;
    let source = app.ingest.source(&id)?;
    anyhow::ensure!(source.kind.address().is_some(), "source {id}: is not polled");
    if accept && crawl_state::look(&app.store.progress(), &source)?.quarantine.is_none() {
        return Ok(Outcome::NothingKept { source: id });
    }
    let outcome = if accept {
        let applied = quarantine::accept(&app.ingest, &source, app.clock.now()).await?;
        Outcome::Accepted { source: id.clone(), applied }
    } else {
        let entries = quarantine::discard(&app.ingest, &source).await?;
        Outcome::Discarded { source: id.clone(), entries }
    };
    let progress = app.store.progress();
    let mut state = source_state::look(&progress, &source);
    state.forget_body();
    source_state::keep(&progress, &source.id, &state)?;
    // Who is told that entries were discarded must not find them kept again.
    progress.make_durable()?;
    Ok(outcome)
}

/// Reads every folder once, whatever its files' age, with no daemon running.
///
/// # Errors
/// If the store cannot be opened, or a folder's articles cannot be put on disk.
pub fn read_folders(config: Config) -> anyhow::Result<Vec<FolderRead>> {
    let runtime = super::runtime()?;
    let app = runtime.block_on(async { App::open(config) })?;
    let later = Timestamp::now().plus_millis(2 * folder::SETTLE_MS);
    let read = runtime.block_on(super::folders::read_all(&app, later));
    app.close()?;
    read
}

#[cfg(test)]
mod tests {
    use crate::journal::samples;
    use crate::model::{Article, Enclosure, Image, Timestamp};
    use crate::refine::screen;

    #[test]
    fn what_an_archive_brings_is_as_safe_as_what_is_pushed() {
        let ours = samples::article("cms", 1, Timestamp::from_secs(1_795_000_000));
        let mut same = ours.clone();
        screen(&mut same);
        assert_eq!(same, ours);
        let bad = "javascript:alert(1)".to_owned();
        let html = "<p>Tin.</p><script>alert(1)</script><img src=x onerror=alert(1)><a href=\"javascript:alert(1)\">xem</a>";
        let file = Enclosure {
            url: bad.clone(),
            media_type: "text/html".into(),
            length: None,
            title: None,
            duration: None,
        };
        let image = Image { url: bad.clone(), alt: None, width: None, height: None };
        let mut article = Article {
            url: Some(bad.clone()),
            content: Some(html.into()),
            image: Some(image),
            enclosures: vec![file],
            ..ours
        };
        article.authors[0].uri = Some(bad);
        screen(&mut article);
        let json = serde_json::to_string(&article).unwrap();
        assert!(!json.contains("alert") && json.contains("Tin."), "{json}");
    }
}
