//! The whole daemon in that network: documents at a public address name closed ones wherever a document can.

use crate::origin::Seen;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output};
use std::time::{Duration, Instant};

const LISTEN: &str = "127.0.0.1:8400";
/// A source's id, kind, address and further lines.
const SOURCES: &[(&str, &str, &str, &str)] = &[
    ("feed", "feed", "http://public.test/feed.xml", "full_text = true\nwebsub = \"on\"\n"),
    ("hub", "feed", "http://8.8.8.8/hub.xml", "websub = \"on\"\n"),
    (
        "list",
        "page",
        "http://public.test/list",
        "[source.selectors]\nitem = \"ul.news li\"\nlead = \"p\"\ndetail_body = \"p\"\n",
    ),
    ("sitemap", "sitemap", "http://public.test/sitemap.xml", "full_text = true\n"),
    ("refresh", "feed", "http://public.test/refresh", ""),
    ("closed", "feed", "http://private.test/feed.xml", ""),
    ("mixed", "feed", "http://mixed.test/feed.xml", ""),
    ("moved", "feed", "http://public.test/301?http://10.0.0.1/feed.xml", ""),
    ("metadata", "feed", "http://8.8.8.8/302?http://169.254.169.254/latest/meta-data/", ""),
    ("six", "feed", "http://six1.dns/feed.xml", ""),
];

/// Kills the daemon when the test is over, whatever came of it.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Polls every source, and discovers; says what the status says where that does not come about.
pub fn poll(seen: &Seen) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = format!(
        "[site]\nbase_url = \"https://tin.example.vn\"\n[server]\nlisten = \"{LISTEN}\"\n[fetch]\nmin_interval = \"1s\"\nhost_interval = \"1ms\"\n"
    );
    for (id, kind, address, more) in SOURCES {
        config += &format!(
            "[[source]]\nid = \"{id}\"\ntitle = \"{id}\"\nkind = \"{kind}\"\naddress = \"{address}\"\n{more}"
        );
    }
    std::fs::write(folder.path().join("dongtin.toml"), config).unwrap();
    let log = std::fs::File::create(folder.path().join("log")).unwrap();
    let daemon =
        command(folder.path()).arg("serve").stdout(log.try_clone().unwrap()).stderr(log).spawn();
    let _daemon = Daemon(daemon.unwrap());
    let told = || {
        let log = std::fs::read_to_string(folder.path().join("log")).unwrap_or_default();
        format!("{}\n{}\n{log}", status(folder.path()), named(seen))
    };
    within("the daemon answers", &told, is_well);
    assert!(run(folder.path(), &["source", "poll", "--all"]).status.success(), "{}", told());
    within("every source was polled", &told, || !status(folder.path()).contains("Not polled yet"));
    // Each of these comes after what it must not do instead.
    for path in [
        "/feed.xml",
        "/hub.xml",
        "/list",
        "/sitemap.xml",
        "/308?",
        "/307?",
        "/302?http://10.0.0.1/4",
        "/301?http://10.0.0.1/d",
    ] {
        within(path, &told, || {
            seen.lock().unwrap().iter().any(|(_, _, asked)| asked.starts_with(path))
        });
    }
    within("the hub of a header was tried", &told, || told().contains("169.254.169.254"));
    run(folder.path(), &["source", "poll", "--all"]);
    for address in [
        "http://public.test/found",
        "http://10.0.0.1/",
        "http://private.test/",
        "http://public.test/302?http://10.0.0.1/",
    ] {
        let found = run(folder.path(), &["source", "discover", address]);
        assert!(
            !String::from_utf8_lossy(&found.stdout).contains("[[source]]"),
            "{address}: {found:?}"
        );
    }
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dongtin"));
    command.arg("--config").arg(folder.join("dongtin.toml")).current_dir(folder);
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    command(folder).args(arguments).output().unwrap()
}

fn status(folder: &Path) -> String {
    String::from_utf8_lossy(&run(folder, &["source", "status"]).stdout).into_owned()
}

fn named(seen: &Seen) -> String {
    seen.lock().unwrap().iter().map(|(ip, port, path)| format!("{ip}:{port} {path}\n")).collect()
}

fn is_well() -> bool {
    let Ok(mut stream) = TcpStream::connect(LISTEN) else { return false };
    let mut answer = String::new();
    let _ = stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    let _ = stream.read_to_string(&mut answer);
    answer.starts_with("HTTP/1.1 200")
}

/// Waits until something holds; the test fails by this, it never passes by it.
fn within(what: &str, told: &dyn Fn() -> String, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}: {}", told());
        std::thread::yield_now();
    }
}
