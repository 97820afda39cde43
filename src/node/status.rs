//! How every source is doing, as the command line and the status page tell it.

use super::rooms::Rooms;
use crate::fetch::{State, explain};
use crate::model::{SourceKind, Timestamp};

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
        if source.kind.address().is_some() {
            lines.extend(polled(&super::polls::state_of(rooms, source)));
        }
    }
    Ok(lines.join("\n"))
}

/// A polled source's state in lines.
fn polled(state: &State) -> Vec<String> {
    let told = explain(state);
    let when = |at: Option<Timestamp>| at.map_or("-".to_owned(), |at| at.rfc3339_at(25_200));
    let mut lines = vec![
        format!("  {}: {}", told.en, told.en_remedy),
        format!("  last good {}, next check {}", when(state.last_good), when(state.next_check)),
    ];
    lines.extend(state.warnings.iter().map(|w| {
        format!("  warning {} ×{} {}", w.name, w.count, w.example.as_deref().unwrap_or(""))
    }));
    lines
}
