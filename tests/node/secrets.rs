//! Secrets are planted everywhere one can be, and looked for everywhere one could come out.

use crate::daemon::Daemon;

/// Parts of secrets that must never be seen again.
const PLANTED: [&str; 4] = ["mat-khau-cua-nguon", "khoa-trong-dia-chi", "khoa-doan-mo", "bánh-quy"];

/// A source that nobody answers for, with a user, a password and a key in its address.
const CONFIG: &str = "[[source]]\nid = \"a\"\nkind = \"push\"\n\n[[source]]\nid = \"b\"\nkind = \"feed\"\naddress = \"http://nguoi:mat-khau-cua-nguon@127.0.0.1:1/rss?key=khoa-trong-dia-chi\"\n\n[fetch]\nallow = [\"127.0.0.1:1\"]\nports = [1]\n";

#[test]
fn planted_secrets_come_out_nowhere() {
    let mut daemon = Daemon::prepare(CONFIG);
    daemon.log = "trace";
    daemon.launch();
    let token = daemon.token("a");
    let mut seen = everything_is_tried(&daemon, &token);
    daemon.write_config(&CONFIG.replace("[fetch]", "[fech]"));
    daemon.signal("HUP");
    daemon.until("the log names the mistake in the config and the source that fails", || {
        daemon.log().contains("fech") && daemon.log().contains("source.id=b")
    });
    daemon.write_config(CONFIG);
    assert!(daemon.run(&["backup", "sao-luu"]).status.success());
    seen.push(("names in the backup", names(&daemon.path("sao-luu"))));
    for arguments in [
        &["source", "status"][..],
        &["feed", "list"],
        &["config", "check"],
        &["token", "list"],
        &["check"],
    ] {
        let out = daemon.run(arguments);
        seen.push((
            "a command",
            String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned(),
        ));
    }
    daemon.stop();
    let log = daemon.log();
    assert!(
        log.contains("TRACE") && log.contains("POST"),
        "the log is not at trace level: {log:.500}"
    );
    seen.push(("the log", log));
    seen.push(("tokens", std::fs::read_to_string(daemon.path("data/tokens")).unwrap()));
    for (place, text) in seen {
        for secret in PLANTED.into_iter().chain([token.as_str()]) {
            let line = text.lines().find(|line| line.contains(secret));
            assert!(line.is_none(), "{secret} in {place}: {}", line.unwrap_or_default());
        }
    }
}

/// Requests right and wrong with secrets in them, then every page; what came back.
fn everything_is_tried(daemon: &Daemon, token: &str) -> Vec<(&'static str, String)> {
    let mut seen = Vec::new();
    let right = format!("Bearer {token}");
    let body = "{\"id\": \"1\", \"title\": \"Tin\", \"content_text\": \"Nội dung.\"}";
    for (bearer, body) in [
        (right.as_str(), body),
        ("Bearer khoa-doan-mo", body),
        (right.as_str(), "{\"title\": 5}"),
        (right.as_str(), "not json"),
    ] {
        let headers = [
            ("authorization", bearer),
            ("content-type", "application/json"),
            ("cookie", "phien=bánh-quy"),
        ];
        let path = "/api/v1/sources/a/articles?key=khoa-doan-mo";
        let answer = daemon.send("POST", path, &headers, body);
        seen.push(("an answer", format!("{:?} {}", answer.headers, answer.text())));
    }
    for path in [
        "/metrics",
        "/status",
        "/status.json",
        "/",
        "/healthz",
        "/readyz",
        "/feeds.opml",
        "/feeds/all.rss",
        "/feeds/all.atom",
        "/feeds/all.json",
        "/feeds/source-b.atom",
        "/api/v1/changes?after=0",
        "/api/v1/sources",
        "/khong-co?key=khoa-doan-mo",
    ] {
        let answer = daemon.get_with(path, &[("authorization", "Bearer khoa-doan-mo")]);
        seen.push((path, format!("{:?} {}", answer.headers, answer.text())));
    }
    seen
}

fn names(folder: &std::path::Path) -> String {
    let mut names = folder.display().to_string();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        names.push('\n');
        names.push_str(&entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            names.push_str(&self::names(&entry.path()));
        }
    }
    names
}
