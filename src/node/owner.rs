use crate::journal::restoring::FILES_OF_PROGRESS;
use std::io;
use std::os::unix::fs::{MetadataExt, fchown, lchown};
use std::path::Path;

/// The names of what dongtin makes in a data directory, besides the files of progress that it once made.
const MADE: [&str; 7] = ["clean", "last", "reserve", "lock", "tokens", "tokens.lock", "sled"];

/// How to run a command as the user to whom a file or folder belongs.
pub fn run_as_owner(path: &Path) -> String {
    // Of what is in a folder that is closed to us we know the folder only.
    let owner = path.ancestors().find_map(|path| std::fs::metadata(path).ok());
    let user = match owner.map_or(0, |owner| owner.uid()) {
        0 => "root".to_owned(),
        uid => user_name(uid).unwrap_or(format!("#{uid}")),
    };
    format!(
        "it belongs to the user {user}: run this as that user (chạy lệnh với người dùng {user}): sudo -u '{user}' dongtin …"
    )
}

fn user_name(uid: u32) -> Option<String> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    let is_of = |line: &&str| line.split(':').nth(2) == Some(&uid.to_string());
    users.lines().find(is_of)?.split(':').next().map(str::to_owned)
}

/// Gives a new file to the owner of its folder, if this process is root.
pub(super) fn give(file: &std::fs::File, folder: &Path) -> io::Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let owner = std::fs::metadata(folder)?;
    fchown(file, Some(owner.uid()), Some(owner.gid()))
}

/// Gives everything in a data directory to the directory's owner, if this process is root. Links are not followed.
pub(super) fn give_all(data: &Path) -> io::Result<()> {
    let owner = std::fs::metadata(data)?;
    if owner.uid() == 0 || !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    for name in MADE.iter().chain(&FILES_OF_PROGRESS) {
        give_tree(&data.join(name), owner.uid(), owner.gid())?;
    }
    Ok(())
}

fn give_tree(path: &Path, user: u32, group: u32) -> io::Result<()> {
    let there = match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        there => there?,
    };
    if there.uid() == 0 && !there.is_symlink() {
        lchown(path, Some(user), Some(group))?;
    }
    if there.is_dir() {
        for entry in std::fs::read_dir(path)? {
            give_tree(&entry?.path(), user, group)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Falsifies only where root runs the tests; elsewhere there is nobody to give to.
    #[test]
    fn what_root_made_is_the_directorys_owners() {
        let data = tempfile::tempdir().unwrap();
        std::fs::create_dir(data.path().join("sled")).unwrap();
        std::fs::write(data.path().join("sled/db"), "").unwrap();
        std::fs::write(data.path().join("clean"), "1").unwrap();
        if rustix::process::geteuid().is_root() {
            lchown(data.path(), Some(65_534), Some(65_534)).unwrap();
        }
        give_all(data.path()).unwrap();
        let owner = std::fs::metadata(data.path()).unwrap().uid();
        for name in ["clean", "sled", "sled/db"] {
            assert_eq!(std::fs::metadata(data.path().join(name)).unwrap().uid(), owner, "{name}");
        }
    }
}
