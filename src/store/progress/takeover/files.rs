//! Files as versions before kept them: `folders/`, `polled/`, `backlog/` and `quarantine/` with a file for each source,
//! and `resting.json`.
//!
//! `SOURCE.json` is what is kept. `SOURCE.torn` could not be read, and its source was to be read whole;
//! `SOURCE.unreadable` is such a file after that, and `SOURCE.of-HOST.json` what was kept when the source was on another
//! host, both for people. `SOURCE.new` was half written.

use super::super::unreadable::name_aside;
use super::super::{Error, Kind, Progress};
use crate::journal::durable;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The folders, and what their files became.
const FOLDERS: [(&str, Kind); 4] = [
    ("folders", Kind::Folder),
    ("polled", Kind::Crawl),
    ("backlog", Kind::Backlog),
    ("quarantine", Kind::Quarantine),
];
/// Until when each host is left alone.
const RESTING: &str = "resting.json";

impl Progress {
    /// Takes over the files.
    pub(super) fn take_files(&self, data: &Path) -> Result<(), Error> {
        let mut taken = Vec::new();
        for (folder, kind) in FOLDERS {
            for path in files_in(&data.join(folder))? {
                if self.take_file(kind, &path)? {
                    taken.push(path);
                }
            }
        }
        taken.extend(self.take_hosts(&data.join(RESTING))?);
        if taken.is_empty() {
            return Ok(());
        }
        self.make_durable()?;
        for path in &taken {
            durable::remove_if_there(path).map_err(|error| trouble(path, &error))?;
        }
        for (folder, _) in FOLDERS {
            // One that has something else in it stays.
            let _ = fs::remove_dir(data.join(folder));
        }
        tracing::info!(files = taken.len(), "what an earlier version kept in files was taken over");
        Ok(())
    }

    /// Takes over one file; returns false if it is to stay where it is.
    fn take_file(&self, kind: Kind, path: &Path) -> Result<bool, Error> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let Some((source, ending)) = name.split_once('.') else { return Ok(false) };
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) => return self.leave_file(kind, source, ending, path, &error),
        };
        match ending {
            "json" => match serde_json::from_slice::<IgnoredAny>(&bytes) {
                Ok(_) => self.put_json(kind, source, &today(kind, &bytes))?,
                Err(error) => {
                    tracing::error!(source.id = source, %error, path = %path.display(), "what was kept of a source cannot be read: it is set aside, the source is read whole again");
                    self.put_aside(kind, source, "unreadable", &bytes)?;
                    self.require_whole(kind, source)?;
                }
            },
            "torn" => {
                self.put_aside(kind, source, "unreadable", &bytes)?;
                self.require_whole(kind, source)?;
            }
            "unreadable" => self.put_aside(kind, source, ending, &bytes)?,
            "new" => {}
            other => match other.strip_suffix(".json") {
                Some(of_host) => self.put_aside(kind, source, of_host, &bytes)?,
                None => return Ok(false),
            },
        }
        Ok(true)
    }

    /// A file that the system does not let us read is put away in its folder, so that a later start does not find it.
    fn leave_file(
        &self,
        kind: Kind,
        source: &str,
        ending: &str,
        path: &Path,
        error: &io::Error,
    ) -> Result<bool, Error> {
        if ending != "unreadable" {
            tracing::error!(source.id = source, %error, path = %path.display(), "what was kept of a source cannot be read: it stays beside the store, the source is read whole again");
            self.require_whole(kind, source)?;
            let aside = path.with_extension("unreadable");
            fs::rename(path, &aside).map_err(|error| trouble(path, &error))?;
        }
        Ok(false)
    }

    /// Takes over which hosts are left alone; the file, if it is there.
    fn take_hosts(&self, path: &Path) -> Result<Option<PathBuf>, Error> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(trouble(path, &error)),
        };
        match serde_json::from_slice::<BTreeMap<String, Box<RawValue>>>(&bytes) {
            Ok(hosts) => {
                for (host, rest) in hosts {
                    // A rest was of articles' pages.
                    self.put(Kind::Host, &host, &BTreeMap::from([("crawl", rest)]))?;
                }
            }
            Err(error) => {
                tracing::warn!(%error, path = %path.display(), "which hosts asked for a rest cannot be read: they are asked once more");
            }
        }
        Ok(Some(path.to_owned()))
    }

    /// Puts a file that nothing reads where people find it; one that is no JSON as text.
    fn put_aside(&self, kind: Kind, source: &str, why: &str, bytes: &[u8]) -> Result<(), Error> {
        let name = name_aside(kind, source, why);
        match serde_json::from_slice::<IgnoredAny>(bytes) {
            Ok(_) => self.put_json(Kind::SetAside, &name, bytes),
            Err(_) => self.put(Kind::SetAside, &name, &String::from_utf8_lossy(bytes)),
        }
    }

    fn put_json(&self, kind: Kind, name: &str, json: &[u8]) -> Result<(), Error> {
        let mut changes = self.changes();
        changes.put_json(kind, name, json)?;
        changes.apply()
    }
}

/// A file's JSON as it is written now: the first versions wrote drafts without the address that they are from.
fn today(kind: Kind, json: &[u8]) -> Vec<u8> {
    let is_list = json.trim_ascii_start().starts_with(b"[");
    match kind {
        Kind::Backlog | Kind::Quarantine if is_list => {
            [b"{\"about\":null,\"drafts\":", json, b"}"].concat()
        }
        _ => json.to_vec(),
    }
}

/// The files of a folder, which need not be there.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| trouble(folder, &error))?,
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    paths.collect::<io::Result<_>>().map_err(|error| trouble(folder, &error))
}

fn trouble(path: &Path, error: &io::Error) -> Error {
    let what = format!("what an earlier version left in {}", path.display());
    Error::Unkeepable { what, reason: error.to_string() }
}
