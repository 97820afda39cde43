use super::state::{State, WAITERS};
use super::{following, sources};
use crate::ingest::health::{Condition, SourceHealth};
use crate::model::Timestamp;
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge};

#[rustfmt::skip]
const COUNTERS: [(&str, &str); 8] = [
    ("dongtin_http_requests_total", "Requests answered, by route, method and status."),
    ("dongtin_pushes_total", "Pushed articles, by source and outcome."),
    ("dongtin_withdrawals_total", "Articles withdrawn over the API, by source."),
    ("dongtin_polls_total", "Polls of sources, by outcome."),
    ("dongtin_media_copied_total", "Files of articles that were copied, by source."),
    ("dongtin_media_failures_total", "Files of articles that could not be fetched, by source; they may be tried again."),
    ("dongtin_feeds_rendered_total", "Feeds rendered, by format."),
    ("dongtin_feed_entries_left_out_total", "Entries that would have broken a feed."),
];

#[rustfmt::skip]
const GAUGES: [(&str, &str); 23] = [
    ("dongtin_http_connections", "Connections that are open."),
    ("dongtin_changes_waiting", "Long polls of /api/v1/changes that wait, and streams."),
    ("dongtin_partner_cursor", "The number up to which a partner has taken everything, by partner."),
    ("dongtin_partner_last_request_seconds", "When a partner last came, since 1970."),
    ("dongtin_source_failures", "Failures in a row, by source; 0 where it is well."),
    ("dongtin_source_last_good_seconds", "When a source last was well, since 1970."),
    ("dongtin_source_state", "1 for the state that a source is in, else 0: new, good, warned, failing, stopped."),
    ("dongtin_source_kept", "Entries kept from readers until somebody accepts them, by source."),
    ("dongtin_source_waiting", "Articles that wait for a quota, their age or their own pages, by source."),
    ("dongtin_sources", "Sources in the config."),
    ("dongtin_sources_due", "Polled sources whose time has come and that wait for their turn."),
    ("dongtin_worker_jobs_waiting", "Documents that wait for a free worker process."),
    ("dongtin_journal_last_seq", "The number of the last event."),
    ("dongtin_store_watermark", "The last event that feeds and pages know of."),
    ("dongtin_store_behind", "Events that feeds and pages do not know of yet."),
    ("dongtin_leads", "1 where this node leads, 0 where it follows another."),
    ("dongtin_term", "How often a leader was made in the history of the journal."),
    ("dongtin_follow_behind_events", "Events of the leader that are not here yet."),
    ("dongtin_follow_behind_seconds", "Seconds since a follower last was known to have everything."),
    ("dongtin_follow_stuck", "1 while a follower gets nothing, or nothing that it may take, from its leader."),
    ("dongtin_media_bytes", "Copies of files on the disk."),
    ("dongtin_sled_bytes", "The store on the disk."),
    ("dongtin_resident_bytes", "The daemon's memory."),
];

/// Describes every metric, and sets those that are rarely counted to 0; called once, after the recorder is set.
pub fn describe() {
    for (name, text) in COUNTERS {
        describe_counter!(name, text);
    }
    for (name, text) in GAUGES {
        describe_gauge!(name, text);
    }
    describe_histogram!("dongtin_http_request_seconds", "Time to the answer's head, by route.");
    counter!("dongtin_feed_entries_left_out_total").increment(0);
    gauge!("dongtin_http_connections").set(0.0);
}

/// Measures what is measured only when somebody looks; reads the store.
pub fn measure(state: &State, now: Timestamp) {
    let (last, folded) = (state.journal.last().0, state.store.watermark().0);
    gauge!("dongtin_journal_last_seq").set(last as f64);
    gauge!("dongtin_store_watermark").set(folded as f64);
    gauge!("dongtin_store_behind").set(last.saturating_sub(folded) as f64);
    let waiting = WAITERS.saturating_sub(state.waiters.available_permits());
    gauge!("dongtin_changes_waiting").set(waiting as f64);
    gauge!("dongtin_worker_jobs_waiting").set(state.ingest.pool.waiting() as f64);
    if let Ok(size) = state.journal.disk().db().size_on_disk() {
        gauge!("dongtin_sled_bytes").set(size as f64);
    }
    if let Some(bytes) = resident_bytes() {
        gauge!("dongtin_resident_bytes").set(bytes as f64);
    }
    following::measure(state);
    measure_partners(state);
    measure_sources(state, now);
}

fn measure_partners(state: &State) {
    for partner in &state.config.load().partners {
        let Some(taken) = state.partners.taken(&partner.id) else { continue };
        let id = || partner.id.to_string();
        gauge!("dongtin_partner_cursor", "partner" => id()).set(taken.seq.0 as f64);
        let at = taken.at.secs() as f64;
        gauge!("dongtin_partner_last_request_seconds", "partner" => id()).set(at);
    }
}

fn measure_sources(state: &State, now: Timestamp) {
    let Ok(healths) = sources::healths(state) else { return };
    gauge!("dongtin_sources").set(healths.len() as f64);
    let due = healths.iter().filter(|health| health.next_check.is_some_and(|at| at <= now));
    gauge!("dongtin_sources_due").set(due.count() as f64);
    for health in healths {
        measure_source(&health);
    }
}

fn measure_source(health: &SourceHealth) {
    let id = || health.source.id.to_string();
    gauge!("dongtin_source_failures", "source" => id()).set(f64::from(health.failures));
    gauge!("dongtin_source_kept", "source" => id()).set(health.kept as f64);
    gauge!("dongtin_source_waiting", "source" => id()).set(health.waiting as f64);
    for condition in Condition::ALL {
        let is_it = f64::from(health.condition == condition);
        gauge!("dongtin_source_state", "source" => id(), "state" => condition.name()).set(is_it);
    }
    if let Some(at) = health.last_good {
        gauge!("dongtin_source_last_good_seconds", "source" => id()).set(at.secs() as f64);
    }
}

/// The process's resident memory, as Linux counts it.
fn resident_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}
