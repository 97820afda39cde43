//! The archive: the whole journal as one file that any tool can read.
//!
//! zstd of lines of JSON, each ended by `\n`: first `{"dongtin_archive":2,"last":N,"journal":"IDENTITY"}`, then one
//! [`Event`] per line in order, last `{"events":COUNT,"sha256":"HEX"}` where the hash is of every byte before that line.
//! Format 1 did not name the journal. Format 3 adds `"term":N`; a journal of which no follower was ever promoted has format 2.

use super::{Error, Journal, MAX_EVENT, Standing, durable};
use crate::model::{Event, Seq};
use crate::text::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;

const FORMAT: u32 = 3;
/// The format of a journal of the first term.
const FORMAT_OF_FIRST_TERM: u32 = 2;
const LEVEL: i32 = 6;
/// Events that are read or written at once.
const GROUP: usize = 256;
/// The largest number of an event: half of what fits, so that events can follow.
pub const LAST_NUMBER: Seq = Seq(i64::MAX as u64 / 2);
/// The longest line, in bytes.
const MAX_LINE: u64 = MAX_EVENT as u64 + 4096;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    dongtin_archive: u32,
    last: Seq,
    /// [`Journal::identity`]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    journal: Option<String>,
    /// [`Standing::term`], if it is not 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    term: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Footer {
    events: u64,
    sha256: String,
}

/// What an archive has in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    pub events: u64,
    /// The number of the last event; 0 if there is none.
    pub last: Seq,
}

/// Writes all events up to the present last one; `progress` gets how many of how many events are written.
///
/// # Errors
/// An event cannot be read, or writing fails.
pub fn export<W: Write>(
    journal: &Journal,
    to: W,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(W, Summary), Error> {
    let last = journal.last();
    let packed = zstd::Encoder::new(to, LEVEL).map_err(cannot_write)?;
    let mut lines = Lines { to: packed, hash: Sha256::new() };
    let identity = journal.identity().to_string();
    let term = Some(journal.standing().term).filter(|term| *term > 1);
    let dongtin_archive = if term.is_some() { FORMAT } else { FORMAT_OF_FIRST_TERM };
    lines.put(&Header { dongtin_archive, last, journal: Some(identity), term })?;
    let mut summary = Summary { events: 0, last: Seq(0) };
    while summary.last < last {
        let events = journal.read(summary.last, GROUP)?;
        if events.is_empty() {
            break;
        }
        for event in events.iter().take_while(|event| event.seq <= last) {
            lines.put(event)?;
            summary.events += 1;
        }
        summary.last = events.last().map_or(last, |event| event.seq.min(last));
        progress(summary.events, journal.event_count().max(summary.events));
    }
    let sha256 = hex(&lines.hash.clone().finalize());
    lines.put(&Footer { events: summary.events, sha256 })?;
    Ok((lines.to.finish().map_err(cannot_write)?, summary))
}

/// Writes an archive to a file: beside it first, then checks it and puts it in its place, durably.
///
/// # Errors
/// `write` fails, the file cannot be written, or what was written is not whole.
pub fn write_file<E: From<Error>>(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<Summary, E> {
    let partial = path.with_added_extension("partial");
    let written = write_partial(path, &partial, write);
    if written.is_err() {
        let _ = std::fs::remove_file(&partial);
    }
    written
}

fn write_partial<E: From<Error>>(
    path: &Path,
    partial: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<Summary, E> {
    let file = File::create(partial).map_err(|e| Error::io("cannot write", partial, &e))?;
    let mut to = BufWriter::new(file);
    write(&mut to)?;
    let file = to.into_inner().map_err(std::io::IntoInnerError::into_error);
    let synced = file.and_then(|file| file.sync_all());
    synced.map_err(|e| Error::io("cannot write", partial, &e))?;
    let summary = verify(partial)?;
    durable::place(partial, path).map_err(|e| Error::io("cannot write", path, &e))?;
    Ok(summary)
}

/// Reads an archive to its end and checks it, importing nothing.
///
/// # Errors
/// The archive cannot be read, is damaged or not one of ours.
pub fn verify(path: &Path) -> Result<Summary, Error> {
    let mut reader = Reader::open(path)?;
    while reader.next()?.is_some() {}
    Ok(Summary { events: reader.events, last: reader.previous })
}

/// Imports an archive: checks all of it first, then appends the events that the journal does not have, with their numbers.
///
/// Each event passes `screen` before it is taken. A second run after an interruption goes on where the first one ended.
/// An empty journal becomes a copy of the archive's, with its identity.
///
/// # Errors
/// As of [`verify`]; the journal has other events, or cannot be written.
pub async fn import(
    journal: &Journal,
    path: &Path,
    screen: &(dyn Fn(Event) -> Event + Sync),
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Summary, Error> {
    journal.refuse_if_following()?;
    let summary = verify(path)?;
    let mut reader = Reader::open(path)?;
    if let Some(identity) = reader.header.journal.as_deref().filter(|_| journal.last() == Seq(0)) {
        journal.adopt_identity(identity)?;
        let term = reader.header.term.unwrap_or(1);
        journal.set_standing(Standing { term, ..Standing::default() })?;
    }
    let mut known = journal.purged_articles()?;
    loop {
        let events = reader.group()?;
        if events.is_empty() {
            return Ok(summary);
        }
        let purged: Vec<_> =
            events.iter().filter_map(|event| event.change.purge_reason()).collect();
        journal.note_purges(&purged, &mut known)?;
        journal.follow(events.into_iter().map(screen).collect()).await?;
        progress(reader.events, summary.events);
    }
}

/// Outgoing lines, hashed as they are written.
struct Lines<W: Write> {
    to: zstd::Encoder<'static, W>,
    hash: Sha256,
}

impl<W: Write> Lines<W> {
    fn put(&mut self, value: &impl Serialize) -> Result<(), Error> {
        let mut line = serde_json::to_vec(value)
            .map_err(|e| Error::archive(format!("cannot be written: {e}")))?;
        line.push(b'\n');
        self.hash.update(&line);
        self.to.write_all(&line).map_err(cannot_write)
    }
}

/// Incoming events; the end is reached only through a footer that fits.
struct Reader {
    lines: BufReader<zstd::Decoder<'static, BufReader<File>>>,
    hash: Sha256,
    header: Header,
    events: u64,
    previous: Seq,
    ended: bool,
}

impl Reader {
    fn open(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(|e| Error::io("cannot open", path, &e))?;
        let mut lines = BufReader::new(zstd::Decoder::new(file).map_err(unreadable)?);
        let mut hash = Sha256::new();
        let line = line(&mut lines)?;
        hash.update(&line);
        let header: Header = serde_json::from_slice(&line).map_err(|_| {
            Error::archive("is not one of dongtin's: its first line is not the header")
        })?;
        if header.dongtin_archive > FORMAT {
            let found = header.dongtin_archive;
            return Err(Error::archive(format!("has format {found}: use a newer dongtin")));
        }
        Ok(Self { lines, hash, header, events: 0, previous: Seq(0), ended: false })
    }

    fn group(&mut self) -> Result<Vec<Event>, Error> {
        let mut events = Vec::new();
        while events.len() < GROUP {
            match self.next()? {
                Some(event) => events.push(event),
                None => break,
            }
        }
        Ok(events)
    }

    fn next(&mut self) -> Result<Option<Event>, Error> {
        if self.ended {
            return Ok(None);
        }
        let line = line(&mut self.lines)?;
        if let Ok(footer) = serde_json::from_slice::<Footer>(&line) {
            return self.end(&footer).map(|()| None);
        }
        self.hash.update(&line);
        let number = self.events + 2;
        let event: Event = serde_json::from_slice(&line)
            .map_err(|e| Error::archive(format!("is damaged in line {number}: {e}")))?;
        if event.seq > LAST_NUMBER {
            let number = event.seq;
            return Err(Error::archive(format!(
                "has an event numbered {number}: no number above {LAST_NUMBER} leaves room for what comes after it"
            )));
        }
        if event.seq <= self.previous {
            return Err(Error::archive(format!("is damaged in line {number}: out of order")));
        }
        self.previous = event.seq;
        self.events += 1;
        Ok(Some(event))
    }

    fn end(&mut self, footer: &Footer) -> Result<(), Error> {
        let sha256 = hex(&self.hash.clone().finalize());
        let whole = footer.events == self.events
            && footer.sha256 == sha256
            && self.previous <= self.header.last;
        let rest = self.lines.read(&mut [0]).map_err(unreadable)?;
        self.ended = true;
        if whole && rest == 0 {
            Ok(())
        } else {
            Err(Error::archive("is damaged: its last line does not fit the others"))
        }
    }
}

fn line(lines: &mut impl BufRead) -> Result<Vec<u8>, Error> {
    let mut line = Vec::new();
    lines.take(MAX_LINE).read_until(b'\n', &mut line).map_err(unreadable)?;
    match line.last() {
        Some(b'\n') => Ok(line),
        _ => Err(Error::archive("is cut off: its last line is missing")),
    }
}

fn cannot_write(error: std::io::Error) -> Error {
    Error::archive(format!("cannot be written: {error}"))
}

fn unreadable(error: std::io::Error) -> Error {
    Error::archive(format!("cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{open, publish, sample};
    use super::*;

    #[tokio::test]
    async fn an_archive_is_the_journal_again() {
        let directory = tempfile::tempdir().unwrap();
        let journal = open(&directory.path().join("a"));
        journal.append_many((0..600).map(|n| publish(&sample(n), None)).collect()).await;
        let path = directory.path().join("all.ndjson.zst");
        let summary = write_file(&path, |to| export(&journal, to, &mut |_, _| {}).map(|_| ()));
        let summary = summary.unwrap();
        assert_eq!(summary, Summary { events: 600, last: Seq(600) });
        let copy = open(&directory.path().join("b"));
        copy.follow(journal.read(Seq(0), 100).unwrap()).await.unwrap();
        for _ in 0..2 {
            import(&copy, &path, &|event| event, &mut |_, _| {}).await.unwrap();
            assert_eq!(copy.last(), Seq(600));
        }
        assert_eq!(copy.read(Seq(0), 1000).unwrap(), journal.read(Seq(0), 1000).unwrap());
        assert_ne!(copy.identity(), journal.identity(), "it had events of its own");
        let empty = open(&directory.path().join("d"));
        import(&empty, &path, &|event| event, &mut |_, _| {}).await.unwrap();
        assert_eq!(empty.identity(), journal.identity());
        let other = open(&directory.path().join("c"));
        other.append(publish(&sample(9999), None)).await.unwrap();
        assert!(matches!(
            import(&other, &path, &|event| event, &mut |_, _| {}).await,
            Err(Error::OutOfOrder { .. })
        ));
    }

    #[tokio::test]
    async fn an_archive_whose_numbers_leave_no_room_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let journal = open(&directory.path().join("a"));
        journal.append(publish(&sample(1), None)).await.unwrap();
        let event = journal.get(Seq(1)).unwrap().unwrap();
        let path = directory.path().join("high");
        for (seq, fits) in
            [(LAST_NUMBER, true), (Seq(LAST_NUMBER.0 + 1), false), (Seq(u64::MAX), false)]
        {
            let packed = zstd::Encoder::new(File::create(&path).unwrap(), LEVEL).unwrap();
            let mut lines = Lines { to: packed, hash: Sha256::new() };
            lines
                .put(&Header { dongtin_archive: 1, last: seq, journal: None, term: None })
                .unwrap();
            lines.put(&Event { seq, ..event.clone() }).unwrap();
            let sha256 = hex(&lines.hash.clone().finalize());
            lines.put(&Footer { events: 1, sha256 }).unwrap();
            lines.to.finish().unwrap();
            assert_eq!(verify(&path).is_ok(), fits, "{seq}");
        }
    }

    #[tokio::test]
    async fn a_damaged_archive_is_refused_whole() {
        let directory = tempfile::tempdir().unwrap();
        let journal = open(&directory.path().join("a"));
        journal.append_many((0..20).map(|n| publish(&sample(n), None)).collect()).await;
        let (bytes, _) = export(&journal, Vec::new(), &mut |_, _| {}).unwrap();
        let copy = open(&directory.path().join("b"));
        let path = directory.path().join("damaged");
        let mut dice = super::super::samples::Dice(4);
        for round in 0..60 {
            let mut damaged = bytes.clone();
            match round % 3 {
                0 => damaged.truncate(dice.below(bytes.len())),
                1 => damaged.extend_from_slice(b"more"),
                _ => damaged[dice.below(bytes.len())] ^= 1 << dice.below(8),
            }
            std::fs::write(&path, &damaged).unwrap();
            let error = import(&copy, &path, &|event| event, &mut |_, _| {}).await.err();
            assert!(error.is_some(), "round {round}");
            assert_eq!(copy.last(), Seq(0));
        }
    }
}
