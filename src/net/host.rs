use crate::model::Timestamp;
use serde::{Deserialize, Serialize};

/// How long past refusals and a robots.txt are remembered.
const DAY_MS: i64 = 24 * 3_600_000;

/// What a request is for. It decides which requests a refusal stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A source's own document, or a hub. A refusal stops every request to the host.
    Poll,
    /// What a document led to: an article's page, a sitemap of an index, robots.txt. A refusal stops only such requests,
    /// since the host may still let us poll its lists.
    Crawl,
    /// Another dongtin's changes: like a poll, but page after page without a pause, as its partners may.
    Copy,
}

/// What is kept of a host between two runs. A value of the old file `resting.json` is a [`Rest`]; its row is
/// `HostRow { crawl: rest, ..HostRow::default() }`, under the same name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HostRow {
    /// After a refused poll; stops every request.
    pub poll: Rest,
    /// After a refused crawl; stops crawls.
    pub crawl: Rest,
    pub robots: RobotsTxt,
}

/// Until when a host is left alone, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rest {
    pub until: Timestamp,
    pub times: u32,
    /// What it answered, for people.
    pub why: String,
}

/// A host's robots.txt, and when to ask for it again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RobotsTxt {
    /// When it was last read, or found not to exist.
    pub asked: Option<Timestamp>,
    /// Empty if there is none.
    pub text: String,
    /// The time that it wants between two requests, in milliseconds.
    pub crawl_delay_ms: i64,
    /// Since when it cannot be read.
    pub failing_since: Option<Timestamp>,
    /// Failures in a row to read it.
    pub tries: u32,
    pub again: Option<Timestamp>,
}

/// What this process knows of a host.
#[derive(Debug, Default)]
pub(super) struct Host {
    pub row: HostRow,
    /// When the last request began or ended.
    pub asked_at: Option<Timestamp>,
    /// Whether a poll or crawl has the host for itself.
    pub in_use: bool,
}

impl Host {
    /// A host as an earlier run left it.
    pub fn restored(row: HostRow, longest_ms: i64, now: Timestamp) -> Self {
        let mut host = Self { row, ..Self::default() };
        for purpose in [Purpose::Poll, Purpose::Crawl] {
            host.own_rest(purpose, longest_ms, now);
        }
        host
    }

    /// When the pause after the last request ends. A request that a clock puts into the future counts as made now.
    pub fn free_at(&mut self, pause_ms: i64, now: Timestamp) -> Timestamp {
        let pause = pause_ms.max(self.row.robots.crawl_delay_ms);
        self.asked_at = self.asked_at.map(|at| at.min(now));
        self.asked_at.map_or(now, |at| at.plus_millis(pause))
    }

    /// The rest that requests of a purpose must observe.
    pub fn rest(&mut self, purpose: Purpose, longest_ms: i64, now: Timestamp) -> Rest {
        let poll = self.own_rest(Purpose::Poll, longest_ms, now).clone();
        match purpose {
            Purpose::Poll | Purpose::Copy => poll,
            Purpose::Crawl => {
                let crawl = self.own_rest(Purpose::Crawl, longest_ms, now).clone();
                if crawl.until > poll.until { crawl } else { poll }
            }
        }
    }

    /// The rest after refusals of one purpose; it is forgotten a day after its end. It ends within the longest interval, since
    /// the clock may have been ahead when it began.
    pub fn own_rest(&mut self, purpose: Purpose, longest_ms: i64, now: Timestamp) -> &mut Rest {
        let rest = match purpose {
            Purpose::Poll | Purpose::Copy => &mut self.row.poll,
            Purpose::Crawl => &mut self.row.crawl,
        };
        rest.until = rest.until.min(now.plus_millis(longest_ms));
        if rest.until.plus_millis(DAY_MS) <= now {
            *rest = Rest::default();
        }
        rest
    }

    /// The row, unless it is empty.
    pub fn row_to_keep(&self) -> Option<&HostRow> {
        (self.row != HostRow::default()).then_some(&self.row)
    }

    /// Until when a host must be remembered.
    pub fn needed_until(&self, pause_ms: i64, now: Timestamp) -> Timestamp {
        if self.in_use {
            return Timestamp(i64::MAX);
        }
        let HostRow { poll, crawl, robots } = &self.row;
        let refusals = [poll, crawl].into_iter().filter(|rest| rest.times > 0);
        let refusals = refusals.map(|rest| rest.until.plus_millis(DAY_MS));
        let robots_at = robots.asked.into_iter().chain(robots.failing_since).chain(robots.again);
        let robots_at = robots_at.map(|at| at.plus_millis(DAY_MS));
        let pause = pause_ms.max(robots.crawl_delay_ms);
        let paused = self.asked_at.map(|at| at.plus_millis(pause));
        refusals.chain(robots_at).chain(paused).max().unwrap_or(now)
    }
}
