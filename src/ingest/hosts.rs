//! The registry of hosts over the store's progress: what a host asked for is known after a restart.

use crate::config::FetchConfig;
use crate::model::Timestamp;
use crate::net::{HostRow, Hosts};
use crate::store::{Kind, Store};

/// The registry with the rows that an earlier run kept. A row that cannot be read is left out: its host is asked once
/// more, and says it again.
pub fn open_hosts(
    config: &FetchConfig,
    store: &Store,
    clock: impl Fn() -> Timestamp + Send + Sync + 'static,
) -> Hosts {
    let progress = store.progress();
    let mut rows = Vec::new();
    for row in progress.scan::<HostRow>(Kind::Host) {
        match row {
            Ok(row) => rows.push(row),
            Err(error) => {
                tracing::warn!(%error, "what a host asked for cannot be read: it is asked once more");
            }
        }
    }
    Hosts::kept(config, clock, rows, move |host, row| {
        let kept = match row {
            Some(row) => progress.put(Kind::Host, host, row),
            None => progress.remove(Kind::Host, host),
        };
        if let Err(error) = kept {
            tracing::warn!(host, %error, "what a host asked for was not kept, a restart forgets it");
        }
    })
}
