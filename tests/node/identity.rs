//! Which article is which, in which order they stand, and what is news of them, seen over many polls.

use crate::daemon::Daemon;
use crate::documents::{item, rss};
use crate::portal::Portal;

/// The places of some titles in a text, first to last.
fn order(text: &str, titles: &[String]) -> Vec<usize> {
    titles.iter().map(|title| text.find(title.as_str()).expect(title)).collect()
}

#[test]
fn articles_of_one_date_are_in_the_order_of_their_document_everywhere() {
    let portal = Portal::start();
    let titles: Vec<String> = (10..40).map(|n| format!("Tin số {n}")).collect();
    let items: String = (10..40)
        .map(|n| {
            let more = format!("<link>/tin/{n}.html</link><pubDate>20/11/2026</pubDate>");
            item(&format!("g{}", n * 37 % 101), &format!("Tin số {n}"), &more)
        })
        .collect();
    portal.put("/a.rss", "application/rss+xml", &rss(&items));
    let mut daemon = Daemon::start(&portal.config("feed", "/a.rss", ""));
    daemon.await_title("Tin số 10");
    let outputs =
        ["/feeds/all.rss", "/feeds/all.atom", "/feeds/all.json", "/feeds/source-a.rss", "/"];
    for start in 0..2 {
        for output in outputs {
            let text = daemon.get_with(output, &[("accept", "*/*")]).text();
            assert!(order(&text, &titles).is_sorted(), "{output} at start {start}: {text}");
        }
        assert!(daemon.stop().success());
        daemon.launch();
    }
    let newest = daemon.changes().into_iter().map(|change| change["article"]["title"].clone());
    let newest: Vec<_> = newest.collect();
    assert!(newest.iter().rev().eq(titles.iter()), "the newest came last: {newest:?}");
    let late = item("spät", "Tin đến sau", "<link>/tin/9.html</link><pubDate>20/11/2026</pubDate>");
    portal.put("/a.rss", "application/rss+xml", &rss(&format!("{items}{late}")));
    daemon.run(&["source", "poll", "--no-wait", "a"]);
    daemon.await_title("Tin đến sau");
    let text = daemon.get("/feeds/all.rss").text();
    assert!(text.find("Tin đến sau") < text.find("Tin số 10"), "what comes last is the newest");
}
