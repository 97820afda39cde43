//! The daemon as a process: its config, its port, its end.

use crate::http::{self, Answer};
use crate::wait::{self, PATIENCE};
use serde_json::Value;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A folder of its own, a config in it, and the daemon that runs from it.
pub struct Daemon {
    pub folder: tempfile::TempDir,
    child: Option<Child>,
    pub address: SocketAddr,
    /// Which logs it writes.
    pub log: &'static str,
    /// The program that serves; commands are always the real one's.
    pub program: PathBuf,
}

impl Daemon {
    /// A daemon with `[server]` and `[site]` made for tests, and more config behind it.
    pub fn start(config: &str) -> Daemon {
        let mut daemon = Daemon::prepare(config);
        daemon.launch();
        daemon
    }

    /// A daemon like that of [`Daemon::start`] whose process is not started yet.
    pub fn prepare(config: &str) -> Daemon {
        let folder = tempfile::tempdir().unwrap();
        let address = "127.0.0.1:1".parse().unwrap();
        let daemon = Daemon { folder, child: None, address, log: "info", program: dongtin() };
        daemon.write_config(config);
        daemon
    }

    pub fn write_config(&self, config: &str) {
        let text = format!(
            "[site]\nbase_url = \"https://tin.example.vn\"\ntag_authority = \"tin.example.vn,2026\"\ntitle = \"Tin tỉnh\"\n\n[server]\nlisten = \"127.0.0.1:0\"\n\n[store]\nreserve = \"1MiB\"\n\n{config}"
        );
        std::fs::write(self.path("dongtin.toml"), text).unwrap();
    }

    /// Replaces a part of the config that is there.
    pub fn edit_config(&self, part: &str, with: &str) {
        let text = std::fs::read_to_string(self.path("dongtin.toml")).unwrap();
        assert!(text.contains(part), "{part} is not in the config: {text}");
        std::fs::write(self.path("dongtin.toml"), text.replace(part, with)).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts the process and waits until it says where it listens.
    pub fn launch(&mut self) {
        let serves = self.launch_within(PATIENCE, &[]);
        assert!(serves, "the daemon did not start: {}", self.log());
    }

    /// Starts the process, in a group of its own, with more in its environment; whether it listens in time.
    pub fn launch_within(&mut self, bound: Duration, env: &[(&str, OsString)]) -> bool {
        let log =
            std::fs::OpenOptions::new().create(true).append(true).open(self.path("log")).unwrap();
        let mut command = command(&self.program, self.folder.path());
        command
            .args(["serve", "--log", self.log])
            .envs(env.iter().map(|(name, value)| (name, value)));
        let mut child =
            command.process_group(0).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        self.child = Some(child);
        let (said, heard) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let _ = out
                .lines()
                .map_while(Result::ok)
                .find_map(|line| address(&line))
                .map(|a| said.send(a));
        });
        match heard.recv_timeout(bound) {
            Ok(address) => self.address = address,
            Err(_) => self.kill(),
        }
        self.child.is_some()
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// The process's number.
    pub fn id(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// The most memory that the process has had, in KiB.
    pub fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// A signal by name to the daemon.
    pub fn signal(&self, name: &str) {
        let id = self.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
    }

    /// Ends the daemon as systemd would, and says how it ended.
    pub fn stop(&mut self) -> std::process::ExitStatus {
        self.signal("TERM");
        let mut child = self.child.take().unwrap();
        self.until_some("the daemon stops", || child.try_wait().unwrap())
    }

    /// Ends the daemon as a power switch would.
    pub fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    pub fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[])
    }

    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        http::request(self.address, "GET", path, headers, b"")
    }

    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        http::request(self.address, method, path, headers, body.as_bytes())
    }

    /// Moves the clock by which the daemon polls forward.
    pub fn skip(&self, millis: u32) {
        let mut socket = UnixStream::connect(self.path("data/control.sock")).unwrap();
        writeln!(socket, "{{\"do\":\"skip\",\"millis\":{millis}}}").unwrap();
        let mut said = String::new();
        BufReader::new(socket).read_line(&mut said).unwrap();
        assert!(said.contains("done"), "{said}");
    }

    /// Waits until the daemon's clock shows another second: what changed before has its final `Last-Modified` by then.
    pub fn await_next_second(&self) {
        let date = || self.get("/healthz").header("date").map(str::to_owned);
        let first = date();
        self.until("the daemon's clock goes on", || date() != first);
    }

    /// Waits until something holds that the daemon brings about; a failure shows the daemon's log.
    pub fn until(&self, what: &str, holds: impl FnMut() -> bool) {
        wait::until(what, holds);
    }

    /// Waits until a look at what the daemon does finds something.
    pub fn until_some<T>(&self, what: &str, look: impl FnMut() -> Option<T>) -> T {
        wait::until_some(what, look)
    }

    /// What `dongtin source status` prints.
    pub fn status(&self) -> String {
        String::from_utf8(self.run(&["source", "status"]).stdout).unwrap()
    }

    /// Waits until `dongtin source status` prints this.
    pub fn await_status(&self, part: &str) -> String {
        let what = format!("the status says {part:?}");
        self.until_some(&what, || Some(self.status()).filter(|status| status.contains(part)))
    }

    /// The value of an `Authorization` header with a new token for a source.
    pub fn bearer(&self, source: &str) -> String {
        format!("Bearer {}", self.token(source))
    }

    /// A new token for a source.
    pub fn token(&self, source: &str) -> String {
        let out = self.run(&["token", "new", source]);
        assert!(out.status.success(), "{out:?}");
        let text = String::from_utf8(out.stdout).unwrap();
        text.split_whitespace().find(|word| word.starts_with("dongtin_")).unwrap().to_owned()
    }

    /// A command of the same binary on the same config.
    pub fn run(&self, arguments: &[&str]) -> std::process::Output {
        command(&dongtin(), self.folder.path()).args(arguments).output().unwrap()
    }

    /// The first step that satisfies, of those that are there already or come; waits by long polls.
    pub fn await_change(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut after = "0".to_owned();
        self.until_some("the change comes", || {
            let answer = self.get(&format!("/api/v1/changes?after={after}&wait=5s")).json();
            let changes = answer["changes"].as_array().unwrap_or_else(|| panic!("{answer}"));
            after = answer["next"].as_str().unwrap().to_owned();
            changes.iter().find(|change| wanted(change)).cloned()
        })
    }

    /// The step of an article of this title.
    pub fn await_title(&self, title: &str) -> Value {
        self.await_change(|change| change["article"]["title"] == title)
    }

    /// Every article at its present state, up to a thousand.
    pub fn changes(&self) -> Vec<Value> {
        let page = self.get("/api/v1/changes?after=0&limit=1000").json();
        page["changes"].as_array().unwrap_or_else(|| panic!("{page}")).clone()
    }

    /// The number of the last event.
    pub fn last_seq(&self) -> u64 {
        self.get("/status.json").json()["last_seq"].as_u64().unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            eprintln!("the daemon's log:\n{}", self.log());
        }
    }
}

/// The key of the article that a source calls so.
pub fn key(source: &str, id: &str) -> String {
    use dongtin::testing::model::{ArticleKey, SourceId};
    ArticleKey::of(&SourceId::new(source).unwrap(), id).to_string()
}

/// The address in what a daemon says when it listens.
fn address(line: &str) -> Option<SocketAddr> {
    let rest = line.split("http://").nth(1)?;
    let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ':'));
    rest[..end.unwrap_or(rest.len())].parse().ok()
}

pub fn dongtin() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_dongtin"))
}

fn command(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg("--config").arg(folder.join("dongtin.toml")).current_dir(folder);
    command
}
