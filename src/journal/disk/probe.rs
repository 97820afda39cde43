use super::super::Error;
use super::super::seal::catch_sled_panic;
use super::db;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The hidden argument that makes our own binary run [`probe`].
pub const ARGUMENT: &str = "__probe";
/// A store that takes longer counts as one that cannot be opened.
const PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(5);
const CACHE: u64 = 16 * 1024 * 1024;

/// The child's part (`dongtin __probe DIRECTORY`): opens the store and reads the end of each tree. The parent holds the
/// lock and has removed half-written snapshots.
///
/// # Errors
/// What sled said.
pub fn probe(directory: &Path) -> Result<(), Error> {
    let db = db::open(directory, CACHE)?;
    for name in db.tree_names() {
        let tree = catch_sled_panic(|| db.open_tree(name))?;
        catch_sled_panic(|| tree.last())?;
    }
    Ok(())
}

/// The parent's part: runs the child and waits for its end.
///
/// # Errors
/// [`Error::Unopenable`] if the child did not open the store in time.
pub fn run(program: &Path, directory: &Path) -> Result<(), Error> {
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
            Ok(None) if began.elapsed() < PATIENCE => std::thread::sleep(PAUSE),
            _ => {
                let _ = child.kill();
                return child.wait().ok().and(None);
            }
        }
    }
}
