//! Sources that mean harm or know no better: impossible dates, new ids at every poll, floods, other sources' names; and
//! clients that say they are somebody else.

use crate::daemon::Daemon;
use crate::documents::{self, rss};
use crate::portal::Portal;
use std::collections::BTreeSet;

/// A config with a feed source per name, each at a path of its name, and one that is pushed to.
fn config(portal: &Portal, names: &[&str]) -> String {
    let push = "\n[[source]]\nid = \"cms\"\ntitle = \"CMS\"\nkind = \"push\"\n";
    let feeds = names.iter().map(|name| portal.source(name, "feed", &format!("/{name}"), ""));
    portal.fetch() + push + &feeds.collect::<String>()
}

fn item(guid: &str, link: &str, title: &str) -> String {
    documents::item(guid, title, &format!("<link>{link}</link>"))
}

const DATES: &[&str] = &[
    "9999-12-31T23:59:59Z",
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "0000-00-00T00:00:00Z",
    "0000-01-01T00:00:00Z",
    "-0001-01-01T00:00:00Z",
    "1601-01-01T00:00:00Z",
    "Mon, 01 Jan 1601 00:00:00 GMT",
    "1970-01-01T00:00:00Z",
    "1969-12-31T23:59:59Z",
    "+292278994-08-17T07:12:55Z",
    "99999-01-01T00:00:00Z",
    "2026-02-30T25:61:61+99:99",
    "2026-06-12T20:30:00+24:00",
    "31/02/2026 24:60",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "1e308",
    "NaN",
    "2038-01-19T03:14:08Z",
];

#[test]
fn impossible_dates_pin_nothing_and_lose_nothing() {
    let portal = Portal::start();
    let digits = "9".repeat(1 << 18);
    let dates: Vec<&str> = DATES.iter().copied().chain([digits.as_str()]).collect();
    let items: String = (0..)
        .zip(&dates)
        .map(|(n, date)| format!("<item><guid>{n}</guid><link>https://a.vn/{n}</link><title>Tin có ngày lạ {n}</title><pubDate>{date}</pubDate><dc:date>{date}</dc:date></item>"))
        .collect();
    let dublin_core = "<rss xmlns:dc=\"http://purl.org/dc/elements/1.1/\"";
    portal.put("/a", "text/xml", &rss(&items).replacen("<rss", dublin_core, 1));
    let daemon = Daemon::start(&config(&portal, &["a"]));
    for n in 0..dates.len() {
        daemon.await_title(&format!("Tin có ngày lạ {n}"));
    }
    let bearer = daemon.bearer("cms");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    for date in &dates {
        let article =
            serde_json::json!({"id": "ngay", "title": "Tin", "published": date, "updated": date})
                .to_string();
        let answer = daemon.send("POST", "/api/v1/sources/cms/articles", &headers, &article);
        assert!([200, 201, 400].contains(&answer.status), "{date:.40}: {}", answer.text());
    }
    let article = serde_json::json!({"id": "nay", "title": "Tin sáng nay"}).to_string();
    assert_eq!(daemon.send("POST", "/api/v1/sources/cms/articles", &headers, &article).status, 201);
    let changes = daemon.changes();
    let hour = dongtin::testing::model::Timestamp::now().plus_millis(3_600_000).rfc3339_at(0);
    for change in &changes {
        let received = change["article"]["received"].as_str().unwrap_or("0");
        assert!(received < hour.as_str(), "{change}");
    }
    let feed = daemon.get("/feeds/all.atom").text();
    let updated = feed.split("<updated>").nth(1).and_then(|rest| rest.get(..4));
    assert!(updated.is_some_and(|year| year < "2100" && year > "2000"), "{updated:?}");
}

#[test]
fn the_same_hundred_under_new_ids_at_every_poll_are_nothing_new() {
    let portal = Portal::start();
    let poll = |poll: usize| {
        let item = |n: usize| {
            // Of each kind of portal some: a random number, an address with a session, a shuffled order, a date that is always now.
            let (guid, link) = match n % 4 {
                0 => (format!("{poll}-{n}"), format!("https://a.vn/tin/{n}.html")),
                1 => (
                    format!("https://a.vn/tin/{n}.html?sid={poll}"),
                    format!("https://a.vn/tin/{n}.html?utm_source=rss{poll}"),
                ),
                2 => (
                    format!("guid{}", n * 7919 + poll),
                    format!("http://www.a.vn/tin/{n}.html#c{poll}"),
                ),
                _ => (String::new(), format!("https://a.vn/tin/{n}.html?fbclid={poll}")),
            };
            let guid = if guid.is_empty() {
                guid
            } else {
                format!("<guid isPermaLink=\"false\">{guid}</guid>")
            };
            let words: String = (0..30).map(|word| format!("từ{n}x{word} ")).collect();
            format!(
                "<item>{guid}<link>{link}</link><title>Tin tức trong tỉnh số {n}</title><description>{words}</description></item>"
            )
        };
        let mut items: Vec<String> = (0..100).map(item).collect();
        items.rotate_left(poll * 13 % 100);
        rss(&items.concat())
    };
    portal.put("/a", "text/xml", &poll(0));
    let daemon = Daemon::start(&config(&portal, &["a"]));
    daemon.await_change(|change| change["seq"] == 100);
    for n in 1..4 {
        portal.put("/a", "text/xml", &poll(n));
        portal.await_polls(&daemon, "/a", 2);
        let more = daemon.get("/api/v1/changes?after=100").json();
        assert_eq!(daemon.last_seq(), 100, "poll {n}: {}", more["changes"][0]);
    }
    assert_eq!(
        daemon.get("/api/v1/changes?after=99").json()["changes"].as_array().unwrap().len(),
        1
    );
}

#[test]
fn fifty_thousand_new_articles_in_one_poll_are_cut_flagged_and_delay_no_other_source() {
    let portal = Portal::start();
    let flood: String = (0..50_000)
        .map(|n| item(&n.to_string(), &format!("https://a.vn/{n}"), &format!("Tin tràn ngập {n}")))
        .collect();
    portal.put("/lu", "text/xml", &rss(&flood));
    portal.put("/yen", "text/xml", &rss(&item("1", "https://b.vn/1", "Tin yên bình")));
    let daemon = Daemon::start(&config(&portal, &["lu", "yen"]));
    assert!(daemon.run(&["source", "poll", "--no-wait", "--all"]).status.success());
    daemon.await_title("Tin yên bình");
    let flooded = daemon.await_change(|change| change["source"] == "lu");
    assert!(flooded["article"]["title"].as_str().unwrap().starts_with("Tin tràn"), "{flooded}");
    daemon.until("the status names the limit", || {
        assert_eq!(daemon.get("/feeds/all.rss").status, 200);
        daemon.status().contains("entry-limit")
    });
    // The entry cap is 2,000 a document: whatever is polled again, there are no more of it.
    assert!(daemon.last_seq() <= 2_001);
    portal.put("/yen", "text/xml", &rss(&item("2", "https://b.vn/2", "Tin yên bình thứ hai")));
    daemon.run(&["source", "poll", "--no-wait", "yen"]);
    daemon.await_title("Tin yên bình thứ hai");
}

#[test]
fn what_one_source_says_of_anothers_articles_changes_nothing_of_them() {
    let portal = Portal::start();
    let atom = |inside: &str| {
        format!(
            "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:at='http://purl.org/atompub/tombstones/1.0'><id>tag:a.vn,2026:feed</id><title>A</title>{inside}</feed>"
        )
    };
    let entry = |title: &str, link: &str| {
        format!(
            "<entry><id>tag:a.vn,2026:1</id><title>{title}</title><link href='{link}'/><author><name>A</name></author><updated>2026-11-01T00:00:00Z</updated><content>Nội dung của {title}, đủ để biết là của ai.</content></entry>"
        )
    };
    portal.put("/a", "application/atom+xml", &atom(&entry("Tin của A", "https://a.vn/1")));
    portal.put("/b", "application/atom+xml", &atom(""));
    let daemon = Daemon::start(&config(&portal, &["a", "b"]));
    let own = daemon.await_title("Tin của A");
    let gone = "<at:deleted-entry ref='tag:a.vn,2026:1' when='2026-11-22T00:00:00Z'/><at:deleted-entry ref='https://a.vn/1' when='2026-11-22T00:00:00Z'/>";
    let id = own["article"]["id"].as_str().unwrap().to_owned();
    let ours = format!("<at:deleted-entry ref='{id}' when='2026-11-22T00:00:00Z'/>");
    let claims = [
        entry("Tin giả dưới mã của A", "https://b.vn/1"),
        entry("Tin giả dưới mã và liên kết của A", "https://a.vn/1"),
        entry("Tin có nguồn", "https://a.vn/1").replace(
            "<content>",
            "<source><id>tag:a.vn,2026:feed</id><title>A</title></source><content>",
        ),
        entry("Tin dưới mã của chúng ta", "https://b.vn/2").replace("tag:a.vn,2026:1", &id),
        format!("{gone}{ours}"),
    ];
    for claim in claims {
        portal.put("/b", "application/atom+xml", &atom(&claim));
        portal.await_polls(&daemon, "/b", 2);
    }
    let changes = daemon.changes();
    let of_a: Vec<_> = changes
        .iter()
        .filter(|change| {
            change["source"] == "a" || change["id"] == own["id"] && change["type"] != "put"
        })
        .collect();
    assert_eq!(of_a.len(), 1, "{of_a:?}");
    assert!(daemon.get("/feeds/all.rss").text().contains("Tin của A"));
    let bearer = daemon.bearer("cms");
    for method in ["PUT", "DELETE"] {
        let path = "/api/v1/sources/a/articles/tag%3Aa.vn%2C2026%3A1";
        let answer = daemon.send(
            method,
            path,
            &[("authorization", &bearer), ("content-type", "application/json")],
            "{\"title\":\"x\"}",
        );
        assert_eq!(answer.status, 403, "{method}: {}", answer.text());
    }
}

#[test]
fn whoever_a_client_says_the_host_is_the_answer_is_the_same() {
    let portal = Portal::start();
    let daemon = Daemon::start(&config(&portal, &[]));
    let bearer = daemon.bearer("cms");
    let article = serde_json::json!({"id": "1", "title": "Tin", "content_html": "<p>x</p><img src='https://tin.example.vn/a.png'>"});
    assert_eq!(
        daemon
            .send(
                "POST",
                "/api/v1/sources/cms/articles",
                &[("authorization", &bearer), ("content-type", "application/json")],
                &article.to_string()
            )
            .status,
        201
    );
    let page = daemon.changes()[0]["key"].as_str().map(|key| format!("/a/{key}"));
    let mut paths: Vec<String> = [
        "/feeds/all.rss",
        "/feeds/all.atom",
        "/feeds/all.json",
        "/feeds/all",
        "/",
        "/opml",
        "/feeds.opml",
        "/api/v1/openapi.json",
        "/status",
        "/api/v1/changes?after=0",
        "/robots.txt",
    ]
    .map(String::from)
    .into();
    paths.extend(page);
    let claims = [
        "host",
        "x-forwarded-host",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-forwarded-prefix",
        "x-forwarded-port",
        "forwarded",
        "x-original-url",
        "x-rewrite-url",
        "x-host",
        "x-real-ip",
        "origin",
        "referer",
        "via",
        "x-http-method-override",
    ];
    let mut compared = 0;
    for path in &paths {
        let plain = daemon.get(path);
        compared += usize::from(plain.status == 200);
        for claim in claims {
            let value = if claim == "forwarded" {
                "host=evil.example;for=evil.example;proto=http"
            } else {
                "evil.example"
            };
            let answer = daemon.get_with(path, &[(claim, value)]);
            let names = answer.headers.iter().any(|(_, value)| value.contains("evil"));
            assert!(!names && !answer.text().contains("evil"), "{path} {claim}");
            let known = |answer: &crate::http::Answer| answer.header("etag").map(str::to_owned);
            assert_eq!(
                (answer.status, known(&answer)),
                (plain.status, known(&plain)),
                "{path} {claim}"
            );
        }
        // Nothing that was kept for one client is given to the next.
        assert!(!daemon.get(path).text().contains("evil"), "{path}");
        let absolute = format!("http://evil.example{path}");
        let answer = daemon.get_with(&absolute, &[("host", "evil.example")]);
        assert!(!answer.text().contains("evil"), "{absolute}");
    }
    assert!(compared >= 7, "only {compared} of {paths:?} are there");
    let illegal: BTreeSet<&str> = [
        "evil.example/x", "a@b", "a b", "[::1", "a:99999", "a:x", "<script>", "a,b", "a#b", "a?b",
        "%61.vn", "",
    ]
    .into();
    for host in illegal {
        assert_eq!(daemon.get_with("/feeds/all.rss", &[("host", host)]).status, 400, "{host}");
    }
    let twice = daemon.get_with("/feeds/all.rss", &[("host", "a"), ("host", "b")]);
    assert_eq!(twice.status, 400);
}
