use super::owner;
use crate::journal::disk::make_directory;
use crate::journal::durable;
use crate::model::Tokens;
use anyhow::Context;
use rustix::fs::{FlockOperation, OFlags, flock};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Reads the tokens of a data directory; there are none if there is no file.
///
/// # Errors
/// If the file cannot be read or is damaged.
pub fn read(data: &Path) -> anyhow::Result<Tokens> {
    let path = data.join("tokens");
    match std::fs::read_to_string(&path) {
        Ok(text) => Tokens::parse(&text).with_context(|| path.display().to_string()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Tokens::default()),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            Err(error).with_context(|| format!("{}: {}", path.display(), remedy(data)))
        }
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

/// Says how to let the daemon's user read the tokens: who is another user runs the command as that one.
pub fn remedy(data: &Path) -> String {
    let owner = std::fs::metadata(data).map_or(0, |data| data.uid());
    let ours = rustix::process::geteuid();
    if !ours.is_root() && ours.as_raw() != owner {
        return owner::run_as_owner(data);
    }
    let path = data.join("tokens");
    format!("give it to the user that the daemon runs as: chown {owner} {}", path.display())
}

/// Reads the tokens, changes them and replaces the file. Commands take turns, so that no change is lost.
///
/// # Errors
/// If the change fails or the file cannot be replaced; then the old file stays.
pub fn change<T>(
    data: &Path,
    change: impl FnOnce(&mut Tokens) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let _turn = turn(data)?;
    let mut tokens = read(data)?;
    let changed = change(&mut tokens)?;
    write(data, &tokens)
        .context("nothing was changed: a token that was just printed opens nothing")?;
    Ok(changed)
}

/// Takes the lock on the tokens; other commands wait until the returned file is closed.
fn turn(data: &Path) -> anyhow::Result<File> {
    make_directory(data)?;
    let path = data.join("tokens.lock");
    let locked = || {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        let file = options.custom_flags(OFlags::NOFOLLOW.bits().cast_signed()).open(&path)?;
        owner::give(&file, data)?;
        flock(&file, FlockOperation::LockExclusive)?;
        Ok::<_, std::io::Error>(file)
    };
    locked().with_context(|| path.display().to_string())
}

/// Replaces the file; the new one is given to the directory's owner before it has its name.
fn write(data: &Path, tokens: &Tokens) -> anyhow::Result<()> {
    let path = data.join("tokens");
    let written = durable::replace(&path, 0o600, |file| {
        owner::give(file, data)?;
        file.write_all(tokens.to_text().as_bytes())
    });
    written.with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_the_directorys_owners_alone() {
        let data = tempfile::tempdir().unwrap();
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(data.path(), Some(65_534), Some(65_534)).unwrap();
        }
        std::os::unix::fs::symlink("/nowhere/else", data.path().join("tokens.new")).unwrap();
        write(data.path(), &Tokens::default()).unwrap();
        let file = std::fs::symlink_metadata(data.path().join("tokens")).unwrap();
        assert_eq!(file.uid(), std::fs::metadata(data.path()).unwrap().uid());
        assert_eq!((file.mode() & 0o777, file.is_symlink()), (0o600, false));
        assert!(remedy(data.path()).contains(&format!("chown {}", file.uid())));
    }

    #[test]
    fn tokens_that_are_made_at_once_are_all_kept() {
        let data = tempfile::tempdir().unwrap();
        let made = |n: u8| {
            let hash = crate::model::hash_token(&[n]);
            let source = crate::model::SourceId::new("a").unwrap();
            let now = crate::model::Timestamp::from_secs(1_800_000_000);
            change(data.path(), |tokens| {
                tokens.add(source, hash, now, None);
                Ok(())
            })
            .unwrap();
        };
        std::thread::scope(|scope| {
            for n in 0..20 {
                scope.spawn(move || made(n));
            }
        });
        assert_eq!(read(data.path()).unwrap().lines().len(), 20);
        let refused = change(data.path(), |tokens| {
            *tokens = Tokens::default();
            anyhow::Result::<()>::Err(anyhow::anyhow!("no"))
        });
        assert!(refused.is_err());
        assert_eq!(read(data.path()).unwrap().lines().len(), 20);
    }
}
