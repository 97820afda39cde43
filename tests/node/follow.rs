//! A standby: it shows what its leader shows, byte by byte, takes nothing in itself, and takes its place.

/// Either side killed, at rising times and at any fsync.
mod killed;
/// Its leader is gone, comes back, or was restored.
mod promoted;

use crate::daemon::{Daemon, key};
use crate::documents::{answer, item, rss};
use crate::http::Answer;
use crate::portal::Portal;

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
fn a_follower_reads_sources_and_folders_only_when_it_leads() {
    let portal = Portal::start();
    portal.put("/rss", "text/xml", &rss(&item("1", "Tin từ kênh", "")));
    let sources = portal.source("kenh", "feed", "/rss", "min_interval = \"1s\"\n")
        + "[[source]]\nid = \"xa\"\nkind = \"folder\"\npath = \"tin\"\n\n";
    let mut leader = Daemon::prepare(&format!("{}{sources}{SOURCES}", portal.fetch()));
    std::fs::create_dir(leader.path("tin")).unwrap();
    std::fs::write(leader.path("tin/mot.md"), "# Tin từ thư mục\n\nNội dung.\n").unwrap();
    leader.launch();
    for title in ["Tin từ kênh", "Tin từ thư mục"] {
        leader.await_title(title);
    }
    let mut follower = prepare_follower(&leader, &[]);
    let (allow, port) = (portal.address.to_string(), portal.address.port().to_string());
    let config = std::fs::read_to_string(follower.path("dongtin.toml")).unwrap();
    let config = config.replace(SOURCES, &format!("{sources}{SOURCES}"));
    let config = config.replace("allow = [\"", &format!("allow = [\"{allow}\", \""));
    let config = config.replace("ports = [", &format!("ports = [{port}, "));
    std::fs::write(follower.path("dongtin.toml"), config).unwrap();
    std::fs::create_dir(follower.path("tin")).unwrap();
    for name in ["mot", "hai"] {
        let text = format!("# Tin {name}\n\nNội dung.\n").replace("Tin mot", "Tin từ thư mục");
        std::fs::write(follower.path(&format!("tin/{name}.md")), text).unwrap();
    }
    follower.launch();
    await_same(&follower, &leader);
    leader.stop();
    portal.forget_asked();
    follower.skip(3_600_000);
    await_trouble(&follower, "the leader gives nothing");
    assert!(portal.asked_at_all() == 0 && follower.changes().len() == 2, "it reads nothing itself");
    stdout(&follower, &["promote"]);
    follower.await_title("Tin hai");
    follower.until("the feed is polled", || !portal.asked("/rss").is_empty());
    portal.put("/rss", "text/xml", &rss(&item("2", "Tin mới từ kênh", "")));
    follower.until_some("the new one is taken", || {
        follower.skip(60_000);
        follower
            .changes()
            .iter()
            .find(|change| change["article"]["title"] == "Tin mới từ kênh")
            .cloned()
    });
    let titles: Vec<_> = follower.changes().iter().map(|c| c["article"]["title"].clone()).collect();
    assert_eq!(titles.len(), 4, "nothing is there twice: {titles:?}");
}

#[test]
fn a_journal_of_its_own_is_never_mixed_with_a_leaders() {
    let leader = leader();
    push(&leader, &leader.bearer("cms"), "1", "Tin của nút chính");
    let mut other = prepare_follower(&leader, &[]);
    other.edit_config(&follow(&leader), "");
    other.launch();
    let bearer = other.bearer("cms");
    push(&other, &bearer, "2", "Tin của riêng nút này");
    let config = std::fs::read_to_string(other.path("dongtin.toml")).unwrap();
    std::fs::write(other.path("dongtin.toml"), format!("{config}{}", follow(&leader))).unwrap();
    other.signal("HUP");
    await_trouble(&other, "has another journal");
    assert_eq!(put(&other, &bearer, "3", "Tin 3").status, 421);
    assert!(refusal(&other, &["rejoin"]).contains("has another journal"));
    assert!(!other.get("/feeds/all.rss").text().contains("nút chính"));
    other.edit_config(&follow(&leader), "");
    other.signal("HUP");
    other.until("it leads again", || put(&other, &bearer, "3", "Tin 3").status == 201);
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
