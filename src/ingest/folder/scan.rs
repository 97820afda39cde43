//! What lies in a folder: the files that are read, and what looks like one and is not, by name.

use super::plan::{FileState, Seen, at_and_below};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::{DirEntry, File, FileType, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Files looked at in one folder; more is an error that names the folder.
const MAX_FILES: usize = 200_000;
/// The endings that are read.
const ENDINGS: [&str; 9] = ["txt", "md", "markdown", "html", "htm", "json", "rss", "atom", "xml"];

/// Why a link is not read.
const LINK: &str = "is a symbolic link, and none is followed: put the file or folder itself here";

/// What lies in a folder, by path below it, with `/` between its parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// The files that are read.
    pub files: BTreeMap<String, Seen>,
    /// What looks like an article's file or a folder and is not read, and why.
    pub skipped: BTreeMap<String, String>,
    /// Other links: nobody misses what is behind one, unless articles were in its place.
    pub links: BTreeSet<String>,
}

impl Scan {
    /// Names the links that stand where there were files before, too.
    pub fn miss(&mut self, were: &BTreeMap<String, FileState>) {
        for link in std::mem::take(&mut self.links) {
            if at_and_below(were, &link).next().is_some() {
                self.skipped.insert(link, LINK.to_owned());
            }
        }
    }
}

/// Lists every readable file below a folder. Links are not followed, and nothing but a regular file is opened.
///
/// # Errors
/// If a folder cannot be read, or there are too many files.
pub fn scan(folder: &Path) -> io::Result<Scan> {
    let root = folder.canonicalize()?;
    let mut found = Scan::default();
    let mut folders = vec![(root, String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            let name = entry.file_name();
            if is_hidden(&name.to_string_lossy()) {
                continue;
            }
            let kind = entry.file_type()?;
            let path = format!("{prefix}{}", shown(&name));
            match unread(&entry, &name, kind) {
                Some(why) => {
                    found.skipped.insert(path, why.to_owned());
                }
                None if kind.is_symlink() => _ = found.links.insert(path),
                None if kind.is_dir() => folders.push((entry.path(), format!("{path}/"))),
                None if kind.is_file() && has_known_ending(&name) => match entry.metadata() {
                    Ok(meta) => _ = found.files.insert(path, seen(&meta)),
                    // It went while we looked.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                },
                None => {}
            }
            if found.files.len() + found.skipped.len() > MAX_FILES {
                return Err(io::Error::other(format!("more than {MAX_FILES} files")));
            }
        }
    }
    found.skipped.retain(|path, _| !found.files.contains_key(path));
    Ok(found)
}

/// Why something that looks like a file of ours is not read.
fn unread(entry: &DirEntry, name: &OsStr, kind: FileType) -> Option<&'static str> {
    let ours = has_known_ending(name);
    if kind.is_symlink() {
        let leads_on = || std::fs::metadata(entry.path()).map_or(true, |meta| meta.is_dir());
        return (ours || leads_on()).then_some(LINK);
    }
    if name.to_str().is_none() && (ours || kind.is_dir()) {
        return Some("its name is not UTF-8: rename it");
    }
    let special =
        kind.is_fifo() || kind.is_socket() || kind.is_char_device() || kind.is_block_device();
    (ours && special).then_some("is no regular file but a pipe, socket or device: put a file here")
}

/// A name as it can be shown: bytes that are no UTF-8 as `\xNN`.
fn shown(name: &OsStr) -> String {
    name.to_str().map_or_else(|| name.as_bytes().escape_ascii().to_string(), str::to_owned)
}

/// What the file system says of a file.
fn seen(meta: &Metadata) -> Seen {
    let modified = meta.mtime().saturating_mul(1000).saturating_add(meta.mtime_nsec() / 1_000_000);
    Seen { size: meta.len(), modified, inode: meta.ino() }
}

/// Opens a regular file; whatever else its name has become by now is an error and blocks nobody.
///
/// # Errors
/// If it cannot be opened, or is no regular file.
pub fn open(path: &Path) -> io::Result<File> {
    let at_once = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = File::options().read(true).custom_flags(at_once).open(path)?;
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(io::Error::other("is no regular file: put a file here"))
}

/// Editors' and copiers' own files: hidden, backup, partial.
fn is_hidden(name: &str) -> bool {
    let partial = [".tmp", ".part", ".partial", ".swp", ".crdownload"];
    name.starts_with('.')
        || name.starts_with('~')
        || name.ends_with('~')
        || partial.iter().any(|ending| name.ends_with(ending))
}

fn has_known_ending(name: &OsStr) -> bool {
    let ending = Path::new(name).extension().map(OsStr::to_ascii_lowercase);
    ending.and_then(|e| e.into_string().ok()).is_some_and(|e| ENDINGS.contains(&e.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn fifo(path: &Path) {
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    }

    #[test]
    fn what_is_not_read_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("x.md"), "Tin").unwrap();
        std::fs::create_dir(at("sub")).unwrap();
        for name in ["a.txt", "sub/b.md", ".hidden.md", "c.md~", "d.jpg"] {
            std::fs::write(at(name), "Tin").unwrap();
        }
        symlink(outside.path().join("x.md"), at("link.md")).unwrap();
        symlink(at("a.txt"), at("inside.txt")).unwrap();
        symlink(outside.path(), at("linked-folder")).unwrap();
        symlink("/nowhere", at("dangling.json")).unwrap();
        symlink(at("d.jpg"), at("e.jpg")).unwrap();
        symlink(folder.path(), at("loop")).unwrap();
        fifo(&at("pipe.json"));
        fifo(&at("pipe"));
        let odd = folder.path().join(OsStr::from_bytes(b"tin\xe9.md"));
        std::fs::write(&odd, "Tin").unwrap();
        std::fs::create_dir(folder.path().join(OsStr::from_bytes(b"th\xe1ng"))).unwrap();
        let _bound = std::os::unix::net::UnixListener::bind(at("s.xml")).unwrap();
        let found = scan(folder.path()).unwrap();
        let files: Vec<_> = found.files.keys().map(String::as_str).collect();
        assert_eq!(files, ["a.txt", "sub/b.md"]);
        let skipped: Vec<_> = found.skipped.keys().map(String::as_str).collect();
        assert_eq!(
            skipped,
            [
                "dangling.json", "inside.txt", "link.md", "linked-folder", "loop", "pipe.json",
                "s.xml", "th\\xe1ng", "tin\\xe9.md"
            ]
        );
    }

    #[test]
    fn a_pipe_that_took_a_files_place_blocks_nobody() {
        let folder = tempfile::tempdir().unwrap();
        fifo(&folder.path().join("a.md"));
        assert!(open(&folder.path().join("a.md")).is_err());
        assert!(open(folder.path()).is_err());
        std::fs::write(folder.path().join("b.md"), "Tin").unwrap();
        assert!(open(&folder.path().join("b.md")).is_ok());
    }
}
