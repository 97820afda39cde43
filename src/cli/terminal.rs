use crate::text::escape_controls;
use anyhow::Context;
use std::fmt::Display;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// Standard output did not take a line.
#[derive(Debug, thiserror::Error)]
#[error("standard output: {0}")]
pub(super) struct Unsaid(#[from] std::io::Error);

impl Unsaid {
    /// Whether our reader went away, as in `dongtin read FILE | head`.
    pub(super) fn is_unheard(&self) -> bool {
        self.0.kind() == std::io::ErrorKind::BrokenPipe
    }
}

/// Writes a line to standard output. Control characters in it are shown as escapes, so that a title cannot steer a terminal.
pub(super) fn say(line: impl Display) -> Result<(), Unsaid> {
    write(format_args!("{}\n", escape_controls(&line.to_string())))
}

/// Writes a value to standard output as JSON.
pub(super) fn say_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    Ok(say(serde_json::to_string_pretty(value)?)?)
}

/// Writes a line to standard error, as [`say`] does.
pub(super) fn note(line: impl Display) {
    eprintln!("{}", escape_controls(&line.to_string()));
}

/// Writes text to standard output as it is.
pub(super) fn write(text: impl Display) -> Result<(), Unsaid> {
    let mut out = std::io::stdout().lock();
    Ok(write!(out, "{text}").and_then(|()| out.flush())?)
}

/// Whether an argument stands for standard input or output.
pub(super) fn is_dash(argument: &Path) -> bool {
    argument.as_os_str() == "-"
}

/// A file's bytes; those of standard input for `-`.
pub(super) fn read_input(argument: &Path) -> anyhow::Result<Vec<u8>> {
    if !is_dash(argument) {
        return std::fs::read(argument).with_context(|| argument.display().to_string());
    }
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).context("standard input")?;
    Ok(bytes)
}

/// Reads an argument that must be a file or folder.
pub(super) fn path_argument(argument: &str) -> Result<PathBuf, String> {
    match argument {
        "-" => Err("not from or to a pipe: name it, as in ./-".to_owned()),
        path => Ok(path.into()),
    }
}
