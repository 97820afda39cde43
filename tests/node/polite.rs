//! What a host asks of its guests is kept, across polls, sources and the daemon's own end.

use crate::daemon::Daemon;
use crate::documents::{answer, item, redirect, rss};
use crate::portal::Portal;

fn config(portal: &Portal, sources: &str) -> String {
    portal.fetch() + sources
}

fn source(portal: &Portal, id: &str, kind: &str, more: &str) -> String {
    portal.source(id, kind, &format!("/{id}"), more)
}

/// An answer that asks us to come again in an hour, or only not now.
fn busy(status: &str, retry: &str) -> Vec<u8> {
    answer(status, retry, "")
}

const RETRY: &str = "retry-after: 3600\r\n";

/// Whether the store's files hold some text: what they hold, a kill leaves.
fn is_on_disk(daemon: &Daemon, text: &str) -> bool {
    let db = std::fs::read(daemon.path("data/sled/db")).unwrap_or_default();
    db.windows(text.len()).any(|part| part == text.as_bytes())
}

#[test]
fn a_kill_does_not_make_us_forget_when_we_may_come_again() {
    let portal = Portal::start();
    portal.put_raw("/a", busy("503 Busy", RETRY));
    let sources = source(&portal, "a", "feed", "");
    let mut daemon = Daemon::start(&config(&portal, &sources));
    daemon.until("its answer is remembered", || is_on_disk(&daemon, "server-error"));
    daemon.kill();
    let both = sources + &clock(&portal);
    daemon.write_config(&config(&portal, &both));
    daemon.launch();
    // When the other host's source has had some turns, the first one has had its own if it was to have one.
    portal.await_polls(&daemon, "/clock", 3);
    assert_eq!(portal.asked("/a").len(), 1, "asked again before its time");
}

const SELECTORS: &str = "[source.selectors]\nitem = \"li\"\ndetail_body = \"#b\"\n";
const ARTICLES: [&str; 4] = ["/tin/1", "/tin/2", "/tin/3", "/tin/4"];

/// A page and a feed on one host, each with some of its articles.
fn lists(portal: &Portal) -> String {
    let line = |n: u32| format!("<li><a href=\"/tin/{n}\">Tin số {n} của ngày hôm nay</a></li>");
    portal.put("/a", "text/html", &format!("<ul>{}{}</ul>", line(1), line(2)));
    let item = |n: u32| {
        let title = format!("Tin số {n} của ngày hôm nay");
        item(&n.to_string(), &title, &format!("<link>/tin/{n}</link>"))
    };
    portal.put("/b", "text/xml", &rss(&(item(3) + &item(4))));
    source(portal, "a", "page", SELECTORS) + &source(portal, "b", "feed", "full_text = true\n")
}

fn put_articles(portal: &Portal) {
    for (n, path) in (1..).zip(ARTICLES) {
        let text =
            "Sáng nay, lãnh đạo tỉnh đã chủ trì hội nghị đánh giá tình hình sáu tháng đầu năm. "
                .repeat(8);
        let page = format!(
            "<title>Tin số {n} của ngày hôm nay</title><h1>Tin số {n} của ngày hôm nay</h1><article id=b><p>{text}</p><p>Trọn bài {n}. {text}</p></article>"
        );
        portal.put(path, "text/html", &page);
    }
}

fn asked(portal: &Portal) -> usize {
    ARTICLES.iter().map(|path| portal.asked(path).len()).sum()
}

/// Waits until both lists have been polled some times more.
fn polls(daemon: &Daemon, portal: &Portal) {
    for path in ["/a", "/b"] {
        portal.await_polls(daemon, path, 3);
    }
}

fn await_articles(daemon: &Daemon, whole: bool) {
    for n in 1..=4 {
        daemon.await_change(|change| {
            let article = &change["article"];
            let is_whole = article["content_html"]
                .as_str()
                .is_some_and(|text| text.contains(&format!("Trọn bài {n}")));
            article["title"] == format!("Tin số {n} của ngày hôm nay") && is_whole == whole
        });
    }
}

#[test]
fn a_host_that_says_later_is_left_alone_by_every_source_and_loses_nothing() {
    for (answer, retry) in [("429 Too Many", RETRY), ("503 Busy", RETRY)] {
        let portal = Portal::start();
        let config = config(&portal, &lists(&portal));
        ARTICLES.iter().for_each(|path| portal.put_raw(path, busy(answer, retry)));
        let mut daemon = Daemon::start(&config);
        await_articles(&daemon, false);
        polls(&daemon, &portal);
        assert_eq!(asked(&portal), 1, "{answer}: one answer is enough for all of them");
        let told = daemon.status();
        assert_eq!(told.matches("detail-resting").count(), 2, "{told}");
        assert!(told.contains(&format!("HTTP status {}", &answer[..3])), "{told}");
        daemon.kill();
        daemon.launch();
        polls(&daemon, &portal);
        assert_eq!(asked(&portal), 1, "{answer}: a restart is no reason to ask again");
    }
}

#[test]
fn a_503_that_does_not_say_until_when_is_a_rest_too() {
    let portal = Portal::start();
    lists(&portal);
    put_articles(&portal);
    ARTICLES.iter().for_each(|path| portal.put_raw(path, busy("503 Busy", "")));
    let sources = source(&portal, "a", "page", SELECTORS);
    let daemon = Daemon::start(&config(&portal, &sources).replace("\"1s\"", "\"1h\""));
    for n in 1..=2 {
        let title = format!("Tin số {n} của ngày hôm nay");
        let listed = daemon.await_title(&title);
        assert!(listed["article"]["content_html"].is_null(), "{listed}");
    }
    assert_eq!(asked(&portal), 1);
    daemon.until("the status says both", || {
        let status = daemon.status();
        status.contains("detail-failed ×1") && status.contains("detail-resting ×1")
    });
}

#[test]
fn what_a_busy_host_did_not_give_is_read_when_it_is_well() {
    let portal = Portal::start();
    let config = config(&portal, &lists(&portal));
    ARTICLES.iter().for_each(|path| portal.put_raw(path, busy("429 Too Many", "")));
    let daemon = Daemon::start(&config);
    await_articles(&daemon, false);
    put_articles(&portal);
    await_articles(&daemon, true);
    daemon.until("the status is well again", || !daemon.status().contains("detail-resting"));
}

#[test]
fn two_sources_with_pages_on_one_host_ask_for_its_robots_txt_once() {
    let portal = Portal::start();
    let sources = lists(&portal);
    put_articles(&portal);
    portal.put("/robots.txt", "text/plain", "User-agent: *\nDisallow: /admin\n");
    let daemon = Daemon::start(&config(&portal, &sources));
    await_articles(&daemon, true);
    assert_eq!(portal.asked("/robots.txt").len(), 1);
}

#[test]
fn a_robots_txt_that_cannot_be_had_closes_the_host_until_it_can() {
    let portal = Portal::start();
    let config = config(&portal, &lists(&portal));
    put_articles(&portal);
    portal.put_raw("/robots.txt", busy("500 Broken", ""));
    let daemon = Daemon::start(&config);
    await_articles(&daemon, false);
    daemon.until("it is asked for again", || portal.asked("/robots.txt").len() > 2);
    assert_eq!(asked(&portal), 0, "nobody knows what may be read");
    daemon.await_status("detail-robots-unreachable");
    portal.put("/robots.txt", "text/plain", "User-agent: *\nDisallow: /admin\n");
    await_articles(&daemon, true);
}

#[test]
fn a_host_that_wants_a_pause_gets_it() {
    let portal = Portal::start();
    put_articles(&portal);
    portal.put(
        "/a",
        "text/html",
        "<ul><li><a href=\"/tin/1\">Tin số 1 của ngày hôm nay</a></li></ul>",
    );
    portal.put("/robots.txt", "text/plain", "User-agent: *\nCrawl-delay: 3600\n");
    portal.put("/b", "text/xml", &rss(&item("1", "Tin của B", "")));
    // Another host's polls are the clock.
    let elsewhere = source(&portal, "b", "feed", "").replace("127.0.0.1", "localhost");
    let sources = source(&portal, "a", "page", SELECTORS) + &elsewhere;
    let mut daemon = Daemon::start(&config(&portal, &sources));
    daemon.until("robots.txt is read", || !portal.asked("/robots.txt").is_empty());
    portal.await_polls(&daemon, "/b", 4);
    assert_eq!(asked(&portal), 0, "an article's page was asked for too soon");
    assert!(daemon.stop().success(), "a stop does not wait for the pause");
    assert!(!daemon.log().contains("cut off"), "{}", daemon.log());
}

#[test]
fn the_sitemaps_of_a_busy_host_wait_too() {
    let portal = Portal::start();
    let children = ["/s1.xml", "/s2.xml", "/s3.xml"];
    let named: String = children
        .iter()
        .map(|path| format!("<sitemap><loc>{}</loc></sitemap>", portal.url(path)))
        .collect();
    let index = format!(
        "<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{named}</sitemapindex>"
    );
    portal.put("/a", "text/xml", &index);
    children.iter().for_each(|path| portal.put_raw(path, busy("429 Too Many", RETRY)));
    let daemon = Daemon::start(&config(&portal, &source(&portal, "a", "sitemap", "")));
    daemon.until("its index is polled", || portal.asked("/a").len() > 3);
    let asked: usize = children.iter().map(|path| portal.asked(path).len()).sum();
    assert_eq!(asked, 1, "one answer is enough");
    daemon.await_status("detail-resting ×1");
}

/// A feed on a host of its own, so that its polls are the clock of a story about another host.
fn clock(portal: &Portal) -> String {
    portal.put("/clock", "text/xml", &rss(&item("1", "Tin của B", "")));
    source(portal, "clock", "feed", "").replace("127.0.0.1", "localhost")
}

fn total(portal: &Portal, paths: &[&str]) -> usize {
    paths.iter().map(|path| portal.asked(path).len()).sum()
}

#[test]
fn a_feed_that_says_later_says_it_for_every_feed_and_page_of_its_host() {
    for answer in ["429 Too Many", "503 Busy"] {
        let portal = Portal::start();
        let feeds = ["/a", "/b", "/c", "/d"];
        feeds.iter().for_each(|path| portal.put_raw(path, busy(answer, "retry-after: 600\r\n")));
        put_articles(&portal);
        let feed = |id: &str| source(&portal, id, "feed", "full_text = true\n");
        let sources: String = ["a", "b", "c", "d"].iter().map(|id| feed(id)).collect();
        let mut daemon = Daemon::start(&config(&portal, &(sources + &clock(&portal))));
        daemon.until("one is polled", || total(&portal, &feeds) > 0);
        portal.await_polls(&daemon, "/clock", 4);
        assert_eq!(total(&portal, &feeds), 1, "{answer}: one answer is enough for all of them");
        let told = daemon.status();
        assert_eq!(told.matches("host-resting").count(), 4, "{told}");
        assert!(told.contains(&format!("HTTP status {}", &answer[..3])), "{told}");
        daemon.kill();
        daemon.launch();
        portal.await_polls(&daemon, "/clock", 4);
        assert_eq!(total(&portal, &feeds), 1, "{answer}: a restart is no reason to ask again");
        assert_eq!(asked(&portal) + portal.asked("/robots.txt").len(), 0, "{answer}");
    }
}

#[test]
fn a_person_who_asks_for_a_poll_has_a_resting_host_asked_once() {
    let portal = Portal::start();
    ["/a", "/b"].iter().for_each(|path| portal.put_raw(path, busy("429 Too Many", RETRY)));
    let sources = source(&portal, "a", "feed", "") + &source(&portal, "b", "feed", "");
    let daemon = Daemon::start(&config(&portal, &(sources + &clock(&portal))));
    daemon.until("one is polled", || total(&portal, &["/a", "/b"]) > 0);
    portal.await_polls(&daemon, "/clock", 4);
    assert!(daemon.run(&["source", "poll", "--no-wait", "a", "b"]).status.success());
    daemon.until("it is asked", || total(&portal, &["/a", "/b"]) > 1);
    portal.await_polls(&daemon, "/clock", 4);
    assert_eq!(total(&portal, &["/a", "/b"]), 2, "it still refuses");
    ["/a", "/b"].iter().for_each(|path| portal.put(path, "text/xml", &rss(&item("1", "Tin", ""))));
    assert!(daemon.run(&["source", "poll", "--no-wait", "--all"]).status.success());
    daemon.until("both are well", || !daemon.status().contains("host-resting"));
    daemon.until("both are read", || daemon.status().matches("OK").count() == 3);
}

#[test]
fn a_redirect_to_a_resting_host_is_not_followed_there() {
    let portal = Portal::start();
    let elsewhere = portal.url("/limit").replace("127.0.0.1", "localhost");
    ["/a", "/b"].iter().for_each(|path| portal.put_raw(path, redirect(&elsewhere)));
    portal.put_raw("/limit", busy("429 Too Many", RETRY));
    portal.put("/well", "text/xml", &rss(&item("1", "Tin", "")));
    let allow = format!("allow = [\"localhost:{}\"]\n", portal.address.port());
    let sources = source(&portal, "a", "feed", &allow)
        + &source(&portal, "b", "feed", &allow)
        + &source(&portal, "well", "feed", "");
    let daemon = Daemon::start(&config(&portal, &sources));
    daemon.until("both are polled", || {
        ["/a", "/b"].iter().all(|path| !portal.asked(path).is_empty())
    });
    portal.await_polls(&daemon, "/well", 4);
    assert_eq!(portal.asked("/limit").len(), 1, "one answer is enough for both");
    let told = daemon.status();
    assert!(told.contains("asked to be left alone"), "{told}");
}

#[test]
fn a_feed_in_pages_is_read_to_its_end_once() {
    let portal = Portal::start();
    let page = |number: usize, next: Option<&str>| {
        let next = next.map(|next| format!("<atom:link rel=\"next\" href=\"{next}\"/>"));
        let items =
            [1, 2].map(|n| item(&format!("{number}-{n}"), &format!("Tin {number}.{n}"), ""));
        rss(&(next.unwrap_or_default() + &items.concat()))
    };
    portal.put("/1", "text/xml", &page(1, Some("/2")));
    portal.put("/2", "text/xml", &page(2, Some("/3")));
    portal.put("/3", "text/xml", &page(3, Some("http://elsewhere.invalid/4")));
    let daemon = Daemon::start(&config(&portal, &source(&portal, "1", "feed", "")));
    ["Tin 1.1", "Tin 2.2", "Tin 3.2"].iter().for_each(|title| _ = daemon.await_title(title));
    assert!(daemon.status().contains("pages-left"), "{}", daemon.status());
    portal.put("/1", "text/xml", &page(1, Some("/2")).replace("Tin 1.1", "Tin 1.1 mới"));
    daemon.await_title("Tin 1.1 mới");
    assert_eq!(["/2", "/3"].map(|path| portal.asked(path).len()), [1, 1]);
}

#[test]
fn an_archive_of_many_documents_is_read_back_to_its_beginning_over_a_restart() {
    const ALL: usize = 24;
    let portal = Portal::start();
    for number in 1..=ALL {
        let prev = format!("<atom:link rel=\"prev-archive\" href=\"/{}\"/>", number + 1);
        let prev = if number < ALL { prev } else { String::new() };
        let one = item(&number.to_string(), &format!("Tin số {number}."), "");
        portal.put(&format!("/{number}"), "text/xml", &rss(&(prev + &one)));
    }
    let mut daemon = Daemon::start(&config(&portal, &source(&portal, "1", "feed", "")));
    daemon.await_title("Tin số 10.");
    daemon.kill();
    daemon.launch();
    portal.await_polls(&daemon, "/1", 1);
    daemon.until("the archive is read", || {
        daemon.skip(1_000);
        !portal.asked("/24").is_empty()
    });
    daemon.await_title("Tin số 24.");
    let titles = daemon.changes().len();
    assert_eq!(titles, ALL, "each article once");
    portal.await_polls(&daemon, "/1", 2);
    assert_eq!(portal.asked("/24").len(), 1, "it is read once");
}
