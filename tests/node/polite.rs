//! What a host asks of its guests is kept, across polls, sources and the daemon's own end.

use crate::daemon::Daemon;
use crate::portal::Portal;
use std::time::{Duration, Instant};

/// Waits until something holds that the daemon brings about; a story fails by this, it never passes by it.
fn until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::yield_now();
    }
}

fn config(portal: &Portal, sources: &str) -> String {
    format!(
        "[fetch]\nallow = [\"{0}\"]\nports = [{1}]\nmin_interval = \"1s\"\nhost_interval = \"10ms\"\n{sources}",
        portal.address,
        portal.address.port(),
    )
}

fn source(portal: &Portal, id: &str, kind: &str, more: &str) -> String {
    let address = portal.url(&format!("/{id}"));
    format!(
        "\n[[source]]\nid = \"{id}\"\ntitle = \"{id}\"\nkind = \"{kind}\"\naddress = \"{address}\"\n{more}"
    )
}

/// An answer that asks us to come again in an hour, or only not now.
fn busy(status: &str, retry: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\n{retry}content-length: 0\r\nconnection: close\r\n\r\n")
        .into_bytes()
}

const RETRY: &str = "retry-after: 3600\r\n";
const RSS: &str = "<rss version='2.0'><channel><title>B</title><item><guid>1</guid><title>Tin của B</title></item></channel></rss>";

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
    until("its answer is remembered", || is_on_disk(&daemon, "server-error"));
    daemon.kill();
    portal.put("/b", "text/xml", RSS);
    let both = sources + &source(&portal, "b", "feed", "");
    daemon.write_config(&config(&portal, &both));
    daemon.launch();
    // When the other source has had two turns, the first one has had its own if it was to have one.
    until("the other is polled", || portal.asked("/b").len() > 2);
    assert_eq!(portal.asked("/a").len(), 1, "asked again before its time");
}
