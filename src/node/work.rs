//! What the commands have done, by the daemon that runs or by themselves.

use super::control;
use super::rooms::Rooms;
use crate::config::Config;
use crate::ingest::folder;
use crate::model::Timestamp;
use crate::{journal, store};
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::PathBuf;

/// A command's work.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "do")]
pub enum Work {
    /// Take in files.
    Add {
        /// The source that they belong to.
        source: String,
        /// Absolute paths.
        files: Vec<PathBuf>,
    },
    /// Verify journal, views and feeds.
    Check,
    /// Fold the views again.
    Rebuild,
    /// Write the journal as an archive to the listener: the daemon may not be allowed to write where the command is.
    Export,
    /// Read an export into the journal.
    Import {
        /// Absolute.
        file: PathBuf,
    },
    /// Every source's state.
    Sources {
        /// Told in Vietnamese.
        #[serde(default)]
        vietnamese: bool,
    },
    /// Bring the turn of polled sources forward.
    Poll {
        /// Which; none: all.
        ids: Vec<String>,
    },
    /// Publish what was kept of a source, or let it go.
    Kept {
        /// Which.
        source: String,
        /// Whether it is news.
        accept: bool,
    },
    /// Read the tokens file again.
    Tokens,
}

/// Who hears of some work.
pub struct Listener<'a> {
    /// How far it is: done, total.
    pub progress: &'a mut dyn FnMut(u64, u64),
    /// What it writes.
    pub bytes: &'a mut dyn Write,
}

/// Does some work where it can be done: the daemon has the data directory, or nobody has.
pub fn anywhere(config: Config, work: Work, listener: &mut Listener<'_>) -> anyhow::Result<String> {
    if let Some(done) = control::ask(&config.store.directory, &work, listener)? {
        return Ok(done);
    }
    anyhow::ensure!(
        !matches!(work, Work::Poll { .. }),
        "no daemon runs on {}: start it, it polls what is due",
        config.store.directory.display()
    );
    let makes = matches!(work, Work::Add { .. } | Work::Import { .. });
    anyhow::ensure!(
        makes || journal::disk::holds_a_store(&config.store.directory),
        "there is no store in {}: name the right one with store.directory, see whether its disk is mounted, or start the daemon once to make it",
        config.store.directory.display()
    );
    let runtime = super::runtime()?;
    let rooms = runtime.block_on(async { Rooms::open(config) })?;
    let result = run(work, &rooms, runtime.handle(), listener);
    rooms.close()?;
    super::owner::give_all(&rooms.data()).context("the owner of the data directory's files")?;
    result
}

/// Does some work in rooms that are open.
pub fn run(
    work: Work,
    rooms: &Rooms,
    runtime: &tokio::runtime::Handle,
    listener: &mut Listener<'_>,
) -> anyhow::Result<String> {
    let progress = &mut *listener.progress;
    match work {
        Work::Add { source, files } => add(&source, &files, rooms, runtime, progress),
        Work::Check => check(rooms, runtime, progress),
        Work::Rebuild => {
            rooms.store.rebuild(progress)?;
            Ok(format!("rebuilt up to event {}", rooms.journal.last()))
        }
        Work::Export => {
            let to = std::io::BufWriter::with_capacity(1 << 16, &mut *listener.bytes);
            let (mut to, written) = journal::archive::export(&rooms.journal, to, progress)?;
            to.flush()?;
            Ok(format!("{} events, the last is {}", written.events, written.last))
        }
        Work::Import { file } => {
            let before = rooms.journal.last();
            let read = runtime.block_on(journal::archive::import(&rooms.journal, &file, progress));
            let read = read.with_context(|| file.display().to_string())?;
            runtime.block_on(rooms.store.caught_up(rooms.journal.last()))?;
            if rooms.journal.last() > before {
                rooms.journal.leave_gap(read.events, Timestamp::now())?;
            }
            let new = rooms.journal.last().0.saturating_sub(before.0);
            Ok(format!(
                "{}: {} events, the last is {}; {} were new",
                file.display(),
                read.events,
                read.last,
                new.min(read.events)
            ))
        }
        Work::Sources { vietnamese } => super::status::text(rooms, vietnamese),
        Work::Poll { ids } => {
            let asked = super::polls::wanted(&rooms.config.load(), &ids)?;
            let count = asked.len();
            super::polls::insist(rooms, asked, Timestamp::now());
            Ok(format!("{count} sources are polled as soon as their hosts allow"))
        }
        Work::Kept { source, accept } => kept(&source, accept, rooms, runtime),
        Work::Tokens => {
            rooms.reload_tokens()?;
            Ok("the tokens were read again".to_owned())
        }
    }
}

/// Tells the daemon that runs to do something; nothing to do where none runs.
pub fn tell(config: &Config, work: &Work) -> anyhow::Result<()> {
    of_daemon(&config.store.directory, work).map(|_| ())
}

/// What the daemon that has a data directory answers to some work, if one runs.
pub fn of_daemon(data: &std::path::Path, work: &Work) -> anyhow::Result<Option<String>> {
    let mut silent = Listener { progress: &mut |_, _| {}, bytes: &mut std::io::sink() };
    control::ask(data, work, &mut silent)
}

/// Publishes what was kept of a source, or lets it go.
fn kept(
    id: &str,
    accept: bool,
    rooms: &Rooms,
    runtime: &tokio::runtime::Handle,
) -> anyhow::Result<String> {
    let source = rooms.ingest.source(id)?;
    anyhow::ensure!(source.kind.address().is_some(), "source {id}: is not polled");
    if accept && rooms.ingest.memory(&source)?.quarantine.is_none() {
        return Ok(format!("source {id}: nothing is kept from readers"));
    }
    let done = if accept {
        let taken = runtime.block_on(rooms.ingest.accept(&source, Timestamp::now()))?;
        format!("source {id}: {taken}; its new shape is what is expected from now on")
    } else {
        let count = runtime.block_on(rooms.ingest.discard(&source))?;
        format!("source {id}: {count} entries were let go")
    };
    let mut state = super::polls::state_of(&rooms.store, &source);
    state.forget_body();
    state.warnings.retain(|warning| !warning.name.starts_with("drift-"));
    rooms.store.progress().put(store::Kind::Source, id, &state)?;
    Ok(done)
}

fn add(
    source: &str,
    files: &[PathBuf],
    rooms: &Rooms,
    runtime: &tokio::runtime::Handle,
    progress: &mut dyn FnMut(u64, u64),
) -> anyhow::Result<String> {
    let source = rooms.ingest.source(source).context(
        "add a [[source]] of this name to the config first, or name one that `dongtin source status` lists",
    )?;
    let mut lines = Vec::new();
    let mut failed = 0;
    for (done, file) in files.iter().enumerate() {
        progress(done as u64, files.len() as u64);
        match runtime.block_on(rooms.ingest.take_file(&source, file, Timestamp::now())) {
            Ok((taken, refused)) => {
                failed += usize::from(!refused.is_empty());
                lines.push(format!("{}: {taken}", file.display()));
                lines.extend(refused.iter().map(|why| format!("{}: {why}", file.display())));
            }
            Err(error) => {
                failed += 1;
                lines.push(format!("{}: {error}", file.display()));
            }
        }
    }
    let text = lines.join("\n");
    anyhow::ensure!(
        failed == 0,
        "{failed} of {} files not taken in, or not whole\n{text}",
        files.len()
    );
    Ok(text)
}

fn check(
    rooms: &Rooms,
    runtime: &tokio::runtime::Handle,
    progress: &mut dyn FnMut(u64, u64),
) -> anyhow::Result<String> {
    let report = store::check::check(&rooms.store, progress)?;
    let mut problems = report.problems.clone();
    if report.unnamed > 0 {
        problems.push(format!("and {} more", report.unnamed));
    }
    problems.extend(feeds(rooms, runtime)?);
    anyhow::ensure!(problems.is_empty(), "not all agrees:\n{}", problems.join("\n"));
    Ok(format!(
        "{} events, {} values of the views: all agree, every feed is whole (dữ liệu khớp, mọi dòng tin nguyên vẹn)",
        report.events, report.values
    ))
}

/// Renders every feed in every format; what does not come out whole.
fn feeds(rooms: &Rooms, runtime: &tokio::runtime::Handle) -> anyhow::Result<Vec<String>> {
    let mut problems = Vec::new();
    for group in rooms.cache.groups()? {
        for feed in group.feeds {
            for format in crate::feeds::Format::ALL {
                if let Err(error) = runtime.block_on(rooms.cache.get(&feed.id, format)) {
                    problems.push(error.to_string());
                }
            }
        }
    }
    Ok(problems)
}

/// One round through every folder, whatever its files' age, with no daemon running; says what became of them.
pub fn settle(config: Config) -> anyhow::Result<String> {
    let runtime = super::runtime()?;
    let rooms = runtime.block_on(async { Rooms::open(config) })?;
    let later = Timestamp::now().plus_millis(2 * folder::SETTLE_MS);
    let taken = runtime.block_on(super::folders::settle(&rooms, later));
    rooms.close()?;
    taken
}
