//! How a polled source is doing: computed once; the command line, the status page and JSON print it.

use super::crawl_state::{self, CrawlState};
use super::hub::{Standing, Subscriber};
use super::schedule::polled_host;
use super::source_state;
use crate::fetch::{Last, State};
use crate::model::{Source, Timestamp, Warning};
use crate::net::{Hosts, Purpose};
use crate::store::Progress;

/// How a source is doing, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It was never polled.
    New,
    /// Its last poll went well.
    Good,
    /// Its last poll went well, and something was unusual.
    Warned,
    /// It is not what it was: its new entries are kept from readers.
    Drifted,
    /// Its last poll brought nothing usable.
    Failing,
    /// It says that it is gone for good.
    Stopped,
}

/// How a polled source is doing.
#[derive(Clone, Debug)]
pub struct SourceHealth {
    /// In one word.
    pub condition: Condition,
    /// What its polls left, with a warning if its host wants to be left alone.
    pub state: State,
    /// What is kept from readers, and what selectors are proposed.
    pub crawl: CrawlState,
    /// How it stands with its hub.
    pub hub: Option<Standing>,
}

/// What is known of all sources.
pub struct Ward<'a> {
    /// What is remembered of each.
    pub progress: &'a Progress,
    /// What their hosts want.
    pub hosts: &'a Hosts,
    /// Our subscriptions at their hubs.
    pub hubs: &'a Subscriber,
    /// The site's seconds ahead of UTC, in which times are written.
    pub utc_offset: i32,
}

impl Ward<'_> {
    /// Examines a polled source.
    pub fn examine(&self, source: &Source, now: Timestamp) -> SourceHealth {
        let mut state = source_state::look(self.progress, source);
        self.note_rest(source, &mut state, now);
        let crawl = crawl_state::look(self.progress, source).unwrap_or_default();
        let hub = self.hubs.standing(&source.id, now);
        SourceHealth { condition: condition(&state), state, crawl, hub }
    }

    /// Notes that the host of a source wants to be left alone.
    fn note_rest(&self, source: &Source, state: &mut State, now: Timestamp) {
        let host = polled_host(source, state);
        if let Some(rest) = self.hosts.rest(&host, Purpose::Poll, now) {
            let until = rest.until.rfc3339_at(self.utc_offset);
            let example = format!("{host}: {until}: {}", rest.why);
            Warning::add(&mut state.warnings, "host-resting", Some(&example));
            state.next_check = state.next_check.max(Some(rest.until));
        }
    }
}

fn condition(state: &State) -> Condition {
    match &state.last {
        Last::Never => Condition::New,
        Last::Gone => Condition::Stopped,
        Last::Failed(_) => Condition::Failing,
        _ if state.warnings.iter().any(|w| w.name.starts_with("drift-")) => Condition::Drifted,
        Last::Fresh | Last::NotModified if state.warnings.is_empty() => Condition::Good,
        Last::Fresh | Last::NotModified => Condition::Warned,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_condition_is_the_worst_that_is_known() {
        let warned = |name: &str| {
            let warning = Warning { name: name.into(), count: 1, example: None };
            State { last: Last::Fresh, warnings: vec![warning], ..State::default() }
        };
        assert_eq!(condition(&State::default()), Condition::New);
        assert_eq!(condition(&State { last: Last::Gone, ..State::default() }), Condition::Stopped);
        assert_eq!(
            condition(&State { last: Last::NotModified, ..State::default() }),
            Condition::Good
        );
        assert_eq!(condition(&warned("held-back")), Condition::Warned);
        assert_eq!(condition(&warned("drift-kept")), Condition::Drifted);
        assert_eq!(
            condition(&State { last: Last::Gone, ..warned("drift-kept") }),
            Condition::Stopped
        );
    }
}
