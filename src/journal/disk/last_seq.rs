//! The number of the last event in a file beside the store, to notice a log that has lost its end.
//!
//! The file is written after every commit, without fsync, so it may name an earlier event than the last on disk, never a later one.

use super::layout::LAST;
use crate::model::Seq;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// The file with the number of the last event.
pub struct LastSeq(File);

impl LastSeq {
    /// Opens the file of a data directory, creating it if necessary.
    pub(in crate::journal) fn open(directory: &Path) -> io::Result<Self> {
        let path = directory.join(LAST);
        OpenOptions::new().create(true).truncate(false).write(true).open(path).map(Self)
    }

    /// Overwrites the number: all of it or nothing, since the line fits in one sector.
    pub(in crate::journal) fn set(&self, last: Seq) -> io::Result<()> {
        self.0.write_all_at(line(last).as_bytes(), 0)
    }

    /// Waits until the number is on disk.
    pub(in crate::journal) fn sync(&self) -> io::Result<()> {
        self.0.sync_all()
    }
}

/// A number with its checksum; all lines have one length.
pub fn line(last: Seq) -> String {
    let number = format!("{:020}", last.0);
    let sum = crc32fast::hash(number.as_bytes());
    format!("{number} {sum:08x}\n")
}

/// The number in a file; `None` for anything that [`line()`] did not write, so that a flipped bit gives no wrong number.
pub fn read(path: &Path) -> Option<Seq> {
    let text = std::fs::read_to_string(path).ok()?;
    let seq = Seq(text.get(..20)?.parse().ok()?);
    (text == line(seq)).then_some(seq)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_back_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(LAST);
        assert_eq!(read(&path), None);
        let last_seq = LastSeq::open(folder.path()).unwrap();
        for number in [0, 80, 79, u64::MAX] {
            last_seq.set(Seq(number)).unwrap();
            assert_eq!(read(&path), Some(Seq(number)));
        }
        let whole = std::fs::read(&path).unwrap();
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(&path, &flipped).unwrap();
            assert_eq!(read(&path), None, "bit {bit}");
        }
        for end in 0..whole.len() {
            std::fs::write(&path, &whole[..end]).unwrap();
            assert_eq!(read(&path), None, "cut at {end}");
        }
    }
}
