//! All rows as one file, for backups: zstd of lines of JSON. The first is `{"dongtin_progress":1}`, each further one is
//! a row, `{"kind":"source","name":"a","value":…}`.

use super::{Error, Kind, Progress};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::io::{BufRead, BufReader, Read, Write};

/// The version of the format.
const FORMAT: u32 = 1;
/// The level of compression.
const LEVEL: i32 = 6;
/// How many bytes of rows are written together.
const TOGETHER: usize = 1 << 20;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    dongtin_progress: u32,
}

#[derive(Serialize, Deserialize)]
struct Row {
    kind: String,
    name: String,
    value: Box<RawValue>,
}

impl Progress {
    /// Writes all rows; a row that cannot be read is logged and left out.
    ///
    /// Rows may change meanwhile. Those of sources come first ([`Kind::ALL`]), so that no source counts as read further than
    /// what waits of it; anything else may be older or newer, as after a kill.
    ///
    /// # Errors
    /// If the store cannot be read, or if writing fails.
    pub fn export<W: Write>(&self, to: W) -> Result<W, Error> {
        let mut to = zstd::Encoder::new(to, LEVEL).map_err(cannot_copy)?;
        put_line(&mut to, &Header { dongtin_progress: FORMAT })?;
        for kind in Kind::ALL {
            for row in self.scan(kind) {
                match row {
                    Ok((name, value)) => {
                        put_line(&mut to, &Row { kind: kind.name().to_owned(), name, value })?;
                    }
                    Err(error @ Error::UnreadableRow { .. }) => {
                        tracing::error!(%error, "left out of the backup");
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        to.finish().map_err(cannot_copy)
    }

    /// Puts all rows that [`Progress::export`] wrote.
    ///
    /// # Errors
    /// If the file is not one of ours or of a newer dongtin, if it is damaged, or if the store cannot be written.
    pub fn import(&self, from: impl Read) -> Result<(), Error> {
        let mut from = BufReader::new(zstd::Decoder::new(from).map_err(cannot_copy)?);
        let mut first = String::new();
        from.read_line(&mut first).map_err(cannot_copy)?;
        let header: Header = serde_json::from_str(&first).map_err(cannot_copy)?;
        if header.dongtin_progress > FORMAT {
            let found = header.dongtin_progress;
            return Err(cannot_copy(format!("it has format {found}: use a newer dongtin")));
        }
        let mut changes = self.changes();
        for row in serde_json::Deserializer::from_reader(from).into_iter::<Row>() {
            let Row { kind, name, value } = row.map_err(cannot_copy)?;
            let kind = Kind::of_name(&kind)
                .ok_or_else(|| cannot_copy(format!("it has a row of a kind {kind}")))?;
            changes.put_json(kind, &name, value.get().as_bytes())?;
            if changes.bytes > TOGETHER {
                std::mem::replace(&mut changes, self.changes()).apply()?;
            }
        }
        changes.apply()
    }
}

fn put_line(to: &mut impl Write, line: &impl Serialize) -> Result<(), Error> {
    let mut line = serde_json::to_vec(line).map_err(cannot_copy)?;
    line.push(b'\n');
    to.write_all(&line).map_err(cannot_copy)
}

fn cannot_copy(reason: impl ToString) -> Error {
    Error::Unkeepable { what: "the copy of all progress".to_owned(), reason: reason.to_string() }
}
