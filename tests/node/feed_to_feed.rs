//! Other portals' feeds become ours: politely, tolerantly, with their names on every entry.

use crate::daemon::Daemon;
use crate::documents::{self, answer, rss};
use crate::portal::Portal;

/// A config of feeds by their ids and paths, polled every second.
fn config(portal: &Portal, feeds: &[(&str, &str)]) -> String {
    let sources = feeds.iter().map(|(id, path)| portal.source(id, "feed", path, ""));
    portal.fetch() + &sources.collect::<String>()
}

fn item(id: &str, title: &str) -> String {
    let more = format!(
        "<link>/tin/{id}.html</link><pubDate>Fri, 12 Jun 2026 13:30:21 GMT</pubDate><description><![CDATA[<p>Lời dẫn của {title}.</p>]]></description>"
    );
    documents::item(&format!("\n<![CDATA[{id}]]>\n"), title, &more)
}

#[test]
fn a_feed_is_polled_and_published_with_its_name() {
    let portal = Portal::start();
    portal.put(
        "/a.rss",
        "application/rss+xml",
        &rss(&format!("{}{}", item("news_512", "Tin của A"), item("news_511", "Sở TT&TT họp"))),
    );
    portal.put("/b.rss", "application/rss+xml", &rss(&item("news_512", "Tin của B")));
    let daemon = Daemon::start(&config(&portal, &[("a", "/a.rss"), ("b", "/b.rss")]));
    for title in ["Tin của A", "Sở TT&TT họp", "Tin của B"] {
        daemon.await_title(title);
    }
    let all = daemon.get("/feeds/all.rss").text();
    assert_eq!(all.matches("<item>").count(), 3, "same guid, two sources, two articles: {all}");
    assert!(all.contains("Cổng a") && all.contains("Cổng b"), "{all}");
    assert!(all.contains(&format!("http://{}/tin/news_512.html", portal.address)), "{all}");
    portal.put(
        "/a.rss",
        "application/rss+xml",
        &rss(&format!(
            "{}{}",
            item("news_513", "Tin mới của A"),
            item("news_512", "Tin của A đã sửa")
        )),
    );
    daemon.skip(1_000);
    daemon.await_title("Tin mới của A");
    let revised = daemon.await_title("Tin của A đã sửa");
    assert_eq!(revised["type"], "put");
    assert!(
        daemon.get("/feeds/all.rss").text().contains("họp"),
        "what left the feed stays published"
    );
}

#[test]
fn what_is_no_feed_takes_nothing_away() {
    let portal = Portal::start();
    let challenge = "<html><body><script>document.cookie=\"D1N=0123\"+\"; path=/\";window.location.reload(true);</script></body></html>";
    let empty = rss("");
    let bad = ["", challenge, "<html><body>Bảo trì</body></html>", &empty];
    let names = ["a", "b", "c", "d"];
    let paths = names.map(|name| format!("/{name}.rss"));
    for (name, path) in names.iter().zip(&paths) {
        portal.put(path, "application/rss+xml", &rss(&item("1", &format!("Tin tốt {name}"))));
    }
    let sources: Vec<(&str, &str)> =
        names.into_iter().zip(paths.iter().map(String::as_str)).collect();
    let daemon = Daemon::start(&config(&portal, &sources));
    for (path, (name, bad)) in paths.iter().zip(names.iter().zip(bad)) {
        daemon.await_title(&format!("Tin tốt {name}"));
        portal.put(path, "text/xml", bad);
    }
    paths.iter().for_each(|path| portal.await_polls(&daemon, path, 2));
    let feed = daemon.get("/feeds/all.rss").text();
    for (name, bad) in names.iter().zip(bad) {
        assert!(feed.contains(&format!("Tin tốt {name}")), "{bad:?}");
    }
    let status = daemon.status();
    assert!(status.contains("challenge") || status.contains("cookie"), "{status}");
}

#[test]
fn a_second_poll_asks_conditionally_and_a_restart_does_not_ask_at_once() {
    let portal = Portal::start();
    portal.put("/a.rss", "application/rss+xml", &rss(&item("1", "Tin một")));
    let daemon = Daemon::start(&config(&portal, &[("a", "/a.rss")]));
    daemon.await_title("Tin một");
    portal.await_polls(&daemon, "/a.rss", 1);
    assert!(
        portal.asked("/a.rss")[1].contains_key("if-none-match"),
        "{:?}",
        portal.asked("/a.rss")
    );
    assert!(portal.asked("/a.rss")[0]["user-agent"].starts_with("dongtin/"));
}

#[test]
fn a_feed_that_names_long_hubs_is_remembered_too() {
    let portal = Portal::start();
    let hub = |n: usize| {
        let address = format!("https://hub{n}.example.vn/{}", "x".repeat(1_990));
        format!(
            "<atom:link xmlns:atom=\"http://www.w3.org/2005/Atom\" rel=\"hub\" href=\"{address}\"/>"
        )
    };
    let hubs: String = (0..4).map(hub).collect();
    portal.put("/a.rss", "application/rss+xml", &rss(&format!("{hubs}{}", item("1", "Tin một"))));
    let daemon = Daemon::start(&config(&portal, &[("a", "/a.rss")]));
    daemon.await_change(|change| change["article"]["title"] == "Tin một");
    portal.await_polls(&daemon, "/a.rss", 1);
    assert!(portal.asked("/a.rss")[1].contains_key("if-none-match"));
    let status = daemon.status();
    assert!(status.contains("last good 2"), "{status}");
}

#[test]
fn a_list_page_is_read_by_selectors() {
    let portal = Portal::start();
    let page = "<html><body><ul class=\"news\"><li><a href=\"/tin/1.html\">Tin một</a><span>12/06/2026 20:30</span></li><li><a href=\"/tin/2.html\">Tin hai</a><span>11/06/2026 08:00</span></li></ul></body></html>";
    portal.put("/list", "text/html", page);
    let selectors = "[source.selectors]\nitem = \"ul.news li\"\ndate = \"span\"\n";
    let daemon = Daemon::start(&portal.config("page", "/list", selectors));
    let change = daemon.await_title("Tin một");
    assert_eq!(change["article"]["url"], portal.url("/tin/1.html"));
    assert!(daemon.get("/feeds/all.rss").text().contains("Fri, 12 Jun 2026 20:30:00 +0700"));
}

#[test]
fn a_poll_that_is_asked_for_comes_at_once_and_is_told() {
    let portal = Portal::start();
    portal.put("/a.rss", "application/rss+xml", &rss(&item("1", "Tin một & hai")));
    let config = config(&portal, &[("a", "/a.rss")]).replace("\"1s\"", "\"12h\"");
    let daemon = Daemon::start(&config);
    daemon.await_title("Tin một & hai");
    portal.put("/a.rss", "application/rss+xml", &rss(&item("2", "Tin hai & ba")));
    let unknown = daemon.run(&["source", "poll", "--no-wait", "b"]);
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("source b: not in the config"));
    assert!(daemon.run(&["source", "poll", "--no-wait", "a"]).status.success());
    daemon.await_title("Tin hai & ba");
    let status = daemon.until_some("the status has the poll", || {
        let is_polled =
            |status: &String| status.contains("2 articles") && !status.contains("next check -");
        Some(daemon.status()).filter(is_polled)
    });
    for part in ["OK", "last good 2", "next check 2", "warning"] {
        assert!(status.contains(part), "{part}: {status}");
    }
}

#[test]
fn a_feed_in_vni_bytes_comes_out_in_unicode_whatever_its_label_says() {
    let portal = Portal::start();
    let text = "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam: ñoäc laäp, töï do, haïnh phuùc; nhaân daân moïi mieàn ñaát nöôùc chuùc möøng ngaøy leã lôùn.";
    let more = format!("<link>/tin/1.html</link><description>{text}</description>");
    let item = documents::item("1", "Tin möøng ñaàu naêm", &more);
    let latin = |text: String| -> Vec<u8> { text.chars().map(|c| c as u32 as u8).collect() };
    let labels = ["utf-8", "windows-1252", "windows-1258"];
    for label in labels {
        let document = latin(format!("<?xml version='1.0' encoding='{label}'?>{}", rss(&item)));
        let bytes = answer("200 OK", "content-type: text/xml\r\n", document);
        portal.put_raw(&format!("/{label}.rss"), bytes);
    }
    let paths = labels.map(|label| format!("/{label}.rss"));
    let named: Vec<(&str, &str)> =
        labels.iter().zip(&paths).map(|(id, path)| (*id, path.as_str())).collect();
    // The document is read in its encoding: nothing is left for the repair of single words.
    let config =
        config(&portal, &named).replace("kind = \"feed\"", "kind = \"feed\"\nrepair = \"off\"");
    let daemon = Daemon::start(&config);
    for label in labels {
        let change = daemon.await_change(|change| change["source"] == label);
        assert_eq!(change["article"]["title"], "Tin mừng đầu năm", "{label}: {change}");
        let feed = daemon.get(&format!("/feeds/source-{label}.rss")).text();
        assert!(feed.contains("Cộng hòa xã hội chủ nghĩa Việt Nam: độc lập"), "{label}: {feed}");
        assert!(feed.contains("đất nước chúc mừng ngày lễ lớn"), "{label}: {feed}");
    }
}

#[test]
fn what_another_dongtin_publishes_again_comes_back() {
    let first = Daemon::start("[[source]]\nid = \"cms\"\ntitle = \"CMS\"\nkind = \"push\"\n");
    let bearer = first.bearer("cms");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let send = |method: &str, title: &str| {
        let body =
            serde_json::json!({"title": title, "content_text": format!("Nội dung của {title}.")});
        let path = "/api/v1/sources/cms/articles/b";
        let answer = first.send(method, path, &headers, &body.to_string());
        assert!((200..300).contains(&answer.status), "{}", answer.text());
        // Tombstones say whole seconds.
        first.await_next_second();
    };
    send("PUT", "Bài B");
    let second = Daemon::start(&format!(
        "[fetch]\nallow = [\"{0}\"]\nports = [{1}]\nmin_interval = \"1s\"\nhost_interval = \"0s\"\n\n[[source]]\nid = \"tinh\"\ntitle = \"Tỉnh\"\nkind = \"feed\"\naddress = \"http://{0}/feeds/all.atom\"\n",
        first.address,
        first.address.port()
    ));
    let comes = |kind: &str, revision: u64| {
        second.run(&["source", "poll", "--no-wait", "tinh"]);
        second.await_change(|change| change["type"] == kind && change["revision"] == revision)
    };
    comes("put", 1);
    send("DELETE", "");
    comes("withdrawn", 2);
    send("PUT", "Bài B");
    assert_eq!(comes("put", 3)["article"]["title"], "Bài B");
    send("DELETE", "");
    comes("withdrawn", 4);
    send("PUT", "Bài B, sửa lại");
    assert_eq!(comes("put", 5)["article"]["title"], "Bài B, sửa lại");
    assert!(second.get("/feeds/all.rss").text().contains("sửa lại"));
}

#[test]
fn a_stale_list_brings_nothing_back_and_the_status_says_so() {
    let portal = Portal::start();
    let atom = |body: &str| {
        format!(
            "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:at='http://purl.org/atompub/tombstones/1.0'><title>T</title>{body}</feed>"
        )
    };
    let entry = |id: &str| {
        format!(
            "<entry><id>urn:{id}</id><title>Tin {id}</title><updated>2026-06-12T01:00:00Z</updated></entry>"
        )
    };
    let put = |body: &str| portal.put("/a.atom", "application/atom+xml", &atom(body));
    put(&entry("1"));
    let daemon = Daemon::start(&config(&portal, &[("a", "/a.atom")]));
    daemon.await_title("Tin 1");
    put("<at:deleted-entry ref='urn:1' when='2026-06-12T02:00:00Z'/>");
    daemon.run(&["source", "poll", "--no-wait", "a"]);
    daemon.await_change(|change| change["type"] == "withdrawn");
    put(&format!("{}{}", entry("1"), entry("2")));
    daemon.run(&["source", "poll", "--no-wait", "a"]);
    daemon.await_title("Tin 2");
    daemon.until("the status names what stays withdrawn", || {
        daemon.get("/status.json").text().contains("\"stays-withdrawn\"")
    });
    assert!(!daemon.get("/feeds/all.rss").text().contains("Tin 1"));
}
