//! The whole daemon in that network: documents at a public address name closed ones wherever a document can.

use crate::daemon::Daemon;
use crate::origin::Seen;

/// A source's id, kind, address and further lines.
const SOURCES: &[(&str, &str, &str, &str)] = &[
    ("feed", "feed", "http://public.test/feed.xml", "full_text = true\nwebsub = \"on\"\n"),
    ("hub", "feed", "http://8.8.8.8/hub.xml", "websub = \"on\"\n"),
    (
        "list",
        "page",
        "http://public.test/list",
        "[source.selectors]\nitem = \"ul.news li\"\nlead = \"p\"\ndetail_body = \"p\"\n",
    ),
    ("sitemap", "sitemap", "http://public.test/sitemap.xml", "full_text = true\n"),
    ("refresh", "feed", "http://public.test/refresh", ""),
    ("closed", "feed", "http://private.test/feed.xml", ""),
    ("mixed", "feed", "http://mixed.test/feed.xml", ""),
    ("moved", "feed", "http://public.test/301?http://10.0.0.1/feed.xml", ""),
    ("metadata", "feed", "http://8.8.8.8/302?http://169.254.169.254/latest/meta-data/", ""),
    ("six", "feed", "http://six1.dns/feed.xml", ""),
];

/// Polls every source, and discovers.
pub fn poll(seen: &Seen) {
    let mut config = "[fetch]\nmin_interval = \"1s\"\nhost_interval = \"1ms\"\n".to_owned();
    for (id, kind, address, more) in SOURCES {
        config += &format!(
            "[[source]]\nid = \"{id}\"\ntitle = \"{id}\"\nkind = \"{kind}\"\naddress = \"{address}\"\n{more}"
        );
    }
    let daemon = Daemon::start(&config);
    assert!(daemon.run(&["source", "poll", "--no-wait", "--all"]).status.success());
    daemon.until("every source is polled", || !daemon.status().contains("Not polled yet"));
    // Each of these comes after what it must not do instead.
    for path in [
        "/feed.xml",
        "/hub.xml",
        "/list",
        "/sitemap.xml",
        "/308?",
        "/307?",
        "/302?http://10.0.0.1/4",
        "/301?http://10.0.0.1/d",
    ] {
        let is_asked = || seen.lock().unwrap().iter().any(|(_, _, asked)| asked.starts_with(path));
        daemon.until(&format!("{path} is asked for"), is_asked);
    }
    daemon.await_status("169.254.169.254");
    daemon.run(&["source", "poll", "--no-wait", "--all"]);
    for address in [
        "http://public.test/found",
        "http://10.0.0.1/",
        "http://private.test/",
        "http://public.test/302?http://10.0.0.1/",
    ] {
        let found = daemon.run(&["source", "discover", address]);
        assert!(
            !String::from_utf8_lossy(&found.stdout).contains("[[source]]"),
            "{address}: {found:?}"
        );
    }
}
