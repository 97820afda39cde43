use crate::journal::durable;
use crate::text::hex;
use sha2::{Digest, Sha256};
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The folder in the data directory.
const FOLDER: &str = "media";

/// Disk space that no copy takes: articles come first.
const LEFT: u64 = 256 << 20;

/// Copies of files in the data directory, each named by the hash of its bytes: `media/ab/cdef…`.
#[derive(Clone, Debug)]
pub struct MediaFiles(PathBuf);

impl MediaFiles {
    /// The files of a data directory.
    pub fn of(directory: &Path) -> Self {
        Self(directory.join(FOLDER))
    }

    /// Where a file is; `None` if this is no hash.
    pub fn path(&self, sha256: &str) -> Option<PathBuf> {
        let is_hash =
            sha256.len() == 64 && sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let (folder, name) = sha256.split_at_checked(2).filter(|_| is_hash)?;
        Some(self.0.join(folder).join(name))
    }

    /// Whether the disk has room for so many bytes besides what the journal may need.
    pub fn has_room(&self, bytes: u64) -> bool {
        let directory = self.0.parent().unwrap_or(Path::new("."));
        rustix::fs::statvfs(directory)
            .is_ok_and(|stat| is_left(stat.f_bavail.saturating_mul(stat.f_frsize), bytes))
    }

    /// Keeps bytes, durably and whole or not at all. Returns their hash, and whether they are new.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn put(&self, bytes: &[u8]) -> io::Result<(String, bool)> {
        let sha256 = hex(&Sha256::digest(bytes));
        let path = self.path(&sha256).ok_or_else(|| io::Error::other("no hash"))?;
        if path.metadata().is_ok_and(|meta| meta.len() == bytes.len() as u64) {
            return Ok((sha256, false));
        }
        make_folder_of(&path)?;
        path.parent().map_or(Ok(()), durable::sync_folder_of)?;
        durable::replace(&path, 0o600, |file| file.write_all(bytes))?;
        Ok((sha256, true))
    }

    /// Whether a file is there, whole or not.
    pub fn has(&self, sha256: &str) -> bool {
        self.path(sha256).is_some_and(|path| path.is_file())
    }

    /// Whether a file is there with the bytes that its name says.
    pub fn is_sound(&self, sha256: &str) -> bool {
        self.path(sha256)
            .is_some_and(|path| durable::hash_of(&path).is_ok_and(|found| found == sha256))
    }

    /// Removes a file, if it is there.
    ///
    /// # Errors
    /// It is there and cannot be removed.
    pub fn remove(&self, sha256: &str) -> io::Result<()> {
        self.path(sha256).map_or(Ok(()), |path| durable::remove_if_there(&path))
    }

    /// Copies every file whose bytes are what its name says to another folder. Returns how many were left out. It makes
    /// nothing durable.
    ///
    /// # Errors
    /// The files cannot be read or written.
    pub fn copy_all(&self, to: &Self) -> io::Result<usize> {
        let mut left_out = 0;
        self.each(&mut |file| {
            let Some(sha256) = file.sha256 else { return Ok(()) };
            let bytes = match fs::read(&file.path) {
                // No article shows it any more.
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                read => read?,
            };
            let path = to.path(&sha256).filter(|_| hex(&Sha256::digest(&bytes)) == sha256);
            let Some(path) = path else {
                left_out += 1;
                return Ok(());
            };
            make_folder_of(&path)?;
            let mut options = OpenOptions::new();
            options
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&path)?
                .write_all(&bytes)
        })?;
        Ok(left_out)
    }

    /// Sees every file.
    ///
    /// # Errors
    /// A folder cannot be read, or `see` fails.
    pub fn each(&self, see: &mut dyn FnMut(MediaFile) -> io::Result<()>) -> io::Result<()> {
        let folders = match fs::read_dir(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            folders => folders?,
        };
        for folder in folders {
            let folder = folder?.path();
            for file in fs::read_dir(&folder)? {
                let file = file?;
                let bytes = file.metadata().map_or(0, |meta| meta.len());
                let name =
                    |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
                let sha256 = name(&folder).zip(name(&file.path())).map(|(a, b)| a + &b);
                let sha256 = sha256.filter(|hash| self.path(hash) == Some(file.path()));
                see(MediaFile { path: file.path(), sha256, bytes })?;
            }
        }
        Ok(())
    }
}

/// A file in the folder of copies.
#[derive(Clone, Debug)]
pub struct MediaFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its hash, as its name says it; `None` for the remains of a write that was interrupted.
    pub sha256: Option<String>,
    /// Its size.
    pub bytes: u64,
}

/// Whether a disk with so many free bytes has enough of them left after a file.
fn is_left(free: u64, bytes: u64) -> bool {
    free >= bytes.saturating_add(LEFT)
}

fn make_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_copy_takes_what_the_journal_may_need() {
        assert!(is_left(LEFT + 10, 9) && is_left(LEFT + 10, 10) && !is_left(LEFT + 10, 11));
        assert!(!is_left(u64::MAX - 1, u64::MAX) && !is_left(LEFT - 1, 0));
        let folder = tempfile::tempdir().unwrap();
        assert!(!MediaFiles::of(folder.path()).has_room(u64::MAX / 2));
    }

    #[test]
    fn files_are_kept_once_under_their_hash_and_only_sound_ones_are_copied() {
        let folder = tempfile::tempdir().unwrap();
        let files = MediaFiles::of(folder.path());
        let (hash, is_new) = files.put(b"anh").unwrap();
        assert!(is_new && files.has(&hash) && files.is_sound(&hash));
        assert_eq!(files.put(b"anh").unwrap(), (hash.clone(), false));
        let (other, _) = files.put(b"hong").unwrap();
        fs::write(files.path(&other).unwrap(), "hung").unwrap();
        assert!(files.has(&other) && !files.is_sound(&other));
        let torn = files.path(&hash).unwrap().with_added_extension("new");
        fs::write(torn, "an").unwrap();
        let mut seen = Vec::new();
        let mut see = |file: MediaFile| {
            seen.push((file.sha256, file.bytes));
            Ok(())
        };
        files.each(&mut see).unwrap();
        seen.sort();
        let mut all = vec![(None, 2), (Some(hash.clone()), 3), (Some(other.clone()), 4)];
        all.sort();
        assert_eq!(seen, all);
        let copy = tempfile::tempdir().unwrap();
        let to = MediaFiles::of(copy.path());
        assert_eq!(files.copy_all(&to).unwrap(), 1);
        assert!(to.is_sound(&hash) && !to.has(&other));
        files.remove(&hash).unwrap();
        files.remove(&hash).unwrap();
        assert!(!files.has(&hash));
        for bad in ["", "../../etc/passwd", &hash[1..], &hash.to_uppercase()] {
            assert_eq!(files.path(bad), None, "{bad}");
        }
    }
}
