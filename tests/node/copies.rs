//! Partners copy: with tokens, in pages, as lines and as a stream of events, over a restart.

use crate::daemon::Daemon;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

const CONFIG: &str = "[[source]]\nid = \"cms\"\nkind = \"push\"\n";
const ARTICLES: &str = "/api/v1/sources/cms/articles";

fn put(daemon: &Daemon, bearer: &str, id: &str, title: &str, category: &str) {
    let body =
        serde_json::json!({"title": title, "content_text": "Nội dung.", "categories": [category]});
    let headers = [("authorization", bearer), ("content-type", "application/json")];
    let answer = daemon.send("PUT", &format!("{ARTICLES}/{id}"), &headers, &body.to_string());
    assert_eq!(answer.status / 100, 2, "{}", answer.text());
}

fn new_token(daemon: &Daemon, arguments: &[&str]) -> String {
    let out = daemon.run(&[&["token", "new"], arguments].concat());
    assert!(out.status.success(), "{out:?}");
    format!("Bearer {}", String::from_utf8(out.stdout).unwrap().trim())
}

fn titles(page: &Value) -> Vec<&str> {
    let steps = page["changes"].as_array().unwrap_or_else(|| panic!("{page}"));
    steps.iter().map(|step| step["article"]["title"].as_str().unwrap_or("-")).collect()
}

#[test]
fn a_partner_copies_its_selection_and_the_operator_sees_how_far_it_is() {
    let partners = "[changes]\npublic = false\n\n[[partner]]\nname = \"y-te\"\ncategories = [\"Y tế\"]\n\n\
        [[partner]]\nname = \"cham\"\nrequests_per_minute = 2\n\n[[partner]]\nname = \"xa\"\nallow = [\"192.0.2.0/24\"]\n";
    let daemon = Daemon::start(&format!("{CONFIG}{partners}"));
    let cms = daemon.bearer("cms");
    put(&daemon, &cms, "1", "Tin y tế", "Y tế");
    put(&daemon, &cms, "2", "Tin kinh tế", "Kinh tế");
    assert_eq!(daemon.get("/api/v1/changes").status, 401, "it is not public");
    let token = new_token(&daemon, &["y-te", "--partner", "--until", "2100-01-01"]);
    let get = |after: &str, bearer: &str| {
        let path = format!("/api/v1/changes?after={after}");
        daemon.get_with(&path, &[("authorization", bearer)])
    };
    let first = get("0", &token).json();
    assert_eq!(titles(&first), ["Tin y tế"]);
    let next = first["next"].as_str().unwrap();
    put(&daemon, &cms, "1", "Tin y tế", "Kinh tế");
    assert_eq!(get(next, &token).json()["changes"][0]["type"], "removed");
    daemon.until("the operator sees the cursor", || {
        let out = daemon.run(&["partner", "status", "--json"]);
        let told: Value = serde_json::from_slice(&out.stdout).unwrap();
        told["last"] == 3
            && told["partners"][0]["cursor"] == next
            && told["partners"][1]["at"].is_null()
    });
    let said = String::from_utf8(daemon.run(&["partner", "status"]).stdout).unwrap();
    assert!(said.contains("y-te: ") && said.lines().count() == 3, "{said}");
    let metrics = daemon.get("/metrics").text();
    assert!(metrics.contains("dongtin_partner_cursor{partner=\"y-te\"} 2"), "{metrics}");

    daemon.edit_config("categories = [\"Y tế\"]", "categories = [\"Kinh tế\"]");
    daemon.signal("HUP");
    daemon.until("the new selection holds", || get("0", &token).json()["changes"][1].is_object());
    let difference = get(next, &token).json();
    assert_eq!(titles(&difference), ["Tin kinh tế", "Tin y tế"], "{difference}");

    let slow = new_token(&daemon, &["cham", "--partner"]);
    let statuses: Vec<u16> = (0..3).map(|_| get("0", &slow).status).collect();
    assert_eq!(statuses, [200, 200, 429]);
    let wait = get("0", &slow).header("retry-after").and_then(|wait| wait.parse().ok());
    assert!(wait.is_some_and(|seconds: u64| (1..=60).contains(&seconds)), "{wait:?}");
    let far = new_token(&daemon, &["xa", "--partner"]);
    assert_eq!(get("0", &far).status, 403, "from another address");
    let expired = new_token(&daemon, &["y-te", "--partner", "--until", "2020-01-01"]);
    assert_eq!(get("0", &expired).status, 401);
    assert!(daemon.run(&["token", "revoke", "y-te", "--partner"]).status.success());
    assert_eq!(get("0", &token).status, 401);
    assert!(!daemon.run(&["token", "new", "nobody", "--partner"]).status.success());
}

#[test]
fn behind_a_proxy_each_client_has_a_budget_of_its_own() {
    let config = format!("[changes]\nrequests_per_minute = 2\n\n{CONFIG}");
    let daemon = Daemon::prepare(&config);
    daemon.edit_config(
        "listen = \"127.0.0.1:0\"",
        "listen = \"127.0.0.1:0\"\nproxies = [\"127.0.0.1\"]",
    );
    let mut daemon = daemon;
    daemon.launch();
    let from =
        |client: &str| daemon.get_with("/api/v1/changes", &[("x-forwarded-for", client)]).status;
    assert_eq!([from("192.0.2.1"), from("192.0.2.1"), from("192.0.2.1")], [200, 200, 429]);
    assert_eq!(
        from("203.0.113.7, 192.0.2.1"),
        429,
        "what the client says of itself does not count"
    );
    assert_eq!(from("192.0.2.2"), 200);
}

/// A stream of events over one connection.
struct Events(BufReader<TcpStream>);

impl Events {
    fn open(daemon: &Daemon, path: &str, last: Option<&str>) -> Self {
        let mut stream = TcpStream::connect(daemon.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let last = last.map_or(String::new(), |id| format!("last-event-id: {id}\r\n"));
        write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\n{last}\r\n")
            .unwrap();
        Self(BufReader::new(stream))
    }

    /// The id, the type and the data of the next event.
    fn next(&mut self) -> (String, String, Value) {
        let (mut id, mut kind, mut line) = (String::new(), String::new(), String::new());
        loop {
            line.clear();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "the stream has ended");
            let text = line.trim_end();
            match text.split_once(": ") {
                Some(("id", text)) => id = text.to_owned(),
                Some(("event", text)) => kind = text.to_owned(),
                Some(("data", text)) => return (id, kind, serde_json::from_str(text).unwrap()),
                _ => {}
            }
        }
    }
}

#[test]
fn a_stream_tells_of_what_happens_and_goes_on_after_a_restart() {
    let mut daemon = Daemon::start(CONFIG);
    let cms = daemon.bearer("cms");
    put(&daemon, &cms, "1", "Tin một", "x");
    let path = "/api/v1/changes?category=x";
    let mut events = Events::open(&daemon, path, None);
    let (_, kind, step) = events.next();
    assert_eq!((kind.as_str(), &step["article"]["title"]), ("put", &"Tin một".into()));
    put(&daemon, &cms, "2", "Tin hai", "y");
    put(&daemon, &cms, "1", "Tin một đã sửa", "x");
    let (id, kind, step) = events.next();
    assert_eq!((kind.as_str(), &step["article"]["title"]), ("put", &"Tin một đã sửa".into()));
    let auth = [("authorization", cms.as_str())];
    assert!(daemon.stop().success(), "an open stream does not hold it up");
    daemon.launch();
    assert_eq!(daemon.send("DELETE", &format!("{ARTICLES}/1"), &auth, "").status, 204);
    let mut events = Events::open(&daemon, path, Some(&id));
    let (_, kind, step) = events.next();
    assert_eq!((kind.as_str(), &step["seq"]), ("withdrawn", &4.into()));
    let other = daemon
        .get_with("/api/v1/changes", &[("accept", "text/event-stream"), ("last-event-id", &id)]);
    assert_eq!(other.status, 410, "the id is of another selection");
}

#[test]
fn lines_have_one_step_each_and_the_cursor_last() {
    let daemon = Daemon::start(CONFIG);
    let cms = daemon.bearer("cms");
    for n in 0..5 {
        put(&daemon, &cms, &n.to_string(), &format!("Tin {n}"), "x");
    }
    let mut after = "0".to_owned();
    let mut all = Vec::new();
    loop {
        let path = format!("/api/v1/changes?after={after}&limit=2");
        let answer = daemon.get_with(&path, &[("accept", "application/x-ndjson")]);
        let text = answer.text();
        let mut lines: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let end = lines.pop().unwrap();
        all.extend(lines);
        after = end["next"].as_str().unwrap().to_owned();
        assert_eq!(answer.header("dongtin-next"), Some(after.as_str()));
        if end["more"] == false {
            break;
        }
    }
    assert_eq!(
        serde_json::json!({"changes": all})["changes"],
        daemon.get("/api/v1/changes").json()["changes"]
    );
}
