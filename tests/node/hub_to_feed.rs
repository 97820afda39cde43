//! A hub tells us: verified, signed, over a restart; and one that lies is not believed.

use crate::daemon::Daemon;
use crate::http;
use crate::portal::Portal;
use hmac::{Hmac, KeyInit, Mac};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

/// A small hub: it takes every subscription and hands its form over.
struct Hub {
    url: String,
    forms: Receiver<HashMap<String, String>>,
}

impl Hub {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, forms) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut reader = BufReader::new(stream);
                let (mut length, mut line) = (0, String::new());
                while reader.read_line(&mut line).is_ok_and(|n| n > 2) {
                    if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap();
                    }
                    line.clear();
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                let mut stream = reader.into_inner();
                stream
                    .write_all(
                        b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
                    )
                    .unwrap();
                let form = url::form_urlencoded::parse(&body).into_owned().collect();
                if asked.send(form).is_err() {
                    return;
                }
            }
        });
        Self { url: format!("http://{address}/"), forms }
    }
}

fn feed(portal: &Portal, title: &str) -> String {
    format!(
        "<feed xmlns='http://www.w3.org/2005/Atom'><id>tag:a.vn,2026:feed</id><title>A</title><updated>2026-11-01T00:00:00Z</updated><link rel='self' href='{}'/><entry><id>tag:a.vn,2026:{}</id><title>{title}</title><updated>2026-11-01T00:00:00Z</updated><link href='https://a.vn/{}'/></entry></feed>",
        portal.url("/a.atom"),
        title.len(),
        title.len()
    )
}

fn signature(secret: &str, body: &str) -> String {
    let mut mac = <Hmac<sha2::Sha256> as KeyInit>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let figures: String = mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect();
    format!("sha256={figures}")
}

#[test]
fn a_hub_delivers_over_a_restart_and_a_liar_is_ignored() {
    let (portal, hub) = (Portal::start(), Hub::start());
    let page = feed(&portal, "Tin đầu");
    portal.put_raw("/a.atom", format!("HTTP/1.1 200 OK\r\ncontent-type: application/atom+xml\r\nlink: <{}>; rel=\"hub\", <{}>; rel=\"hub\", <{}>; rel=self\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{page}", portal.url("/no-hub"), hub.url, portal.url("/a.atom"), page.len()).into_bytes());
    let hub_port = url::Url::parse(&hub.url).unwrap().port().unwrap();
    let mut daemon = Daemon::start(&format!(
        "[fetch]\nallow = [\"{0}\", \"127.0.0.1:{hub_port}\"]\nports = [{1}, {hub_port}]\nhost_interval = \"0s\"\n\n[[source]]\nid = \"a\"\ntitle = \"A\"\nkind = \"feed\"\naddress = \"{2}\"\nallow = [\"127.0.0.1:{hub_port}\"]\n",
        portal.address,
        portal.address.port(),
        portal.url("/a.atom")
    ));
    daemon.await_title("Tin đầu");

    // The feed's first hub answers 404: the second is asked.
    let form = hub.forms.recv_timeout(PATIENCE).unwrap();
    assert_eq!(form["hub.mode"], "subscribe");
    assert_eq!(form["hub.topic"], portal.url("/a.atom"));
    assert!(form["hub.secret"].len() >= 32 && form["hub.secret"].len() < 200);
    let callback = form["hub.callback"].strip_prefix("https://tin.example.vn").unwrap().to_owned();
    assert!(callback.starts_with("/websub/") && callback.len() > 40, "{callback}");
    let ask = |daemon: &Daemon, callback: &str, topic: &str, challenge: &str| {
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("hub.mode", "subscribe")
            .append_pair("hub.topic", topic)
            .append_pair("hub.challenge", challenge)
            .append_pair("hub.lease_seconds", "864000")
            .finish();
        daemon.get(&format!("{callback}?{query}"))
    };
    assert_eq!(ask(&daemon, "/websub/khong-co", &form["hub.topic"], "x").status, 404);
    assert_eq!(ask(&daemon, &callback, "https://b.vn/", "x").status, 404);
    let early = http::request(
        daemon.address,
        "POST",
        &callback,
        &[("x-hub-signature", &signature(&form["hub.secret"], &page))],
        page.as_bytes(),
    );
    assert_eq!(early.status, 202, "nothing is told, nothing is taken before it is verified");
    let answer = ask(&daemon, &callback, &form["hub.topic"], "<script>alert(1)</script>");
    assert_eq!((answer.status, answer.text().as_str()), (200, "<script>alert(1)</script>"));
    assert_eq!(answer.header("content-type"), Some("application/octet-stream"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    let again = ask(&daemon, &callback, &form["hub.topic"], "again");
    assert_eq!((again.status, again.text().as_str()), (200, "again"), "an answer may be lost");

    let status = daemon.status();
    assert!(status.contains(&format!("hub {}: tells of changes until 20", hub.url)), "{status}");
    let page = daemon.get_with("/status", &[("accept-language", "en")]).text();
    assert!(page.contains("the hub tells of changes until"), "{page}");
    assert!(!page.contains(&hub.url), "the page is everybody's and the hub inside: {page}");

    let deliver = |daemon: &Daemon, body: &str, signature: Option<&str>| {
        let mut headers = vec![("content-type", "application/atom+xml")];
        headers.extend(signature.map(|s| ("x-hub-signature", s)));
        http::request(daemon.address, "POST", &callback, &headers, body.as_bytes()).status
    };
    let lie = feed(&portal, "Tin bịa đặt");
    assert_eq!(deliver(&daemon, &lie, None), 202);
    assert_eq!(deliver(&daemon, &lie, Some(&signature("doan", &lie))), 202);
    let elsewhere = lie.replace("/a.atom", "/b.atom");
    assert_eq!(
        deliver(&daemon, &elsewhere, Some(&signature(&form["hub.secret"], &elsewhere))),
        202
    );
    let news = feed(&portal, "Tin hub báo");
    assert_eq!(deliver(&daemon, &news, Some(&signature(&form["hub.secret"], &news))), 202);
    daemon.await_title("Tin hub báo");

    assert!(daemon.stop().success());
    daemon.launch();
    let later = feed(&portal, "Tin sau khi khởi động lại");
    assert_eq!(deliver(&daemon, &later, Some(&signature(&form["hub.secret"], &later))), 202);
    daemon.await_title("Tin sau khi khởi động lại");
    assert!(hub.forms.try_recv().is_err(), "the subscription is kept, the hub was not asked again");

    // What was answered 202 outlives a stop that comes before it was taken in.
    let titles: Vec<String> = (0..25).map(|n| format!("Tin dồn{}", " nữa".repeat(n))).collect();
    let taken = titles.iter().filter(|title| {
        let one = feed(&portal, title);
        deliver(&daemon, &one, Some(&signature(&form["hub.secret"], &one))) == 202
    });
    let taken: Vec<_> = taken.collect();
    assert!(!taken.is_empty());
    assert!(daemon.stop().success());
    daemon.launch();
    let changes = daemon.get("/api/v1/changes?limit=1000").text();
    for title in taken {
        assert!(changes.contains(&format!("\"title\":\"{title}\"")), "{title}");
    }
    let all = daemon.get("/feeds/all.atom").text();
    assert!(all.contains("Tin đầu") && !all.contains("bịa đặt"), "{all}");
    assert_eq!(deliver(&daemon, &"x".repeat(11 << 20), None), 413);
    let gone = http::request(daemon.address, "POST", "/websub/khong-co", &[], b"x");
    assert_eq!(gone.status, 410);
    assert!(answer_to_a_promised_body(&daemon, "/websub/khong-co").starts_with("HTTP/1.1 410"));
}

/// What is answered before the first byte of a large body has come.
fn answer_to_a_promised_body(daemon: &Daemon, path: &str) -> String {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(daemon.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    write!(stream, "POST {path} HTTP/1.1\r\nhost: a\r\ncontent-length: 9000000\r\n\r\n").unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// A feed of one entry as it was at an hour.
fn at_hour(hour: usize, text: &str) -> String {
    format!(
        "<feed xmlns='http://www.w3.org/2005/Atom'><id>tag:a.vn,2026:feed</id><title>A</title><updated>2026-11-01T00:00:00Z</updated><entry><id>tag:a.vn,2026:1</id><title>{text}</title><updated>2026-11-01T0{hour}:00:00Z</updated><link href='https://a.vn/1'/></entry></feed>"
    )
}

/// A daemon that polls `/a.atom`, whose hub it has subscribed to; where that hub calls back, and its secret.
fn subscribed(portal: &Portal, hub: &Hub) -> (Daemon, String, String) {
    let hub_port = url::Url::parse(&hub.url).unwrap().port().unwrap();
    let more = format!("allow = [\"127.0.0.1:{hub_port}\"]\n");
    let config = portal.config("feed", "/a.atom", &more).replace(
        &format!("ports = [{}]", portal.address.port()),
        &format!("ports = [{}, {hub_port}]", portal.address.port()),
    );
    let config = config
        .replace("allow = [\"127", &format!("allow = [\"127.0.0.1:{hub_port}\", \"127"))
        .replace("\"1s\"", "\"60s\"");
    let daemon = Daemon::start(&config);
    let form = hub.forms.recv_timeout(PATIENCE).unwrap();
    let callback = form["hub.callback"].strip_prefix("https://tin.example.vn").unwrap().to_owned();
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("hub.mode", "subscribe")
        .append_pair("hub.topic", &form["hub.topic"])
        .append_pair("hub.challenge", "x")
        .append_pair("hub.lease_seconds", "864000")
        .finish();
    assert_eq!(daemon.get(&format!("{callback}?{query}")).status, 200);
    (daemon, callback, form["hub.secret"].clone())
}

/// Has a feed name a hub.
fn put_with_hub(portal: &Portal, hub: &Hub, page: &str) {
    let lines = format!(
        "content-type: application/atom+xml\r\nlink: <{}>; rel=\"hub\"\r\netag: \"{}\"\r\n",
        hub.url,
        page.len()
    );
    portal.put_raw("/a.atom", crate::documents::answer("200 OK", &lines, page));
}

/// The milliseconds until the next poll, as the status says it.
fn next_poll(daemon: &Daemon) -> i64 {
    let status = daemon.get("/status.json").json();
    let next = status["sources"][0]["next_check"].as_str().map(str::to_owned);
    let next = next.map(|at| chrono::DateTime::parse_from_rfc3339(&at).unwrap());
    next.map_or(0, |next| (next.to_utc() - chrono::Utc::now()).num_milliseconds())
}

#[test]
fn the_feeds_own_word_counts_and_polls_come_back_when_the_hub_is_gone() {
    let (portal, hub) = (Portal::start(), Hub::start());
    put_with_hub(&portal, &hub, &at_hour(1, "Bản một"));
    let (daemon, callback, secret) = subscribed(&portal, &hub);
    let deliver = |body: &str| {
        let headers = [
            ("content-type", "application/atom+xml"),
            ("x-hub-signature", &*signature(&secret, body)),
        ];
        http::request(daemon.address, "POST", &callback, &headers, body.as_bytes()).status
    };
    let hour = 3_600_000;
    daemon.until("polls are a safety net", || next_poll(&daemon) > 5 * hour);
    put_with_hub(&portal, &hub, &at_hour(2, "Bản hai, mới hơn"));
    assert_eq!(deliver(&at_hour(2, "Bản hai, mới hơn")), 202);
    daemon.await_title("Bản hai, mới hơn");
    assert_eq!(deliver(&at_hour(1, "Bản một")), 202);
    assert_eq!(deliver(&at_hour(3, "Bản mà kênh tin không có")), 202);
    daemon.await_title("Bản mà kênh tin không có");
    let titles = || -> Vec<_> {
        daemon.changes().into_iter().map(|c| c["article"]["title"].clone()).collect()
    };
    assert_eq!(titles(), ["Bản mà kênh tin không có"], "no replay");
    let events = daemon.last_seq();
    let asked = portal.asked("/a.atom").len();
    daemon.run(&["source", "poll", "--no-wait", "a"]);
    daemon.until("the document is read whole", || {
        let all = portal.asked("/a.atom");
        all.len() > asked && !all[asked].contains_key("if-none-match")
    });
    daemon.until("the feed's own word counts, though it is older by its date", || {
        daemon.run(&["source", "poll", "--no-wait", "a"]);
        daemon.last_seq() > events
    });
    assert_eq!(titles(), ["Bản hai, mới hơn"]);
    let denied = format!("{callback}?hub.mode=denied&hub.topic={}", portal.url("/a.atom"));
    assert_eq!(daemon.get(&denied).status, 200);
    daemon.until("polls follow the source again", || next_poll(&daemon) < hour);
    assert_eq!(deliver(&at_hour(4, "Bản sau khi hủy")), 202);
    assert!(!daemon.get("/feeds/all.rss").text().contains("sau khi hủy"));
}

#[test]
fn a_hub_that_hangs_keeps_no_other_waiting() {
    let (portal, hub) = (Portal::start(), Hub::start());
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let hanging = format!("http://{}/", silent.local_addr().unwrap());
    let hubs = [hanging.as_str(), &hanging, &hanging, &hub.url];
    let mut sources = String::new();
    for (n, hub) in hubs.iter().enumerate() {
        let lines = format!("content-type: text/xml\r\nlink: <{hub}>; rel=\"hub\"\r\n");
        let page = at_hour(1, &format!("Tin {n}"));
        portal.put_raw(&format!("/{n}"), crate::documents::answer("200 OK", &lines, page));
        sources +=
            &portal.source(&format!("s{n}"), "feed", &format!("/{n}"), "allow = [\"127.0.0.1\"]\n");
    }
    let ports: Vec<String> =
        hubs.iter().map(|hub| url::Url::parse(hub).unwrap().port().unwrap().to_string()).collect();
    let config = portal.fetch().replace("ports = [", &format!("ports = [{}, ", ports.join(", ")));
    let allow: Vec<String> = ports.iter().map(|port| format!("\"127.0.0.1:{port}\", ")).collect();
    let config = config.replace("allow = [", &format!("allow = [{}", allow.concat()));
    let allow = format!("allow = [{}]", allow.concat());
    let _daemon = Daemon::start(&(config + &sources.replace("allow = [\"127.0.0.1\"]", &allow)));
    let form = hub.forms.recv_timeout(Duration::from_secs(8)).expect("asked though others hang");
    assert_eq!(form["hub.topic"], portal.url("/3"));
}
