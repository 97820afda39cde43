//! Schedules over simulated days, without a clock.

use super::*;
use crate::config::Config;
use crate::fetch::{Failure, Outcome, Validators, next};
use crate::net::{HostRow, Rest};
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};

const NOW: Timestamp = Timestamp(1_800_000_000_000);
const MINUTE: i64 = 60_000;

/// Sources on hosts by number: source 7 of 3 hosts is on host 1.
fn sources(count: usize, hosts: usize) -> (Config, Vec<(Source, State)>) {
    let block = |n: usize| {
        let host = n % hosts;
        format!(
            "[[source]]\nid = \"s{n}\"\ntitle = \"S\"\nkind = \"feed\"\naddress = \"https://h{host}.vn/{n}\"\n"
        )
    };
    let text: String = (0..count).map(block).collect();
    let config = Config::parse(&text, Path::new("/")).unwrap();
    let pairs = config.sources.iter().map(|s| (s.clone(), State::default().about(s))).collect();
    (config, pairs)
}

fn load(schedule: &mut Schedule, pairs: &[(Source, State)], now: Timestamp) {
    schedule.load(pairs.iter().map(|(source, state)| (source, state)), now);
}

/// A schedule and the hosts that it asks, in a time that the test moves.
struct World {
    schedule: Schedule,
    hosts: Arc<Hosts>,
    clock: Arc<AtomicI64>,
    locks: HashMap<SourceId, HostLock>,
}

impl World {
    fn new(config: &Config, pairs: &[(Source, State)], now: Timestamp) -> Self {
        Self::after(Vec::new(), config, pairs, now)
    }

    fn after(
        rows: Vec<(String, HostRow)>,
        config: &Config,
        pairs: &[(Source, State)],
        now: Timestamp,
    ) -> Self {
        let clock = Arc::new(AtomicI64::new(now.millis()));
        let time = Arc::clone(&clock);
        let time = move || Timestamp(time.load(Ordering::Relaxed));
        let hosts = Hosts::kept(&config.fetch, time, rows, |_, _| {});
        let mut schedule = Schedule::new(&config.fetch);
        load(&mut schedule, pairs, now);
        Self { schedule, hosts: Arc::new(hosts), clock, locks: HashMap::new() }
    }

    fn due(&mut self, now: Timestamp) -> Vec<SourceId> {
        let due = self.schedule.due(&self.hosts, now);
        let ids = due.iter().map(|(id, _)| id.clone()).collect();
        self.locks.extend(due);
        ids
    }

    /// A poll ends, and with it its only request.
    fn finished(&mut self, source: &Source, state: &State, now: Timestamp) {
        self.clock.store(now.millis(), Ordering::Relaxed);
        if let Some(lock) = self.locks.remove(&source.id) {
            self.hosts.ended(lock.host());
        }
        self.schedule.finished(source, state, now);
    }

    fn wake_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.schedule.wake_at(&self.hosts, now)
    }
}

fn quiet() -> Outcome {
    Outcome::NotModified {
        wait_ms: None,
        moved: None,
        validators: Validators::default(),
        whole: false,
    }
}

/// Runs for some time, each poll taking `takes` milliseconds; when each poll began.
fn run(
    world: &mut World,
    config: &Config,
    pairs: &mut [(Source, State)],
    span: i64,
    takes: i64,
) -> Vec<(Timestamp, SourceId)> {
    let mut began = Vec::new();
    let mut under_way: Vec<(Timestamp, SourceId)> = Vec::new();
    let mut now = NOW;
    while now < NOW.plus_millis(span) {
        under_way.sort();
        let ended = under_way.iter().take_while(|(end, _)| *end <= now).count();
        for (_, id) in under_way.drain(..ended) {
            let (source, state) = pairs.iter_mut().find(|(s, _)| s.id == id).unwrap();
            *state = next(state, &quiet(), now, &config.fetch, 0.3);
            world.finished(source, state, now);
        }
        for id in world.due(now) {
            began.push((now, id.clone()));
            under_way.push((now.plus_millis(takes), id));
        }
        under_way.sort();
        let next_end = under_way.first().map(|(end, _)| *end);
        let Some(wake) = [world.wake_at(now), next_end].into_iter().flatten().min() else { break };
        assert!(wake > now, "the loop would spin at {now:?}");
        now = wake;
    }
    began
}

#[test]
fn one_request_at_a_time_and_a_pause_per_host() {
    let (config, mut pairs) = sources(30, 3);
    let mut world = World::new(&config, &pairs, NOW);
    let began = run(&mut world, &config, &mut pairs, 60 * MINUTE, 700);
    for host in 0..3 {
        let of_host = |id: &SourceId| id.as_str()[1..].parse::<usize>().unwrap() % 3 == host;
        let times: Vec<i64> =
            began.iter().filter(|(_, id)| of_host(id)).map(|(at, _)| at.millis()).collect();
        assert!(times.len() > 60, "{}", times.len());
        assert!(times.windows(2).all(|w| w[1] - w[0] >= 700 + config.fetch.host_interval_ms));
    }
}

#[test]
fn no_source_is_polled_more_often_than_the_interval() {
    let (config, mut pairs) = sources(10, 10);
    let mut world = World::new(&config, &pairs, NOW);
    let began = run(&mut world, &config, &mut pairs, 24 * 60 * MINUTE, 100);
    for (source, _) in &pairs {
        let times: Vec<i64> =
            began.iter().filter(|(_, id)| *id == source.id).map(|(at, _)| at.millis()).collect();
        assert!(times.len() > 100);
        assert!(times.windows(2).all(|w| w[1] - w[0] >= config.fetch.min_interval_ms));
    }
}

#[test]
fn a_start_is_no_stampede() {
    let (config, mut pairs) = sources(400, 400);
    let mut world = World::new(&config, &pairs, NOW);
    let began = run(&mut world, &config, &mut pairs, 5 * MINUTE, 50);
    assert_eq!(began.len(), 400);
    for second in 0..300 {
        let from = NOW.plus_millis(second * 1_000);
        let within = began.iter().filter(|(at, _)| *at >= from && *at < from.plus_millis(1_000));
        assert!(within.count() <= 10, "second {second}");
    }
}

#[test]
fn a_single_new_source_is_polled_at_once() {
    let (config, pairs) = sources(1, 1);
    let mut world = World::new(&config, &pairs, NOW);
    assert_eq!(world.wake_at(NOW), Some(NOW));
    assert_eq!(world.due(NOW).len(), 1);
    assert_eq!((world.due(NOW).len(), world.wake_at(NOW)), (0, None));
}

#[test]
fn a_restart_keeps_every_time() {
    let (config, mut pairs) = sources(5, 5);
    for (n, (_, state)) in (1..).zip(&mut pairs) {
        *state = next(state, &quiet(), NOW.plus_millis(n * 1_000), &config.fetch, 0.0);
        *state = reread(state);
    }
    let mut world = World::new(&config, &pairs, NOW.plus_millis(MINUTE));
    assert!(world.due(NOW.plus_millis(5 * MINUTE)).is_empty());
    assert_eq!(world.wake_at(NOW.plus_millis(MINUTE)), Some(NOW.plus_millis(5 * MINUTE + 1_000)));
    assert_eq!(world.due(NOW.plus_millis(5 * MINUTE + 3_000)).len(), 3);
}

#[test]
fn overdue_sources_are_spread_after_a_long_stop() {
    let (config, mut pairs) = sources(100, 100);
    for (_, state) in &mut pairs {
        *state = next(state, &quiet(), NOW, &config.fetch, 0.0);
    }
    let later = NOW.plus_millis(7 * 24 * 60 * MINUTE);
    let mut world = World::new(&config, &pairs, later);
    assert_eq!(world.due(later).len(), 1);
    assert_eq!(world.due(later.plus_millis(1_000)).len(), 1);
    assert_eq!(world.due(later.plus_millis(3_000)).len(), 2);
}

#[test]
fn concurrency_is_bounded() {
    let (mut config, pairs) = sources(100, 100);
    for (limit, expected) in [(1, 1), (16, 16), (100, 100), (101, 100)] {
        config.fetch.concurrency = limit;
        let mut world = World::new(&config, &pairs, NOW);
        assert_eq!(world.due(NOW.plus_millis(5 * MINUTE)).len(), expected, "{limit}");
    }
}

#[test]
fn a_source_that_is_gone_is_due_once_a_day_and_at_once_when_its_address_changes() {
    let (config, mut pairs) = sources(1, 1);
    let day = 24 * 60 * MINUTE;
    pairs[0].1 = next(&pairs[0].1, &Outcome::Gone, NOW, &config.fetch, 0.5);
    pairs[0].1 = reread(&pairs[0].1);
    let mut world = World::new(&config, &pairs, NOW);
    let at = NOW.plus_millis(day + day / 20);
    assert_eq!(
        (world.due(at.plus_millis(-1)).len(), world.wake_at(at.plus_millis(-1))),
        (0, Some(at))
    );
    assert_eq!(world.due(at).len(), 1);
    pairs[0].1 = next(&pairs[0].1, &Outcome::Gone, at, &config.fetch, 0.0);
    world.finished(&pairs[0].0, &pairs[0].1, at);
    assert_eq!(world.wake_at(at), Some(at.plus_millis(day)));
    let (_, other) = sources(2, 2);
    pairs[0].0.kind = other[1].0.kind.clone();
    load(&mut world.schedule, &pairs, NOW);
    assert_eq!(world.due(NOW).len(), 1);
}

#[test]
fn a_reload_keeps_what_runs_and_drops_what_is_gone() {
    let (config, pairs) = sources(3, 1);
    let mut world = World::new(&config, &pairs, NOW);
    let first = world.due(NOW);
    assert_eq!(first.len(), 1);
    load(&mut world.schedule, &pairs[1..], NOW);
    assert_eq!((world.schedule.running, world.due(NOW).len()), (1, 0));
    let (source, state) = &pairs[0];
    world.finished(source, state, NOW);
    assert_eq!((world.schedule.running, world.schedule.sources.len()), (0, 2));
    assert_eq!(world.due(NOW.plus_millis(1_000)).len(), 1);
    world.schedule.forget(&pairs[1].0.id);
    world.schedule.forget(&pairs[2].0.id);
    assert_eq!((world.schedule.running, world.wake_at(NOW)), (0, None));
}

#[test]
fn somebody_can_ask_for_a_poll_now() {
    let (config, mut pairs) = sources(1, 1);
    pairs[0].1 = next(&pairs[0].1, &Failure::named("x", "").into(), NOW, &config.fetch, 0.0);
    let mut world = World::new(&config, &pairs, NOW);
    assert!(world.due(NOW).is_empty());
    world.schedule.hurry(&pairs[0].0.id, NOW);
    assert_eq!(world.due(NOW).len(), 1);
}

#[test]
fn a_source_given_another_address_while_it_is_polled_is_polled_there_at_once() {
    let (config, mut pairs) = sources(1, 1);
    let mut world = World::new(&config, &pairs, NOW);
    assert_eq!(world.due(NOW).len(), 1);
    let (old, state) = pairs.remove(0);
    let address = "https://moi.vn/rss".to_owned();
    let new = Source { kind: SourceKind::Feed { address }, ..old.clone() };
    load(&mut world.schedule, &[(new.clone(), State::default().about(&new))], NOW);
    assert!(world.due(NOW).is_empty(), "its poll is under way");
    let state = next(&state, &quiet(), NOW, &config.fetch, 0.0);
    world.finished(&old, &state, NOW);
    assert_eq!(world.wake_at(NOW), Some(NOW), "the new host has had no request");
    assert_eq!(world.due(NOW), [new.id]);
}

#[test]
fn a_clock_that_was_ahead_silences_nobody() {
    let (config, mut pairs) = sources(1, 1);
    let ahead = NOW.plus_millis(10 * 366 * 24 * 60 * MINUTE);
    pairs[0].1.next_check = Some(ahead);
    let mut world = World::new(&config, &pairs, NOW);
    let latest = NOW.plus_millis(longest_wait(&config.fetch));
    assert_eq!(world.wake_at(NOW), Some(latest));
    assert_eq!(world.due(latest).len(), 1);
    world.finished(&pairs[0].0, &pairs[0].1, latest);
    assert!(world.wake_at(latest) < Some(ahead));
}

#[test]
fn www_is_the_same_host() {
    let (config, mut pairs) = sources(2, 1);
    let address = "https://www.h0.vn/1".to_owned();
    pairs[1].0.kind = SourceKind::Feed { address };
    pairs[1].1 = State::default().about(&pairs[1].0);
    let mut world = World::new(&config, &pairs, NOW);
    assert_eq!(world.due(NOW.plus_millis(MINUTE)).len(), 1);
}

#[test]
fn a_host_that_rests_keeps_all_its_sources_waiting_and_no_others() {
    let (config, pairs) = sources(5, 2);
    let until = NOW.plus_millis(10 * MINUTE);
    let poll = Rest { until, times: 1, why: "HTTP status 429".into() };
    let rows = vec![("h0.vn".to_owned(), HostRow { poll, ..HostRow::default() })];
    let mut world = World::after(rows, &config, &pairs, NOW);
    let ids = |due: Vec<SourceId>| due.iter().map(|id| id.to_string()).collect::<Vec<_>>();
    assert_eq!(ids(world.due(NOW.plus_millis(5 * MINUTE))), ["s1"]);
    world.finished(&pairs[1].0, &pairs[1].1, NOW.plus_millis(5 * MINUTE));
    assert_eq!(ids(world.due(until.plus_millis(-1))), ["s3"]);
    world.schedule.hurry(&pairs[0].0.id, NOW);
    assert_eq!(world.wake_at(until.plus_millis(-1)), Some(until), "asking for it does not help");
    assert_eq!(ids(world.due(until)), ["s0"], "one after the other");
}

/// A state as it is after it was written and read.
fn reread(state: &State) -> State {
    serde_json::from_slice(&serde_json::to_vec(state).unwrap()).unwrap()
}

#[test]
fn a_hub_brings_no_poll_before_its_time() {
    let config = Config::parse("", Path::new("/x")).unwrap().fetch;
    let polled = Timestamp::from_secs(1_795_000_000);
    let good = State { last_check: Some(polled), ..State::default() };
    assert_eq!(soonest(&good, &config), Some(polled.plus_millis(config.min_interval_ms)));
    assert_eq!(soonest(&State::default(), &config), None);
    let failing = State { failures: 1, ..good.clone() };
    let failure =
        Failure { name: "status-429".into(), why: String::new(), status: Some(429), wait_ms: None };
    let refused = State { last: Last::Failed(failure), ..good.clone() };
    let gone = State { last: Last::Gone, ..good };
    for state in [failing, refused, gone] {
        assert_eq!(soonest(&state, &config), None);
    }
}
