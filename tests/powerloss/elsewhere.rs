//! A whole node whose events are numbered elsewhere, as a cluster will: its numbers have gaps, its answers and its
//! events come late, events of other nodes lie between, and now and then a proposal is refused without a reason to see.

use crate::daemon::Daemon;
use crate::http::Answer;
use dongtin::testing::config::{Config, StoreConfig};
use dongtin::testing::journal::samples::{self, Dice};
use dongtin::testing::journal::{Answers, Error, Journal, Proposal, Sequencer};
use dongtin::testing::model::{ArticleKey, Change, Event, Seq, Timestamp};
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::time::Duration;

const CONFIG: &str = "[[source]]\nid = \"cms\"\ntitle = \"Cổng\"\nkind = \"push\"\n\n\
    [[source]]\nid = \"thu-muc\"\ntitle = \"Thư mục\"\nkind = \"folder\"\npath = \"incoming\"\n\n\
    [[feed]]\nid = \"lu\"\ntitle = \"Tin lũ\"\ntitle_words = [\"lũ\"]\n";
const ARTICLES: &str = "/api/v1/sources/cms/articles";
const FEEDS: [&str; 6] = [
    "/feeds/all.rss",
    "/feeds/all.atom",
    "/feeds/all.json",
    "/feeds/source-cms.atom",
    "/feeds/source-thu-muc.atom",
    "/feeds/lu.rss",
];

/// The sequencer. Its stream is followed by a thread of its own.
struct Elsewhere {
    state: Mutex<State>,
    stream: mpsc::Sender<Event>,
    journal: Arc<OnceLock<Journal>>,
}

struct State {
    next: Seq,
    heads: HashMap<ArticleKey, Seq>,
    dice: Dice,
    asked: u64,
}

impl Elsewhere {
    fn number(&self, proposal: Proposal) -> Result<Seq, Error> {
        let mut state = self.state.lock().unwrap();
        let key = proposal.change.key();
        let head = match state.heads.get(&key) {
            Some(seq) => *seq,
            None => self.journal.get().ok_or(Error::Closed)?.log().head(key)?,
        };
        state.asked += 1;
        let refused = state.asked.is_multiple_of(5);
        if refused || proposal.expected.is_some_and(|expected| expected != head) {
            return Err(Error::Conflict { actual: head });
        }
        if state.asked.is_multiple_of(4) {
            let other = from_another_node(state.asked);
            self.send(&mut state, other);
        }
        let at = proposal.at.max(Timestamp::now());
        let seq = self.send(&mut state, Proposal { at, ..proposal });
        state.heads.insert(key, seq);
        Ok(seq)
    }

    fn send(&self, state: &mut State, proposal: Proposal) -> Seq {
        let seq = state.next;
        let step = if state.asked.is_multiple_of(7) { 1_000_000 } else { state.dice.below(6) };
        state.next = Seq(seq.0 + 1 + step as u64);
        self.stream.send(proposal.numbered(seq)).unwrap();
        seq
    }
}

/// An article that another node took in.
fn from_another_node(n: u64) -> Proposal {
    let now = Timestamp::now();
    let article = Arc::new(samples::article("may-khac", now.0 as u64 * 1000 + n, now));
    let change = Change::Published { article };
    Proposal { change, expected: None, idempotency_key: None, at: now }
}

impl Sequencer for Elsewhere {
    fn sequence(&self, proposals: Vec<Proposal>) -> Answers {
        let answers = proposals.into_iter().map(|proposal| self.number(proposal)).collect();
        let late = Duration::from_millis(self.state.lock().unwrap().dice.below(60) as u64);
        Box::pin(async move {
            tokio::time::sleep(late).await;
            answers
        })
    }
}

/// Opens a journal whose events are numbered by [`Elsewhere`].
fn open(config: &StoreConfig, program: &Path) -> Result<Journal, Error> {
    let (stream, events) = mpsc::channel();
    let opened = Arc::new(OnceLock::new());
    let state = State { next: Seq(7), heads: HashMap::new(), dice: Dice(9), asked: 0 };
    let sequencer =
        Arc::new(Elsewhere { state: Mutex::new(state), stream, journal: Arc::clone(&opened) });
    let journal = Journal::open_numbered_by(sequencer.clone(), config, Some(program))?;
    sequencer.state.lock().unwrap().next = Seq(journal.last().0 + 7);
    let _ = opened.set(journal.clone());
    let here = journal.clone();
    std::thread::spawn(move || follow(&here, &events));
    Ok(journal)
}

/// Brings the events into the journal, one or several at a time, each a little late.
fn follow(journal: &Journal, events: &mpsc::Receiver<Event>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut dice = Dice(11);
    while let Ok(event) = events.recv() {
        std::thread::sleep(Duration::from_millis(dice.below(30) as u64));
        let mut group = vec![event];
        group.extend(events.try_iter().take(dice.below(4)));
        if runtime.block_on(journal.follow(group)).is_err() {
            return;
        }
    }
}

/// The daemon itself, on such a journal.
pub fn serve(file: &Path) -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    let text = std::fs::read_to_string(file).unwrap();
    let config = Config::parse(&text, file.parent().unwrap()).unwrap();
    let listening = |address| println!("dongtin listens on http://{address}");
    match dongtin::testing::node::run_on(config, Some(file.to_owned()), open, listening) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

struct Node {
    daemon: Daemon,
    bearer: String,
}

impl Node {
    fn start() -> Self {
        let mut daemon = Daemon::prepare(CONFIG);
        std::fs::create_dir(daemon.path("incoming")).unwrap();
        daemon.program = std::env::current_exe().unwrap();
        daemon.launch();
        let bearer = format!("Bearer {}", daemon.token("cms"));
        Self { daemon, bearer }
    }

    fn send(&self, method: &str, path: &str, more: &[(&str, &str)], body: &str) -> Answer {
        let mut headers =
            vec![("authorization", self.bearer.as_str()), ("content-type", "application/json")];
        headers.extend(more);
        self.daemon.send(method, path, &headers, body)
    }

    fn put(&self, n: u64, title: &str) -> Answer {
        self.send("PUT", &format!("{ARTICLES}/{n}"), &[], &article(n, title))
    }

    /// Every article after a cursor, read in pages of three.
    fn changes(&self, after: u64) -> Vec<Value> {
        let (mut all, mut after) = (Vec::new(), after.to_string());
        loop {
            let page = self.daemon.get(&format!("/api/v1/changes?after={after}&limit=3"));
            assert_eq!(page.status, 200, "after {after}: {}", page.text());
            let page = page.json();
            all.extend(page["changes"].as_array().unwrap().iter().cloned());
            after = page["next"].as_str().unwrap().to_owned();
            if page["more"] == false {
                return all;
            }
        }
    }

    /// The bytes and the tag of every feed.
    fn feeds(&self) -> Vec<(Vec<u8>, String)> {
        let read = |path: &&str| {
            let answer = self.daemon.get(path);
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            let tag = answer.header("etag").unwrap().to_owned();
            (answer.body, tag)
        };
        FEEDS.iter().map(read).collect()
    }

    /// Runs a command, which must succeed, and gives what it says.
    fn command(&self, arguments: &[&str]) -> String {
        let out = self.daemon.run(arguments);
        assert!(out.status.success(), "{arguments:?}: {out:?}");
        String::from_utf8(out.stdout).unwrap()
    }
}

fn article(n: u64, title: &str) -> String {
    serde_json::json!({
        "id": n.to_string(),
        "title": title,
        "content_html": format!("<p>{title}: tin số {n}, nước dâng ở hạ lưu, bà con đã sơ tán.</p>"),
        "published": "2026-06-12T20:30:21+07:00",
    })
    .to_string()
}

/// Everything that a portal and a reader do, on numbers from elsewhere.
pub fn whole_node() -> String {
    let mut node = Node::start();
    let seqs = push_together(&node);
    revise_and_withdraw(&node);
    batch_and_folder(&node);
    let changes = cursors(&node, &seqs);
    restarts(&mut node);
    commands(&node, changes);
    assert_eq!(node.put(100, "Tin sau cùng").status, 201);
    format!("{} events up to number {}", changes, node.changes(0).last().unwrap()["seq"])
}

/// Twelve clients at once; what is answered is in the feeds and in the changes at once. Gives the numbers.
fn push_together(node: &Node) -> Vec<u64> {
    let push = |n: u64| {
        let title = if n.is_multiple_of(3) { format!("Tin lũ {n}") } else { format!("Tin {n}") };
        let answer = node.put(n, &title);
        assert_eq!(answer.status, 201, "{}", answer.text());
        let seq = answer.json()["seq"].as_u64().unwrap();
        assert!(node.daemon.get("/feeds/all.json").text().contains(&format!("\"{title}\"")));
        assert!(node.changes(0).iter().any(|change| change["seq"] == seq), "{seq}");
        seq
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (1..=12).map(|n| scope.spawn(move || push(n))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn revise_and_withdraw(node: &Node) {
    let one = format!("{ARTICLES}/1");
    assert_eq!(node.put(1, "Tin 1").status, 200, "unchanged");
    let stale = node.send("PUT", &one, &[("if-match", "\"9\"")], &article(1, "Sai"));
    assert_eq!(stale.status, 412, "{}", stale.text());
    let revised = node.send("PUT", &one, &[("if-match", "\"1\"")], &article(1, "Tin đã sửa"));
    assert_eq!((revised.status, &revised.json()["revision"]), (200, &2.into()));
    assert_eq!(node.send("DELETE", &format!("{ARTICLES}/2"), &[], "").status, 204);
    let feed = node.daemon.get("/feeds/all.atom").text();
    assert!(feed.contains("Tin đã sửa") && !feed.contains("<title>Tin 2<"), "{feed}");
    let body = serde_json::json!({"title": "Một lần", "content_text": "Chỉ một lần."}).to_string();
    let repeat = || node.send("POST", ARTICLES, &[("idempotency-key", "k-1")], &body);
    let (first, again) = (repeat(), repeat());
    assert_eq!((first.status, again.status), (201, 201), "{}", again.text());
    assert_eq!(first.json()["seq"], again.json()["seq"]);
}

/// Many proposals at once: a batch of lines, and a folder of files.
fn batch_and_folder(node: &Node) {
    let lines: String = (30..45).map(|n| article(n, &format!("Loạt {n}")) + "\n").collect();
    let headers =
        [("authorization", node.bearer.as_str()), ("content-type", "application/x-ndjson")];
    let answer = node.daemon.send("POST", ARTICLES, &headers, &lines);
    let statuses = answer.text().matches("201").count();
    assert_eq!((answer.status, statuses), (200, 15), "{}", answer.text());
    for n in 50..56 {
        let path = node.daemon.path(&format!("incoming/{n}.json"));
        std::fs::write(path, article(n, &format!("Tệp {n}"))).unwrap();
    }
    for n in 50..56 {
        let title = format!("Tệp {n}");
        node.daemon.await_change(|change| change["article"]["title"] == title.as_str());
    }
}

/// The events of [`revise_and_withdraw`]'s articles that a later one followed.
const SUPERSEDED: usize = 2;

/// From 0 and from every cursor: each article once, in one order. A number that is no event's is refused. How many events there are.
fn cursors(node: &Node, pushed: &[u64]) -> usize {
    let all = node.changes(0);
    let seqs: Vec<u64> = all.iter().map(|change| change["seq"].as_u64().unwrap()).collect();
    let told = pushed.iter().filter(|seq| seqs.contains(seq)).count();
    assert!(seqs.is_sorted_by(|a, b| a < b) && told == pushed.len() - SUPERSEDED);
    assert!(seqs.windows(2).any(|pair| pair[1] > pair[0] + 1_000_000), "{seqs:?}");
    assert!(all.iter().any(|change| change["source"] == "may-khac"));
    for (place, seq) in seqs.iter().enumerate() {
        assert_eq!(node.changes(*seq), all[place + 1..], "after {seq}");
    }
    let is_event = |number: &u64| seqs.contains(number) || pushed.contains(number);
    let no_event = (1..).find(|number| !is_event(number)).unwrap();
    assert_eq!(node.daemon.get(&format!("/api/v1/changes?after={no_event}")).status, 410);
    let last = seqs.last().unwrap();
    let waited = std::thread::scope(|scope| {
        let path = format!("/api/v1/changes?after={last}&wait=30s");
        let waits = scope.spawn(move || node.daemon.get(&path).json());
        assert_eq!(node.put(60, "Tin mới").status, 201);
        waits.join().unwrap()
    });
    assert!(waited["changes"][0]["seq"].as_u64().unwrap() > *last, "{waited}");
    node.changes(0).len() + SUPERSEDED
}

/// After a stop, and after a kill, every feed is the same to the byte and goes on.
fn restarts(node: &mut Node) {
    node.daemon.await_next_second();
    let before = (node.feeds(), node.changes(0));
    assert!(node.daemon.stop().success(), "{}", node.daemon.log());
    node.daemon.launch();
    assert_eq!((node.feeds(), node.changes(0)), before);
    node.daemon.kill();
    node.daemon.launch();
    assert_eq!((node.feeds(), node.changes(0)), before);
}

fn commands(node: &Node, events: usize) {
    let before = node.feeds();
    node.command(&["rebuild"]);
    assert_eq!(node.feeds(), before, "the views folded again");
    let checked = node.command(&["check"]);
    assert!(checked.contains(&format!("{events} events,")), "{events}: {checked}");
    let archive = node.daemon.path("all.ndjson.zst");
    let exported = node.command(&["export", archive.to_str().unwrap()]);
    assert!(exported.contains(&format!("{events} events,")), "{events}: {exported}");
}
