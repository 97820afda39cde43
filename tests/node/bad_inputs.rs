//! What no source should send, through the real daemon: every case of `bad/` after a good feed from the same host.

use crate::bad::{Case, Expected, bytes, markup};
use crate::daemon::Daemon;
use crate::documents::{item, rss};
use crate::portal::Portal;
use serde_json::Value;
use std::process::Command;

const DAY_S: i64 = 86_400;

/// What every source sends first.
fn good() -> String {
    rss(&item("good", "Tin cũ", ""))
}

fn host(number: usize) -> String {
    format!("127.0.{}.{}", 1 + number / 200, 1 + number % 200)
}

fn config(count: usize, port: u16) -> String {
    let mut text =
        String::from("[fetch]\nmin_interval = \"1h\"\nhost_interval = \"0s\"\nallow = [");
    (0..count).for_each(|n| text.push_str(&format!("\"{}:{port}\", ", host(n))));
    text.push_str("]\n");
    for n in 0..count {
        text.push_str(&format!("[[source]]\nid = \"s{n}\"\ntitle = \"S\"\nkind = \"feed\"\naddress = \"http://{}:{port}/{n}\"\n", host(n)));
    }
    text
}

/// Polls all sources and waits until every poll has been written down.
fn poll_all(daemon: &Daemon, polls: usize) {
    assert!(daemon.run(&["source", "poll", "--no-wait", "--all"]).status.success());
    let done = || -> f64 {
        let metrics = daemon.get("/metrics").text();
        let polls = metrics.lines().filter(|line| line.starts_with("dongtin_polls_total{"));
        polls.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    };
    daemon.until(&format!("{polls} polls are done"), || done() >= polls as f64);
}

/// The daemon after every case came, as its status and feeds tell it.
fn after(cases: &[Case], portal: &Portal) -> Daemon {
    for number in 0..cases.len() {
        portal.put(&format!("/{number}"), "text/xml", &good());
    }
    let daemon = Daemon::start(&config(cases.len(), portal.address.port()));
    poll_all(&daemon, cases.len());
    for (number, case) in cases.iter().enumerate() {
        portal.put_raw(&format!("/{number}"), case.answer.clone());
    }
    poll_all(&daemon, 2 * cases.len());
    daemon
}

/// What a source came to, in the words of [`Expected`]: the name of its failure, or its new titles and its warnings.
fn found(
    daemon: &Daemon,
    status: &Value,
    log: &str,
    number: usize,
) -> (Option<String>, Vec<String>, Vec<String>) {
    let mark = format!("source.id=s{number} failure=");
    let failure = log.lines().rev().find_map(|line| line.split_once(&mark)?.1.split(' ').next());
    let feed = daemon.get(&format!("/feeds/source-s{number}.json")).json();
    let titles = feed["items"].as_array().into_iter().flatten();
    let titles = titles.map(|item| item["title"].as_str().unwrap_or_default().to_owned());
    let source = &status["sources"][number];
    let warnings = source["warnings"].as_array().into_iter().flatten();
    let warnings = warnings.filter_map(|w| w["name"].as_str().map(str::to_owned)).collect();
    (failure.map(|name| name.trim_matches('"').to_owned()), titles.collect(), warnings)
}

fn check(cases: &[Case], daemon: &Daemon) {
    let (status, log) = (daemon.get("/status.json").json(), daemon.log());
    let mut wrong = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        let (failure, mut titles, warnings) = found(daemon, &status, &log, number);
        let kept = titles.iter().position(|title| title == "Tin cũ").map(|at| titles.remove(at));
        titles.sort();
        let fits = match &case.expected {
            Expected::Failure(name) => failure.as_deref() == Some(*name) && titles.is_empty(),
            Expected::Titles(expected, warning) => {
                let mut expected = expected.clone();
                expected.sort();
                let warned = warning.is_none_or(|warning| warnings.iter().any(|w| w == warning));
                failure.is_none() && titles == expected && warned
            }
        };
        if !fits || kept.is_none() {
            let titles: Vec<String> = titles.iter().map(|t| t.chars().take(60).collect()).collect();
            wrong.push(format!("{}: {failure:?} {titles:?} {warnings:?} kept {kept:?}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Feeds and pages of everything, judged by parsers that are not ours: roxmltree always, expat where tests/run put Python.
fn every_output_is_whole(daemon: &Daemon) {
    for format in ["rss", "atom"] {
        let feed = daemon.get(&format!("/feeds/all.{format}"));
        assert!(roxmltree::Document::parse(&feed.text()).is_ok(), "{format}");
        let Ok(venv) = std::env::var("DONGTIN_TEST_VENV") else { continue };
        let file = daemon.path(format);
        std::fs::write(&file, &feed.body).unwrap();
        let script = "import sys,xml.parsers.expat as e; e.ParserCreate().Parse(open(sys.argv[1],'rb').read(), True)";
        let out =
            Command::new(format!("{venv}/bin/python")).args(["-c", script]).arg(&file).output();
        assert!(out.as_ref().unwrap().status.success(), "{format}: {out:?}");
    }
}

/// All that readers and operators are told.
fn everything_told(daemon: &Daemon) -> String {
    let paths = [
        "/feeds/all.rss",
        "/feeds/all.atom",
        "/feeds/all.json",
        "/api/v1/changes?after=0&limit=1000",
        "/status",
        "/",
    ];
    paths.iter().map(|path| daemon.get(path).text()).collect()
}

#[test]
fn every_bad_document_costs_its_own_poll_only() {
    let (portal, canary) = (Portal::everywhere(), Portal::start());
    let cases = markup::cases(&canary.url("/canary"));
    let daemon = after(&cases, &portal);
    check(&cases, &daemon);
    every_output_is_whole(&daemon);
    let told = everything_told(&daemon);
    for evil in [
        "root:x:", "root:*:", "javascript:alert", "vbscript:", "evil.example", "data:text/html",
        "file:///etc/anh",
    ] {
        assert!(!told.contains(evil), "{evil}");
    }
    assert!(canary.asked("/canary").is_empty(), "something in a document was fetched");
    assert!(!daemon.log().contains("panicked"), "{}", daemon.log());
}

#[test]
fn every_bad_answer_costs_its_own_poll_only() {
    let portal = Portal::everywhere();
    let cases = bytes::cases();
    let daemon = after(&cases, &portal);
    check(&cases, &daemon);
    every_output_is_whole(&daemon);
    let told = everything_told(&daemon);
    assert!(!told.contains(['\0', '\u{feff}', '\u{fffe}']), "a character that may not be told");
    within_a_day(&cases, &daemon);
    assert!(!daemon.log().contains("panicked"), "{}", daemon.log());
}

/// Whatever a source asks for, it is asked again between its interval and a day from now.
fn within_a_day(cases: &[Case], daemon: &Daemon) {
    let status = daemon.get("/status.json").json();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let now = i64::try_from(now.as_secs()).unwrap();
    for (case, source) in cases.iter().zip(status["sources"].as_array().unwrap()) {
        let next = source["next_check"].as_str().unwrap();
        let next = chrono::DateTime::parse_from_rfc3339(next).unwrap().timestamp();
        assert!(next > now + 1_800 && next <= now + DAY_S + 5, "{}: {next} after {now}", case.name);
    }
}

#[test]
fn what_is_not_believed_is_not_sent_back() {
    let portal = Portal::start();
    let long = "y".repeat(64 << 10);
    let lines = [
        format!("etag: \"{long}\""),
        "etag: \"a b\"".to_owned(),
        "last-modified: Fri, 31 Dec 9999 23:59:59 GMT".to_owned(),
        "last-modified: Thu, 01 Jan 1970 00:00:00 GMT".to_owned(),
        "last-modified: yesterday".to_owned(),
    ];
    let mut config = format!(
        "[fetch]\nmin_interval = \"1h\"\nhost_interval = \"0s\"\nallow = [\"{}\"]\n",
        portal.address
    );
    for (n, line) in lines.iter().enumerate() {
        let case = crate::bad::answered("", &format!("{line}\r\n"), good(), crate::bad::reads(&[]));
        portal.put_raw(&format!("/{n}"), case.answer);
        config.push_str(&format!(
            "[[source]]\nid = \"s{n}\"\ntitle = \"S\"\nkind = \"feed\"\naddress = \"{}\"\n",
            portal.url(&format!("/{n}"))
        ));
    }
    let daemon = Daemon::start(&config);
    poll_all(&daemon, lines.len());
    poll_all(&daemon, 2 * lines.len());
    for (n, line) in lines.iter().enumerate() {
        let asked = portal.asked(&format!("/{n}"));
        assert_eq!(asked.len(), 2, "{line:.40}");
        for name in ["if-none-match", "if-modified-since"] {
            assert!(!asked[1].contains_key(name), "{line:.40}: {:?}", asked[1].get(name));
        }
    }
}

#[test]
fn entries_without_a_name_or_with_one_name_are_the_same_at_every_poll() {
    let portal = Portal::start();
    let config = format!(
        "[fetch]\nmin_interval = \"1h\"\nhost_interval = \"0s\"\nallow = [\"{0}\"]\n[[source]]\nid = \"s\"\ntitle = \"S\"\nkind = \"feed\"\naddress = \"http://{0}/rss\"\n",
        portal.address
    );
    let items = [
        "<item><description>Chỉ có lời dẫn.</description></item>",
        "<item><guid isPermaLink=\"false\">x</guid><title>một</title></item>",
        "<item><guid isPermaLink=\"false\">x</guid><title>hai</title></item>",
        "<item><guid isPermaLink=\"false\">y</guid><title>ba</title><link>http://a.vn/3</link></item>",
        "<item><guid isPermaLink=\"false\">y</guid><title>bốn</title><link>http://a.vn/4</link></item>",
        "<item/>",
    ];
    let document = |order: &[usize], n: usize| {
        let items: String = order.iter().map(|at| items[*at]).collect();
        format!("<rss><channel><title>K</title><!-- {n} -->{items}</channel></rss>")
    };
    let orders: [&[usize]; 5] = [
        &[0, 1, 2, 3, 4, 5],
        &[5, 4, 3, 1, 2, 0],
        &[3, 0, 1, 4, 2],
        &[1, 2, 0, 3, 4],
        &[0, 4, 1, 2, 3],
    ];
    portal.put("/rss", "text/xml", &document(orders[0], 0));
    let daemon = Daemon::start(&config);
    poll_all(&daemon, 1);
    let first = daemon.changes();
    let mut titles: Vec<&str> =
        first.iter().filter_map(|c| c["article"]["title"].as_str()).collect();
    titles.sort_unstable();
    assert_eq!(
        titles,
        ["Chỉ có lời dẫn.", "ba", "bốn", "một"],
        "one guid, one article; with two links two; nothing is none"
    );
    for (n, order) in orders.iter().enumerate().skip(1) {
        portal.put("/rss", "text/xml", &document(order, n));
        poll_all(&daemon, n + 1);
        assert_eq!(daemon.changes(), first, "poll {n}");
    }
}
