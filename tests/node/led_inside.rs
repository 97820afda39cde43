//! What one source may have us ask inside the operator's network: nothing that was opened for another.

use crate::daemon::Daemon;
use crate::portal::Portal;
use std::time::{Duration, Instant};

const SECRET: &str = "Chuyện nội bộ của ban quản trị, không dành cho ai ở ngoài đọc, dài đủ để là thân bài của một tin như mọi tin khác trong cổng.";

/// Waits until something holds that the daemon brings about; a story fails by this, it never passes by it.
fn until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::yield_now();
    }
}

fn secret() -> String {
    format!("<title>Mật</title><h1>Mật</h1><div><p>{SECRET}</p><p>{SECRET}</p></div>")
}

fn redirect(to: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )
    .into_bytes()
}

/// A source of somebody outside whose feed, pages, hub and sitemaps all lead to a host inside.
fn lure(outside: &Portal, inside: &Portal) -> String {
    let item = |n: u32, link: &str| {
        format!(
            "<item><guid>{n}</guid><title>Tin số {n}</title><link>{link}</link><description>Lời dẫn {n}</description></item>"
        )
    };
    let items = item(1, &inside.url("/secret")) + &item(2, &outside.url("/tin/2.html"));
    outside.put("/rss", "text/xml", &format!(
        "<rss version='2.0'><channel><title>A</title><atom:link xmlns:atom='http://www.w3.org/2005/Atom' rel='hub' href='{}'/>{items}</channel></rss>",
        inside.url("/hub"),
    ));
    outside.put_raw("/tin/2.html", redirect(&inside.url("/secret")));
    outside.put("/sitemap.xml", "text/xml", &format!(
        "<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><sitemap><loc>{}</loc></sitemap></sitemapindex>",
        inside.url("/news.xml"),
    ));
    outside.put_raw("/list.xml", redirect(&inside.url("/news.xml")));
    let source = |id: &str, kind: &str, path: &str, more: &str| {
        let address = outside.url(path);
        format!("\n[[source]]\nid = \"{id}\"\nkind = \"{kind}\"\naddress = \"{address}\"\n{more}")
    };
    source("a", "feed", "/rss", "full_text = true\nwebsub = \"on\"\n")
        + &source("b", "sitemap", "/sitemap.xml", "")
        + &source("c", "feed", "/list.xml", "")
}

#[test]
fn what_is_allowed_for_one_source_is_open_to_no_other() {
    let (outside, inside) = (Portal::start(), Portal::start());
    for path in ["/secret", "/news.xml", "/hub"] {
        inside.put(path, "text/html", &secret());
    }
    let daemon = Daemon::start(&format!(
        "[fetch]\nallow = [\"{0}\", \"{1}\"]\nports = [{2}, {3}]\nmin_interval = \"1s\"\nhost_interval = \"0s\"\n{4}",
        outside.address,
        inside.address,
        outside.address.port(),
        inside.address.port(),
        lure(&outside, &inside),
    ));
    for title in ["Tin số 1", "Tin số 2"] {
        let change = daemon.await_change(|change| change["article"]["title"] == title);
        assert!(change["article"]["content"].is_null(), "{change}");
    }
    until("the redirect was met", || outside.asked("/tin/2.html").len() == 1);
    until("the hub was to be asked", || daemon.log().contains("does not take the subscription"));
    // Whoever is polled a second time has had its first poll whole.
    for path in ["/sitemap.xml", "/list.xml"] {
        until("it is polled again", || outside.asked(path).len() > 1);
    }
    assert_eq!(inside.asked_at_all(), 0);
    let all = daemon.get("/api/v1/changes?after=0").json().to_string();
    assert!(!all.contains("nội bộ"), "{all}");
}
