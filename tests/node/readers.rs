//! Real feed readers subscribe: newsboat (Debian) and Python's feedparser, installed by tests/run.

use crate::daemon::Daemon;
use std::collections::BTreeSet;
use std::process::Command;

const CONFIG: &str = "[[source]]\nid = \"a\"\ntitle = \"Sở A\"\nkind = \"push\"\n";

fn push(daemon: &Daemon, bearer: &str, id: &str, title: &str) {
    let body = serde_json::json!({
        "id": id, "title": title, "url": format!("https://a.example.vn/{id}"),
        "summary": "Lời dẫn & <ngắn>", "content_html": format!("<p>Nội dung của {title}</p>"),
        "authors": [{"name": "Lan Anh"}], "categories": ["Y tế"],
        "published": "2026-06-12T20:30:21+07:00",
        "enclosures": [{"url": "https://a.example.vn/x.mp3", "media_type": "audio/mpeg", "length": 1234}]
    });
    let headers = [("authorization", bearer), ("content-type", "application/json")];
    let answer = daemon.send(
        "PUT",
        &format!("/api/v1/sources/a/articles/{id}"),
        &headers,
        &body.to_string(),
    );
    assert!(answer.status / 100 == 2, "{}", answer.text());
}

/// Python of the tests' own environment; `None` outside tests/run, where the story says so and ends.
fn python() -> Option<String> {
    let venv = std::env::var("DONGTIN_TEST_VENV").ok();
    if venv.is_none() {
        eprintln!("skipped: run tests/run, which installs the readers");
    }
    venv.map(|venv| format!("{venv}/bin/python"))
}

fn feedparser(python: &str, url: &str, etag: &str, modified: &str) -> serde_json::Value {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/readers/feedparser_reads.py");
    let out = Command::new(python).args([script, url, etag, modified]).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

#[test]
fn feedparser_sees_each_article_once_and_asks_conditionally() {
    let Some(python) = python() else { return };
    let daemon = Daemon::start(CONFIG);
    let bearer = daemon.bearer("a");
    push(&daemon, &bearer, "1", "Tin một \"trích\" & <b>");
    push(&daemon, &bearer, "2", "Tin hai");
    for format in ["rss", "atom"] {
        let url = format!("http://{}/feeds/all.{format}", daemon.address);
        let feed = feedparser(&python, &url, "", "");
        assert_eq!(
            (&feed["status"], &feed["bozo"]),
            (&200.into(), &false.into()),
            "{format}: {feed}"
        );
        let entries = feed["entries"].as_array().unwrap();
        assert_eq!(entries.len(), 2, "{format}: {feed}");
        let one = entries
            .iter()
            .find(|e| e["link"] == "https://a.example.vn/1")
            .unwrap_or_else(|| panic!("{format}: {feed}"));
        assert!(one["title"].as_str().unwrap().contains("Tin một"), "{format}: {one}");
        assert_eq!(
            one["published"],
            serde_json::json!([2026, 6, 12, 13, 30, 21]),
            "{format}: {one}"
        );
        assert_eq!(one["author"], "Lan Anh", "{format}: {one}");
        assert!(one["content"].to_string().contains("Nội dung của Tin một"), "{format}: {one}");
        let again = feedparser(
            &python,
            &url,
            feed["etag"].as_str().unwrap(),
            feed["modified"].as_str().unwrap_or(""),
        );
        assert_eq!(again["status"], 304, "{format}: {again}");
    }
    push(&daemon, &bearer, "2", "Tin hai đã sửa");
    let feed = feedparser(&python, &format!("http://{}/feeds/all.atom", daemon.address), "", "");
    let titles: Vec<&str> =
        feed["entries"].as_array().unwrap().iter().filter_map(|e| e["title"].as_str()).collect();
    assert_eq!(titles.iter().filter(|t| t.starts_with("Tin hai")).count(), 1, "{titles:?}");
}

#[test]
fn reader_reads_all_three_formats() {
    let Some(python) = python() else { return };
    let daemon = Daemon::start(CONFIG);
    let bearer = daemon.bearer("a");
    push(&daemon, &bearer, "1", "Tin một");
    push(&daemon, &bearer, "2", "Tin hai");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/readers/reader_reads.py");
    let base = format!("http://{}/feeds/all", daemon.address);
    let out = Command::new(python).args([script, &base]).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let read: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    for (format, version) in [("rss", "rss20"), ("atom", "atom10"), ("json", "json11")] {
        let feed = &read[format];
        assert_eq!(
            (&feed["version"], &feed["error"]),
            (&version.into(), &serde_json::Value::Null),
            "{feed}"
        );
        let entries = feed["entries"].as_array().unwrap();
        let mut titles: Vec<&str> = entries.iter().filter_map(|e| e["title"].as_str()).collect();
        titles.sort_unstable();
        assert_eq!(titles, ["Tin hai", "Tin một"], "{format}");
        for entry in entries {
            assert_eq!(entry["published"], "2026-06-12T13:30:21+00:00", "{format}: {entry}");
            assert!(entry["author"].as_str().unwrap().contains("Lan Anh"), "{format}: {entry}");
            assert!(
                entry["content"].as_str().unwrap().contains("Nội dung của"),
                "{format}: {entry}"
            );
        }
    }
}

/// newsboat's own cache, as it stands after a reload: (guid, title, author, published, content).
fn newsboat(daemon: &Daemon, python: &str, format: &str) -> Vec<serde_json::Value> {
    let home = daemon.path(&format!("newsboat-{format}"));
    std::fs::create_dir_all(&home).unwrap();
    let url = format!("http://{}/feeds/all.{format}\n", daemon.address);
    std::fs::write(home.join("urls"), url).unwrap();
    std::fs::write(home.join("config"), "").unwrap();
    let at = |name: &str| home.join(name).to_string_lossy().into_owned();
    let out = Command::new("newsboat")
        .args(["-u", &at("urls"), "-c", &at("cache.db"), "-C", &at("config"), "-x", "reload"])
        .env("HOME", &home)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap();
    assert!(out.status.success(), "{out:?}");
    let query = "import json,sqlite3,sys; print(json.dumps([dict(zip(('feed','guid','title','author','published','content'), r)) for r in sqlite3.connect(sys.argv[1]).execute('select feedurl,guid,title,author,pubDate,content from rss_item')]))";
    let out = Command::new(python).args(["-c", query, &at("cache.db")]).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

#[test]
fn newsboat_sees_each_article_once_and_a_revision_once() {
    let Some(python) = python() else { return };
    let daemon = Daemon::start(CONFIG);
    let bearer = daemon.bearer("a");
    push(&daemon, &bearer, "1", "Tin một");
    push(&daemon, &bearer, "2", "Tin hai");
    for format in ["rss", "atom"] {
        let items = newsboat(&daemon, &python, format);
        assert_eq!(items.len(), 2, "{format}: {items:?}");
        for item in &items {
            assert_eq!(item["published"], 1_781_271_021, "{item}");
            assert!(item["author"].as_str().unwrap().contains("Lan Anh"), "{item}");
            assert!(item["content"].as_str().unwrap().contains("Nội dung của"), "{item}");
        }
    }
    push(&daemon, &bearer, "2", "Tin hai đã sửa");
    for format in ["rss", "atom"] {
        let again = newsboat(&daemon, &python, format);
        assert_eq!(again.len(), 2, "{format}: a revision is no new item: {again:?}");
        let revised = again.iter().filter(|i| i["title"] == "Tin hai đã sửa").count();
        assert_eq!(revised, 1, "{format}: {again:?}");
    }
}

/// The addresses of a relation in a document, below the site.
fn linked(document: &str, rel: &str) -> Option<String> {
    let links = document.split("<link ").chain(document.split("<atom:link "));
    let own = format!("rel=\"{rel}\"");
    let link =
        links.map(|rest| rest.split('>').next().unwrap()).find(|link| link.contains(&own))?;
    let href = link.split("href=\"").nth(1)?.split('"').next()?;
    Some(href.strip_prefix("https://tin.example.vn").unwrap().replace("&amp;", "&"))
}

/// Walks from a document on; the ids of each, and the address of the last.
fn walk(daemon: &Daemon, from: &str, rel: &str) -> (Vec<String>, String) {
    let (mut ids, mut at) = (Vec::new(), from.to_owned());
    loop {
        let answer = daemon.get(&at);
        assert_eq!(answer.status, 200, "{at}");
        let document = answer.text();
        let next = if rel == "next_url" {
            let json = answer.json();
            ids.extend(json["items"].as_array().unwrap().iter().map(|item| item["id"].to_string()));
            let next = json["next_url"].as_str();
            next.map(|url| url.strip_prefix("https://tin.example.vn").unwrap().to_owned())
        } else {
            let tag = if document.contains("<rss") {
                ("<guid isPermaLink=\"false\">", "</guid>")
            } else {
                ("<entry><title>", "</title>")
            };
            let entries =
                document.split(tag.0).skip(1).map(|rest| rest.split(tag.1).next().unwrap());
            ids.extend(entries.map(str::to_owned));
            linked(&document, rel)
        };
        match next {
            Some(next) => at = next,
            None => return (ids, at),
        }
    }
}

/// The titles on a page and on those to which it leads as older ones, each once; `first` are on the first page.
fn titles_of_pages(daemon: &Daemon, from: &str, first: usize) -> BTreeSet<String> {
    let (mut found, mut next, mut count) = (BTreeSet::new(), Some(from.to_owned()), 0);
    while let Some(path) = next {
        let page = daemon.get_with(&path, &[("accept", "text/html")]).text();
        let shown: Vec<_> = page
            .split("<h3")
            .skip(1)
            .filter_map(|card| {
                let title = card.split("</h3>").next()?.split(">Tin ").nth(1)?;
                Some(title.split('<').next()?.to_owned())
            })
            .collect();
        assert!(count > 0 || shown.len() == first, "{path}: {}", shown.len());
        count += 1;
        assert!(count < 100, "{path}");
        assert_eq!(shown.len(), shown.iter().collect::<BTreeSet<_>>().len(), "{path}");
        assert!(shown.into_iter().all(|title| found.insert(title)), "{path}: each once");
        let link = page.split("rel=\"next\"").next().filter(|before| before.len() < page.len());
        next = link.and_then(|before| {
            Some(before.rsplit_once("href=\"")?.1.split('"').next()?.replace("&amp;", "&"))
        });
        assert!(
            !path.contains("lang=en") || next.as_ref().is_none_or(|next| next.contains("lang=en"))
        );
    }
    found
}

#[test]
fn older_documents_lead_back_to_the_first_article() {
    let mut config = "[automatic]\nmin_entries = 3\nmax_entries = 3\n\n".to_owned();
    config.push_str(CONFIG);
    let daemon = Daemon::start(&config);
    let bearer = daemon.bearer("a");
    let lines: String = (0..150)
        .map(|n| {
            format!("{{\"id\":\"{n}\",\"title\":\"Tin {n}\",\"content_text\":\"Bài {n}.\"}}\n")
        })
        .collect();
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/x-ndjson")];
    assert_eq!(daemon.send("POST", "/api/v1/sources/a/articles", &headers, &lines).status, 200);
    let mut last = String::new();
    for (from, rel) in [
        ("/feeds/all.rss", "prev-archive"),
        ("/feeds/all.atom", "prev-archive"),
        ("/feeds/all.json", "next_url"),
        ("/feeds/source-a.atom?page=1", "next"),
    ] {
        let (mut ids, end) = walk(&daemon, from, rel);
        assert_eq!(ids.len(), 150, "{from}");
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 150, "{from}: each once");
        last = if rel == "prev-archive" { end } else { last };
    }
    assert_eq!(titles_of_pages(&daemon, "/", 30).len(), 150);
    assert_eq!(titles_of_pages(&daemon, "/feeds/source-a?lang=en", 3).len(), 150);
    let answer = daemon.get(&last);
    let document = answer.text();
    assert!(
        document.contains("<fh:archive xmlns:fh=\"http://purl.org/syndication/history/1.0\"/>")
    );
    assert_eq!(linked(&document, "current").as_deref(), Some("/feeds/all.atom"));
    assert_eq!(linked(&document, "self").as_ref(), Some(&last));
    assert!(daemon.get(&last.replace(".atom", ".rss")).text().contains("<fh:archive"));
    let tag = answer.header("etag").unwrap();
    assert_eq!(daemon.get_with(&last, &[("if-none-match", tag)]).status, 304);
    let id = document.split("<entry><title>Tin ").nth(1).unwrap().split('<').next().unwrap();
    let path = format!("/api/v1/sources/a/articles/{id}");
    assert_eq!(daemon.send("DELETE", &path, &headers[..1], "").status, 204);
    let recalled = daemon.get_with(&last, &[("if-none-match", tag)]);
    assert_eq!(recalled.status, 200);
    assert!(!recalled.text().contains(&format!("<title>Tin {id}</title>")));
    assert!(recalled.text().contains("<at:deleted-entry"));
    for unknown in ["?archive=x", "?archive=00000000000000000000000000", "?page=0"] {
        assert_eq!(daemon.get(&format!("/feeds/all.atom{unknown}")).status, 404, "{unknown}");
    }
}
