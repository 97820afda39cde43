//! The stories: each starts children, harms them or their files, and looks at what is left.

pub mod child;
pub mod elsewhere;
pub mod http;
pub mod points;

use crate::wait::until_some;
use dongtin::testing::journal::samples::Dice;
use dongtin::testing::model::Seq;
use dongtin::testing::store::{Store, check};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A store larger than this is left for a new one.
const LARGE: u64 = 24 << 20;

fn cuts() -> usize {
    std::env::var("DONGTIN_CUTS").ok().and_then(|cuts| cuts.parse().ok()).unwrap_or(20)
}

fn dice() -> Dice {
    let seed =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos()
            as u64;
    println!("dice {seed}");
    Dice(seed)
}

pub fn power_cuts() -> String {
    rounds(cuts(), true)
}

pub fn kills() -> String {
    rounds(cuts(), false)
}

/// Kills a child again and again at random moments; each time everything acknowledged must be there.
fn rounds(count: usize, power: bool) -> String {
    let work = tempfile::tempdir().unwrap();
    let shim = shim(work.path());
    let (mut dice, mut acked, mut opened) = (dice(), Vec::new(), Duration::ZERO);
    let (mut data, mut total) = (work.path().join("data-0"), 0);
    for round in 0..count {
        let shadow = work.path().join(format!("shadow-{round}"));
        copy(&data, &shadow);
        let from = acked.len() as u64 * 4 + round as u64 * 1000;
        let mut run = Command::new(std::env::current_exe().unwrap());
        run.arg("append").arg(&data).arg(from.to_string());
        if power {
            run.env("LD_PRELOAD", &shim).env("PL_ROOT", &data).env("PL_SHADOW", &shadow);
        }
        let acks =
            killed_after(run, Duration::from_micros(dice.below(400_000) as u64), dice.below(60));
        total += acks.len();
        acked.extend(acks);
        if power {
            fs::remove_dir_all(&data).unwrap();
            data = shadow;
        }
        let began = Instant::now();
        all_acknowledged(&data, &acked);
        opened = opened.max(began.elapsed());
        if size(&data) > LARGE {
            data = work.path().join(format!("data-{}", round + 1));
            acked.clear();
        }
    }
    format!(
        "{count} times, {total} acknowledged, none lost, opening and checking took at most {} ms",
        opened.as_millis()
    )
}

/// Starts a child, kills it some time after its `nth` answer, and gives every answer it gave.
fn killed_after(mut run: Command, after: Duration, nth: usize) -> Vec<(Seq, u64)> {
    let mut child = run.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acks: Vec<_> = lines.by_ref().take(nth + 1).map(|line| ack(&line.unwrap())).collect();
    assert!(!acks.is_empty(), "the child did not start");
    let killer = std::thread::spawn(move || {
        std::thread::sleep(after);
        child.kill().unwrap();
        child.wait().unwrap();
    });
    acks.extend(lines.map_while(Result::ok).map(|line| ack(&line)));
    killer.join().unwrap();
    acks
}

fn ack(line: &str) -> (Seq, u64) {
    let words: Vec<&str> = line.split(' ').collect();
    match words[..] {
        ["ack", seq, n] => (Seq(seq.parse().unwrap()), n.parse().unwrap()),
        _ => panic!("the child said {line}"),
    }
}

/// Opens by itself, has everything, and everything follows.
fn all_acknowledged(data: &Path, acked: &[(Seq, u64)]) {
    let journal = child::open(data).unwrap();
    for (seq, n) in acked {
        let event = journal.get(*seq).unwrap().unwrap_or_else(|| panic!("event {seq} is lost"));
        assert!(child::is(&event, *n), "event {seq} is not article {n}");
    }
    let store = Store::open(journal.clone(), &[]).unwrap();
    let report = check::check(&store, &mut |_, _| {}).unwrap();
    assert!(report.is_clean(), "{report:?}");
}

/// One fsync fails: what was acknowledged before is kept, nothing is acknowledged after, a restart cures it.
pub fn failing_fsync() -> String {
    let work = tempfile::tempdir().unwrap();
    let shim = shim(work.path());
    let (mut before, mut failed) = (0, 0);
    for nth in [20, 21, 22, 23, 24, 25, 35, 60, 100] {
        let data = work.path().join(format!("data-{nth}"));
        let run = Command::new(std::env::current_exe().unwrap())
            .arg("append")
            .arg(&data)
            .arg("0")
            .env("LD_PRELOAD", &shim)
            .env("PL_FAIL", nth.to_string())
            .output()
            .unwrap();
        let said = String::from_utf8(run.stdout).unwrap();
        if said.is_empty() {
            continue; // it was one of the start's own: then it did not start
        }
        failed += 1;
        let acks: Vec<&str> = said.lines().filter(|line| line.starts_with("ack")).collect();
        assert!(said.lines().filter(|line| line.starts_with("err")).count() >= 5, "{said}");
        assert!(nobody_is_answered_after_an_error(&said), "{said}");
        all_acknowledged(&data, &acks.iter().map(|line| ack(line)).collect::<Vec<_>>());
        before += acks.len();
    }
    assert!(failed > 4, "{failed}");
    format!("{failed} times, {before} acknowledged before, none after")
}

/// Each task asks one thing after the other, so the order of its own lines is the order of its answers.
fn nobody_is_answered_after_an_error(said: &str) -> bool {
    let mut failed = std::collections::HashSet::new();
    said.lines().all(|line| {
        let mut words = line.split(' ');
        let (kind, first, second) = (words.next(), words.next(), words.next());
        let article = if kind == Some("err") { first } else { second };
        let task = article.and_then(|n| n.parse::<u64>().ok()).map(|n| n % child::TASKS);
        if kind == Some("err") {
            failed.insert(task);
        }
        kind == Some("err") || !failed.contains(&task)
    })
}

/// A small disk of its own, filled to the last byte.
pub fn full_disk() -> String {
    let work = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=72m tmpfs \"$1\" || exit 77; exec \"$2\" fill \"$1\"";
    let ran = Command::new("unshare")
        .args(["-m", "sh", "-c", script, "sh"])
        .arg(work.path())
        .arg(std::env::current_exe().unwrap())
        .stderr(Stdio::inherit())
        .output();
    match ran {
        Ok(ran) if ran.status.success() => String::from_utf8(ran.stdout).unwrap().trim().to_owned(),
        Ok(ran) if ran.status.code() == Some(77) => {
            "skipped: mounting is not allowed here".to_owned()
        }
        Err(_) => "skipped: there is no unshare here".to_owned(),
        Ok(ran) => panic!("{ran:?}"),
    }
}

/// One bit of one file is flipped, after a clean stop or as a kill leaves it: the store is whole all the same, with every
/// event, or refuses with a name; never a wrong value, never a shorter log, never a hang.
pub fn flips() -> String {
    let work = tempfile::tempdir().unwrap();
    let data = work.path().join("data");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let store = Store::open(child::open(&data).unwrap(), &[]).unwrap();
    for from in (0..400).step_by(40) {
        let group = (from..from + 40).map(child::publish).collect();
        runtime.block_on(store.journal().append_many(group));
        store.catch_up().unwrap();
    }
    store.journal().close().unwrap();
    drop(store);
    let (mut dice, mut whole, mut refused) = (dice(), 0, 0);
    for round in 0..cuts() * 10 {
        let flipped = work.path().join("flipped");
        let _ = fs::remove_dir_all(&flipped);
        copy(&data, &flipped);
        if round % 2 == 0 {
            fs::remove_file(flipped.join("clean")).unwrap();
        }
        let what = flip(&flipped.join("sled"), &mut dice);
        match verified(&flipped).as_deref() {
            Ok("whole up to 400") => whole += 1,
            Ok(said) if said.starts_with("refused") => refused += 1,
            other => panic!("{what}: {other:?}"),
        }
    }
    format!("{whole} whole, {refused} refused")
}

/// Flips one bit of one file; small files as often as large ones.
fn flip(sled: &Path, dice: &mut Dice) -> String {
    let mut files: Vec<PathBuf> =
        fs::read_dir(sled).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.is_file() && fs::metadata(path).unwrap().len() > 0);
    files.sort();
    let path = match dice.below(10) {
        0 => &files[dice.below(files.len())],
        _ => files.iter().find(|path| path.ends_with("db")).unwrap(),
    };
    let mut bytes = fs::read(path).unwrap();
    let at = dice.below(bytes.len());
    let bit = dice.below(8);
    bytes[at] ^= 1 << bit;
    fs::write(path, bytes).unwrap();
    format!("bit {bit} of byte {at} of {}", path.display())
}

/// What a child says of a store.
fn verified(data: &Path) -> Result<String, String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .arg("verify")
        .arg(data)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let status = until_some("the child has read the store", || child.try_wait().unwrap());
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    if status.success() { Ok(said.trim().to_owned()) } else { Err(format!("{status} {said}")) }
}

fn shim(work: &Path) -> PathBuf {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/powerloss/shim.c");
    let shim = work.join("shim.so");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O2", "-o"])
        .arg(&shim)
        .args([source, "-ldl", "-lpthread"])
        .status();
    assert!(built.unwrap().success(), "cc builds the shim");
    shim
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    let Ok(entries) = fs::read_dir(from) else { return };
    for entry in entries.map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else if entry.path().is_file() {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn size(folder: &Path) -> u64 {
    fs::metadata(folder.join("sled/db")).map_or(0, |db| db.len())
}
