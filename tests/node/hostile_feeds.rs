//! Fifty hostile documents at once, each from a host of its own, beside one honest feed.

use crate::daemon::Daemon;
use crate::documents::{answer, gzip, item, rss};
use crate::portal::Portal;

/// Documents that are asked for at once.
const COUNT: usize = 50;
/// What the daemon itself may take, in KiB: polls at once (16) with their bodies at the limit (10 MiB), and what it takes idle.
const MOST_KIB: u64 = (16 * 10 + 140) << 10;

const XML: &str = "content-type: text/xml\r\n";
const PACKED_XML: &str = "content-type: text/xml\r\ncontent-encoding: gzip\r\n";

fn feed(items: &str) -> Vec<u8> {
    rss(items).into_bytes()
}

fn described(html: &str) -> Vec<u8> {
    feed(&item("1", "T", &format!("<description><![CDATA[{html}]]></description>")))
}

/// One document of each class; a failure that is named, or a feed within its limits, but never more than one job.
fn documents() -> Vec<Vec<u8>> {
    let bomb: String = (1..10)
        .map(|n| format!("<!ENTITY e{n} \"{}\">", format!("&e{};", n - 1).repeat(10)))
        .collect();
    let entities = |dtd: &str, used: &str| {
        format!("<?xml version=\"1.0\"?><!DOCTYPE r [{dtd}]><rss><channel><item><title>{used}</title></item></channel></rss>").into_bytes()
    };
    vec![
        entities(&format!("<!ENTITY e0 \"x\">{bomb}"), "&e9;"),
        entities("<!ENTITY x SYSTEM \"file:///etc/passwd\">", "&x;"),
        entities(&format!("<!ENTITY q \"{}\">", "y".repeat(100_000)), &"&q;".repeat(1_000)),
        feed(&format!("<item><title>T</title>{}", "<x:a>".repeat(3_000))),
        "<a>".repeat(300_000).into_bytes(),
        feed(&format!("<item {}><title>T</title></item>", "a=\"b\" ".repeat(80_000))),
        feed(&"<item/>".repeat(200_000)),
        feed(&format!("<item><title>{}</title></item>", "ế".repeat(1_000_000))),
        described(&format!("<p><a href={}>{}", "A".repeat(40_000), "<p>a".repeat(10_000))),
        described(&"<b><i><p>".repeat(20_000)),
        described(&"<table><tr><td>".repeat(10_000)),
        format!(
            "{{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":{}",
            "[".repeat(100_000)
        )
        .into_bytes(),
        feed(&"< ".repeat(200_000)),
        feed(&"<item><title>&amp;&amp;&nbsp;</title></item>".repeat(3_000)),
        [0xC0, 0x80].repeat(500_000),
    ]
}

#[test]
fn fifty_hostile_documents_at_once_cost_their_polls_only() {
    let portal = Portal::everywhere();
    let port = portal.address.port();
    let (documents, bomb) = (documents(), gzip(&vec![b' '; 200 << 20]));
    let mut config = String::from("[fetch]\nmin_interval = \"1h\"\nallow = [");
    (0..=COUNT).for_each(|n| config.push_str(&format!("\"127.0.1.{n}:{port}\", ")));
    config.push_str("]\n[worker]\nmemory = \"256MiB\"\ncpu = \"5s\"\njob_timeout = \"20s\"\n");
    for number in 0..=COUNT {
        config.push_str(&format!("[[source]]\nid = \"s{number}\"\ntitle = \"S\"\nkind = \"feed\"\naddress = \"http://127.0.1.{number}:{port}/{number}\"\n"));
        let bytes = match number {
            COUNT => answer("200 OK", XML, rss(&item("1", "Tin thật", ""))),
            n if n % 16 == 15 => answer("200 OK", PACKED_XML, &bomb),
            n => answer("200 OK", XML, &documents[n % documents.len()]),
        };
        portal.put_raw(&format!("/{number}"), bytes);
    }
    let daemon = Daemon::start(&config);
    assert!(daemon.run(&["source", "poll", "--no-wait", "--all"]).status.success());
    daemon.await_title("Tin thật");
    daemon.until("every source is polled", || {
        assert_eq!(daemon.get("/healthz").status, 200);
        !daemon.status().contains("Not polled yet")
    });
    let peak = daemon.peak_memory();
    assert!(peak < MOST_KIB, "{peak} KiB at its peak");
    let feed = daemon.get("/feeds/all.rss").text();
    assert!(feed.contains("Tin thật") && !feed.contains("root:"), "{feed}");
}
