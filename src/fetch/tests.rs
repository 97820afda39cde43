//! A source over its life: one poll after another against an origin, and the schedule without any.

use super::*;
use crate::config::FetchConfig;
use crate::model::{Fingerprint, HeaderText, SourceFetch};
use crate::net::tests::{Origin, Reply, client_at, config, config_for, ok};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

const NOW: Timestamp = Timestamp(1_800_000_000_000);
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

fn source(address: &str) -> Source {
    let text = format!(
        "[[source]]\nid = \"s\"\ntitle = \"S\"\nkind = \"feed\"\naddress = \"{address}\"\n"
    );
    crate::config::Config::parse(&text, std::path::Path::new("/")).unwrap().sources.remove(0)
}

struct Polled {
    origin: Origin,
    client: Client,
    config: FetchConfig,
    source: Source,
    state: State,
    now: Timestamp,
    clock: Arc<AtomicI64>,
}

impl Polled {
    async fn new(script: impl Fn(usize, &str) -> Reply + Send + Sync + 'static) -> Self {
        let origin = Origin::start(script).await;
        let config = config_for(&[&origin]);
        let clock = Arc::new(AtomicI64::new(NOW.millis()));
        let client = client_at(&config, {
            let clock = Arc::clone(&clock);
            move || Timestamp(clock.load(Ordering::Relaxed))
        });
        let source = source(origin.url("/rss").as_str());
        let state = State::default().about(&source);
        Self { origin, client, config, source, state, now: NOW, clock }
    }

    async fn poll(&mut self) -> Outcome {
        self.clock.store(self.now.millis(), Ordering::Relaxed);
        let outcome = fetch(&self.client, &self.source, &self.state, self.now).await;
        self.state = next(&self.state, &outcome, self.now, &self.config, 0.0);
        self.now = self.state.next_check.unwrap();
        outcome
    }
}

fn status(line: &str) -> Reply {
    Reply::Bytes(format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n").into_bytes())
}

#[tokio::test]
async fn the_second_poll_is_conditional() {
    let mut polled = Polled::new(|n, _| match n {
        0 => ok("ETag: \"a\"\r\nLast-Modified: Fri, 12 Jun 2009 13:30:21 GMT\r\n", b"<rss/>"),
        _ => status("304 Not Modified"),
    })
    .await;
    assert!(matches!(polled.poll().await, Outcome::Fresh(fresh) if &fresh.body[..] == b"<rss/>"));
    assert!(matches!(polled.poll().await, Outcome::NotModified { .. }));
    let sent = polled.origin.requests();
    assert!(!sent[0].contains("if-"), "{}", sent[0]);
    assert!(sent[1].contains("if-none-match: \"a\"\r\n"));
    assert!(sent[1].contains("if-modified-since: Fri, 12 Jun 2009 13:30:21 GMT\r\n"));
    assert_eq!((polled.state.failures, &polled.state.last), (0, &Last::NotModified));
}

#[tokio::test]
async fn a_new_validator_counts_whether_the_body_came_or_not() {
    let mut polled = Polled::new(|n, _| match n {
        0 => ok("ETag: \"a\"\r\nLast-Modified: Fri, 12 Jun 2009 13:30:21 GMT\r\n", b"<rss/>"),
        1 => status("304 Not Modified\r\nETag: \"b\""),
        2 => ok("ETag: \"c\"\r\n", b"<rss/>"),
        _ => status("304 Not Modified"),
    })
    .await;
    for _ in 0..4 {
        polled.poll().await;
    }
    let sent = polled.origin.requests();
    assert!(sent[2].contains("if-none-match: \"b\"\r\nif-modified-since: Fri, 12 Jun 2009"));
    assert!(sent[3].contains("if-none-match: \"c\"\r\n") && !sent[3].contains("if-modified"));
}

#[tokio::test]
async fn frozen_validators_are_found_out_by_a_look_a_day_and_believed_no_more() {
    let line = "Last-Modified: Wed, 04 Oct 2017 03:00:00 GMT\r\n";
    let looks = Arc::new(AtomicI64::new(0));
    let mut polled = Polled::new(move |_, sent| match sent.contains("if-modified-since") {
        true => status("304 Not Modified"),
        // News comes after the third day.
        false => {
            let edition = looks.fetch_add(1, Ordering::Relaxed).max(2);
            ok(line, format!("<rss>{edition}</rss>").as_bytes())
        }
    })
    .await;
    let begun = polled.now;
    while polled.now < begun.plus_millis(10 * DAY) && !polled.state.is_frozen {
        polled.poll().await;
    }
    let sent = polled.origin.requests();
    let whole = sent.iter().filter(|sent| !sent.contains("if-mod")).count();
    assert_eq!(whole, 4, "of {}: at first, and once a day", sent.len());
    assert!(sent.len() > 20 && polled.now < begun.plus_millis(5 * DAY));
    polled.poll().await;
    assert!(!polled.origin.requests().last().unwrap().contains("if-mod"));
}

#[tokio::test]
async fn a_bot_wall_is_named_whatever_its_status() {
    let page = "<html><title>Đang kiểm tra trình duyệt</title><script>x()</script></html>";
    for head in
        ["200 OK", "403 Forbidden", "503 Busy", "429 Slow", "403 No\r\ncf-mitigated: challenge"]
    {
        let body = if head.contains("cf-") { "<html>" } else { page };
        let reply = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let mut polled = Polled::new(move |_, _| Reply::Bytes(reply.clone().into_bytes())).await;
        let outcome = polled.poll().await;
        assert!(matches!(&outcome, Outcome::Failed(f) if f.name == "challenge"), "{outcome:?}");
        let said = explain(&polled.state.last).problem;
        assert!(said.en.contains("bot wall") && said.vi.contains("bot"));
    }
    let mut polled = Polled::new(|_, _| {
        Reply::Bytes(b"HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno".to_vec())
    })
    .await;
    assert!(matches!(polled.poll().await, Outcome::Failed(f) if f.name == "refused"));
}

#[tokio::test]
async fn a_source_is_asked_as_it_wants_with_secrets_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    std::fs::write(&key, "mot-hai\n").unwrap();
    let mut polled = Polled::new(|_, _| ok("", b"<rss/>")).await;
    polled.source.fetch = SourceFetch {
        user_agent: Some("TrinhDuyet/5.0".into()),
        headers: vec![
            ("X-Api-Key".into(), HeaderText::File(key.clone())),
            ("Accept-Language".into(), HeaderText::Plain("vi".into())),
        ],
        ..SourceFetch::default()
    };
    polled.poll().await;
    let sent = polled.origin.requests().remove(0);
    for line in
        ["user-agent: TrinhDuyet/5.0\r\n", "x-api-key: mot-hai\r\n", "accept-language: vi\r\n"]
    {
        assert!(sent.contains(line), "{sent}");
    }
    std::fs::remove_file(&key).unwrap();
    let outcome = polled.poll().await;
    assert!(
        matches!(&outcome, Outcome::Failed(f) if f.name == "header" && f.why.contains("X-Api-Key"))
    );
    assert_eq!(polled.origin.requests().len(), 1, "without its key it is not asked");
}

#[tokio::test]
async fn the_same_bytes_are_nothing_new() {
    let mut polled = Polled::new(|n, _| ok("", if n < 2 { b"<rss/>" } else { b"<RSS/>" })).await;
    assert!(matches!(polled.poll().await, Outcome::Fresh(_)));
    assert!(matches!(polled.poll().await, Outcome::NotModified { .. }));
    assert!(matches!(polled.poll().await, Outcome::Fresh(_)));
    polled.state.forget_body();
    assert!(matches!(polled.poll().await, Outcome::Fresh(_)));
}

#[tokio::test]
async fn validators_that_cannot_be_are_not_echoed() {
    let long = "x".repeat(64 << 10);
    let mut polled = Polled::new(move |_, _| {
        ok(&format!("ETag: \"{long}\"\r\nLast-Modified: Fri, 31 Dec 9999 23:59:59 GMT\r\n"), b"x")
    })
    .await;
    polled.poll().await;
    polled.poll().await;
    assert!(polled.origin.requests().iter().all(|sent| !sent.contains("if-")));
}

#[tokio::test]
async fn a_304_that_nobody_asked_for_is_a_failure() {
    let mut polled = Polled::new(|_, _| status("304 Not Modified")).await;
    assert!(matches!(polled.poll().await, Outcome::Failed(f) if f.status == Some(304)));
}

#[tokio::test]
async fn failures_keep_what_was_good_and_are_named() {
    let mut polled = Polled::new(|n, _| match n {
        0 => ok("ETag: \"a\"\r\n", b"<rss/>"),
        1 => status("503 Busy"),
        2 => status("404 No"),
        3 => status("403 No"),
        4 => ok("", b""),
        5 => status("429 Slow"),
        _ => status("410 Gone"),
    })
    .await;
    polled.poll().await;
    let good = polled.state.last_good;
    for name in ["server-error", "not-found", "refused", "empty", "too-many-requests"] {
        assert!(matches!(polled.poll().await, Outcome::Failed(f) if f.name == name), "{name}");
        assert_eq!(
            (polled.state.last_good, polled.state.validators.etag.as_deref()),
            (good, Some("\"a\""))
        );
        assert!(!explain(&polled.state.last).problem.vi.is_empty());
    }
    assert_eq!(polled.state.failures, 5);
    polled.poll().await;
    assert!(polled.state.is_gone());
    assert!(explain(&polled.state.last).problem.en.contains("410"));
}

#[tokio::test]
async fn a_source_that_said_it_is_gone_is_looked_at_daily_and_comes_back_by_itself() {
    let mut polled = Polled::new(|n, _| match n {
        0 => ok("ETag: \"a\"\r\n", b"<rss/>"),
        1..=3 => status("410 Gone"),
        4 => status("503 Busy"),
        5 => status("304 Not Modified"),
        _ => ok("", b"<rss>new</rss>"),
    })
    .await;
    polled.poll().await;
    for _ in 0..3 {
        assert!(matches!(polled.poll().await, Outcome::Gone));
        let wait = polled.state.interval_ms.unwrap();
        assert!((DAY..=DAY + DAY / 10).contains(&wait), "{wait}");
        let kept = reread(&polled.state);
        assert_eq!(kept.next_check, Some(polled.now));
    }
    polled.poll().await;
    assert!(!polled.state.is_gone());
    polled.poll().await;
    assert_eq!((polled.state.failures, &polled.state.last), (0, &Last::NotModified));
    assert!(matches!(polled.poll().await, Outcome::Fresh(_)));
    assert!(!polled.state.is_gone() && polled.state.failing_since.is_none());
}

#[test]
fn where_a_source_moved_to_is_forgotten_when_that_is_gone() {
    let state = State { address: Some("https://b.vn/".into()), ..State::default() };
    assert_eq!(next(&state, &Outcome::Gone, NOW, &config(), 0.5).address, None);
}

#[tokio::test]
async fn what_a_source_asks_for_is_clamped() {
    for (line, wait) in [
        ("Retry-After: 99999999999", DAY),
        ("Retry-After: -1", 5 * MINUTE),
        ("Retry-After: soon", 5 * MINUTE),
        ("Retry-After: 1", 5 * MINUTE),
        ("Retry-After: 600", 10 * MINUTE),
        ("Cache-Control: max-age=9223372036854775808", DAY),
        ("Cache-Control: max-age=1200", 20 * MINUTE),
    ] {
        for head in ["503 Busy", "200 OK"] {
            let reply = format!("HTTP/1.1 {head}\r\n{line}\r\nContent-Length: 1\r\n\r\nx");
            let mut polled =
                Polled::new(move |_, _| Reply::Bytes(reply.clone().into_bytes())).await;
            polled.poll().await;
            assert_eq!(polled.now.millis() - NOW.millis(), wait, "{head} {line}");
        }
    }
}

#[tokio::test]
async fn a_permanent_redirect_is_believed_after_it_has_held() {
    let mut polled = Polled::new(|_, sent| {
        if sent.starts_with("GET /new ") {
            return ok("", b"<rss/>");
        }
        Reply::Bytes(b"HTTP/1.1 301 Moved\r\nLocation: /new\r\nContent-Length: 0\r\n\r\n".to_vec())
    })
    .await;
    polled.poll().await;
    for _ in 0..3 {
        polled.now = polled.state.last_check.unwrap().plus_millis(HOUR);
        polled.poll().await;
        assert_eq!(polled.state.address, None);
    }
    polled.now = NOW.plus_millis(DAY);
    polled.poll().await;
    assert_eq!(polled.state.address.as_deref(), Some(polled.origin.url("/new").as_str()));
    let before = polled.origin.requests().len();
    polled.poll().await;
    assert_eq!(polled.origin.requests().len(), before + 1);
    let other = source("http://example.vn/rss");
    assert_eq!(polled.state.address_of(&other).as_deref(), Some("http://example.vn/rss"));
    assert_eq!(polled.state.about(&other).last, Last::Never);
}

fn not_modified(moved: Option<&str>) -> Outcome {
    let validators = Validators::default();
    Outcome::NotModified { wait_ms: None, moved: moved.map(str::to_owned), validators, whole: true }
}

#[test]
fn a_move_that_wavers_starts_anew() {
    let config = config();
    let mut state = State::default();
    for (day, to) in
        [Some("a"), Some("a"), None, Some("a"), Some("b"), Some("b")].iter().enumerate()
    {
        let now = NOW.plus_millis(i64::try_from(day).unwrap() * DAY);
        state = next(&state, &not_modified(*to), now, &config, 0.0);
        assert_eq!(state.address, None, "{day}");
    }
    state = next(&state, &not_modified(Some("b")), NOW.plus_millis(6 * DAY), &config, 0.0);
    assert_eq!(state.address.as_deref(), Some("b"));
}

fn failure() -> Outcome {
    Failure::named("no-connection", "x").into()
}

#[test]
fn failures_back_off_by_days() {
    let config = config();
    let mut state = State::default();
    let mut now = NOW;
    let mut waits = Vec::new();
    let mut by_day = std::collections::BTreeMap::new();
    while now < NOW.plus_millis(30 * DAY) {
        state = next(&state, &failure(), now, &config, 0.0);
        waits.push(state.interval_ms.unwrap());
        *by_day.entry((now.millis() - NOW.millis()) / DAY).or_insert(0) += 1;
        now = state.next_check.unwrap();
    }
    assert_eq!(waits[..5], [5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 40 * MINUTE, HOUR]);
    assert!(waits.is_sorted());
    assert_eq!(waits.last(), Some(&DAY));
    assert!(by_day[&0] <= 28 && by_day[&1] <= 7, "{by_day:?}");
    state = next(&state, &not_modified(None), now, &config, 0.0);
    assert_eq!((state.failures, state.failing_since), (0, None));
}

#[test]
fn the_interval_follows_the_source() {
    let config = config();
    for (every, least, most) in [
        (10 * MINUTE, 5 * MINUTE, 10 * MINUTE),
        (4 * HOUR, 40 * MINUTE, 3 * HOUR),
        (3 * DAY, 4 * HOUR, DAY),
    ] {
        let mut state = State::default();
        let mut now = NOW;
        while now < NOW.plus_millis(40 * DAY) {
            let edition = (now.millis() - NOW.millis()) / every;
            let entries = Some(Fingerprint::of_bytes(&edition.to_le_bytes()));
            let outcome =
                if state.entries == entries { not_modified(None) } else { fresh(entries) };
            state = next(&state, &outcome, now, &config, 0.5);
            now = state.next_check.unwrap();
        }
        let wait = state.interval_ms.unwrap();
        assert!((least..=most).contains(&wait), "{every}: {wait}");
    }
}

fn fresh(entries: Option<Fingerprint>) -> Outcome {
    Outcome::Fresh(Box::new(Fresh {
        hubs: Vec::new(),
        topic: None,
        body: "x".into(),
        content_type: None,
        final_url: Url::parse("http://example.vn/").unwrap(),
        validators: Validators::default(),
        body_hash: Fingerprint::default(),
        wait_ms: None,
        moved: None,
        entries,
    }))
}

#[test]
fn a_body_that_changes_without_news_is_no_change() {
    let entries = Some(Fingerprint::of_bytes(b"the same"));
    let state = next(&State::default(), &fresh(entries), NOW, &config(), 0.0);
    let later = next(&state, &fresh(entries), NOW.plus_millis(DAY), &config(), 0.0);
    assert_eq!(later.last_change, Some(NOW));
    assert_eq!(later.interval_ms, Some(2 * HOUR));
}

#[test]
fn nothing_overflows_and_nothing_leaves_its_bounds() {
    let config = config();
    for now in [Timestamp(i64::MIN), Timestamp(0), NOW, Timestamp(i64::MAX)] {
        for last in [Timestamp(i64::MIN), NOW, Timestamp(i64::MAX)] {
            for wait_ms in [None, Some(i64::MIN), Some(0), Some(i64::MAX)] {
                for jitter in [0.0, 0.5, 1.0, -3.0, f64::NAN, f64::INFINITY] {
                    let state = State {
                        last_change: Some(last),
                        failing_since: Some(last),
                        failures: u32::MAX,
                        change_gap_ms: Some(i64::MAX),
                        moved: Some(Moved { to: "a".into(), since: last, polls: u32::MAX }),
                        ..State::default()
                    };
                    let mut failed = Failure::named("x", "");
                    failed.wait_ms = wait_ms;
                    let validators = Validators::default();
                    let moved = Some("a".into());
                    let quiet = Outcome::NotModified { wait_ms, moved, validators, whole: false };
                    for outcome in [failed.into(), quiet, fresh(None), Outcome::Gone] {
                        let wait =
                            next(&state, &outcome, now, &config, jitter).interval_ms.unwrap();
                        let bounds = match outcome {
                            Outcome::Gone => DAY..=DAY + DAY / 10,
                            _ => config.min_interval_ms..=config.max_interval_ms,
                        };
                        assert!(bounds.contains(&wait), "{wait}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_document_asks_in_minutes_of_any_size() {
    let Outcome::Fresh(mut fresh) = fresh(None) else { unreachable!() };
    fresh.asks_minutes(u64::MAX);
    let state = next(&State::default(), &Outcome::Fresh(fresh), NOW, &config(), 1.0);
    assert_eq!(state.interval_ms, Some(DAY));
}

/// A state as it is after it was written and read.
fn reread(state: &State) -> State {
    serde_json::from_slice(&serde_json::to_vec(state).unwrap()).unwrap()
}

#[test]
fn a_state_reads_back_and_a_newer_one_too() {
    let state = next(&State::default(), &failure(), NOW, &config(), 0.3);
    assert_eq!(reread(&state), state);
    let newer: State = serde_json::from_str("{\"unknown\":1,\"failures\":3}").unwrap();
    assert_eq!(newer.failures, 3);
}

#[test]
fn a_password_keeps_the_configured_address() {
    let mut state = State { configured: Some("http://u:p@example.vn/".into()), ..State::default() };
    for day in 0..5 {
        let now = NOW.plus_millis(day * DAY);
        state = next(&state, &not_modified(Some("http://example.vn/new")), now, &config(), 0.0);
    }
    assert_eq!((state.address, state.moved), (None, None));
}

#[test]
fn chance_lengthens_the_wait_by_a_tenth_at_most() {
    let wait =
        |jitter| next(&State::default(), &fresh(None), NOW, &config(), jitter).interval_ms.unwrap();
    let (none, half, all) = (wait(0.0), wait(0.5), wait(1.0));
    assert!(none < half && half < all && all <= none + none / 10, "{none} {half} {all}");
}

#[test]
fn every_failure_says_what_to_do() {
    let other = explain(&Last::Failed(Failure::named("unheard-of", "")));
    for name in [
        "empty", "html", "challenge", "too-deep", "too-large", "encoding", "not-a-feed", "page",
        "worker", "worker-memory", "worker-time", "worker-start", "refused", "not-found",
        "too-many-requests", "host-resting", "server-error", "status", "redirects", "too-slow",
        "no-connection", "name-not-found", "forbidden-address", "broken-answer",
    ] {
        let told = explain(&Last::Failed(Failure::named(name, "")));
        assert_ne!(told, other, "{name}");
        assert!(!told.remedy.vi.is_empty() && !told.remedy.en.is_empty(), "{name}");
    }
}
