//! A dongtin copies another: what the publisher shows is what the mirror shows, whatever goes wrong between them.

use crate::daemon::Daemon;
use crate::documents::answer;
use crate::portal::Portal;
use serde_json::Value;
use std::collections::BTreeMap;

const CMS: &str = "[[source]]\nid = \"cms\"\ntitle = \"Báo Hòa Bình\"\nkind = \"push\"\n\n";

/// A daemon that keeps its address over restarts, since its mirrors know it by that.
fn publisher(config: &str) -> Daemon {
    let daemon = Daemon::start(config);
    let listen = format!("listen = \"{}\"", daemon.address);
    daemon.edit_config("listen = \"127.0.0.1:0\"", &listen);
    daemon
}

/// `[fetch]` and the sources that copy others, each with more of its own.
fn mirrors(of: &[(&str, &Daemon, &str)]) -> String {
    let allow: Vec<_> = of.iter().map(|(_, daemon, _)| daemon.address.to_string()).collect();
    let ports: Vec<_> = of.iter().map(|(_, daemon, _)| daemon.address.port()).collect();
    let mut config = format!(
        "[fetch]\nallow = {allow:?}\nmin_interval = \"1s\"\nhost_interval = \"0s\"\nports = {ports:?}\n\n",
    );
    for (id, daemon, more) in of {
        let address = daemon.address;
        config += &format!(
            "[[source]]\nid = \"{id}\"\nkind = \"mirror\"\nmin_interval = \"1s\"\naddress = \"http://{address}\"\n{more}\n\n"
        );
    }
    config
}

struct Cms {
    bearer: String,
}

impl Cms {
    fn of(daemon: &Daemon) -> Self {
        Self { bearer: daemon.bearer("cms") }
    }

    fn put(&self, daemon: &Daemon, id: &str, title: &str, category: &str) {
        let body = serde_json::json!({"title": title, "content_html": format!("<p>Bài {title}.</p>"),
            "categories": [category], "published": "2026-06-12T20:30:21+07:00", "url": format!("https://bao.example/{id}")});
        let path = format!("/api/v1/sources/cms/articles/{id}");
        let headers = [("authorization", &*self.bearer), ("content-type", "application/json")];
        let answer = daemon.send("PUT", &path, &headers, &body.to_string());
        assert!(matches!(answer.status, 200 | 201), "{}", answer.text());
    }

    fn delete(&self, daemon: &Daemon, id: &str) {
        let path = format!("/api/v1/sources/cms/articles/{id}?reason=sai");
        let answer = daemon.send("DELETE", &path, &[("authorization", &self.bearer)], "");
        assert_eq!(answer.status, 204, "{}", answer.text());
    }
}

/// The articles that a daemon has, by their ids: all of each but what is its own, as the address of its page.
fn shown(daemon: &Daemon) -> BTreeMap<String, [Value; 6]> {
    let puts = daemon.changes().into_iter().filter(|change| change["type"] == "put");
    puts.map(|change| {
        let seen = ["title", "content_html", "published", "updated", "categories", "received"];
        let article = &change["article"];
        (change["id"].as_str().unwrap().to_owned(), seen.map(|field| article[field].clone()))
    })
    .collect()
}

fn await_same(mirror: &Daemon, publisher: &Daemon) {
    let wanted = shown(publisher);
    mirror.until("the mirror shows what its publisher does", || {
        mirror.skip(1_500);
        shown(mirror) == wanted
    });
}

#[test]
fn a_mirror_shows_every_article_correction_and_withdrawal() {
    let portal = publisher(CMS);
    let cms = Cms::of(&portal);
    for n in 0..3 {
        cms.put(&portal, &n.to_string(), &format!("Tin {n}"), "Kinh tế");
    }
    cms.delete(&portal, "2");
    let mirror = Daemon::start(&mirrors(&[("hoa-binh", &portal, "")]));
    await_same(&mirror, &portal);
    assert!(!mirror.get("/feeds/all.rss").text().contains("Tin 2"));
    assert!(mirror.get("/feeds/all.rss").text().contains("Báo Hòa Bình"), "its source is named");
    cms.put(&portal, "1", "Tin 1 đã sửa", "Kinh tế");
    cms.put(&portal, "3", "Tin 3", "Xã hội");
    cms.delete(&portal, "0");
    await_same(&mirror, &portal);
    let gone = mirror.await_change(|change| change["type"] == "withdrawn");
    assert_eq!(gone["reason"], "sai");
    cms.put(&portal, "0", "Tin 0 trở lại", "Kinh tế");
    await_same(&mirror, &portal);
    let status = mirror.status();
    assert!(status.contains("hoa-binh"), "{status}");
    let check = mirror.run(&["check"]);
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
}

#[test]
fn what_happened_during_an_outage_is_copied_after_it() {
    let mut portal = publisher(CMS);
    let cms = Cms::of(&portal);
    (0..30).for_each(|n| cms.put(&portal, &n.to_string(), &format!("Tin {n}"), "Kinh tế"));
    let mut mirror = Daemon::start(&mirrors(&[("hoa-binh", &portal, "")]));
    mirror.await_change(|change| change["type"] == "put");
    mirror.kill();
    cms.put(&portal, "7", "Tin 7 đã sửa", "Kinh tế");
    cms.delete(&portal, "8");
    mirror.launch();
    await_same(&mirror, &portal);
    portal.kill();
    mirror.skip(60_000);
    mirror.await_status("cannot be reached");
    portal.launch();
    cms.put(&portal, "31", "Tin 31", "Kinh tế");
    cms.delete(&portal, "9");
    mirror.skip(3_600_000);
    await_same(&mirror, &portal);
}

#[test]
fn a_mirror_that_is_killed_again_and_again_misses_nothing_and_has_nothing_twice() {
    let portal = publisher(CMS);
    let cms = Cms::of(&portal);
    (0..40).for_each(|n| cms.put(&portal, &n.to_string(), &format!("Tin {n}"), "Kinh tế"));
    let mut mirror = Daemon::prepare(&mirrors(&[("hoa-binh", &portal, "")]));
    for round in 0..8_usize {
        mirror.launch();
        mirror.until("it has copied some more", || mirror.changes().len() >= 4 * round);
        mirror.kill();
        cms.put(&portal, &round.to_string(), &format!("Tin {round} đã sửa"), "Kinh tế");
        cms.delete(&portal, &(20 + round).to_string());
    }
    mirror.launch();
    await_same(&mirror, &portal);
    let feed = mirror.get("/feeds/all.json").json();
    assert_eq!(feed["items"].as_array().unwrap().len(), 32);
    let check = mirror.run(&["check"]);
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
}

#[test]
fn what_was_purged_here_does_not_come_back_from_the_publisher() {
    let portal = publisher(CMS);
    let cms = Cms::of(&portal);
    cms.put(&portal, "1", "Tin phải xóa", "Kinh tế");
    let mirror = Daemon::start(&mirrors(&[("hoa-binh", &portal, "")]));
    await_same(&mirror, &portal);
    let key = mirror.changes()[0]["key"].as_str().unwrap().to_owned();
    let purge = mirror.run(&["purge", &key, "--reason", "lệnh của tòa", "--confirm", &key]);
    assert!(purge.status.success(), "{}", String::from_utf8_lossy(&purge.stderr));
    cms.put(&portal, "1", "Tin phải xóa, đã sửa", "Kinh tế");
    cms.put(&portal, "2", "Tin sau", "Kinh tế");
    mirror.until("what came after it is there", || {
        mirror.skip(1_500);
        mirror.get("/feeds/all.rss").text().contains("Tin sau")
    });
    assert_eq!(mirror.get(&format!("/a/{key}")).status, 410);
    assert!(!mirror.get("/api/v1/changes?after=0").text().contains("Tin phải xóa"));
}

#[test]
fn an_id_that_only_this_dongtin_gives_is_not_taken_from_a_publisher() {
    let portal = publisher(CMS);
    let cms = Cms::of(&portal);
    cms.put(&portal, "1", "Tin lạ", "Kinh tế");
    // Both have one authority and a source of one name, so the publisher's ids are ours.
    let mirror = Daemon::start(&format!("{CMS}{}", mirrors(&[("hoa-binh", &portal, "")])));
    mirror.await_status("own-id");
    assert!(shown(&mirror).is_empty());
    Cms::of(&mirror).put(&mirror, "1", "Tin của mình", "Kinh tế");
    assert_eq!(
        shown(&mirror).keys().collect::<Vec<_>>(),
        shown(&portal).keys().collect::<Vec<_>>()
    );
    assert!(mirror.get("/feeds/all.rss").text().contains("Tin của mình"));
    cms.delete(&portal, "1");
    mirror.until("the notice is gone with its reason", || {
        mirror.skip(1_500);
        !mirror.status().contains("own-id")
    });
}

#[test]
fn an_article_that_no_worker_cleans_is_left_out_until_it_is_mended() {
    let portal = publisher(CMS);
    let cms = Cms::of(&portal);
    cms.put(&portal, "1", &"Dài ".repeat(40_000), "Kinh tế");
    cms.put(&portal, "2", "Ngắn", "Kinh tế");
    let worker = "[worker]\njob_timeout = \"1ms\"\n";
    let mirror = Daemon::start(&format!("{worker}{}", mirrors(&[("hoa-binh", &portal, "")])));
    mirror.await_title("Ngắn");
    let status = mirror.await_status("copy-unread");
    assert!(status.contains("took too long"), "{status}");
    assert_eq!(shown(&mirror).len(), 1);
    cms.put(&portal, "1", "Đã rút ngắn", "Kinh tế");
    await_same(&mirror, &portal);
    assert!(!mirror.status().contains("copy-unread"));
}

/// A publisher that says what it likes, as one page of changes with further ones behind it.
fn say(liar: &Portal, journal: &str, after: u64, steps: &[Value]) {
    let next = after + steps.len() as u64;
    let page = serde_json::json!({"changes": steps, "next": next.to_string(), "more": false});
    let lines = format!("content-type: application/json\r\ndongtin-journal: {journal}\r\n");
    let wait = if after == 0 { "" } else { "&wait=25s" };
    let path = format!("/api/v1/changes?after={after}&limit=1000{wait}");
    liar.put_raw(&path, answer("200 OK", &lines, page.to_string()));
    let nothing = serde_json::json!({"changes": [], "next": next.to_string(), "more": false});
    let path = format!("/api/v1/changes?after={next}&limit=1000&wait=25s");
    liar.put_raw(&path, answer("200 OK", &lines, nothing.to_string()));
}

#[test]
fn a_publisher_speaks_for_no_other_ones_articles() {
    let portal = publisher(CMS);
    let cms = Cms::of(&portal);
    cms.put(&portal, "1", "Tin thật", "Kinh tế");
    cms.put(&portal, "2", "Tin thật thứ hai", "Kinh tế");
    let steps = portal.changes();
    let (liar, journal) = (Portal::start(), "ffffffffffffffffffffffffffffffff");
    let forged = |seq: u64, step: &Value, title: &str, path: &[&str]| {
        let mut step = step.clone();
        step["seq"] = seq.into();
        step["revision"] = 9.into();
        step["article"]["revision"] = 9.into();
        step["article"]["title"] = title.into();
        step["article"]["path"] = serde_json::json!(path);
        step
    };
    // It comes first, and says that it only passes the article on.
    let origin = steps[0]["article"]["path"][0].as_str().unwrap();
    say(&liar, journal, 0, &[forged(1, &steps[0], "Tin giả", &[origin, journal])]);
    let config = mirrors(&[("that", &portal, "")]);
    let (fetch, that) = config.split_once("[[source]]").unwrap();
    let fetch = fetch.replace("ports = [", &format!("ports = [{}, ", liar.address.port()));
    let fetch = fetch.replace("allow = [", &format!("allow = [\"{}\", ", liar.address));
    let gia = liar.url("");
    let mirror = Daemon::start(&format!(
        "{fetch}[[source]]\nid = \"gia\"\nkind = \"mirror\"\nmin_interval = \"1s\"\naddress = \"{gia}\"\n"
    ));
    mirror.await_title("Tin giả");
    mirror.edit_config("[[source]]", &format!("[[source]]{that}\n[[source]]"));
    mirror.signal("HUP");
    let titles = |daemon: &Daemon| {
        shown(daemon).into_iter().map(|(id, [title, ..])| (id, title)).collect::<BTreeMap<_, _>>()
    };
    let await_titles = || {
        mirror.until("the publisher's own word counts", || {
            mirror.skip(1_500);
            titles(&mirror) == titles(&portal)
        });
    };
    await_titles();
    // It says that the other article began at it, and takes back both.
    let mut gone = forged(3, &steps[0], "", &[]);
    gone["type"] = "withdrawn".into();
    gone.as_object_mut().unwrap().remove("article");
    say(&liar, journal, 1, &[forged(2, &steps[1], "Tin giả thứ hai", &[journal]), gone]);
    let status = mirror.until_some("it is named", || {
        mirror.skip(1_500);
        Some(mirror.status()).filter(|status| status.contains("foreign-id"))
    });
    assert!(status.contains("(that)"), "{status}");
    assert_eq!(titles(&mirror), titles(&portal));
    // What its publisher took back nobody else brings back.
    cms.delete(&portal, "2");
    await_titles();
    say(&liar, journal, 3, &[forged(4, &steps[1], "Tin giả thứ ba", &[origin, journal])]);
    let asked = liar.asked_at_all();
    mirror.until("it is asked", || {
        mirror.skip(1_500);
        liar.asked_at_all() > asked + 1
    });
    assert_eq!(titles(&mirror), titles(&portal));
}

#[test]
fn what_is_outside_the_selection_is_not_copied_and_what_leaves_it_goes() {
    let portal = publisher(CMS);
    let cms = Cms::of(&portal);
    cms.put(&portal, "1", "Tin kinh tế", "Kinh tế");
    cms.put(&portal, "2", "Tin xã hội", "Xã hội");
    let selected = "selection = { categories = [\"Kinh tế\"] }";
    let mirror = Daemon::start(&mirrors(&[("hoa-binh", &portal, selected)]));
    mirror.await_title("Tin kinh tế");
    assert_eq!(shown(&mirror).len(), 1);
    cms.put(&portal, "1", "Tin kinh tế", "Xã hội");
    cms.put(&portal, "2", "Tin xã hội", "Kinh tế");
    mirror.skip(1_500);
    mirror.await_title("Tin xã hội");
    mirror.until("what left the selection goes", || shown(&mirror).len() == 1);
    assert!(mirror.get("/feeds/all.rss").text().contains("Tin xã hội"));
    mirror.edit_config("[\"Kinh tế\"]", "[\"Xã hội\"]");
    mirror.signal("HUP");
    mirror.until("another selection is copied anew", || {
        mirror.skip(1_500);
        mirror.get("/feeds/all.rss").text().contains("Tin kinh tế") && shown(&mirror).len() == 1
    });
}

#[test]
fn two_that_mirror_each_other_have_every_article_once() {
    ring_of(2);
}

#[test]
fn in_a_ring_of_three_every_article_is_once_at_each() {
    ring_of(3);
}

#[test]
fn in_a_ring_of_four_every_article_is_once_at_each() {
    ring_of(4);
}

/// So many daemons, each a mirror of the next one, and one article of each: nothing is lost, and nothing goes round.
fn ring_of(size: usize) {
    let mut ring: Vec<Daemon> = (0..size).map(|_| publisher(CMS)).collect();
    for n in 0..size {
        let next = mirrors(&[("vong", &ring[(n + 1) % size], "")]);
        let authority = format!("tin{n}.example.vn,2026");
        ring[n].edit_config("tin.example.vn,2026", &authority);
        let config = std::fs::read_to_string(ring[n].path("dongtin.toml")).unwrap();
        std::fs::write(ring[n].path("dongtin.toml"), config + &next).unwrap();
    }
    for daemon in &mut ring {
        daemon.stop();
        daemon.launch();
    }
    let cms: Vec<_> = ring.iter().map(Cms::of).collect();
    for (n, (cms, daemon)) in cms.iter().zip(&ring).enumerate() {
        cms.put(daemon, "1", &format!("Tin của {n}"), "Kinh tế");
    }
    let all_have = |count: usize| {
        ring.iter().for_each(|daemon| daemon.skip(1_500));
        ring.iter().all(|daemon| shown(daemon).len() == count)
    };
    ring[0].until("each has all of them", || all_have(size));
    for daemon in &ring {
        assert_eq!(daemon.changes().len(), size, "nothing goes round");
    }
    cms[1].delete(&ring[1], "1");
    ring[0].until("a withdrawal goes round", || all_have(size - 1));
    cms[0].put(&ring[0], "1", "Tin của 0 đã sửa", "Kinh tế");
    await_same(&ring[size - 1], &ring[0]);
}

#[test]
fn an_article_that_comes_two_ways_is_there_once_until_both_have_lost_it() {
    let portal = publisher(CMS);
    let cms = Cms::of(&portal);
    cms.put(&portal, "1", "Tin đầu", "Kinh tế");
    let between: Vec<_> = (0..2).map(|_| publisher(&mirrors(&[("goc", &portal, "")]))).collect();
    between.iter().for_each(|daemon| drop(daemon.await_title("Tin đầu")));
    let selected = "selection = { categories = [\"Kinh tế\"] }";
    let last =
        Daemon::start(&mirrors(&[("trai", &between[0], selected), ("phai", &between[1], "")]));
    last.await_title("Tin đầu");
    assert_eq!(shown(&last), shown(&portal));
    cms.put(&portal, "1", "Tin đầu", "Xã hội");
    await_same(&between[0], &portal);
    await_same(&between[1], &portal);
    await_same(&last, &portal);
    cms.delete(&portal, "1");
    await_same(&last, &portal);
}

#[test]
fn a_publisher_that_was_restored_is_copied_anew() {
    let mut portal = publisher(CMS);
    let cms = Cms::of(&portal);
    cms.put(&portal, "1", "Tin 1", "Kinh tế");
    let backup = portal.path("backup");
    let path = backup.to_str().unwrap().to_owned();
    assert!(portal.run(&["backup", &path]).status.success());
    cms.put(&portal, "1", "Tin 1 đã sửa", "Kinh tế");
    cms.put(&portal, "2", "Tin 2", "Kinh tế");
    let mirror = Daemon::start(&mirrors(&[("hoa-binh", &portal, "")]));
    await_same(&mirror, &portal);
    portal.stop();
    std::fs::rename(portal.path("data"), portal.path("data-lost")).unwrap();
    let restored = portal.run(&["restore", &path]);
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    portal.launch();
    mirror.skip(3_600_000);
    mirror.until("what the restored publisher does not have goes", || shown(&mirror).len() == 1);
    let feed = mirror.get("/feeds/all.rss").text();
    assert!(feed.contains("Tin 1<") && !feed.contains("Tin 2"), "{feed}");
}
