use super::super::Error;
use super::layout::LOCK;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// How often the lock is tried: a program that is just being started holds its starter's lock for a moment.
const TRIES: usize = 20;
const PAUSE: Duration = Duration::from_millis(5);

/// Takes the lock of a directory.
///
/// # Errors
/// [`Error::Locked`] with the other process, or the file cannot be opened.
pub fn lock(directory: &Path) -> Result<File, Error> {
    let path = directory.join(LOCK);
    let opened = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let mut file = opened.map_err(|e| Error::io("cannot open", &path, &e))?;
    match try_for_a_while(&file) {
        Ok(()) => {
            let _ = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let process = fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok());
            Err(Error::Locked { directory: directory.to_path_buf(), process })
        }
        Err(TryLockError::Error(e)) => Err(Error::io("cannot lock", &path, &e)),
    }
}

fn try_for_a_while(file: &File) -> Result<(), TryLockError> {
    for _ in 0..TRIES {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            tried => return tried,
        }
    }
    file.try_lock()
}

/// Checks that no process works on a directory. A directory that does not exist is free.
///
/// # Errors
/// [`Error::Locked`] with the other process.
pub fn refuse_if_used(directory: &Path) -> Result<(), Error> {
    if directory.join(LOCK).exists() { lock(directory).map(drop) } else { Ok(()) }
}
