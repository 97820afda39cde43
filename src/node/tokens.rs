//! The tokens file of a data directory: `tokens`, mode 0600, replaced whole.

use crate::model::Tokens;
use anyhow::Context;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The tokens of a data directory; none where there is no file.
pub fn read(data: &Path) -> anyhow::Result<Tokens> {
    let path = data.join("tokens");
    match std::fs::read_to_string(&path) {
        Ok(text) => Tokens::parse(&text).with_context(|| path.display().to_string()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Tokens::default()),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

/// Replaces the file: written beside, made durable, renamed.
pub fn write(data: &Path, tokens: &Tokens) -> anyhow::Result<()> {
    std::fs::create_dir_all(data).with_context(|| data.display().to_string())?;
    let (path, beside) = (data.join("tokens"), data.join("tokens.new"));
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)
        .with_context(|| beside.display().to_string())?;
    file.write_all(tokens.to_text().as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&beside, &path).with_context(|| path.display().to_string())?;
    std::fs::File::open(data)?.sync_all()?;
    Ok(())
}
