//! How every source is doing, as the command line and the status page tell it.

use super::rooms::Rooms;
use crate::model::SourceKind;

/// For every source: its state, last good, next check, warnings, what to do.
pub fn text(rooms: &Rooms) -> anyhow::Result<String> {
    let mut lines = Vec::new();
    for source in &rooms.config.load().sources {
        let counts = rooms.store.counts_of(&source.id)?;
        lines.push(format!(
            "{} ({}, {}): {} articles, {} withdrawn",
            source.id,
            source.title,
            source.kind.name(),
            counts.live,
            counts.withdrawn
        ));
        if let SourceKind::Folder { .. } = &source.kind {
            let state = rooms.ingest.folder_state(&source.id)?;
            lines.extend(state.error.iter().map(|error| format!("  {error}")));
            let bad = state
                .files
                .iter()
                .filter_map(|(path, file)| file.error.as_ref().map(|error| (path, error)));
            lines.extend(bad.map(|(path, error)| format!("  {path}: {error}")));
        }
    }
    Ok(lines.join("\n"))
}
