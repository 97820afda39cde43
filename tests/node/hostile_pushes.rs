//! Pushes that mean harm: wrong tokens, keys used twice, bombs, names that lead elsewhere, control characters.

use crate::daemon::Daemon;
use crate::documents::gzip;
use crate::http::{self, Answer};
use crate::portal::Portal;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const CONFIG: &str = "[[source]]\nid = \"so-tttt\"\ntitle = \"Sở TTTT\"\nkind = \"push\"\n\n[[source]]\nid = \"khac\"\ntitle = \"Khác\"\nkind = \"push\"\n";
const ARTICLES: &str = "/api/v1/sources/so-tttt/articles";
const JSON: (&str, &str) = ("content-type", "application/json");

#[test]
fn every_wrong_token_is_refused_alike_at_every_door() {
    let daemon = Daemon::start(CONFIG);
    let (right, other) = (daemon.token("so-tttt"), daemon.token("khac"));
    let wrong: Vec<(Vec<String>, u16)> = vec![
        (vec![], 401),
        (vec!["".into()], 401),
        (vec!["Bearer".into()], 401),
        (vec!["Bearer ".into()], 401),
        (vec!["Basic eDp5".into()], 401),
        (vec!["Bearer x".into()], 401),
        (vec![format!("Bearer {}", "x".repeat(20_000))], 401),
        (vec![format!("Bearer {}", right.to_uppercase())], 401),
        (vec![format!("Bearer {right}x")], 401),
        (vec![format!("Bearer {}", &right[..right.len() - 1])], 401),
        (vec![format!("Bearer {right} {right}")], 401),
        (vec![format!("Bearer \"{right}\"")], 401),
        (vec![format!("Token {right}")], 401),
        (vec![right.clone()], 401),
        (vec!["Bearer x".into(), format!("Bearer {right}")], 401),
        (vec![format!("Bearer {right}"), format!("Bearer {right}")], 401),
        (vec![format!("Bearer {other}")], 403),
    ];
    let one = format!("{ARTICLES}/1");
    let doors = [
        ("POST", ARTICLES, "application/json"),
        ("POST", ARTICLES, "application/x-ndjson"),
        ("PUT", one.as_str(), "application/atom+xml"),
        ("DELETE", one.as_str(), "application/json"),
    ];
    let mut told = BTreeSet::new();
    for (method, path, media_type) in doors {
        for (tokens, status) in &wrong {
            let mut headers = vec![("content-type", media_type), ("accept-language", "en")];
            headers.extend(tokens.iter().map(|token| ("authorization", token.as_str())));
            let answer = daemon.send(method, path, &headers, "{\"id\":\"1\",\"title\":\"x\"}");
            assert_eq!(answer.status, *status, "{method} {tokens:?}: {}", answer.text());
            assert!(answer.header("www-authenticate").is_some(), "{method} {tokens:?}");
            let problem = answer.json();
            told.insert(format!("{}{}", problem["title"], problem["detail"]));
        }
    }
    assert_eq!(told.len(), 1, "{told:?}");
    let asked = daemon.send("POST", &format!("{ARTICLES}?access_token={right}"), &[JSON], "{}");
    assert_eq!(asked.status, 401, "a token in the address is none");
    // A head of a mebibyte is no request yet: it ends before anybody looks for a token.
    let long = format!("Bearer {}", "x".repeat(1 << 20));
    let answer =
        http::try_request(daemon.address, "POST", ARTICLES, &[JSON, ("authorization", &long)], b"");
    assert!(answer.is_none_or(|answer| answer.status == 431), "and nothing else");
    // Who has no token is told so before a body came.
    for framing in ["content-length: 1000", "transfer-encoding: chunked"] {
        let unsent = format!(
            "POST {ARTICLES} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\nexpect: 100-continue\r\n{framing}\r\n\r\n"
        );
        let answer = http::raw(daemon.address, unsent.as_bytes());
        assert_eq!((answer.status, answer.header("connection")), (401, Some("close")), "{framing}");
    }
    assert_eq!(daemon.last_seq(), 0);
}

/// Fifty pushes at once, each made by its number.
fn at_once(daemon: &Daemon, push: impl Fn(usize) -> (String, String) + Sync) -> Vec<Answer> {
    let bearer = daemon.bearer("so-tttt");
    std::thread::scope(|scope| {
        let (push, bearer) = (&push, &bearer);
        let one = move |n: usize| {
            let (key, body) = push(n);
            let headers =
                [("authorization", bearer.as_str()), JSON, ("idempotency-key", key.as_str())];
            let answer =
                http::try_request(daemon.address, "POST", ARTICLES, &headers, body.as_bytes());
            answer.expect("an answer")
        };
        let threads: Vec<_> = (0..50).map(|n| scope.spawn(move || one(n))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn body(number: usize) -> String {
    serde_json::json!({"title": format!("Tin {number}"), "content_text": format!("Nội dung {number}.")}).to_string()
}

#[test]
fn one_key_with_many_bodies_at_once_is_one_article_and_the_others_are_told() {
    let daemon = Daemon::start(CONFIG);
    let answers = at_once(&daemon, |n| ("k".into(), body(n % 10)));
    let (taken, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|a| a.status == 201);
    assert_eq!(taken.len(), 5, "the winner's five: {answers:?}");
    let seqs: BTreeSet<_> = taken.iter().map(|answer| answer.json()["seq"].as_u64()).collect();
    assert_eq!(seqs.len(), 1);
    assert!(refused.iter().all(|answer| answer.status == 422), "{refused:?}");
    assert_eq!(daemon.last_seq(), 1);
    // The same key of another source is another key, and another key of one article is one article.
    let other = daemon.bearer("khac");
    let headers = [("authorization", other.as_str()), JSON, ("idempotency-key", "k")];
    let path = "/api/v1/sources/khac/articles";
    assert_eq!(daemon.send("POST", path, &headers, &body(77)).status, 201);
    let answers =
        at_once(&daemon, |n| (format!("key-{n}"), "{\"id\":\"một\",\"title\":\"Một\"}".into()));
    assert!(answers.iter().all(|a| a.status == 200 || a.status == 201), "{answers:?}");
    assert_eq!(answers.iter().filter(|a| a.status == 201).count(), 1);
    assert_eq!(daemon.last_seq(), 3);
}

#[test]
fn a_key_that_is_none_is_refused() {
    let daemon = Daemon::start(CONFIG);
    let bearer = daemon.bearer("so-tttt");
    let long = "k".repeat(256);
    for keys in
        [vec![""], vec!["khóa"], vec!["a\tb"], vec![long.as_str()], vec!["a", "a"], vec!["a", "b"]]
    {
        let mut headers = vec![("authorization", bearer.as_str()), JSON];
        headers.extend(keys.iter().map(|key| ("idempotency-key", *key)));
        let answer = daemon.send("POST", ARTICLES, &headers, &body(1));
        assert_eq!(answer.status, 400, "{keys:?}: {}", answer.text());
    }
    assert_eq!(daemon.last_seq(), 0);
}

#[test]
fn bombs_of_every_wrapping_are_refused() {
    let daemon = Daemon::start(CONFIG);
    let bearer = daemon.bearer("so-tttt");
    let mebibyte = gzip(&vec![b' '; 1 << 20]);
    let members = mebibyte.repeat(64);
    let twice = gzip(&gzip(&vec![b' '; 64 << 20]));
    let whole = gzip(body(1).as_bytes());
    let cases: Vec<(&[&str], &[u8], u16)> = vec![
        (&["gzip"], &members, 413),
        (&["x-gzip"], &members, 413),
        (&["GZIP"], &members, 413),
        (&["gzip"], &twice, 400),
        (&["gzip, gzip"], &twice, 415),
        (&["gzip", "gzip"], &twice, 415),
        (&["gzip,gzip,gzip"], &twice, 415),
        (&["deflate"], &whole, 415),
        (&["br"], &whole, 415),
        (&["zstd"], &whole, 415),
        (&["gzip"], &whole[..whole.len() - 4], 400),
        (&["gzip"], b"{}", 400),
        (&["identity"], &whole, 400),
        (&["gzip"], &whole, 201),
    ];
    let one = format!("{ARTICLES}/1");
    for (codings, body, status) in &cases {
        for (method, path) in [("POST", ARTICLES), ("PUT", one.as_str())] {
            let mut headers = vec![("authorization", bearer.as_str()), JSON];
            headers.extend(codings.iter().map(|coding| ("content-encoding", *coding)));
            let answer = http::request(daemon.address, method, path, &headers, body);
            assert_eq!(answer.status, *status, "{method} {codings:?}: {}", answer.text());
        }
    }
    assert_eq!(daemon.last_seq(), 2, "only the two that are whole");
}

/// Every file below a folder, but those of the data directory.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true if path.ends_with("data") => {}
            true => files(&path, found),
            false => found.push(path),
        }
    }
}

#[test]
fn names_that_lead_elsewhere_are_refused_and_nothing_is_written_there() {
    let daemon = Daemon::start(CONFIG);
    let bearer = daemon.bearer("so-tttt");
    let headers = [("authorization", bearer.as_str()), JSON];
    let mut before = Vec::new();
    files(&daemon.path(""), &mut before);
    let ways = [
        "../../etc/x",
        "%2e%2e%2f",
        "..%5c",
        "%2e%2e",
        "..%2f..%2fetc%2fx",
        "%2E%2E%5C%2e%2e%5cx",
        "x%2f..%2f..%2fy",
        "..%00",
        "%00",
        "%0a",
        "%ff",
        "%c0%ae%c0%ae%2f",
    ];
    for way in ways {
        for (method, path, body) in [
            ("POST", format!("/api/v1/sources/{way}/articles"), "{\"id\":\"1\",\"title\":\"x\"}"),
            ("PUT", format!("{ARTICLES}/{way}"), "{\"title\":\"x\"}"),
            ("DELETE", format!("{ARTICLES}/{way}"), ""),
        ] {
            let answer = daemon.send(method, &path, &headers, body);
            assert_eq!(answer.status, 400, "{method} {path}: {}", answer.text());
        }
        for path in [
            "/feeds/{}.rss",
            "/a/{}",
            "/media/so-tttt/{}",
            "/media/{}/x.png",
            "/api/v1/sources/so-tttt/articles/{}",
            "/{}",
        ] {
            let answer = daemon.get(&path.replace("{}", way));
            assert!((400..500).contains(&answer.status), "{path} {way}: {}", answer.status);
            assert!(!answer.text().contains("root:"), "{path} {way}");
        }
    }
    for slug in ["so-tttt ", "SO-TTTT%00", "%20", "a".repeat(300).as_str(), "so-tttt%2fx", "con%3a"]
    {
        let path = format!("/api/v1/sources/{}/articles", slug.replace(' ', "%20"));
        let answer = daemon.send("POST", &path, &headers, "{\"id\":\"1\",\"title\":\"x\"}");
        assert!([400, 403].contains(&answer.status), "{slug}: {}", answer.status);
    }
    for id in ["../../etc/x", "..\\..\\x", "a/../../b", "..", "http://a.vn\\..\\..\\x/.."] {
        let pushed = serde_json::json!({"id": id, "title": "x"}).to_string();
        let answer = daemon.send("POST", ARTICLES, &headers, &pushed);
        // An address as an id is known by its resolved form, which leads nowhere.
        assert!(answer.status == 400 || id.starts_with("http"), "{id}: {}", answer.text());
    }
    for command in
        [["token", "new", "../../x"], ["token", "new", "a/b"], ["source", "accept", "../x"]]
    {
        assert!(!daemon.run(&command).status.success(), "{command:?}");
    }
    let mut after = Vec::new();
    files(&daemon.path(""), &mut after);
    assert_eq!(before, after, "nothing was written");
}

#[test]
fn control_characters_add_no_header_no_log_line_and_no_color() {
    let mut daemon = Daemon::prepare(CONFIG);
    let portal = Portal::start();
    let sources = CONFIG.to_owned() + &portal.source("loi", "feed", "/rss", "");
    daemon.write_config(&(portal.fetch() + &sources));
    portal.put("/rss", "text/xml", "<rss><channel><title>T</title><item><guid>\u{85}PLANTED&#10;PLANTED</guid><title>Tin &#27;[31mđỏ&#13;&#10;PLANTED: x\u{2028}PLANTED</title><link>/tin&#10;PLANTED</link><pubDate>&#10;PLANTED</pubDate></item></channel></rss>");
    daemon.launch();
    daemon.await_change(|change| change["source"] == "loi");
    let bearer = daemon.bearer("so-tttt");
    for planted in [
        "\r\nPLANTED: x", "\nPLANTED: x", "\rPLANTED: x", "\u{85}PLANTED", "\u{2028}PLANTED",
        "\u{1b}[31mPLANTED", "\u{0}PLANTED", "\u{9b}31mPLANTED", "\u{202e}PLANTED",
    ] {
        let text = format!("Tin{planted}");
        for field in ["id", "title", "url", "summary", "language", "published"] {
            let mut article = serde_json::json!({"id": "1", "title": "Tin", "content_text": text, "authors": [{"name": text}], "categories": [text]});
            article[field] = text.clone().into();
            let answer = daemon.send(
                "POST",
                ARTICLES,
                &[("authorization", bearer.as_str()), JSON],
                &article.to_string(),
            );
            assert!(
                [200, 201, 400].contains(&answer.status),
                "{field} {text:?}: {}",
                answer.text()
            );
            assert!(answer.headers.iter().all(|(name, _)| name != "planted"), "{field} {text:?}");
        }
        let id: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let answer = daemon.send(
            "DELETE",
            &format!("{ARTICLES}/x?reason={id}"),
            &[("authorization", bearer.as_str())],
            "",
        );
        assert_eq!(answer.status, 404);
    }
    for name in
        ["user-agent", "referer", "x-request-id", "accept-language", "if-none-match", "traceparent"]
    {
        let answer = daemon.get_with("/feeds/all.rss", &[(name, "x\rPLANTED: y\u{85}\u{1b}[31m")]);
        assert!(answer.headers.iter().all(|(name, _)| name != "planted"), "{name}");
    }
    for path in [
        "/feeds/all.rss", "/feeds/all.atom", "/feeds/all.json", "/", "/status", "/metrics", "/opml",
    ] {
        let answer = daemon.get(path);
        assert!(answer.headers.iter().all(|(name, _)| name != "planted"), "{path}");
        let lines = answer.text();
        assert!(
            !lines.chars().any(|c| c.is_control() && c != '\n' && c != '\t' && c != '\r'),
            "{path}"
        );
    }
    let told = daemon.status();
    for said in [daemon.log(), told] {
        let bad = |c: char| {
            c.is_control() && c != '\n' && c != '\t' || c == '\u{2028}' || c == '\u{202e}'
        };
        assert!(!said.contains(bad), "{said:?}");
        assert!(!said.lines().any(|line| line.trim_start().starts_with("PLANTED")), "{said}");
    }
}
