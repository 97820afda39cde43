//! What an operator takes out for good is in no answer, no export and no later backup.

use crate::daemon::Daemon;

const CONFIG: &str = "[[source]]\nid = \"a\"\nkind = \"push\"\n";
const ARTICLE: &str = "/api/v1/sources/a/articles/1";
const SHOWN: [&str; 8] = [
    "/",
    "/feeds/all.rss",
    "/feeds/all.atom",
    "/feeds/all.json",
    "/feeds/source-a.rss",
    "/api/v1/changes",
    "/status.json",
    "/feeds.opml",
];

fn push(daemon: &Daemon, bearer: &str, title: &str, text: &str) {
    let body = serde_json::json!({"title": title, "content_html": format!("<p>{text}</p>"),
        "authors": [text], "url": "https://bao.example/1"});
    let headers = [("authorization", bearer), ("content-type", "application/json")];
    let answer = daemon.send("PUT", ARTICLE, &headers, &body.to_string());
    assert!(matches!(answer.status, 200 | 201), "{}", answer.text());
}

fn stdout(daemon: &Daemon, arguments: &[&str]) -> String {
    let out = daemon.run(arguments);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

fn exported(daemon: &Daemon) -> String {
    let file = daemon.path("export.zst");
    let _ = std::fs::remove_file(&file);
    stdout(daemon, &["export", file.to_str().unwrap()]);
    let bytes = std::fs::read(&file).unwrap();
    String::from_utf8(zstd::decode_all(&bytes[..]).unwrap()).unwrap()
}

#[test]
fn a_purged_text_is_nowhere_and_its_events_keep_their_numbers() {
    let mut daemon = Daemon::start(CONFIG);
    let bearer = daemon.bearer("a");
    push(&daemon, &bearer, "Tin sai", "số giấy tờ 000111222333");
    push(&daemon, &bearer, "Tin đã sửa", "bí danh Xuân Hoàng");
    let changes = daemon.get("/api/v1/changes").json();
    let change = &changes["changes"][0];
    let (key, id) = (change["key"].as_str().unwrap(), change["id"].as_str().unwrap());
    let public = || SHOWN.map(|path| daemon.get(path).text()).concat();
    assert!(!public().contains("000111222333"), "an earlier text is the operator's");
    let page = format!("https://tin.example.vn/a/{key}");
    for name in [key, &page] {
        let history = stdout(&daemon, &["history", name, "--json"]);
        assert!(history.contains("000111222333") && history.contains(id), "{history}");
    }
    assert!(stdout(&daemon, &["history", key]).contains("Tin sai"));
    assert!(!daemon.run(&["history", "khong-co"]).status.success());
    let purge = ["purge", &page, "--reason", "lệnh của tòa"];
    assert!(!daemon.run(&purge).status.success(), "nobody confirmed it");
    let wrong = daemon.run(&[&purge[..], &["--confirm", "7zzzzzzzzzzzzzzzzzzzzzzzzz"]].concat());
    assert!(!wrong.status.success() && daemon.get(&format!("/a/{key}")).status == 200);
    let said = stdout(&daemon, &[&purge[..], &["--confirm", key]].concat());
    assert!(said.contains("2 events") && said.contains("Backups"), "{said}");
    let gone = |daemon: &Daemon| {
        let paths = SHOWN.iter().map(ToString::to_string);
        let paths = paths.chain([format!("/a/{key}"), format!("/api/v1/articles/{key}")]);
        let seen: String = paths.map(|path| daemon.get(&path).text()).collect();
        let all = seen + &exported(daemon) + &stdout(daemon, &["history", key, "--json"]);
        for planted in ["000111222333", "Xuân Hoàng", "Tin sai", "Tin đã sửa", "bao.example"]
        {
            assert!(!all.contains(planted), "{planted}: {all}");
        }
    };
    gone(&daemon);
    assert_eq!(daemon.get(&format!("/a/{key}")).status, 410);
    let withdrawn = daemon.get("/api/v1/changes").json()["changes"][0].clone();
    assert_eq!(
        (&withdrawn["type"], &withdrawn["reason"], &withdrawn["seq"]),
        (&"withdrawn".into(), &"lệnh của tòa".into(), &3.into())
    );
    assert!(stdout(&daemon, &["history", key]).contains("purged: lệnh của tòa"));
    stdout(&daemon, &["check"]);
    daemon.stop();
    daemon.launch();
    gone(&daemon);
    stdout(&daemon, &["rebuild"]);
    gone(&daemon);
    stdout(&daemon, &["check"]);
    push(&daemon, &bearer, "Tin mới", "Bài khác hẳn.");
    assert_eq!(daemon.get("/api/v1/changes").json()["changes"][0]["type"], "put");
}
