//! What one source may have us ask inside the operator's network: nothing that was opened for another.

use crate::daemon::Daemon;
use crate::documents::{item, redirect, rss};
use crate::portal::Portal;

const SECRET: &str = "Chuyện nội bộ của ban quản trị, không dành cho ai ở ngoài đọc, dài đủ để là thân bài của một tin như mọi tin khác trong cổng.";

fn secret() -> String {
    format!("<title>Mật</title><h1>Mật</h1><div><p>{SECRET}</p><p>{SECRET}</p></div>")
}

/// A source of somebody outside whose feed, pages, hub and sitemaps all lead to a host inside.
fn lure(outside: &Portal, inside: &Portal) -> String {
    let item = |n: u32, link: &str| {
        let more = format!("<link>{link}</link><description>Lời dẫn {n}</description>");
        item(&n.to_string(), &format!("Tin số {n}"), &more)
    };
    let items = item(1, &inside.url("/secret")) + &item(2, &outside.url("/tin/2.html"));
    let hub = format!(
        "<atom:link xmlns:atom='http://www.w3.org/2005/Atom' rel='hub' href='{}'/>",
        inside.url("/hub")
    );
    outside.put("/rss", "text/xml", &rss(&(hub + &items)));
    outside.put_raw("/tin/2.html", redirect(&inside.url("/secret")));
    outside.put("/sitemap.xml", "text/xml", &format!(
        "<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><sitemap><loc>{}</loc></sitemap></sitemapindex>",
        inside.url("/news.xml"),
    ));
    outside.put_raw("/list.xml", redirect(&inside.url("/news.xml")));
    outside.source("a", "feed", "/rss", "full_text = true\nwebsub = \"on\"\n")
        + &outside.source("b", "sitemap", "/sitemap.xml", "")
        + &outside.source("c", "feed", "/list.xml", "")
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
        let change = daemon.await_title(title);
        assert!(change["article"]["content_html"].is_null(), "{change}");
    }
    daemon.until("the redirect was met", || outside.asked("/tin/2.html").len() == 1);
    daemon.until("the hub was to be asked", || {
        daemon.log().contains("does not take the subscription")
    });
    // Whoever is polled a second time has had its first poll whole.
    for path in ["/sitemap.xml", "/list.xml"] {
        daemon.until("it is polled again", || outside.asked(path).len() > 1);
    }
    assert_eq!(inside.asked_at_all(), 0);
    let all = daemon.get("/api/v1/changes?after=0").json().to_string();
    assert!(!all.contains("nội bộ"), "{all}");
}
