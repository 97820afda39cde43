//! Files of articles: those beside them, and copies of those at their origin.

use crate::daemon::Daemon;
use crate::documents::{answer, item, rss};
use crate::portal::Portal;

const FOLDER: &str =
    "[[source]]\nid = \"xa\"\ntitle = \"Xã\"\nkind = \"folder\"\npath = \"incoming\"\n";
const JPEG: &[u8] = b"\xff\xd8\xff\xdb\x00\x43";

/// What readers and partners see.
fn everything(daemon: &Daemon, key: &str) -> String {
    let paths = [
        "/feeds/all.rss",
        "/feeds/all.atom",
        "/feeds/all.json",
        "/",
        "/api/v1/changes",
        &format!("/a/{key}"),
        &format!("/api/v1/articles/{key}"),
    ];
    paths.map(|path| daemon.get(path).text()).join("\n")
}

#[test]
fn addresses_of_our_own_follow_base_url_at_once() {
    let mut daemon = Daemon::prepare(FOLDER);
    std::fs::create_dir_all(daemon.path("incoming/anh")).unwrap();
    std::fs::write(daemon.path("incoming/anh/hội.jpg"), JPEG).unwrap();
    std::fs::write(daemon.path("incoming/lich.pdf"), "%PDF-1.4").unwrap();
    let text = "---\ntitle: Khai hội\nimage: anh/hội.jpg\nattachments: [lich.pdf]\n---\nHội mở từ sáng.\n\n![Cồng](anh/hội.jpg)\n\n[Lịch](lich.pdf)\n";
    std::fs::write(daemon.path("incoming/hoi.md"), text).unwrap();
    daemon.launch();
    let key = daemon.await_title("Khai hội")["key"].as_str().unwrap().to_owned();
    let before = everything(&daemon, &key);
    assert!(before.contains("https://tin.example.vn/media/xa/anh/h%E1%BB%99i.jpg"), "{before}");
    let events = daemon.last_seq();
    daemon.stop();
    daemon.edit_config("https://tin.example.vn", "https://moi.example.vn/cong-tin");
    daemon.launch();
    let after = everything(&daemon, &key);
    let moved = "https://moi.example.vn/cong-tin/media/xa/";
    assert!(after.matches(&format!("{moved}anh/h%E1%BB%99i.jpg")).count() >= 8, "{after}");
    assert!(after.contains(&format!("{moved}lich.pdf")), "{after}");
    for other in ["https://tin.example.vn", "dongtin.invalid"] {
        assert!(!after.contains(other), "{other}: {after}");
    }
    assert_eq!(daemon.last_seq(), events, "nothing happened to the articles");
}

/// A picture of 3 by 2 pixels, and another one.
const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x03\0\0\0\x02\x08\x02\0\0\0\x12\x16\xf1\x4d";
const GIF: &[u8] = b"GIF89a\x05\0\x04\0\x80\0\0";
const MP3: &[u8] = b"ID3\x04\0\0\0\0\0\0tieng";

/// A portal with a feed of one article that shows a picture and encloses a sound.
fn portal() -> Portal {
    let portal = Portal::start();
    portal.put_raw("/robots.txt", answer("404 Not Found", "", ""));
    portal.put_raw(
        "/anh.png",
        answer("200 OK", "content-type: text/plain\r\nset-cookie: a=1\r\n", PNG),
    );
    portal.put_raw("/tieng.mp3", answer("200 OK", "content-type: audio/mpeg\r\n", MP3));
    put_article(&portal, "<img src=\"/anh.png\" alt=\"Đê\"> Đê đã vá.");
    portal
}

fn put_article(portal: &Portal, html: &str) {
    let url = portal.url("/tieng.mp3");
    let more = format!(
        "<link>{}</link><enclosure url=\"{url}\" type=\"audio/mpeg\" length=\"1\"/><description><![CDATA[{html}]]></description>",
        portal.url("/tin/1")
    );
    portal.put("/rss", "text/xml", &rss(&item("1", "Vá đê", &more)));
}

fn copying(portal: &Portal) -> String {
    portal.config("feed", "/rss", "media = \"copy\"\n")
}

/// The addresses of copies in a feed, below the site.
fn copies(daemon: &Daemon) -> Vec<String> {
    let rss = daemon.get("/feeds/all.rss").text();
    let found = rss.split("https://tin.example.vn").skip(1).filter(|rest| rest.starts_with("/a/"));
    let paths = found.map(|rest| rest.split(['"', '<', '&']).next().unwrap().to_owned());
    let mut paths: Vec<String> = paths.filter(|path| path.contains('.')).collect();
    paths.sort();
    paths.dedup();
    paths
}

fn await_copies(daemon: &Daemon, count: usize) -> Vec<String> {
    daemon.until_some("the copies are there", || {
        Some(copies(daemon)).filter(|copies| copies.len() == count)
    })
}

/// How many files of copies there are.
fn kept(daemon: &Daemon) -> usize {
    let folders = std::fs::read_dir(daemon.path("data/media")).into_iter().flatten().flatten();
    folders.filter_map(|folder| std::fs::read_dir(folder.path()).ok()).flatten().count()
}

/// A feed's bytes and what its headers say of them.
fn feed(daemon: &Daemon) -> (Vec<u8>, String, String) {
    let answer = daemon.get("/feeds/all.rss");
    let header = |name| answer.header(name).unwrap().to_owned();
    (answer.body.clone(), header("etag"), header("last-modified"))
}

#[test]
fn a_picture_that_died_at_its_origin_is_still_there_and_goes_with_its_text() {
    let portal = portal();
    let mut daemon = Daemon::start(&copying(&portal));
    let change = daemon.await_title("Vá đê");
    let key = change["key"].as_str().unwrap();
    let paths = await_copies(&daemon, 2);
    let (sound, picture) = (&paths[0], &paths[1]);
    let (sound, picture) = if sound.ends_with("mp3") { (sound, picture) } else { (picture, sound) };
    assert!(picture.ends_with(".png") && sound.ends_with(".mp3"), "{paths:?}");
    let got = daemon.get_with(picture, &[("range", "bytes=0-3")]);
    assert_eq!((got.status, &got.body[..]), (206, &PNG[..4]));
    assert_eq!(got.header("content-type"), Some("image/png"));
    assert_eq!(got.header("x-content-type-options"), Some("nosniff"));
    let tag = got.header("etag").unwrap().to_owned();
    assert_eq!(daemon.get_with(picture, &[("if-none-match", &tag)]).status, 304);
    assert_eq!(daemon.get(sound).body, MP3);
    let text = daemon.get("/feeds/all.rss").text();
    assert!(text.contains("width=\"3\"") && text.contains("height=\"2\""), "{text}");
    assert!(text.contains(&format!("length=\"{}\"", MP3.len())), "{text}");
    let all = everything(&daemon, key);
    for path in ["/anh.png", "/tieng.mp3"] {
        assert!(!all.contains(&portal.url(path)), "{path}: {all}");
        assert_eq!(portal.asked(path).len(), 1, "{path}");
        assert!(!portal.asked(path)[0].contains_key("cookie"));
        portal.put_raw(path, answer("404 Not Found", "", ""));
    }
    daemon.await_next_second();
    let before = feed(&daemon);
    daemon.kill();
    daemon.launch();
    assert_eq!(feed(&daemon), before, "the same journal and the same copies");
    assert_eq!(daemon.get(picture).body, PNG);

    put_article(&portal, "Ảnh nhầm đã gỡ.");
    portal.await_polls(&daemon, "/rss", 2);
    daemon.await_change(|change| change["revision"] == 2);
    assert_eq!(daemon.get(picture).status, 404, "a corrected text does not show it");
    assert_eq!(daemon.get(sound).body, MP3);
    daemon.until("its file is removed", || kept(&daemon) == 1);
    let gone = "<at:deleted-entry xmlns:at=\"http://purl.org/atompub/tombstones/1.0\" ref=\"1\" when=\"2026-06-12T02:00:00Z\"/>";
    portal.put("/rss", "text/xml", &rss(gone));
    portal.await_polls(&daemon, "/rss", 2);
    daemon.await_change(|change| change["type"] == "withdrawn");
    assert_eq!(daemon.get(sound).status, 410);
    daemon.until("all files are removed", || kept(&daemon) == 0);
}

#[test]
fn a_copy_that_comes_later_is_told_to_those_who_copied_the_article() {
    let portal = portal();
    portal.put_raw("/anh.png", answer("500 No", "", ""));
    let publisher = Daemon::start(&copying(&portal));
    publisher.await_title("Vá đê");
    await_copies(&publisher, 1);
    let config = format!(
        "[fetch]\nallow = [\"{0}\", \"{1}\"]\nports = [{2}, {3}]\nmin_interval = \"1s\"\nhost_interval = \"0s\"\n\n\
        [[source]]\nid = \"b\"\nkind = \"mirror\"\naddress = \"http://{0}\"\n",
        publisher.address,
        portal.address,
        publisher.address.port(),
        portal.address.port()
    );
    let mirror = Daemon::start(&config);
    mirror.await_title("Vá đê");
    let told = |daemon: &Daemon| {
        let step = daemon.changes().pop().unwrap();
        (step["revision"].clone(), step["article"]["image"]["sha256"].is_string(), step)
    };
    let sound = told(&publisher).2["article"]["media"][0].clone();
    assert!(sound["sha256"].is_string(), "{sound}");
    assert!(!told(&publisher).1);
    let feed_before = feed(&mirror).0;
    portal.put_raw("/anh.png", answer("200 OK", "", PNG));
    publisher.skip(301_000);
    publisher.until("the picture is told of", || told(&publisher).1);
    let (revision, _, step) = told(&publisher);
    assert_eq!((&revision, &step["article"]["image"]["width"]), (&1.into(), &3.into()), "{step}");
    let journal =
        String::from_utf8(publisher.run(&["history", step["key"].as_str().unwrap()]).stdout)
            .unwrap();
    assert_eq!(journal.matches(" files 1").count(), 2, "{journal}");
    // The mirror reads the same text once more, and makes no revision of it.
    let more = format!("<link>{}</link><description>Nước rút.</description>", portal.url("/tin/2"));
    portal.put("/rss", "text/xml", &rss(&item("2", "Nước rút", &more)));
    portal.await_polls(&publisher, "/rss", 1);
    mirror.until("the mirror has the next article", || {
        mirror.skip(1_500);
        mirror.get("/feeds/all.rss").text().contains("Nước rút")
    });
    let steps = mirror.changes();
    assert!(steps.iter().all(|step| step["revision"] == 1), "{steps:?}");
    assert!(String::from_utf8_lossy(&feed_before).contains("Vá đê"));
}

#[test]
fn copies_take_no_more_than_they_may() {
    let portal = portal();
    let large = [PNG, &[0; 1_500]].concat();
    portal.put_raw("/anh.png", answer("200 OK", "", &large));
    let daemon = Daemon::start(&format!("[media]\ntotal = \"1KiB\"\n{}", copying(&portal)));
    daemon.await_title("Vá đê");
    let status = daemon.await_status("media-full");
    assert!(status.contains("media.total"), "{status}");
    daemon.until("what fits is copied", || copies(&daemon).len() == 1);
    daemon.edit_config("total = \"1KiB\"", "total = \"2KiB\"");
    daemon.signal("HUP");
    daemon.until("the config is new", || {
        daemon.skip(3_601_000);
        copies(&daemon).len() == 2
    });
    daemon.skip(7_201_000);
    daemon.until("the notice is gone with its reason", || !daemon.status().contains("media-full"));
}

#[test]
fn what_cannot_be_copied_is_tried_again_a_few_times_and_named() {
    let portal = portal();
    portal.put_raw(
        "/anh.png",
        answer("200 OK", "content-type: image/png\r\n", "<svg onload=\"x\"/>"),
    );
    portal.put_raw("/tieng.mp3", answer("500 No", "", ""));
    let daemon = Daemon::start(&copying(&portal));
    daemon.await_title("Vá đê");
    let status = daemon.await_status("media-given-up");
    assert!(status.contains("of no kind that is copied"), "{status}");
    daemon.until("the sound was asked for", || portal.asked("/tieng.mp3").len() == 1);
    for (times, millis) in [(2, 300_000), (3, 1_800_000), (4, 10_800_000)] {
        daemon.skip(millis + 1_000);
        daemon.until("it is asked for again", || portal.asked("/tieng.mp3").len() == times);
    }
    daemon.await_status("media-given-up ×2");
    assert_eq!(portal.asked("/anh.png").len(), 1, "an answer of another kind stays one");
    assert_eq!(copies(&daemon), Vec::<String>::new());
    assert!(daemon.get("/feeds/all.rss").text().contains(&portal.url("/anh.png")));
    assert!(daemon.get("/metrics").text().contains("dongtin_media_failures_total"));
}

#[test]
fn copies_are_checked_backed_up_and_fetched_again_where_they_are_lost() {
    let portal = portal();
    portal.put_raw("/tieng.mp3", answer("200 OK", "", GIF));
    let mut daemon = Daemon::start(&copying(&portal));
    daemon.await_title("Vá đê");
    let paths = await_copies(&daemon, 2);
    assert!(daemon.run(&["check"]).status.success());
    let backup = daemon.path("backup");
    let made = daemon.run(&["backup", backup.to_str().unwrap()]);
    assert!(made.status.success(), "{made:?}");
    daemon.stop();
    let before = std::fs::read_dir(daemon.path("data/media")).unwrap().count();
    std::fs::rename(daemon.path("data"), daemon.path("lost")).unwrap();
    let restored = daemon.run(&["restore", backup.to_str().unwrap()]);
    assert!(restored.status.success(), "{restored:?}");
    assert_eq!(std::fs::read_dir(daemon.path("data/media")).unwrap().count(), before);
    daemon.launch();
    assert_eq!(copies(&daemon), paths);
    for path in &paths {
        assert_eq!(daemon.get(path).status, 200, "{path}");
    }
    daemon.stop();
    std::fs::remove_dir_all(daemon.path("data/media")).unwrap();
    let checked = daemon.run(&["check"]);
    let said = String::from_utf8_lossy(&checked.stdout).into_owned()
        + &String::from_utf8_lossy(&checked.stderr);
    assert!(!checked.status.success() && said.contains("is missing"), "{said}");
    daemon.launch();
    assert_eq!(await_copies(&daemon, 2), paths);
    daemon.until("they are there", || daemon.get(&paths[0]).status == 200);
    assert!(daemon.run(&["check"]).status.success());

    let folders = std::fs::read_dir(daemon.path("data/media")).unwrap().flatten();
    for folder in folders {
        for file in std::fs::read_dir(folder.path()).unwrap().flatten() {
            let mut bytes = std::fs::read(file.path()).unwrap();
            bytes[0] ^= 1;
            std::fs::write(file.path(), bytes).unwrap();
        }
    }
    daemon.stop();
    assert!(!daemon.run(&["check"]).status.success());
    daemon.launch();
    daemon.until("the damaged ones are fetched again", || {
        copies(&daemon) == paths && daemon.run(&["check"]).status.success()
    });
    assert!(paths.iter().all(|path| daemon.get(path).status == 200));
}
