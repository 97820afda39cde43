//! The same harm, seen from outside: the real daemon, pushed to and read over HTTP.

use super::{copy, shim};
use crate::daemon::Daemon;
use crate::http::{self, Answer};
use crate::wait::{until, until_some};
use dongtin::testing::journal::samples::Dice;
use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, RwLock};
use std::time::Duration;

const CONFIG: &str = "[[source]]\nid = \"a\"\nkind = \"push\"\n";
const BOUND: Duration = Duration::from_secs(30);
const ARTICLES: &str = "/api/v1/sources/a/articles";

/// Pushes with an idempotency key, and text that does not compress; `None` when nobody answered.
fn push(to: SocketAddr, bearer: &str, key: &str, padding: usize) -> Option<Answer> {
    let mut dice = Dice(padding as u64 + key.len() as u64);
    let padding: String =
        (0..padding).map(|_| char::from(b" abcdefghijklmnopqrstuvwxyz"[dice.below(27)])).collect();
    let body = format!("{{\"title\": \"Tin {key}\", \"content_text\": \"Nội dung. {padding}\"}}");
    let headers =
        [("authorization", bearer), ("content-type", "application/json"), ("idempotency-key", key)];
    http::try_request(to, "POST", ARTICLES, &headers, body.as_bytes())
}

/// The daemon on a disk that forgets what was not fsynced.
struct Forgetful {
    daemon: RwLock<Daemon>,
    shim: std::path::PathBuf,
    bearer: String,
}

impl Forgetful {
    fn start(work: &Path) -> Self {
        let mut daemon = Daemon::start(CONFIG);
        let bearer = format!("Bearer {}", daemon.token("a"));
        daemon.stop();
        let this = Self { daemon: RwLock::new(daemon), shim: shim(work), bearer };
        this.launch();
        this
    }

    /// Starts the daemon; from now on its shadow is what a power cut leaves.
    fn launch(&self) {
        let mut daemon = self.daemon.write().unwrap();
        let (data, shadow) = (daemon.path("data"), daemon.path("shadow"));
        copy(&data, &shadow);
        let env: [(&str, OsString); 3] = [
            ("LD_PRELOAD", self.shim.clone().into()),
            ("PL_ROOT", data.into()),
            ("PL_SHADOW", shadow.into()),
        ];
        assert!(daemon.launch_within(BOUND, &env), "{}", daemon.log());
    }

    fn address(&self) -> SocketAddr {
        self.daemon.read().unwrap().address
    }

    fn cut_power(&self) {
        let mut daemon = self.daemon.write().unwrap();
        daemon.kill();
        fs::remove_dir_all(daemon.path("data")).unwrap();
        fs::rename(daemon.path("shadow"), daemon.path("data")).unwrap();
    }
}

/// What a reader of `/changes` has seen: numbers and articles, in its order.
type Seen = Vec<(u64, String)>;

/// Follows the changes from 0 until told to stop and at the end; goes on with its cursor whatever happens to the daemon.
fn follow(portal: &Forgetful, wait: &str, stop: &AtomicBool) -> Seen {
    let (mut seen, mut after) = (Seen::new(), "0".to_owned());
    loop {
        let ending = stop.load(Ordering::SeqCst);
        let path = format!("/api/v1/changes?after={after}&limit=7&wait={wait}");
        let answer = http::try_request(portal.address(), "GET", &path, &[], b"");
        let Some(answer) = answer.filter(|answer| answer.status == 200) else {
            assert!(!ending, "nobody answers at the end");
            continue;
        };
        let page = answer.json();
        let changes = page["changes"].as_array().unwrap();
        seen.extend(changes.iter().map(|change| {
            (change["seq"].as_u64().unwrap(), change["key"].as_str().unwrap().to_owned())
        }));
        after = page["next"].as_str().unwrap().to_owned();
        if ending && changes.is_empty() {
            return seen;
        }
    }
}

/// Power cuts while two read and four push: every reader sees one order, without gap or repeat, and everything acknowledged.
pub fn two_readers() -> String {
    let work = tempfile::tempdir().unwrap();
    let portal = Forgetful::start(work.path());
    let (over, stop) = (AtomicBool::new(false), AtomicBool::new(false));
    let acked = Mutex::new(HashSet::new());
    let cuts = super::cuts().div_ceil(5);
    let (quick, slow) = std::thread::scope(|scope| {
        let quick = scope.spawn(|| follow(&portal, "1s", &stop));
        let slow = scope.spawn(|| follow(&portal, "0s", &stop));
        let pushers: Vec<_> = (0..4)
            .map(|lane| {
                scope.spawn({
                    let (portal, over, acked) = (&portal, &over, &acked);
                    move || push_until(portal, lane, over, acked)
                })
            })
            .collect();
        for cut in 0..cuts {
            let goal = acked.lock().unwrap().len() + 15 + cut;
            until("enough pushes are acknowledged", || acked.lock().unwrap().len() >= goal);
            portal.cut_power();
            portal.launch();
        }
        over.store(true, Ordering::SeqCst);
        pushers.into_iter().for_each(|pusher| pusher.join().unwrap());
        stop.store(true, Ordering::SeqCst);
        (quick.join().unwrap(), slow.join().unwrap())
    });
    let whole = follow(&portal, "0s", &stop);
    assert!(quick == whole && slow == whole, "{quick:?}\n{slow:?}\n{whole:?}");
    assert!(whole.windows(2).all(|pair| pair[0].0 < pair[1].0), "{whole:?}");
    let there: HashSet<String> = whole.iter().map(|(_, article)| article.clone()).collect();
    let acked = acked.into_inner().unwrap();
    assert!(acked.is_subset(&there), "{:?}", acked.difference(&there));
    assert_eq!(there.len(), whole.len(), "each article was pushed once");
    format!("{cuts} cuts, {} changes, {} acknowledged", whole.len(), acked.len())
}

/// Pushes one article after the other; one that is not answered is repeated with its key until it is.
fn push_until(portal: &Forgetful, lane: usize, over: &AtomicBool, acked: &Mutex<HashSet<String>>) {
    for n in 0.. {
        let key = format!("{lane}-{n}");
        // A daemon that is being stopped or is cut off gives no such answer.
        let answer = until_some("the push is acknowledged", || {
            push(portal.address(), &portal.bearer, &key, 0)
                .filter(|answer| answer.status / 100 == 2)
        });
        let article = answer.json()["key"].as_str().unwrap().to_owned();
        acked.lock().unwrap().insert(article);
        if over.load(Ordering::SeqCst) {
            return;
        }
    }
}

/// Fifty pushes of one key at once and a power cut among them, then fifty more: one article, one answer.
pub fn one_key() -> String {
    let work = tempfile::tempdir().unwrap();
    let portal = Forgetful::start(work.path());
    let rounds = super::cuts().div_ceil(5);
    for round in 0..rounds {
        let key = format!("khoa-{round}");
        let answered = fifty(&portal, &key, round % 7);
        portal.launch();
        let again = fifty(&portal, &key, usize::MAX);
        assert_eq!(again.len(), 50);
        let receipts: HashSet<String> =
            answered.iter().chain(&again).map(|answer| answer.json()["seq"].to_string()).collect();
        assert_eq!(receipts.len(), 1, "{receipts:?}");
    }
    let stop = AtomicBool::new(true);
    assert_eq!(follow(&portal, "0s", &stop).len(), rounds);
    format!("{rounds} cuts")
}

/// Fifty at once, with a power cut once some have their answer; the answers that came, all of them 2xx.
fn fifty(portal: &Forgetful, key: &str, cut_after: usize) -> Vec<Answer> {
    let to = portal.address();
    let (send, answers) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..50 {
            let send = send.clone();
            scope.spawn(move || send.send(push(to, &portal.bearer, key, 0)));
        }
        drop(send);
        let mut came = Vec::new();
        if cut_after < 50 {
            came.extend(answers.iter().take(cut_after).flatten());
            portal.cut_power();
        }
        came.extend(answers.iter().flatten());
        assert!(came.iter().all(|answer| answer.status / 100 == 2), "{came:?}");
        came
    })
}

/// An fsync fails under the daemon: 503 with the way out, nothing more acknowledged, reading goes on, a restart cures it.
pub fn failing_fsync() -> String {
    let work = tempfile::tempdir().unwrap();
    let shim = shim(work.path());
    let mut daemon = Daemon::start(CONFIG);
    let bearer = format!("Bearer {}", daemon.token("a"));
    daemon.stop();
    let mut acked = Vec::new();
    let mut poisoned = 0;
    for nth in (8..40).step_by(5) {
        let env: [(&str, OsString); 2] =
            [("LD_PRELOAD", shim.clone().into()), ("PL_FAIL", nth.to_string().into())];
        if !daemon.launch_within(BOUND, &env) {
            continue; // it was one of the start's own: then nobody is served
        }
        let answers: Vec<Answer> = (0..60)
            .map(|n| push(daemon.address, &bearer, &format!("{nth}-{n}"), 0).unwrap())
            .collect();
        let failed = answers.iter().position(|answer| answer.status != 201).unwrap();
        for answer in &answers[failed..] {
            assert_eq!(answer.status, 503, "{}", answer.text());
            is_problem(answer);
        }
        assert_eq!(daemon.get("/feeds/all.rss").status, 200);
        acked.extend(answers[..failed].iter().map(|answer| answer.json()["id"].to_string()));
        poisoned += 1;
        daemon.kill();
    }
    daemon.launch();
    let changes = daemon.get("/api/v1/changes?after=0&limit=1000").text();
    assert!(acked.iter().all(|id| changes.contains(id)), "{acked:?}");
    assert!(poisoned > 2, "{poisoned}");
    format!("{poisoned} times, {} acknowledged before, none after", acked.len())
}

fn is_problem(answer: &Answer) {
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert!(answer.header("retry-after").is_some(), "{answer:?}");
    assert!(answer.json()["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
}

/// A small disk of its own, on which [`fill`] runs.
pub fn full_disk() -> String {
    let work = tempfile::tempdir().unwrap();
    let script =
        "mount -t tmpfs -o size=96m tmpfs \"$1\" || exit 77; TMPDIR=\"$1\" exec \"$2\" fill-http";
    let ran = Command::new("unshare")
        .args(["-m", "sh", "-c", script, "sh"])
        .arg(work.path())
        .arg(std::env::current_exe().unwrap())
        .stderr(Stdio::inherit())
        .output();
    match ran {
        Ok(ran) if ran.status.success() => {
            let said = String::from_utf8(ran.stdout).unwrap();
            said.lines().last().unwrap_or_default().to_owned()
        }
        Ok(ran) if ran.status.code() == Some(77) => {
            "skipped: mounting is not allowed here".to_owned()
        }
        Err(_) => "skipped: there is no unshare here".to_owned(),
        Ok(ran) => panic!("{ran:?}"),
    }
}

/// Pushes until the disk is full, reads all the same, starts again while it is full, and goes on when there is room.
pub fn fill() -> ExitCode {
    let mut daemon = Daemon::start(CONFIG);
    let bearer = format!("Bearer {}", daemon.token("a"));
    let ballast = daemon.path("ballast");
    fs::write(&ballast, vec![1; 16 << 20]).unwrap();
    let mut acked = 0;
    let refused = loop {
        let answer = push(daemon.address, &bearer, &format!("k-{acked}"), 400_000).unwrap();
        if answer.status != 201 {
            break answer;
        }
        acked += 1;
    };
    let filler = daemon.path("filler");
    let mut file = fs::File::create(&filler).unwrap();
    while file.write_all(&[1; 4096]).is_ok() {}
    drop(file);
    for _ in 0..2 {
        assert_eq!(refused.status, 503, "{}", refused.text());
        is_problem(&refused);
        reads(&daemon, acked);
        let answer = push(daemon.address, &bearer, "k-new", 1).unwrap();
        assert_eq!(answer.status, 503, "{}", answer.text());
        daemon.kill();
        daemon.launch();
    }
    fs::remove_file(ballast).unwrap();
    fs::remove_file(filler).unwrap();
    assert_eq!(push(daemon.address, &bearer, "k-new", 1).unwrap().status, 201);
    reads(&daemon, acked + 1);
    println!("{acked} acknowledged, all there, 503 while it was full");
    ExitCode::SUCCESS
}

fn reads(daemon: &Daemon, acked: usize) {
    for path in ["/feeds/all.rss", "/feeds/all.json", "/", "/api/v1/changes?after=0"] {
        assert_eq!(daemon.get(path).status, 200, "{path}");
    }
    let mut seen = 0;
    let mut after = "0".to_owned();
    loop {
        let page = daemon.get(&format!("/api/v1/changes?after={after}")).json();
        let count = page["changes"].as_array().unwrap().len();
        if count == 0 {
            break;
        }
        seen += count;
        after = page["next"].as_str().unwrap().to_owned();
    }
    assert_eq!(seen, acked);
}
