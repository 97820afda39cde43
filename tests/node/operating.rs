//! Starting, reloading, stopping: what an operator and every reader meanwhile sees.

use crate::daemon::Daemon;
use crate::documents::answer;
use crate::portal::Portal;
use crate::wait::until_some;

const CONFIG: &str = "[[source]]\nid = \"a\"\nkind = \"push\"\n";

#[test]
fn an_unchanged_feed_is_byte_identical_after_a_restart() {
    let mut daemon = Daemon::start(CONFIG);
    let bearer = daemon.bearer("a");
    for n in 0..3 {
        let body = serde_json::json!({"id": n.to_string(), "title": format!("Tin {n}"), "content_text": "Nội dung."}).to_string();
        let answer = daemon.send(
            "POST",
            "/api/v1/sources/a/articles",
            &[("authorization", &bearer), ("content-type", "application/json")],
            &body,
        );
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    let seen = |daemon: &Daemon| -> Vec<(Vec<u8>, Option<String>, Option<String>)> {
        ["all.rss", "all.atom", "all.json", "source-a.rss"]
            .map(|feed| {
                let page = daemon.get(&format!("/feeds/{feed}"));
                let header = |name| page.header(name).map(str::to_owned);
                (page.body.clone(), header("etag"), header("last-modified"))
            })
            .to_vec()
    };
    daemon.await_next_second();
    let before = seen(&daemon);
    assert!(daemon.stop().success());
    daemon.launch();
    assert_eq!(seen(&daemon), before);
}

#[test]
fn readers_get_304_and_every_encoding() {
    let daemon = Daemon::start(CONFIG);
    let page = daemon.get("/feeds/all.rss");
    let (etag, modified) = (page.header("etag").unwrap(), page.header("last-modified").unwrap());
    assert!(page.header("content-type").unwrap().starts_with("application/rss+xml"));
    let list = format!("W/\"x\", {etag}");
    for headers in [
        [("if-none-match", etag)],
        [("if-none-match", &list)],
        [("if-none-match", "*")],
        [("if-modified-since", modified)],
    ] {
        let answer = daemon.get_with("/feeds/all.rss", &headers);
        assert_eq!((answer.status, answer.body.len()), (304, 0), "{headers:?}");
        assert_eq!(answer.header("etag"), Some(etag));
    }
    let stale = daemon.get_with(
        "/feeds/all.rss",
        &[("if-none-match", "\"other\""), ("if-modified-since", modified)],
    );
    assert_eq!(stale.status, 200, "If-None-Match goes before If-Modified-Since");
    for encoding in ["gzip", "br", "zstd"] {
        let answer = daemon.get_with("/feeds/all.rss", &[("accept-encoding", encoding)]);
        assert_eq!(answer.header("content-encoding"), Some(encoding));
        assert_ne!(answer.header("etag"), Some(etag), "a strong ETag is of the bytes");
    }
    let head = daemon.send("HEAD", "/feeds/all.rss", &[], "");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), Some(page.body.len().to_string().as_str()));
    assert_eq!(daemon.get("/feeds/nothing.rss").status, 404);
    let browser = daemon.get_with(
        "/feeds/all.rss",
        &[("accept", "text/html,application/xhtml+xml,*/*;q=0.8"), ("sec-fetch-mode", "navigate")],
    );
    assert!(browser.header("content-type").unwrap().starts_with("text/html"), "{browser:?}");
}

#[test]
fn a_bad_config_is_refused_whole_and_a_good_one_is_taken() {
    let daemon = Daemon::start(CONFIG);
    daemon.write_config("[[source]]\nid = \"a\"\nkind = \"carrier pigeon\"\n");
    for _ in 0..50 {
        daemon.signal("HUP");
        assert_eq!(daemon.get("/feeds/source-a.rss").status, 200);
    }
    let status = daemon.run(&["source", "status"]);
    let (told, warned) = (status.stdout, String::from_utf8(status.stderr).unwrap());
    assert!(status.status.success(), "{warned}");
    assert!(String::from_utf8(told).unwrap().starts_with("a (a, push)"));
    assert!(warned.contains("carrier pigeon") && warned.contains("last good config"), "{warned}");
    daemon.write_config(
        "[[source]]\nid = \"a\"\nkind = \"carrier pigeon\"\n[fetch]\nbody = \"a foot\"\n",
    );
    let check = daemon.run(&["config", "check"]);
    let told = String::from_utf8(check.stderr).unwrap();
    assert!(!check.status.success());
    assert!(told.contains("carrier pigeon") && told.contains("fetch.body"), "{told}");
    daemon.write_config(
        "[[source]]\nid = \"a\"\nkind = \"push\"\n\n[[source]]\nid = \"b\"\nkind = \"push\"\n",
    );
    daemon.signal("HUP");
    daemon.until("the new config is taken", || daemon.get("/feeds/source-b.rss").status == 200);
    assert!(daemon.log().contains("carrier pigeon"), "the refusal names what is wrong");
}

#[test]
fn an_operator_with_a_vietnamese_environment_reads_vietnamese() {
    let daemon = Daemon::start(CONFIG);
    let run = |arguments: &[&str], locale: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_dongtin"));
        command.arg("--config").arg(daemon.path("dongtin.toml")).args(arguments);
        let done = command.env("LC_ALL", locale).output().unwrap();
        String::from_utf8(done.stdout).unwrap() + &String::from_utf8(done.stderr).unwrap()
    };
    for (arguments, vietnamese, english) in [
        (&["--help"][..], "Cách dùng:", "Usage:"),
        (&["source", "--help"], "Tìm nguồn tin ở một địa chỉ", "Find what an address offers"),
        (&["source", "status"], "tin, 0 đã gỡ", "0 withdrawn"),
        (&["token", "new", "a"], "mã truy cập chỉ hiện một lần này", "the only time it is shown"),
    ] {
        let (vi, en) = (run(arguments, "vi_VN.UTF-8"), run(arguments, "en_US.UTF-8"));
        assert!(vi.contains(vietnamese) && !vi.contains(english), "{arguments:?}: {vi}");
        assert!(en.contains(english) && !en.contains(vietnamese), "{arguments:?}: {en}");
    }
}

#[test]
fn the_doors_for_operators_answer() {
    let daemon = Daemon::start(CONFIG);
    for path in [
        "/healthz",
        "/readyz",
        "/metrics",
        "/",
        "/status",
        "/feeds.opml",
        "/api/v1/openapi.json",
        "/feeds/all",
    ] {
        let answer = daemon.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
    assert!(daemon.get("/metrics").text().contains("dongtin_"));
}

#[test]
fn behind_a_proxy_that_takes_a_path_away_every_link_of_a_page_leads_somewhere() {
    let mut daemon = Daemon::prepare(CONFIG);
    daemon.edit_config("https://tin.example.vn", "https://tinh.example.vn/tin");
    daemon.launch();
    let bearer = daemon.bearer("a");
    push(&daemon, &bearer, "1", "Kinh tế");
    daemon.await_change(|change| change["article"]["title"].is_string());
    let browser = [("accept", "text/html")];
    let (mut asked, mut paths) = (0, vec!["/tin/".to_owned()]);
    while let Some(path) = paths.get(asked).cloned() {
        let own = path.strip_prefix("/tin").unwrap_or_else(|| panic!("{path}"));
        let answer = daemon.get_with(own, &browser);
        assert_eq!(answer.status, 200, "{path}");
        asked += 1;
        let text = answer.text();
        for place in ["href=\"", "src=\""] {
            let addresses = text.split(place).skip(1).filter_map(|rest| rest.split('"').next());
            for address in addresses {
                let address = address.trim_start_matches("https://tinh.example.vn");
                let path = address.split(['?', '#']).next().unwrap().to_owned();
                if path.starts_with('/') && !paths.contains(&path) {
                    paths.push(path);
                }
            }
        }
    }
    assert!(asked > 15, "{paths:?}");
}

/// The names of metrics in a text, as they are exported: a histogram's parts are named after it.
fn metric_names(text: &str) -> std::collections::BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("dongtin_")).map(str::to_owned).collect()
}

#[test]
fn boards_and_alerts_ask_for_metrics_that_there_are() {
    let portal =
        "[[source]]\nid = \"b\"\nkind = \"feed\"\naddress = \"http://portal.invalid/rss\"\n";
    let daemon = Daemon::start(&format!("{CONFIG}{portal}"));
    let bearer = daemon.bearer("a");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let path = "/api/v1/sources/a/articles/1";
    assert_eq!(daemon.send("PUT", path, &headers, "{\"title\":\"Tin\"}").status, 201);
    assert_eq!(daemon.get("/feeds/all.rss").status, 200);
    assert_eq!(daemon.send("DELETE", path, &headers, "").status, 204);
    let exported = daemon.until_some("the feed is polled", || {
        let exported = metric_names(&daemon.get("/metrics").text());
        exported.contains("dongtin_polls_total").then_some(exported)
    });
    for file in ["deploy/grafana/dongtin.json", "deploy/prometheus/dongtin.rules.yml"] {
        let text = std::fs::read_to_string(file).unwrap();
        let asked = metric_names(&text);
        assert!(asked.len() > 3, "{file}");
        let missing: Vec<_> = asked.difference(&exported).collect();
        assert!(missing.is_empty(), "{file} asks for {missing:?}");
    }
    let board = std::fs::read_to_string("deploy/grafana/dongtin.json").unwrap();
    assert!(serde_json::from_str::<serde_json::Value>(&board).unwrap()["panels"].is_array());
}

#[test]
fn the_command_line_names_what_is_wrong() {
    let daemon = Daemon::start(CONFIG);
    for (arguments, named) in [
        (&["token", "new", "nobody"][..], "nobody"),
        (&["token", "revoke", "a", "00000000"], "no such token"),
        (&["add", "--source", "a", "missing.txt"], "missing.txt"),
        (&["frobnicate"], "frobnicate"),
        (&["restore", "missing.zst", "--into", "x"], "missing.zst"),
    ] {
        let out = daemon.run(arguments);
        assert!(!out.status.success(), "{arguments:?}");
        let text = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(text.contains(named), "{arguments:?}: {text}");
    }
    let out = daemon.run(&["config", "check"]);
    assert!(out.status.success());
}

#[test]
fn where_there_is_no_store_none_is_made() {
    let mut daemon = Daemon::prepare(CONFIG);
    let backup = daemon.path("backup");
    let archive = daemon.path("all.zst");
    let (backup, archive) = (backup.to_str().unwrap(), archive.to_str().unwrap());
    for arguments in [
        &["check"][..],
        &["rebuild"],
        &["backup", backup],
        &["export", archive],
        &["source", "status"],
    ] {
        let out = daemon.run(arguments);
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(!out.status.success() && said.contains("there is no store in"), "{said}");
        assert!(!daemon.path("data/sled").exists(), "{arguments:?}");
    }
    daemon.launch();
    assert!(daemon.run(&["check"]).status.success());
    std::fs::rename(daemon.path("data"), daemon.path("elsewhere")).unwrap();
    let ready = daemon.get("/readyz");
    assert_eq!(ready.status, 503);
    assert!(ready.text().contains("was taken away"), "{}", ready.text());
    assert_eq!(daemon.get("/feeds/all.rss").status, 200, "reading goes on");
    std::fs::rename(daemon.path("elsewhere"), daemon.path("data")).unwrap();
    assert_eq!(daemon.get("/readyz").status, 200);
}

#[test]
fn output_that_nobody_reads_is_no_crash() {
    use std::io::Read;
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_dongtin"))
        .args(["config", "print"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(said, "");
}

/// What an article is known by, from its feeds: ids and first dates.
fn known_by(daemon: &Daemon) -> Vec<String> {
    let parts = |feed: &str, name: &str| -> Vec<String> {
        let text = daemon.get(&format!("/feeds/all.{feed}")).text();
        let opening = format!("<{name}");
        let entries = text.split(&opening).skip(1);
        entries.map(|rest| rest.split("</").next().unwrap_or_default().to_owned()).collect()
    };
    let json = daemon.get("/feeds/all.json").json();
    let items = json["items"].as_array().unwrap().iter();
    let json = items.map(|item| format!("{} {}", item["id"], item["date_published"]));
    let rest = [parts("rss", "guid"), parts("rss", "pubDate"), parts("atom", "published")];
    json.chain(rest.into_iter().flatten()).collect()
}

#[test]
fn ids_and_first_dates_stay_through_revisions_rebuilding_and_another_config() {
    let mut daemon = Daemon::start(CONFIG);
    let bearer = daemon.bearer("a");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let push = |daemon: &Daemon, n: usize, title: &str, minute: usize| {
        let body = serde_json::json!({"title": title, "content_text": "Nội dung.", "published": format!("2026-06-12T20:{minute:02}:21+07:00")});
        let path = format!("/api/v1/sources/a/articles/{n}");
        let status = daemon.send("PUT", &path, &headers, &body.to_string()).status;
        assert!(status / 100 == 2, "{status}");
    };
    (0..4).for_each(|n| push(&daemon, n, "Tin", 10 + n));
    let before = known_by(&daemon);
    assert_eq!(before.len(), 4 * 4);
    // A later publication date of a known article is a correction of it, not another first date.
    push(&daemon, 3, "Tin đã sửa", 13);
    assert_eq!(known_by(&daemon), before, "a revision");
    assert!(daemon.run(&["rebuild"]).status.success());
    assert_eq!(known_by(&daemon), before, "rebuilding");
    daemon.stop();
    daemon.edit_config("tin.example.vn,2026", "khac.example.vn,2027");
    daemon.edit_config("Tin tỉnh", "Tên mới");
    daemon.launch();
    assert_eq!(known_by(&daemon), before, "another config");
}

#[test]
fn a_hangup_while_the_daemon_opens_does_not_end_it() {
    let mut daemon = Daemon::prepare(CONFIG);
    let lock = daemon.path("data").join("lock");
    let hanging_up = std::thread::spawn(move || {
        let process = until_some("the daemon locks its data", || {
            std::fs::read_to_string(&lock).ok()?.trim().parse::<u32>().ok()
        });
        let mut kill = std::process::Command::new("kill");
        kill.args(["-HUP", &process.to_string()]).status().unwrap().success()
    });
    daemon.launch();
    assert!(hanging_up.join().unwrap(), "the signal was sent");
    assert_eq!(daemon.get("/healthz").status, 200);
}

#[test]
fn a_token_that_nobody_saw_is_not_kept() {
    let daemon = Daemon::prepare(CONFIG);
    let shell = |line: &str| {
        let program = env!("CARGO_BIN_EXE_dongtin");
        let mut shell = std::process::Command::new("sh");
        shell
            .current_dir(daemon.folder.path())
            .args(["-c", &line.replace("NEW", &format!("{program} token new a"))]);
        shell.output().unwrap()
    };
    for unseen in ["NEW >/dev/full", "NEW >&-", "NEW >&- 2>&-", "NEW >/dev/null"] {
        let out = shell(unseen);
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(1), "{unseen}: {said}");
        let lines = if unseen.contains("2>&-") { 0 } else { 1 };
        assert_eq!(said.matches("no token was made").count(), lines, "{unseen}: {said}");
        assert_eq!(said.lines().count(), lines, "{unseen}: {said}");
        assert!(daemon.run(&["token", "list"]).stdout.is_empty(), "{unseen}");
    }
    assert!(shell("NEW").status.success());
    assert_eq!(String::from_utf8_lossy(&daemon.run(&["token", "list"]).stdout).lines().count(), 1);
}

/// Has the daemon read its config again, and waits until the log says so once more.
fn reread(daemon: &Daemon, config: &str) {
    let times = |log: String| log.matches("the config was read again").count();
    let before = times(daemon.log());
    daemon.write_config(config);
    daemon.signal("HUP");
    daemon.until("the config is read again", || times(daemon.log()) != before);
}

fn push(daemon: &Daemon, bearer: &str, id: &str, category: &str) {
    let body =
        serde_json::json!({"id": id, "title": id, "content_text": "x", "categories": [category]})
            .to_string();
    let headers = [("authorization", bearer), ("content-type", "application/json")];
    let answer = daemon.send("POST", "/api/v1/sources/a/articles", &headers, &body);
    assert_eq!(answer.status, 201, "{}", answer.text());
}

#[test]
fn a_feed_that_another_config_changed_is_sent_to_those_who_know_only_a_date() {
    let of = |category: &str| {
        format!("{CONFIG}\n[[feed]]\nid = \"kt\"\ncategories = [\"{category}\"]\n")
    };
    let mut daemon = Daemon::start(&of("A"));
    let bearer = daemon.bearer("a");
    push(&daemon, &bearer, "b1", "B");
    daemon.await_next_second();
    push(&daemon, &bearer, "a1", "A");
    daemon.await_next_second();
    let modified = |daemon: &Daemon, feed: &str| {
        daemon.get(&format!("/feeds/{feed}")).header("last-modified").unwrap().to_owned()
    };
    let feeds = ["kt.rss", "kt.atom", "kt.json"];
    let first = feeds.map(|feed| modified(&daemon, feed));
    reread(&daemon, &of("B"));
    daemon.await_next_second();
    for (feed, first) in feeds.iter().zip(&first) {
        let path = format!("/feeds/{feed}");
        let answer = daemon.get_with(&path, &[("if-modified-since", first)]);
        assert_eq!(answer.status, 200, "{feed}: {first}");
        assert!(answer.text().contains("b1") && !answer.text().contains("a1"), "{feed}");
        let second = modified(&daemon, feed);
        assert_eq!(daemon.get_with(&path, &[("if-modified-since", &second)]).status, 304, "{feed}");
    }
    let second = feeds.map(|feed| modified(&daemon, feed));
    daemon.kill();
    daemon.launch();
    assert_eq!(feeds.map(|feed| modified(&daemon, feed)), second, "after a kill");
    assert!(daemon.stop().success());
    daemon.write_config(&of("A"));
    daemon.launch();
    daemon.await_next_second();
    for (feed, second) in feeds.iter().zip(&second) {
        let path = format!("/feeds/{feed}");
        let answer = daemon.get_with(&path, &[("if-modified-since", second)]);
        assert_eq!(answer.status, 200, "{feed}: changed while the daemon was stopped");
    }
}

#[test]
fn a_changed_tag_authority_is_warned_of_and_changes_no_feeds_id() {
    let daemon = Daemon::start(CONFIG);
    let bearer = daemon.bearer("a");
    push(&daemon, &bearer, "1", "A");
    daemon.edit_config("vn,2026", "vn,2027");
    daemon.signal("HUP");
    daemon.until("the config is read again", || daemon.log().contains("the config was read again"));
    assert!(daemon.log().contains("site.tag_authority changed"), "{}", daemon.log());
    push(&daemon, &bearer, "2", "A");
    let feed = daemon.get("/feeds/all.atom").text();
    assert!(feed.contains("<id>tag:tin.example.vn,2026:feed/all</id>"), "{feed}");
    assert!(feed.contains("<id>tag:tin.example.vn,2026:a/"), "{feed}");
    assert!(feed.contains("<id>tag:tin.example.vn,2027:a/"), "{feed}");
}

#[test]
fn every_time_is_told_in_the_sites_offset() {
    let portal = Portal::start();
    let list = "<html lang=\"vi\"><title>Tin tức</title><body><ul class=\"news\"><li><a href=\"/tin/1.html\">Tin số một của cổng</a><span class=\"ngay\">12/06/2026 20:30</span></li><li><a href=\"/tin/2.html\">Tin số hai của cổng</a><span class=\"ngay\">13/06/2026 20:30</span></li></ul></body></html>";
    portal.put("/tin-tuc", "text/html; charset=utf-8", list);
    portal.put("/rss", "application/rss+xml", "<rss version=\"2.0\"><channel><title>Cổng</title><item><title>Tin số một của cổng</title><link>http://a.vn/1</link><pubDate>12/06/2026 20:30</pubDate></item></channel></rss>");
    let busy = answer("429 Too Many Requests", "retry-after: 600\r\n", "");
    portal.put_raw("/tin/1.html", busy.clone());
    portal.put_raw("/tin/2.html", busy);
    let more = "full_text = true\n[source.selectors]\nitem = \"ul.news li\"\ndate = \".ngay\"\n";
    let page = portal.source("cong", "page", "/tin-tuc", more);
    let mut daemon = Daemon::prepare(&(portal.fetch() + CONFIG + &page));
    daemon.edit_config("[site]\n", "[site]\nutc_offset = \"+08:00\"\n");
    daemon.launch();
    let bearer = daemon.bearer("a");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let body =
        r#"{"title": "Tin gửi", "published": "12/06/2026 20:30", "content_text": "Nội dung."}"#;
    let path = "/api/v1/sources/a/articles/1";
    let pushed = daemon.send("PUT", path, &headers, body).json();
    daemon.await_change(|change| change["source"] == "cong");
    let mut told = vec![("source status", daemon.await_status("detail-resting"), "last good")];
    let run = |arguments: &[&str]| {
        let out = daemon.run(arguments);
        String::from_utf8(out.stdout).unwrap() + &String::from_utf8(out.stderr).unwrap()
    };
    told.push(("date", run(&["date", "12/06/2026 20:30"]), "2026-06-12T20:30:00+08:00"));
    told.push(("discover", run(&["source", "discover", &portal.url("/rss")]), "2026-06-12 20:30"));
    for feed in ["all.rss", "all.atom", "all.json"] {
        let text = daemon.get(&format!("/feeds/{feed}")).text();
        told.push((feed, text.replace("+0700", "+07:00"), "20:30:00"));
    }
    for page in ["/", "/status", "/feeds/all", pushed["page"].as_str().unwrap()] {
        let page = page.trim_start_matches("https://tin.example.vn");
        told.push(("a page", daemon.get_with(page, &[("accept", "text/html")]).text(), "+08:00"));
    }
    assert_eq!(daemon.send("DELETE", path, &headers[..1], "").status, 204);
    let key = pushed["page"].as_str().unwrap().trim_start_matches("https://tin.example.vn/a/");
    told.push(("410", daemon.get(&format!("/a/{key}.json")).text(), "+08:00"));
    told.push(("the log", daemon.log(), "source read"));
    for (what, text, wanted) in told {
        assert!(text.contains(wanted), "{what}: {text}");
        assert!(!text.contains("+07:00"), "{what}: {text}");
    }
}
