//! The real daemon killed at its every change to the data directory: over a start, a push and a stop.

use super::{copy, dice, shim};
use crate::daemon::Daemon;
use crate::http;
use dongtin::testing::journal::samples::Dice;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const CONFIG: &str = "[[source]]\nid = \"a\"\nkind = \"push\"\n";
/// The promise: it serves again within this, with nobody's help.
const BOUND: Duration = Duration::from_secs(30);
/// Articles that are there before.
const BEFORE: usize = 20;

/// Where each round begins.
struct Scene {
    daemon: Daemon,
    shim: PathBuf,
    bearer: String,
    slowest: Duration,
}

/// A few points of each kind of start; with `DONGTIN_POINTS=all` every one.
pub fn kill_points() -> String {
    let work = tempfile::tempdir().unwrap();
    let (mut scene, mut dice) = (scene(shim(work.path())), dice());
    let mut said = Vec::new();
    for begin in ["fresh", "stopped", "killed"] {
        let total = scene.round(begin, usize::MAX);
        let points = points(total, &mut dice);
        let killed = points.iter().filter(|point| scene.round(begin, **point) >= **point).count();
        said.push(format!("{begin}: {killed} of {total} points"));
    }
    format!("{}; served again within {} ms", said.join(", "), scene.slowest.as_millis())
}

/// Which points are tried: all, or one at random in each fifth of the way.
fn points(total: usize, dice: &mut Dice) -> Vec<usize> {
    if std::env::var("DONGTIN_POINTS").is_ok_and(|points| points == "all") {
        return (1..=total).collect();
    }
    let fifth = total.div_ceil(5);
    (0..5).map(|n| 1 + n * fifth + dice.below(fifth)).filter(|point| *point <= total).collect()
}

/// Data directories as three kinds of end leave them: none at all, a clean stop, a kill.
fn scene(shim: PathBuf) -> Scene {
    let mut daemon = Daemon::start(CONFIG);
    let bearer = format!("Bearer {}", daemon.token("a"));
    fs::create_dir(daemon.path("fresh")).unwrap();
    fs::copy(daemon.path("data/tokens"), daemon.path("fresh/tokens")).unwrap();
    for n in 0..BEFORE {
        assert_eq!(push(&daemon, &bearer, &n.to_string()), Some(201));
    }
    daemon.kill();
    copy(&daemon.path("data"), &daemon.path("killed"));
    daemon.launch();
    daemon.stop();
    copy(&daemon.path("data"), &daemon.path("stopped"));
    Scene { daemon, shim, bearer, slowest: Duration::ZERO }
}

impl Scene {
    /// Starts, pushes and stops with a kill at a point, then looks at what is left; how many points were reached.
    fn round(&mut self, begin: &str, point: usize) -> usize {
        fs::remove_dir_all(self.daemon.path("data")).unwrap();
        copy(&self.daemon.path(begin), &self.daemon.path("data"));
        let counter = self.daemon.path("counter");
        fs::write(&counter, [0; 8]).unwrap();
        let acked = self.run_until(point, &counter);
        let reached = u64::from_ne_bytes(fs::read(&counter).unwrap().try_into().unwrap()) as usize;
        let began = Instant::now();
        let serves = self.daemon.launch_within(BOUND, &[]);
        assert!(serves, "{begin}, point {point}: {}", self.daemon.log());
        self.slowest = self.slowest.max(began.elapsed());
        let before = if begin == "fresh" { 0 } else { BEFORE };
        for id in (0..before).map(|n| n.to_string()).chain(acked) {
            let answer = self.daemon.get(&format!("/api/v1/sources/a/articles/{id}"));
            assert_eq!(answer.status, 200, "{begin}, point {point}: article {id} is lost");
        }
        let check = self.daemon.run(&["check"]);
        assert!(check.status.success(), "{begin}, point {point}: {check:?}");
        self.daemon.kill();
        reached
    }

    /// The way that is interrupted; the id of the push, if it was acknowledged.
    fn run_until(&mut self, point: usize, counter: &Path) -> Option<String> {
        let data = self.daemon.path("data");
        let env = [
            ("LD_PRELOAD", self.shim.as_os_str()),
            ("PL_ROOT", data.as_os_str()),
            ("PL_COUNTER", counter.as_os_str()),
            ("PL_KILL", std::ffi::OsStr::new(&point.to_string())),
        ]
        .map(|(name, value)| (name, value.to_owned()));
        if !self.daemon.launch_within(BOUND, &env) {
            return None;
        }
        let acked = push(&self.daemon, &self.bearer, "new").map(|status| {
            assert_eq!(status, 201, "{}", self.daemon.log());
            "new".to_owned()
        });
        self.daemon.stop();
        acked
    }
}

/// Pushes one article; `None` when there was no answer.
fn push(daemon: &Daemon, bearer: &str, id: &str) -> Option<u16> {
    let body = format!("{{\"title\": \"Tin {id}\", \"content_text\": \"Nội dung.\"}}");
    let path = format!("/api/v1/sources/a/articles/{id}");
    let headers = [("authorization", bearer), ("content-type", "application/json")];
    let answer = http::try_request(daemon.address, "PUT", &path, &headers, body.as_bytes())?;
    Some(answer.status)
}
