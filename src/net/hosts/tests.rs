//! Hosts that refuse, are well again, share a name or see a clock that jumps.

use super::*;
use crate::net::tests::config;
use http::HeaderValue;
use http::header::RETRY_AFTER;
use std::sync::atomic::{AtomicI64, Ordering};

const NOW: Timestamp = Timestamp(1_800_000_000_000);
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

type Kept = Arc<Mutex<HashMap<String, HostRow>>>;

/// A registry with a clock that the test moves and rows that outlive it.
struct World {
    clock: Arc<AtomicI64>,
    kept: Kept,
    hosts: Arc<Hosts>,
}

impl World {
    fn new(pause_ms: i64) -> Self {
        Self::opened(pause_ms, Arc::new(AtomicI64::new(NOW.millis())), Kept::default())
    }

    fn opened(pause_ms: i64, clock: Arc<AtomicI64>, kept: Kept) -> Self {
        let config = FetchConfig { host_interval_ms: pause_ms, ..config() };
        let rows = kept.lock().unwrap().clone().into_iter().collect();
        let (time, rows_to) = (Arc::clone(&clock), Arc::clone(&kept));
        let keep = move |host: &str, row: Option<&HostRow>| {
            let mut kept = rows_to.lock().unwrap();
            match row {
                Some(row) => _ = kept.insert(host.to_owned(), row.clone()),
                None => _ = kept.remove(host),
            }
        };
        let clock_of = move || Timestamp(time.load(Ordering::Relaxed));
        let hosts = Arc::new(Hosts::kept(&config, clock_of, rows, keep));
        Self { clock, kept, hosts }
    }

    fn restarted(self) -> Self {
        let Self { clock, kept, hosts } = self;
        let pause = hosts.table().pause_ms();
        drop(hosts);
        Self::opened(pause, clock, kept)
    }

    fn now(&self) -> Timestamp {
        Timestamp(self.clock.load(Ordering::Relaxed))
    }

    fn wait(&self, millis: i64) {
        self.clock.fetch_add(millis, Ordering::Relaxed);
    }

    fn answers(&self, host: &str, purpose: Purpose, status: u16, retry: &str) -> Option<Timestamp> {
        let retry = Some(retry).filter(|retry| !retry.is_empty());
        let retry = retry.map(|retry| (RETRY_AFTER, HeaderValue::from_str(retry).unwrap()));
        let status = StatusCode::from_u16(status).unwrap();
        self.hosts.answered(host, purpose, status, &retry.into_iter().collect())
    }

    /// Milliseconds until a request may be sent; `None` if one is sent now.
    fn asks(&self, host: &str, purpose: Purpose) -> Option<i64> {
        match self.hosts.try_turn(host, purpose, self.now()) {
            Turn::Go => None,
            Turn::Wait(wait) => Some(i64::try_from(wait.as_millis()).unwrap()),
            Turn::Rest(rest) => Some(rest.until.millis() - self.now().millis()),
        }
    }
}

use Purpose::{Crawl, Poll};

#[test]
fn a_refused_poll_closes_its_host_for_everything_and_a_refused_crawl_for_crawls() {
    let world = World::new(0);
    world.answers("a.vn", Poll, 429, "600");
    world.answers("b.vn", Crawl, 503, "600");
    let rests = |host, purpose| world.hosts.rest(host, purpose, NOW).map(|rest| rest.why);
    assert_eq!(rests("a.vn", Poll).as_deref(), Some("HTTP status 429"));
    assert_eq!(rests("a.vn", Crawl).as_deref(), Some("HTTP status 429"));
    assert_eq!(rests("b.vn", Poll), None);
    assert_eq!(rests("b.vn", Crawl).as_deref(), Some("HTTP status 503"));
    assert_eq!(world.asks("a.vn", Crawl), Some(10 * MINUTE));
    assert_eq!((world.asks("b.vn", Poll), world.asks("c.vn", Poll)), (None, None));
    assert_eq!(world.hosts.ready_at("a.vn", NOW), Some(NOW.plus_millis(10 * MINUTE)));
    assert_eq!(world.hosts.ready_at("b.vn", NOW), Some(NOW));
    world.wait(10 * MINUTE);
    assert_eq!((world.asks("a.vn", Poll), world.asks("b.vn", Crawl)), (None, None));
}

#[test]
fn a_503_without_retry_after_is_a_rest_from_crawls_and_a_fault_of_one_source() {
    let world = World::new(0);
    assert_eq!(world.answers("a.vn", Poll, 503, ""), None);
    assert_eq!(world.answers("b.vn", Crawl, 503, ""), Some(NOW.plus_millis(5 * MINUTE)));
    assert_eq!(world.answers("c.vn", Crawl, 500, "600"), None);
}

#[test]
fn refusals_in_a_row_wait_longer_until_the_host_is_well_or_a_day_has_passed() {
    let world = World::new(0);
    let mut waits = Vec::new();
    for _ in 0..3 {
        let until = world.answers("a.vn", Poll, 429, "").unwrap();
        waits.push((until.millis() - world.now().millis()) / MINUTE);
        world.wait(until.millis() - world.now().millis());
    }
    assert_eq!(waits, [5, 10, 20]);
    assert_eq!(world.answers("a.vn", Poll, 200, ""), None);
    assert_eq!(world.answers("a.vn", Poll, 429, ""), Some(world.now().plus_millis(5 * MINUTE)));
    world.wait(5 * MINUTE + DAY);
    assert_eq!(world.answers("a.vn", Poll, 429, ""), Some(world.now().plus_millis(5 * MINUTE)));
}

#[test]
fn a_late_good_answer_ends_no_rest_and_a_shorter_one_does_not_shorten_it() {
    let world = World::new(0);
    world.answers("a.vn", Poll, 429, "3600");
    world.answers("a.vn", Poll, 200, "");
    world.answers("a.vn", Poll, 429, "60");
    assert_eq!(world.asks("a.vn", Poll), Some(HOUR));
    world.answers("a.vn", Crawl, 429, "60");
    assert_eq!(world.asks("a.vn", Crawl), Some(HOUR));
}

#[test]
fn a_rest_and_a_robots_txt_outlive_the_process() {
    let world = World::new(0);
    world.answers("a.vn", Poll, 429, "3600");
    world.answers("b.vn", Crawl, 429, "3600");
    let robots = RobotsTxt { asked: Some(NOW), text: "x".into(), ..RobotsTxt::default() };
    world.hosts.set_robots("c.vn", robots.clone());
    let world = world.restarted();
    assert_eq!(world.asks("a.vn", Poll), Some(HOUR));
    assert_eq!((world.asks("b.vn", Crawl), world.asks("b.vn", Poll)), (Some(HOUR), None));
    assert_eq!(world.hosts.robots("c.vn"), robots);
    world.wait(HOUR);
    world.answers("a.vn", Poll, 200, "");
    assert!(!world.kept.lock().unwrap().contains_key("a.vn"), "a host that is well has no row");
}

#[test]
fn what_the_old_file_remembered_becomes_a_row() {
    let old =
        r#"{"until":1800000600000,"times":3,"name":"detail-resting","why":"HTTP status 429"}"#;
    let crawl: Rest = serde_json::from_str(old).unwrap();
    let row = HostRow { crawl, ..HostRow::default() };
    let kept = Kept::default();
    kept.lock().unwrap().insert("a.vn".into(), row);
    let world = World::opened(0, Arc::new(AtomicI64::new(NOW.millis())), kept);
    assert_eq!((world.asks("a.vn", Crawl), world.asks("a.vn", Poll)), (Some(10 * MINUTE), None));
}

#[test]
fn a_clock_that_was_ahead_closes_no_host_for_longer_than_the_longest_wait() {
    let world = World::new(1_000);
    world.wait(3_650 * DAY);
    world.asks("b.vn", Poll);
    world.answers("a.vn", Poll, 429, "600");
    world.wait(-3_650 * DAY);
    assert_eq!(world.asks("b.vn", Poll), Some(1_000));
    let world = world.restarted();
    assert_eq!(world.asks("a.vn", Poll), Some(DAY));
    let world = world.restarted();
    world.wait(DAY);
    assert_eq!(world.asks("a.vn", Poll), None);
}

#[test]
fn a_person_ends_a_rest_and_the_next_refusal_is_still_a_longer_one() {
    let world = World::new(0);
    world.answers("a.vn", Poll, 429, "3600");
    world.answers("a.vn", Crawl, 429, "3600");
    world.hosts.end_rest("a.vn", NOW);
    world.hosts.end_rest("nobody.vn", NOW);
    assert_eq!((world.asks("a.vn", Poll), world.asks("a.vn", Crawl)), (None, None));
    assert_eq!(world.answers("a.vn", Poll, 429, ""), Some(NOW.plus_millis(10 * MINUTE)));
}

#[test]
fn the_pause_begins_at_the_end_of_a_request_and_is_each_hosts_own() {
    let world = World::new(1_000);
    assert_eq!((world.asks("a.vn", Poll), world.asks("b.vn", Poll)), (None, None));
    world.wait(400);
    world.hosts.ended("a.vn");
    assert_eq!((world.asks("a.vn", Poll), world.asks("b.vn", Crawl)), (Some(1_000), Some(600)));
    assert_eq!(world.hosts.ready_at("a.vn", world.now()), Some(world.now().plus_millis(1_000)));
    world.wait(1_000);
    assert_eq!(world.asks("a.vn", Poll), None);
}

#[test]
fn a_crawl_delay_holds_from_the_last_request_on_and_never_shortens_the_pause() {
    let world = World::new(1_000);
    let slow = |crawl_delay_ms| {
        let robots = RobotsTxt { crawl_delay_ms, ..RobotsTxt::default() };
        world.hosts.set_robots("a.vn", robots);
    };
    world.asks("a.vn", Poll);
    slow(5_000);
    assert_eq!(world.asks("a.vn", Poll), Some(5_000));
    slow(0);
    assert_eq!(world.asks("a.vn", Poll), Some(1_000));
    let other = FetchConfig { host_interval_ms: 60_000, ..config() };
    world.hosts.reconfigure(&other);
    assert_eq!(world.asks("a.vn", Poll), Some(60_000), "a new config counts at once");
}

#[test]
fn one_poll_or_crawl_has_a_host_for_itself() {
    let world = World::new(0);
    let lock = world.hosts.enter("a.vn").unwrap();
    assert!(world.hosts.enter("a.vn").is_none() && world.hosts.enter("b.vn").is_some());
    assert_eq!(world.hosts.ready_at("a.vn", NOW), None);
    drop(lock);
    assert!(world.hosts.enter("a.vn").is_some());
}

#[test]
fn hosts_are_forgotten_the_least_needed_first() {
    let world = World::new(1_000);
    let lock = world.hosts.enter("in-use.vn").unwrap();
    for n in 0..MANY + 50 {
        world.answers(&format!("refuses{n}.vn"), Poll, 429, &(600 + n).to_string());
    }
    for n in 0..5_000 {
        world.asks(&format!("{n}.vn"), Poll);
        world.wait(1_000);
    }
    assert!(world.hosts.table().hosts.len() <= MANY);
    assert!(world.hosts.enter(lock.host()).is_none());
    assert!(world.asks("refuses49.vn", Poll).is_none_or(|wait| wait <= 1_000), "the first to go");
    assert!(world.kept.lock().unwrap().len() <= MANY, "rows of forgotten hosts go too");
}
