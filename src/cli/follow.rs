use super::language;
use crate::model::Language;
use crate::node::command::{Command, Listener, Outcome};
use crate::node::dispatch::run_anywhere;
use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;

/// Makes a node that follows another one (`[follow]` in its config) the leader.
///
/// Its leader must be gone for good, or be stopped: two leaders would take in different news. The old leader, if it comes
/// back, is to follow this one.
#[derive(clap::Args)]
pub(super) struct PromoteArgs {
    /// Also if its leader answers (kể cả khi nút chính vẫn trả lời)
    #[arg(long)]
    force: bool,
}

/// Has a node follow the leader of its config, which lacks some of what this node has: an old leader that came back, or a
/// follower of a leader that was restored from a backup.
///
/// What only this node has is given up when it is started next; `dongtin export` first keeps a copy of everything.
#[derive(clap::Args)]
pub(super) struct RejoinArgs {
    /// Confirm without being asked: how many events are only here (xác nhận bằng số sự kiện sẽ bỏ)
    #[arg(long, value_name = "EVENTS")]
    confirm: Option<u64>,
}

/// # Errors
/// The leader answers and nobody insists, or nothing can be written.
pub(super) fn promote(args: PromoteArgs, file: &Path) -> anyhow::Result<()> {
    super::run_command(super::load(file)?, Command::Promote { force: args.force }, "promoting")
}

/// # Errors
/// The leader cannot be asked or may not be followed, it is not confirmed, or nothing can be written.
pub(super) fn rejoin(args: RejoinArgs, file: &Path) -> anyhow::Result<()> {
    let confirmed = match args.confirm {
        Some(confirmed) => confirmed,
        None => ask(file)?,
    };
    let command = Command::Rejoin { confirmed: Some(confirmed) };
    super::run_command(super::load(file)?, command, "rejoining")
}

/// Shows what would be given up, and asks whether.
fn ask(file: &Path) -> anyhow::Result<u64> {
    let (mut progress, mut bytes) = (|_, _| {}, std::io::sink());
    let mut listener = Listener { progress: &mut progress, bytes: &mut bytes };
    let asked = Command::Rejoin { confirmed: None };
    let outcome = run_anywhere(super::load(file)?, asked, &mut listener)?;
    let Outcome::Rejoins { events, .. } = outcome else {
        anyhow::bail!("the daemon is of another version: restart it")
    };
    if events == 0 {
        return Ok(0);
    }
    super::outcome::print(&outcome)?;
    anyhow::ensure!(
        std::io::stdin().is_terminal(),
        "nobody is there to confirm it: say --confirm {events} (hãy xác nhận bằng --confirm {events})"
    );
    super::write(match language::of_environment() {
        Language::Vi => "Bỏ những sự kiện đó? [c/K] ",
        Language::En => "Give them up? [y/N] ",
    })?;
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    let agrees = matches!(answer.trim(), "y" | "Y" | "yes" | "c" | "C" | "có");
    anyhow::ensure!(agrees, "nothing was given up");
    Ok(events)
}
