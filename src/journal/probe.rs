//! Trying to open the store in a child process: a damaged one can make sled panic, abort or hang, and the child takes that blow.

use super::{Error, disk};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The hidden argument with which our own binary is started to run [`probe`].
pub const ARGUMENT: &str = "__probe";
/// A store that takes longer than this to open does not.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between two looks at the child.
const LOOK: Duration = Duration::from_millis(5);
/// sled's cache while probing.
const CACHE: u64 = 16 * 1024 * 1024;

/// What the child does (`dongtin __probe DIRECTORY`): open the store and read the last event.
///
/// The parent holds the lock and has removed half-written snapshots.
pub fn probe(directory: &Path) -> Result<(), Error> {
    let db = disk::open_sled(directory, CACHE)?;
    for name in db.tree_names() {
        let tree = super::seal::catch_sled_panic(|| db.open_tree(name))?;
        super::seal::catch_sled_panic(|| tree.last())?;
    }
    Ok(())
}

/// What the parent does: run the child, and turn its end into an answer.
pub(super) fn run(program: &Path, directory: &Path) -> Result<(), Error> {
    let unopenable =
        |reason: String| Error::Unopenable { directory: directory.to_path_buf(), reason };
    let child = Command::new(program)
        .arg(ARGUMENT)
        .arg(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| Error::io("cannot start", program, &e))?;
    match wait(child) {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(unopenable(format!("trying it ended with {status}"))),
        None => Err(unopenable(format!("trying it took over {} s", PATIENCE.as_secs()))),
    }
}

fn wait(mut child: Child) -> Option<std::process::ExitStatus> {
    let began = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if began.elapsed() < PATIENCE => std::thread::sleep(LOOK),
            _ => {
                let _ = child.kill();
                return child.wait().ok().and(None);
            }
        }
    }
}
