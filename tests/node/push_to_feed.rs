//! A CMS pushes; a reader sees it in every format; corrections and withdrawals come through.

use crate::daemon::Daemon;
use crate::http;

const CONFIG: &str = "[[source]]\nid = \"so-tttt\"\ntitle = \"Sở Thông tin\"\nkind = \"push\"\n\n[[source]]\nid = \"khac\"\ntitle = \"Sở khác\"\nkind = \"push\"\n\n[[feed]]\nid = \"kinh-te\"\ntitle = \"Kinh tế\"\ncategories = [\"Kinh tế\"]\n";
const ARTICLES: &str = "/api/v1/sources/so-tttt/articles";
const JSON: (&str, &str) = ("content-type", "application/json");

/// An article of our own, as a CMS would push it.
fn article(id: &str, title: &str) -> String {
    serde_json::json!({
        "id": id,
        "url": format!("https://so.example.vn/tin/{id}"),
        "title": title,
        "summary": "Sáng 12/6, hội nghị giao ban được tổ chức tại thành phố.",
        "content_html": "<p>Sáng 12/6, hội nghị giao ban được tổ chức tại thành phố.</p><p>Các đại biểu thảo luận.</p><script>alert(1)</script>",
        "authors": [{"name": "Thanh Thủy"}],
        "categories": ["Kinh tế"],
        "published": "2026-06-12T20:30:21+07:00",
        "language": "vi"
    })
    .to_string()
}

#[test]
fn a_pushed_article_is_in_every_feed_and_survives_a_power_switch() {
    let mut daemon = Daemon::start(CONFIG);
    let bearer = daemon.bearer("so-tttt");
    let auth = ("authorization", bearer.as_str());
    let answer = daemon.send("POST", ARTICLES, &[auth, JSON], &article("512", "Hội nghị giao ban"));
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert!(answer.header("location").is_some() && answer.header("etag").is_some(), "{answer:?}");
    daemon.kill();
    daemon.launch();
    for feed in ["all", "source-so-tttt", "category-kinh-te", "kinh-te"] {
        for format in ["rss", "atom", "json"] {
            let page = daemon.get(&format!("/feeds/{feed}.{format}"));
            assert_eq!(page.status, 200, "{feed}.{format}");
            let text = page.text();
            assert_eq!(text.matches("Hội nghị giao ban").count(), 1, "{feed}.{format}: {text}");
            assert!(text.contains("Thanh Thủy") && !text.contains("alert(1)"), "{feed}.{format}");
        }
    }
    let empty = daemon.get("/feeds/source-khac.rss");
    assert!(empty.status == 200 && !empty.text().contains("<item>"), "{}", empty.text());
}

#[test]
fn a_revision_and_a_withdrawal_come_through() {
    let daemon = Daemon::start(CONFIG);
    let bearer = daemon.bearer("so-tttt");
    let auth = ("authorization", bearer.as_str());
    let one = format!("{ARTICLES}/512");
    assert_eq!(daemon.send("PUT", &one, &[auth, JSON], &article("512", "Tin cũ")).status, 201);
    let before = daemon.get("/feeds/all.atom");
    let again = daemon.send("PUT", &one, &[auth, JSON], &article("512", "Tin cũ"));
    assert_eq!(again.status, 200, "{}", again.text());
    assert_eq!(
        daemon.get("/feeds/all.atom").body,
        before.body,
        "an unchanged push changes nothing"
    );
    let stale =
        daemon.send("PUT", &one, &[auth, JSON, ("if-match", "\"99\"")], &article("512", "Tin sai"));
    assert_eq!(stale.status, 412, "{}", stale.text());
    let revised = daemon.send("PUT", &one, &[auth, JSON], &article("512", "Tin đã sửa"));
    assert_eq!(revised.status, 200, "{}", revised.text());
    let after = daemon.get("/feeds/all.atom").text();
    assert!(after.contains("Tin đã sửa") && !after.contains("Tin cũ"), "{after}");
    let id = |text: &str| {
        text.split("<entry>")
            .nth(1)
            .and_then(|e| e.split("<id>").nth(1))
            .map(|t| t.split('<').next().unwrap_or("").to_owned())
    };
    assert_eq!(id(&before.text()), id(&after), "ids never change");
    assert_eq!(daemon.send("DELETE", &one, &[auth], "").status, 204);
    assert!(!daemon.get("/feeds/all.atom").text().contains("Tin đã sửa</title>"));
    let changes = daemon.changes();
    assert_eq!(changes.len(), 1, "each article once: {changes:?}");
    assert_eq!((&changes[0]["type"], &changes[0]["revision"]), (&"withdrawn".into(), &3.into()));
}

#[test]
fn a_source_touches_only_its_own() {
    let daemon = Daemon::start(CONFIG);
    let mine = daemon.bearer("so-tttt");
    let other = daemon.bearer("khac");
    let one = format!("{ARTICLES}/512");
    assert_eq!(
        daemon
            .send("PUT", &one, &[("authorization", &mine), JSON], &article("512", "Của tôi"))
            .status,
        201
    );
    let long = format!("Bearer {}", "a".repeat(5_000));
    let mut texts = Vec::new();
    for wrong in [other.as_str(), "Bearer nonsense", "Basic x", long.as_str()] {
        let answer = daemon.send(
            "PUT",
            &one,
            &[("authorization", wrong), JSON],
            &article("512", "Của người khác"),
        );
        assert!(answer.status == 401 || answer.status == 403, "{wrong:.40}: {}", answer.status);
        texts.push(answer.json()["detail"].to_string());
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert_eq!(daemon.send("DELETE", &one, &[("authorization", &other)], "").status / 100, 4);
    assert!(daemon.get("/feeds/all.rss").text().contains("Của tôi"));
}

#[test]
fn one_idempotency_key_makes_one_article() {
    let daemon = Daemon::start(CONFIG);
    let bearer = daemon.bearer("so-tttt");
    let body = serde_json::json!({"title": "Không mã", "content_text": "Một tin không có mã số."})
        .to_string();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let push = || {
            let headers = [("authorization", bearer.as_str()), JSON, ("idempotency-key", "k-1")];
            let answer =
                http::try_request(daemon.address, "POST", ARTICLES, &headers, body.as_bytes());
            answer.map_or(0, |answer| answer.status)
        };
        let threads: Vec<_> = (0..50).map(|_| scope.spawn(push)).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert!(statuses.iter().all(|s| *s == 201 || *s == 200), "{statuses:?}");
    assert_eq!(daemon.get("/feeds/all.rss").text().matches("<item>").count(), 1);
    let headers = [("authorization", bearer.as_str()), JSON, ("idempotency-key", "k-1")];
    let other =
        serde_json::json!({"title": "Tin khác", "content_text": "Nội dung khác."}).to_string();
    assert_eq!(daemon.send("POST", ARTICLES, &headers, &other).status, 422);
}

#[test]
fn bad_pushes_are_named_and_change_nothing() {
    let daemon = Daemon::start(CONFIG);
    let bearer = daemon.bearer("so-tttt");
    let auth = ("authorization", bearer.as_str());
    let cases: [(&str, &str, u16, &str); 6] = [
        ("application/json", "{\"title\": ", 400, "line"),
        ("application/json", "{\"title\": 5}", 400, "title"),
        ("application/json", "{\"title\": \"x\", \"contnet\": \"y\"}", 400, "content"),
        ("application/json", "{}", 400, "title"),
        ("text/css", "x", 415, "application/json"),
        ("application/atom+xml", "<entry", 400, ""),
    ];
    for (media_type, body, status, named) in cases {
        let answer = daemon.send(
            "POST",
            ARTICLES,
            &[auth, ("content-type", media_type), ("accept-language", "en")],
            body,
        );
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{body}");
        assert!(answer.text().contains(named), "{body}: {}", answer.text());
    }
    let big = format!("{{\"title\": \"{}\"}}", "x".repeat(1 << 20));
    assert_eq!(daemon.send("POST", ARTICLES, &[auth, JSON], &big).status, 413);
    for slug in ["../../etc/x", "%2e%2e%2f", "..%5c"] {
        let answer =
            daemon.send("POST", &format!("/api/v1/sources/{slug}/articles"), &[auth, JSON], "{}");
        assert!((400..405).contains(&answer.status), "{slug}: {}", answer.status);
    }
    let smuggled = format!(
        "POST {ARTICLES} HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"
    );
    assert_eq!(http::raw(daemon.address, smuggled.as_bytes()).status, 400);
    assert!(daemon.changes().is_empty());
}

#[test]
fn a_batch_answers_line_by_line() {
    let daemon = Daemon::start(CONFIG);
    let bearer = daemon.bearer("so-tttt");
    let lines =
        format!("{}\n{{\"title\": 5}}\n{}\n", article("1", "Tin một"), article("2", "Tin hai"));
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/x-ndjson")];
    let answer = daemon.send("POST", ARTICLES, &headers, &lines);
    let results: Vec<serde_json::Value> =
        answer.text().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let statuses: Vec<u64> = results.iter().map(|r| r["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [201, 400, 201], "{results:?}");
    assert_eq!(daemon.get("/feeds/all.rss").text().matches("<item>").count(), 2);
}

#[test]
fn hostile_hosts_and_lines_leave_no_trace() {
    let daemon = Daemon::start(CONFIG);
    let bearer = daemon.bearer("so-tttt");
    let body = serde_json::json!({"id": "a\r\nx: y", "title": "Tin\r\nset-cookie: a=b", "content_text": "x"}).to_string();
    let answer = daemon.send("POST", ARTICLES, &[("authorization", &bearer), JSON], &body);
    assert!(answer.header("set-cookie").is_none() && answer.header("x").is_none());
    let feed = daemon.get_with(
        "/feeds/all.rss",
        &[("host", "evil.example"), ("x-forwarded-host", "evil.example")],
    );
    assert!(!feed.text().contains("evil.example"));
    assert!(feed.text().contains("https://tin.example.vn/"));
}

#[test]
fn an_old_date_is_shown_as_it_is_and_a_picture_alone_is_an_article() {
    let daemon = Daemon::start(CONFIG);
    let bearer = daemon.bearer("so-tttt");
    let old = serde_json::json!({"id": "cu", "title": "Tin cũ", "content_text": "x", "published": "1965-03-02T08:00:00+07:00"});
    let bare = serde_json::json!({"id": "anh", "content_html": "<img src='https://a.vn/1.jpg'>"});
    let told = serde_json::json!({"id": "lu", "content_html": "<img src='https://a.vn/2.jpg' alt='Lũ về'>"});
    let mut keys = [old, bare, told].map(|article| {
        let body = article.to_string();
        let answer = daemon.send("POST", ARTICLES, &[("authorization", &bearer), JSON], &body);
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["key"].as_str().unwrap().to_owned()
    });
    let page = daemon
        .get_with(&format!("/a/{}", std::mem::take(&mut keys[0])), &[("accept", "text/html")]);
    let page = page.text();
    assert!(page.contains("02/03/1965") && page.contains("1965-03-02T08:00:00+07:00"), "{page}");
    assert!(page.contains("\"datePublished\":\"1965-03-02T08:00:00+07:00\""), "{page}");
    assert!(!page.contains("1970"), "{page}");
    let feed = daemon.get("/feeds/all.json").json();
    let titles: Vec<_> = feed["items"].as_array().unwrap().iter().map(|i| &i["title"]).collect();
    assert_eq!(titles.len(), 3, "{feed}");
    assert!(titles.iter().any(|title| *title == "Lũ về"), "{titles:?}");
    assert!(titles.iter().any(|title| *title == "(không có tiêu đề)"), "{titles:?}");
    assert_eq!(feed["items"][2]["date_published"], "1970-01-01T07:00:00+07:00");
}

#[test]
fn a_stop_lets_a_batch_end_that_is_being_taken_in() {
    use std::io::{Read, Write};
    let mut daemon = Daemon::prepare(CONFIG);
    daemon.edit_config("[server]\n", "[server]\nstop_timeout = \"60s\"\n");
    daemon.launch();
    let token = daemon.token("so-tttt");
    let body: String = (0..300)
        .map(|n| {
            serde_json::json!({"id": n.to_string(), "title": n.to_string(), "content_text": "x"})
                .to_string()
                + "\n"
        })
        .collect();
    let mut stream = std::net::TcpStream::connect(daemon.address).unwrap();
    let head = format!(
        "POST {ARTICLES} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\ncontent-type: application/x-ndjson\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = vec![0; 20];
    stream.read_exact(&mut answer).unwrap();
    assert!(daemon.stop().success());
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer);
    assert_eq!(answer.matches("\"status\":201").count(), 300, "{answer}");
}

/// What an article's JSON became, without what names its source; or nothing where it was refused.
fn taken(daemon: &Daemon, source: &str, id: &str) -> Option<serde_json::Value> {
    let answer = daemon.get(&format!("/api/v1/sources/{source}/articles/{id}"));
    let mut article: serde_json::Value = serde_json::from_str(&answer.text()).unwrap();
    let object = article.as_object_mut()?;
    for own in ["id", "key", "page", "source", "received", "changed", "order", "fingerprint"] {
        object.remove(own);
    }
    if !object.contains_key("published_raw") {
        // Without a date of its own it has that of its receipt.
        ["published", "updated"].iter().for_each(|own| _ = object.remove(*own));
    }
    (answer.status == 200).then_some(article)
}

#[test]
fn an_articles_json_is_the_same_article_pushed_or_added() {
    let daemon = Daemon::start(CONFIG);
    let bearer = format!("Bearer {}", daemon.token("so-tttt"));
    let auth = ("authorization", bearer.as_str());
    let fields = [
        (
            true,
            r#""title": "T", "content_html": "<p>x</p>", "published": "2026-06-12T20:30:21+07:00""#,
        ),
        (
            true,
            r#""title": "T", "lead": "Lời dẫn.", "author": "An", "category": "Kinh tế", "lang": "vi""#,
        ),
        (true, r#""title": "T", "description": "Lời dẫn.", "date": "12/06/2026 20:30""#),
        (true, r#""title": "T", "content": "<p>x</p>", "banner_image": "http://a.vn/b.jpg""#),
        (
            true,
            r#""title": "T", "attachments": ["http://a.vn/a.pdf"], "tags": null, "authors": null"#,
        ),
        (
            true,
            r#""title": "T", "publisher": {"name": "P"}, "source": {"title": "O", "url": "http://o.vn/"}"#,
        ),
        (true, r#""title": "T", "views": 5, "slug": "tin-t", "draft": false"#),
        (true, r#""title": "T", "categories": [{"term": 7, "label": "L"}, {"name": "b"}]"#),
        (
            true,
            r#""title": "T", "enclosures": [{"url": "http://a.vn/a.mp3", "length": "5", "duration": 61.4}]"#,
        ),
        (true, r#""summary": "Chỉ có lời dẫn.""#),
        (false, r#""title": 5"#),
        (false, r#""title": "T", "titel": "x", "title": "U""#),
        (false, r#""titel": "T""#),
        (false, r#""title": "T", "body": "<p>x</p>""#),
        (false, r#""title": "T", "draft": true"#),
        (false, r#""title": "T", "authors": [5]"#),
        (false, r#""title": "T", "url": "javascript:alert(1)""#),
        (false, r#""title": "T", "enclosures": [{"url": "http://a.vn/", "length": -1}]"#),
        (false, r#""image": "http://a.vn/b.jpg""#),
    ];
    for (number, (is_taken, fields)) in fields.iter().enumerate() {
        // An id may be a number at both doors.
        let json = format!("{{\"id\": {number}, {fields}}}");
        let pushed = daemon.send("POST", ARTICLES, &[auth, JSON], &json);
        assert_eq!(pushed.status, if *is_taken { 201 } else { 400 }, "{json}: {}", pushed.text());
        let file = format!("{number}.json");
        std::fs::write(daemon.path(&file), &json).unwrap();
        daemon.run(&["add", "--source", "khac", &file]);
        let id = number.to_string();
        let (pushed, added) = (taken(&daemon, "so-tttt", &id), taken(&daemon, "khac", &id));
        assert_eq!(pushed.is_some(), *is_taken, "{json}");
        assert_eq!(pushed, added, "{json}");
    }
}
