//! A standby: it shows what its leader shows, byte by byte, takes nothing in itself, and takes its place.

use crate::daemon::{Daemon, key};
use crate::documents::{answer, item, rss};
use crate::http::{self, Answer};
use crate::portal::Portal;
use crate::wait::PATIENCE;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;

const SOURCES: &str = "[[source]]\nid = \"cms\"\ntitle = \"Báo Hòa Bình\"\nkind = \"push\"\n\n[[partner]]\nname = \"du-phong\"\nfollow = true\n\n[[partner]]\nname = \"bao\"\n\n";
const SHOWN: [&str; 7] = [
    "/feeds/all.rss",
    "/feeds/all.atom",
    "/feeds/all.json",
    "/feeds/source-cms.rss",
    "/feeds.opml",
    "/api/v1/changes?after=0&limit=1000",
    "/",
];

/// A picture of 3 by 2 pixels.
const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x03\0\0\0\x02\x08\x02\0\0\0\x12\x16\xf1\x4d";

/// A daemon that keeps its address over restarts, since its followers know it by that.
fn leader() -> Daemon {
    let daemon = Daemon::start(SOURCES);
    let listen = format!("listen = \"{}\"", daemon.address);
    daemon.edit_config("listen = \"127.0.0.1:0\"", &listen);
    daemon
}

/// A follower that may also ask others; its process is not started yet. It has the leader's tokens.
fn prepare_follower(of: &Daemon, others: &[&Daemon]) -> Daemon {
    let daemon = Daemon::prepare("");
    let asked = || std::iter::once(of).chain(others.iter().copied());
    let allow: Vec<_> = asked().map(|daemon| daemon.address.to_string()).collect();
    let ports: Vec<_> = asked().map(|daemon| daemon.address.port()).collect();
    daemon.write_config(&format!(
        "[fetch]\nallow = {allow:?}\nports = {ports:?}\nhost_interval = \"0s\"\n\n{}{SOURCES}",
        follow(of)
    ));
    std::fs::write(daemon.path("token"), partner_token(of, "du-phong")).unwrap();
    std::fs::create_dir(daemon.path("data")).unwrap();
    std::fs::copy(of.path("data/tokens"), daemon.path("data/tokens")).unwrap();
    daemon
}

fn follow(of: &Daemon) -> String {
    format!("[follow]\nof = \"http://{}\"\ntoken_file = \"token\"\n\n", of.address)
}

fn follower(of: &Daemon) -> Daemon {
    let mut daemon = prepare_follower(of, &[]);
    daemon.launch();
    daemon
}

fn partner_token(daemon: &Daemon, name: &str) -> String {
    let made = stdout(daemon, &["token", "new", name, "--partner"]);
    made.split_whitespace().find(|word| word.starts_with("dongtin_")).unwrap().to_owned()
}

fn put(daemon: &Daemon, bearer: &str, id: &str, title: &str) -> Answer {
    let body = serde_json::json!({"title": title, "content_html": format!("<p>Bài {title}.</p>"),
        "published": "2026-06-12T20:30:21+07:00", "url": format!("https://bao.example/{id}")});
    let path = format!("/api/v1/sources/cms/articles/{id}");
    let headers = [("authorization", bearer), ("content-type", "application/json")];
    daemon.send("PUT", &path, &headers, &body.to_string())
}

fn push(daemon: &Daemon, bearer: &str, id: &str, title: &str) {
    let answer = put(daemon, bearer, id, title);
    assert!(matches!(answer.status, 200 | 201), "{}", answer.text());
}

fn delete(daemon: &Daemon, bearer: &str, id: &str) -> Answer {
    let path = format!("/api/v1/sources/cms/articles/{id}?reason=sai");
    daemon.send("DELETE", &path, &[("authorization", bearer)], "")
}

fn stdout(daemon: &Daemon, arguments: &[&str]) -> String {
    let out = daemon.run(arguments);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// What a command that fails says.
fn refusal(daemon: &Daemon, arguments: &[&str]) -> String {
    let out = daemon.run(arguments);
    assert!(!out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stdout));
    String::from_utf8(out.stderr).unwrap()
}

type Shown = Vec<(String, u16, Vec<u8>, Option<String>)>;

/// The bytes and ETags that readers get, and the number of the last event.
fn shown(daemon: &Daemon, keys: &[String]) -> (u64, Shown) {
    let of_articles =
        keys.iter().flat_map(|key| [format!("/a/{key}"), format!("/api/v1/articles/{key}")]);
    let paths = SHOWN.iter().map(|path| (*path).to_owned()).chain(of_articles);
    let seen = paths.map(|path| {
        let answer = daemon.get(&path);
        let tag = answer.header("etag").map(str::to_owned);
        (path, answer.status, answer.body, tag)
    });
    (daemon.last_seq(), seen.collect())
}

fn await_same(follower: &Daemon, leader: &Daemon) {
    let keys: Vec<_> = ["1", "2", "3"].map(|id| key("cms", id)).to_vec();
    let wanted = shown(leader, &keys);
    follower.until("the follower shows what its leader does", || {
        follower.skip(60_000);
        shown(follower, &keys) == wanted && following(follower)["behind_events"] == 0
    });
}

fn following(daemon: &Daemon) -> serde_json::Value {
    daemon.get("/status.json").json()["follows"].clone()
}

fn await_trouble(daemon: &Daemon, part: &str) {
    daemon.until(&format!("it says {part:?}"), || {
        following(daemon)["trouble"].as_str().is_some_and(|said| said.contains(part))
    });
}

#[test]
fn a_follower_shows_the_same_bytes_and_takes_nothing_itself() {
    let leader = leader();
    let bearer = leader.bearer("cms");
    for id in ["1", "2", "3"] {
        push(&leader, &bearer, id, &format!("Tin {id}"));
    }
    push(&leader, &bearer, "1", "Tin 1 đã sửa");
    assert_eq!(delete(&leader, &bearer, "2").status, 204);
    let follower = follower(&leader);
    await_same(&follower, &leader);
    push(&leader, &bearer, "3", "Tin 3 đã sửa");
    await_same(&follower, &leader);

    let address = leader.address.to_string();
    let refused = |answer: Answer| {
        let problem = answer.json();
        assert_eq!((answer.status, problem["status"].as_u64()), (421, Some(421)), "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(&address), "{problem}");
        assert!(answer.header("dongtin-leader").unwrap().contains(&address));
    };
    refused(put(&follower, &bearer, "9", "Tin 9"));
    refused(put(&follower, &bearer, "3", "Tin 3 đã sửa"));
    refused(delete(&follower, &bearer, "3"));
    let lines = [("authorization", &*bearer), ("content-type", "application/x-ndjson")];
    refused(follower.send(
        "POST",
        "/api/v1/sources/cms/articles",
        &lines,
        "{\"id\":\"8\",\"title\":\"Tin\"}\n",
    ));
    let stranger = put(&follower, "Bearer dongtin_x", "9", "Tin 9");
    assert!(stranger.status == 421 && !stranger.text().contains(&address), "{}", stranger.text());
    let export = follower.path("all.zst");
    stdout(&follower, &["export", export.to_str().unwrap()]);
    std::fs::write(follower.path("bai.md"), "# Tin\n\nNội dung.\n").unwrap();
    for arguments in [
        &["add", "bai.md", "--source", "cms"][..],
        &["redate"],
        &["import", export.to_str().unwrap()],
        &["source", "poll", "cms"],
        &["purge", &key("cms", "1"), "--reason", "x", "--confirm", &key("cms", "1")],
    ] {
        let said = refusal(&follower, arguments);
        assert!(said.contains(&format!("follows http://{address}")), "{arguments:?}: {said}");
    }
    await_same(&follower, &leader);
    stdout(&follower, &["check"]);

    assert_eq!(follower.get("/readyz").text(), "ready\nfollower: it has everything\n");
    let status = following(&follower);
    assert_eq!(
        (status["behind_events"].as_u64(), status["behind_seconds"].as_u64()),
        (Some(0), Some(0))
    );
    assert!(following(&leader).is_null());
    leader.until("the leader's operator sees how far it is", || {
        let told = stdout(&leader, &["partner", "status", "--json"]);
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        told["partners"][0]["seq"].as_u64() == Some(leader.last_seq())
    });
    let metrics = follower.get("/metrics").text();
    assert!(metrics.contains("dongtin_leads 0") && metrics.contains("dongtin_follow_stuck 0"));
    assert!(follower.get("/status?lang=en").text().contains("follows its leader"));
    let events = |daemon: &Daemon, token: &str| {
        let bearer = format!("Bearer {token}");
        daemon.get_with("/api/v1/journal?after=0", &[("authorization", &bearer)]).status
    };
    assert_eq!(leader.get("/api/v1/journal").status, 401);
    assert_eq!(leader.get_with("/api/v1/journal", &[("authorization", &bearer)]).status, 401);
    assert_eq!(events(&leader, &partner_token(&leader, "bao")), 403);
    let token = std::fs::read_to_string(follower.path("token")).unwrap();
    assert_eq!(events(&leader, token.trim()), 200);
    assert_eq!(
        events(&follower, &partner_token(&follower, "du-phong")),
        421,
        "only a leader is followed"
    );
}

#[test]
fn a_follower_and_its_leader_are_killed_at_any_time_and_nothing_is_missing() {
    let mut leader = leader();
    let bearer = leader.bearer("cms");
    (0..30).for_each(|n| push(&leader, &bearer, &n.to_string(), &format!("Tin {n}")));
    let mut follower = prepare_follower(&leader, &[]);
    for round in 0..6_u64 {
        follower.launch();
        follower.until("it has copied some more", || follower.last_seq() >= 6 * round);
        follower.kill();
        push(&leader, &bearer, &round.to_string(), &format!("Tin {round} đã sửa"));
        if round % 2 == 0 {
            leader.kill();
            leader.launch();
        }
        assert_eq!(delete(&leader, &bearer, &(20 + round).to_string()).status, 204);
    }
    follower.launch();
    await_same(&follower, &leader);
    let feed = follower.get("/feeds/all.rss").body;
    leader.kill();
    await_trouble(&follower, "the leader gives nothing");
    follower
        .until("it says since when", || following(&follower)["behind_seconds"].as_u64() > Some(0));
    let ready = follower.get("/readyz");
    assert!(ready.status == 200 && ready.text().contains("gives nothing"), "{}", ready.text());
    assert_eq!(follower.get("/feeds/all.rss").body, feed);
    assert!(follower.get("/metrics").text().contains("dongtin_follow_stuck 1"));
    leader.launch();
    push(&leader, &bearer, "1", "Tin 1 sau khi mất điện");
    await_same(&follower, &leader);
    assert!(following(&follower)["trouble"].is_null());
    stdout(&follower, &["check"]);
}

/// Kills a process at the N-th fsync of one of its threads.
fn killed_at(daemon: &mut Daemon, nth: usize) {
    let program = daemon.path("killed");
    let inject = format!("inject=fsync,fdatasync:signal=SIGKILL:when={nth}");
    let dongtin = env!("CARGO_BIN_EXE_dongtin");
    let text = format!(
        "#!/bin/sh\nexec strace -D -f -qq -o /dev/null -e trace=fsync,fdatasync -e {inject} {dongtin} \"$@\"\n"
    );
    std::fs::write(&program, text).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    daemon.program = program;
}

/// Whether a follower lives until it has everything that its leader has.
fn lives_until_it_has_all(follower: &mut Daemon, leader: &Daemon) -> bool {
    if !follower.launch_within(PATIENCE, &[]) {
        return false;
    }
    let wanted = leader.last_seq();
    let control = || UnixStream::connect(follower.path("data/control.sock")).is_ok();
    let has_all = || {
        let status = http::try_request(follower.address, "GET", "/status.json", &[], b"");
        status.is_some_and(|status| status.json()["last_seq"].as_u64() >= Some(wanted))
    };
    follower.until("it ends or has everything", || !control() || has_all());
    control()
}

#[test]
fn a_follower_that_is_killed_at_any_fsync_goes_on_exactly() {
    let leader = leader();
    let bearer = leader.bearer("cms");
    let mut follower = prepare_follower(&leader, &[]);
    let real = follower.program.clone();
    let mut killed = 0;
    for nth in 1..=12_usize {
        let id = nth.to_string();
        push(&leader, &bearer, &id, &format!("Tin {nth}"));
        push(&leader, &bearer, "1", &format!("Tin 1, lần {nth}"));
        if nth % 3 == 0 {
            let key = key("cms", &id);
            stdout(&leader, &["purge", &key, "--reason", "sai", "--confirm", &key]);
        }
        killed_at(&mut follower, nth);
        let lives = lives_until_it_has_all(&mut follower, &leader);
        killed += usize::from(!lives);
        if lives {
            follower.kill();
        }
    }
    assert!(killed > 3, "{killed}");
    follower.program = real;
    follower.launch();
    await_same(&follower, &leader);
    let history = stdout(&follower, &["history", &key("cms", "12"), "--json"]);
    assert!(!history.contains("Tin 12"), "{history}");
    stdout(&follower, &["check"]);
}

#[test]
fn a_follower_that_never_had_everything_is_not_ready() {
    let mut leader = leader();
    push(&leader, &leader.bearer("cms"), "1", "Tin 1");
    let mut follower = prepare_follower(&leader, &[]);
    leader.kill();
    follower.launch();
    await_trouble(&follower, "the leader gives nothing");
    let answer = follower.get("/readyz");
    assert_eq!(answer.status, 503, "{}", answer.text());
    leader.launch();
    await_same(&follower, &leader);
    assert_eq!(follower.get("/readyz").status, 200);
    leader.kill();
    follower.kill();
    follower.launch();
    assert_eq!(follower.get("/readyz").status, 200, "it had everything once");
}

#[test]
fn a_follower_is_promoted_and_the_old_leader_is_refused_until_it_follows() {
    let mut a = leader();
    let bearer = a.bearer("cms");
    push(&a, &bearer, "1", "Tin 1");
    let mut b = follower(&a);
    b.edit_config("listen = \"127.0.0.1:0\"", &format!("listen = \"{}\"", b.address));
    await_same(&b, &a);
    let mut c = prepare_follower(&a, &[&b]);
    c.launch();
    await_same(&c, &a);
    assert!(refusal(&b, &["promote"]).contains("--force"), "its leader answers");
    b.kill();
    push(&a, &bearer, "2", "Chỉ nút cũ có");
    await_same(&c, &a);
    a.kill();
    c.stop();

    b.launch();
    await_trouble(&b, "the leader gives nothing");
    let last = b.last_seq();
    assert!(stdout(&b, &["promote"]).contains("term 2"));
    push(&b, &bearer, "3", "Tin 3");
    assert!(b.last_seq() > last + 1_000_000, "no number that the old leader may have given");
    b.stop();
    b.launch();
    push(&b, &bearer, "3", "Tin 3 đã sửa");
    assert!(following(&b).is_null(), "the config still says [follow]");

    // Another follower of the old leader had more than the one that was promoted.
    c.edit_config(&follow(&a), &follow(&b));
    std::fs::write(c.path("token"), partner_token(&b, "du-phong")).unwrap();
    c.launch();
    await_trouble(&c, "`dongtin rejoin`");
    assert!(c.get("/feeds/all.rss").text().contains("Chỉ nút cũ có"), "nothing is lost by itself");
    assert!(refusal(&c, &["rejoin", "--confirm", "7"]).contains("1 events are only here"));
    assert!(stdout(&c, &["rejoin", "--confirm", "1"]).contains("restart"));
    c.stop();
    c.launch();
    await_same(&c, &b);

    // The old leader comes back and does not know.
    a.launch();
    c.stop();
    c.edit_config(&follow(&b), &follow(&a));
    std::fs::write(c.path("token"), partner_token(&a, "du-phong")).unwrap();
    c.launch();
    await_trouble(&c, "of term 1 and was replaced by one of term 2");
    assert!(
        refusal(&b, &["rejoin"]).contains("of term 1 and was replaced"),
        "the new leader refuses it too"
    );
    push(&b, &bearer, "1", "Tin 1 đã sửa");

    a.stop();
    let text = std::fs::read_to_string(a.path("dongtin.toml")).unwrap();
    let fetch = format!(
        "[fetch]\nallow = [\"{}\"]\nports = [{}]\nhost_interval = \"0s\"\n\n",
        b.address,
        b.address.port()
    );
    std::fs::write(a.path("dongtin.toml"), text + &fetch + &follow(&b)).unwrap();
    std::fs::write(a.path("token"), partner_token(&b, "du-phong")).unwrap();
    a.launch();
    await_trouble(&a, "`dongtin rejoin`");
    assert_eq!(put(&a, &bearer, "4", "Tin 4").status, 421);
    assert!(refusal(&a, &["rejoin"]).contains("--confirm 1"));
    stdout(&a, &["rejoin", "--confirm", "1"]);
    a.stop();
    a.launch();
    await_same(&a, &b);
    stdout(&a, &["check"]);
}

#[test]
fn a_leader_that_was_restored_is_followed_when_nothing_is_lost_or_somebody_says_so() {
    let mut leader = leader();
    let bearer = leader.bearer("cms");
    push(&leader, &bearer, "1", "Tin 1");
    push(&leader, &bearer, "2", "Tin 2");
    let mut behind = follower(&leader);
    await_same(&behind, &leader);
    behind.stop();
    let backup = leader.path("backup");
    stdout(&leader, &["backup", backup.to_str().unwrap()]);
    push(&leader, &bearer, "3", "Tin sau bản sao lưu");
    let mut ahead = follower(&leader);
    await_same(&ahead, &leader);
    leader.stop();
    std::fs::remove_dir_all(leader.path("data")).unwrap();
    stdout(&leader, &["restore", backup.to_str().unwrap()]);
    leader.launch();
    std::fs::write(ahead.path("token"), partner_token(&leader, "du-phong")).unwrap();
    push(&leader, &bearer, "2", "Tin 2 đã sửa");

    behind.launch();
    await_same(&behind, &leader);
    await_trouble(&ahead, "restored from a backup");
    assert!(
        ahead.get("/feeds/all.rss").text().contains("Tin sau bản sao lưu"),
        "until somebody decides"
    );
    stdout(&ahead, &["rejoin", "--confirm", "1"]);
    ahead.stop();
    ahead.launch();
    await_same(&ahead, &leader);
    stdout(&ahead, &["check"]);
}

#[test]
fn what_the_leader_purges_is_in_no_follower() {
    let planted = ["000111222333", "Xuân Hoàng"];
    let mut leader = leader();
    let bearer = leader.bearer("cms");
    push(&leader, &bearer, "1", "Số giấy tờ 000111222333");
    push(&leader, &bearer, "1", "Bí danh Xuân Hoàng");
    push(&leader, &bearer, "2", "Tin khác");
    let (mut there, mut away) = (follower(&leader), follower(&leader));
    await_same(&there, &leader);
    await_same(&away, &leader);
    away.stop();
    let purged = key("cms", "1");
    stdout(&leader, &["purge", &purged, "--reason", "lệnh của tòa", "--confirm", &purged]);
    push(&leader, &bearer, "2", "Tin khác đã sửa");
    away.launch();
    let gone = |daemon: &Daemon| {
        let file = daemon.path("export.zst");
        let _ = std::fs::remove_file(&file);
        stdout(daemon, &["export", file.to_str().unwrap()]);
        let bytes = std::fs::read(&file).unwrap();
        let mut all = String::from_utf8(zstd::decode_all(&bytes[..]).unwrap()).unwrap();
        all += &stdout(daemon, &["history", &purged, "--json"]);
        let (_, shown) = shown(daemon, std::slice::from_ref(&purged));
        shown.into_iter().for_each(|(_, _, body, _)| all += &String::from_utf8(body).unwrap());
        !planted.iter().any(|planted| all.contains(planted))
    };
    assert!(gone(&leader));
    for follower in [&there, &away] {
        await_same(follower, &leader);
        follower.until("the text is gone", || gone(follower));
        stdout(follower, &["check"]);
    }
    for daemon in [&mut leader, &mut there, &mut away] {
        daemon.stop();
        daemon.launch();
    }
    for daemon in [&there, &away] {
        stdout(daemon, &["rebuild"]);
        await_same(daemon, &leader);
        assert!(gone(daemon));
    }
}

#[test]
fn copies_of_files_come_from_the_leader() {
    let portal = Portal::start();
    portal.put_raw("/robots.txt", answer("404 Not Found", "", ""));
    portal.put_raw("/anh.png", answer("200 OK", "content-type: image/png\r\n", PNG));
    let more = format!(
        "<link>{}</link><description><![CDATA[<img src=\"/anh.png\" alt=\"Đê\"> Đê đã vá.]]></description>",
        portal.url("/tin/1")
    );
    portal.put("/rss", "text/xml", &rss(&item("1", "Vá đê", &more)));
    let source = portal.source("bao-dien-tu", "feed", "/rss", "media = \"copy\"\n");
    let leader = Daemon::start(&format!("{}{source}{SOURCES}", portal.fetch()));
    let copy = |daemon: &Daemon| {
        let rss = daemon.get("/feeds/all.rss").text();
        let parts = rss.split("https://tin.example.vn").filter(|part| part.starts_with("/a/"));
        let mut paths = parts.map(|part| part.split(['"', '<', '&']).next().unwrap().to_owned());
        paths.find(|path| path.ends_with(".png"))
    };
    let path = leader.until_some("it has a copy", || copy(&leader));
    portal.put_raw("/anh.png", answer("404 Not Found", "", ""));
    portal.forget_asked();
    let mut follower = prepare_follower(&leader, &[]);
    let config = std::fs::read_to_string(follower.path("dongtin.toml")).unwrap();
    let config = config.replace(SOURCES, &format!("{source}{SOURCES}"));
    std::fs::write(follower.path("dongtin.toml"), config).unwrap();
    follower.launch();
    await_same(&follower, &leader);
    assert_eq!(copy(&follower).as_ref(), Some(&path));
    let picture = follower.get(&path);
    assert_eq!((picture.status, &picture.body[..]), (200, PNG));
    assert_eq!(picture.header("etag"), leader.get(&path).header("etag"));
    assert_eq!(portal.asked("/anh.png").len(), 0, "its origin is asked by the leader only");
}
