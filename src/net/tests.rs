//! The client against an origin that misbehaves on request.

mod origin;

use super::*;
use crate::config::FetchConfig;
use crate::model::Timestamp;
use crate::net::decode::tests::encoded;
pub(crate) use origin::{Origin, Reply, ok};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

pub(crate) use crate::testing::config::fetch as config;

/// A config with the documented limits and nothing allowed.
/// A config that allows some origins and is impatient.
pub(crate) fn config_for(origins: &[&Origin]) -> FetchConfig {
    let mut config = config();
    config.allow = origins.iter().map(|o| o.host_port()).collect();
    config.header_timeout_ms = 400;
    config.total_timeout_ms = 2_000;
    config.body_bytes = 100_000;
    config
}

/// A client with a registry of its own.
pub(crate) fn client_for(config: &FetchConfig) -> Client {
    client_at(config, Timestamp::now)
}

/// A client with a registry of its own that goes by some clock.
pub(crate) fn client_at(
    config: &FetchConfig,
    clock: impl Fn() -> Timestamp + Send + Sync + 'static,
) -> Client {
    Client::new(config, Arc::new(Hosts::new(config, clock))).unwrap()
}

/// A request of what an operator has written.
fn asked(url: Url) -> Request {
    let trust = Trust::address(&url);
    Request::to(url, trust, Purpose::Poll)
}

/// Has a host want a pause between two requests, as its robots.txt does.
fn slow(client: &Client, url: &Url, crawl_delay_ms: i64) {
    let robots = RobotsTxt { crawl_delay_ms, ..RobotsTxt::default() };
    client.hosts().set_robots(&crate::text::host_key(url), robots);
}

async fn get(origin: &Origin, path: &str) -> Result<Response, Error> {
    let client = client_for(&config_for(&[origin]));
    client.get(asked(origin.url(path))).await
}

async fn get_reply(reply: Vec<u8>) -> Result<Response, Error> {
    let origin = Origin::start(move |_, _| Reply::Bytes(reply.clone())).await;
    get(&origin, "/").await
}

fn head(lines: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\n{lines}\r\n").into_bytes()
}

fn redirect(status: u16, to: &str) -> Reply {
    let text = format!(
        "HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nSet-Cookie: planted=cookie; Path=/\r\nContent-Length: 0\r\n\r\n"
    );
    Reply::Bytes(text.into_bytes())
}

#[tokio::test]
async fn a_new_config_forgets_no_hosts_pause() {
    let origin = Origin::start(|_, _| ok("", b"<rss/>")).await;
    let config = config_for(&[&origin]);
    let old = client_for(&config);
    old.get(asked(origin.url("/"))).await.unwrap();
    slow(&old, &origin.url("/"), 3_600_000);
    let new = old.renewed(&config).unwrap();
    let got = new.get(asked(origin.url("/")));
    let patience = Duration::from_millis(config.header_timeout_ms);
    assert!(tokio::time::timeout(patience, got).await.is_err());
    assert_eq!(origin.requests().len(), 1);
}

#[tokio::test]
async fn a_plain_answer_comes_through() {
    let origin = Origin::start(|_, _| ok("ETag: \"a\"\r\n", b"<rss/>")).await;
    let client = client_for(&config_for(&[&origin]));
    let request = Request {
        etag: Some("\"z\"".into()),
        last_modified: Some("Fri, 12 Jun 2009 13:30:21 GMT".into()),
        ..asked(origin.url("/rss?x=1#part"))
    };
    let answer = client.get(request).await.unwrap();
    assert_eq!((answer.status.as_u16(), &answer.body[..]), (200, &b"<rss/>"[..]));
    assert_eq!(answer.headers["etag"], "\"a\"");
    let sent = origin.requests().remove(0);
    assert!(sent.starts_with("GET /rss?x=1 HTTP/1.1\r\n"), "{sent}");
    for line in [
        &format!("host: {}\r\n", origin.host_port()) as &str,
        "if-none-match: \"z\"\r\n",
        "if-modified-since: Fri, 12 Jun 2009 13:30:21 GMT\r\n",
        "connection: close\r\n",
        "user-agent: ",
        "accept-encoding: gzip",
    ] {
        assert!(sent.contains(line), "{line}: {sent}");
    }
    assert!(!sent.to_lowercase().contains("referer"));
}

#[tokio::test]
async fn every_encoding_is_undone() {
    for (encoding, body) in encoded(b"<rss>tin</rss>") {
        let name = match encoding {
            decode::Encoding::Gzip => "gzip",
            decode::Encoding::Deflate => "deflate",
            decode::Encoding::Brotli => "br",
            _ => "zstd",
        };
        let origin =
            Origin::start(move |_, _| ok(&format!("Content-Encoding: {name}\r\n"), &body)).await;
        assert_eq!(&get(&origin, "/").await.unwrap().body[..], b"<rss>tin</rss>", "{name}");
    }
}

#[tokio::test]
async fn the_body_is_limited_at_n() {
    for (size, fits) in [(99_999, true), (100_000, true), (100_001, false)] {
        let body = vec![b'x'; size];
        let mut until_close = head("Connection: close\r\n");
        until_close.extend(&body);
        let chunked = origin::chunked(&body, 7_000);
        let Reply::Bytes(plain) = ok("", &body) else { unreachable!() };
        for reply in [plain, until_close, chunked] {
            let answer = get_reply(reply).await;
            assert_eq!(answer.is_ok(), fits, "{size}: {:?}", answer.err());
        }
    }
}

#[tokio::test]
async fn a_bomb_stops_at_the_cap() {
    for (encoding, body) in encoded(&vec![0; 20 << 20]) {
        if encoding == decode::Encoding::Gzip {
            let origin = Origin::start(move |_, _| ok("Content-Encoding: gzip\r\n", &body)).await;
            let error = get(&origin, "/").await.unwrap_err();
            assert!(matches!(error, Error::BodyTooLarge { limit: 100_000, .. }), "{error}");
        }
    }
}

#[tokio::test]
async fn wrong_encodings_are_named() {
    let plain = ok("Content-Encoding: gzip\r\n", b"<rss/>");
    let stacked = ok("Content-Encoding: gzip, gzip, gzip\r\n", b"x");
    let gzip = encoded(&[7; 5_000]).remove(0).1;
    let cut = ok("Content-Encoding: gzip\r\n", &gzip[..gzip.len() - 9]);
    for (reply, why) in [
        (plain, decode::DecodeError::NotEncoded("gzip")),
        (stacked, decode::DecodeError::Layers(3)),
        (cut, decode::DecodeError::Truncated("gzip")),
    ] {
        let Reply::Bytes(reply) = reply else { unreachable!() };
        assert_eq!(
            get_reply(reply).await.unwrap_err(),
            Error::Decode { host: "127.0.0.1".into(), why }
        );
    }
}

#[tokio::test]
async fn an_endless_body_is_cut_and_not_drained() {
    for encoding in ["", "Content-Encoding: gzip\r\n"] {
        let head = head(&format!("Transfer-Encoding: chunked\r\n{encoding}"));
        let chunk = origin::chunked(&[0x1f; 8_000], 8_000).split_off(origin::CHUNKED_HEAD.len());
        let chunk = chunk[..chunk.len() - 5].to_vec();
        let origin = Origin::start(move |_, _| Reply::Endless(head.clone(), chunk.clone())).await;
        let error = get(&origin, "/").await.unwrap_err();
        assert!(matches!(error, Error::BodyTooLarge { .. }), "{error}");
        // The writer ends with an error as soon as the socket is closed; far below what it could send in that time.
        let sent = origin.sent_when_closed().await;
        assert!(sent < 40_000_000, "{sent}");
    }
}

#[tokio::test]
async fn dripped_and_silent_answers_are_cut() {
    let drip = Origin::start(|_, _| Reply::Drip(b"HTTP/1.1 200 OK\r\nX: y\r\n".to_vec())).await;
    assert!(matches!(get(&drip, "/").await, Err(Error::HeaderTimeout { millis: 400, .. })));
    let silent = Origin::start(|_, _| Reply::Hang(Vec::new())).await;
    assert!(matches!(get(&silent, "/").await, Err(Error::HeaderTimeout { .. })));
    let half = Origin::start(|_, _| {
        Reply::Hang(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab".to_vec())
    })
    .await;
    assert!(matches!(get(&half, "/").await, Err(Error::Timeout { millis: 2_000, .. })));
}

#[tokio::test]
async fn the_deadline_covers_all_hops() {
    let origin =
        Origin::start(|_, _| Reply::Late(Duration::from_millis(150), Box::new(redirect(302, "/"))))
            .await;
    let mut config = config_for(&[&origin]);
    config.total_timeout_ms = 400;
    let client = client_for(&config);
    let error = client.get(asked(origin.url("/"))).await.unwrap_err();
    assert!(matches!(error, Error::Timeout { millis: 400, .. }), "{error}");
}

#[tokio::test]
async fn headers_are_limited_in_number_and_size() {
    let many = |n: usize| {
        let lines: String = (0..n).map(|i| format!("X-{i}: y\r\n")).collect();
        get_reply([head(&format!("{lines}Content-Length: 0\r\n")), Vec::new()].concat())
    };
    assert!(many(98).await.is_ok());
    assert!(many(99).await.is_ok());
    for n in [100, 100_000] {
        assert!(matches!(many(n).await, Err(Error::HeadersTooLarge { .. })), "{n}");
    }
    let endless = Origin::start(|_, _| {
        Reply::Endless(b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'y'; 65_536])
    })
    .await;
    assert!(matches!(get(&endless, "/").await, Err(Error::HeadersTooLarge { .. })));
}

#[tokio::test]
async fn overlong_values_count_as_not_sent() {
    let reply = |n: usize| {
        let lines =
            format!("ETag: \"{0}\"\r\nContent-Type: text/xml; charset={0}\r\n", "y".repeat(n));
        let Reply::Bytes(bytes) = ok(&lines, b"<rss/>") else { unreachable!() };
        bytes
    };
    for n in [64 << 10, 150_000] {
        let answer = get_reply(reply(n)).await.unwrap();
        assert!(
            !answer.headers.contains_key("etag") && !answer.headers.contains_key("content-type")
        );
        assert_eq!(&answer.body[..], b"<rss/>");
    }
    assert!(matches!(get_reply(reply(900_000)).await, Err(Error::HeadersTooLarge { .. })));
    assert!(get_reply(reply(100)).await.unwrap().headers.contains_key("etag"));
}

#[tokio::test]
async fn too_large_a_length_is_an_error_and_too_small_a_one_ends_the_body() {
    let with = |length: usize, size: usize| {
        let mut reply = head(&format!("Content-Length: {length}\r\n"));
        reply.extend(vec![b'x'; size]);
        get_reply(reply)
    };
    for (length, size) in [(90_000, 10), (10, 9)] {
        let error = with(length, size).await.unwrap_err();
        assert!(matches!(error, Error::Length { .. }), "{length} {size}: {error}");
    }
    // What comes after the announced bytes is no part of the message (RFC 9112 §6.3); `read` judges what is there.
    for size in [10, 11, 90_000] {
        assert_eq!(with(10, size).await.unwrap().body, "x".repeat(10), "{size}");
    }
    let cut = origin::chunked(&[b'x'; 100], 10);
    let error = get_reply(cut[..cut.len() - 20].to_vec()).await.unwrap_err();
    assert!(matches!(error, Error::Broken { .. }), "{error}");
}

#[tokio::test]
async fn what_is_not_http_is_broken() {
    for bad in [&b"SSH-2.0-OpenSSH_9\r\n"[..], b"", b"HTTP/1.1 99999 X\r\n\r\n", b"<rss/>"] {
        let error = get_reply(bad.to_vec()).await.unwrap_err();
        assert!(matches!(error, Error::Broken { .. }), "{error}");
    }
}

#[tokio::test]
async fn redirects_end_at_the_limit() {
    for loops in [1, 2] {
        let origin = Origin::start(move |n, _| redirect(302, &format!("/{}", n % loops))).await;
        let error = get(&origin, "/").await.unwrap_err();
        assert_eq!(error, Error::TooManyRedirects { host: "127.0.0.1".into(), limit: 5 });
        assert_eq!(origin.requests().len(), 6);
    }
    let five = |last: usize| async move {
        let origin =
            Origin::start(move |n, _| if n < last { redirect(302, "/next") } else { ok("", b"x") })
                .await;
        get(&origin, "/").await.map(|r| r.hops)
    };
    assert_eq!(five(4).await, Ok(4));
    assert_eq!(five(5).await, Ok(5));
    assert!(five(6).await.is_err());
}

#[tokio::test]
async fn permanent_redirects_are_told_from_temporary_ones() {
    for (statuses, permanent) in [
        (vec![301], Some("/1")),
        (vec![308, 301], Some("/2")),
        (vec![301, 302], Some("/1")),
        (vec![302, 301], None),
        (vec![303], None),
        (vec![307], None),
        (vec![], None),
    ] {
        let count = statuses.len();
        let script = statuses.clone();
        let origin = Origin::start(move |n, _| match script.get(n) {
            Some(status) => redirect(*status, &format!("/{}", n + 1)),
            None => ok("", b"x"),
        })
        .await;
        let answer = get(&origin, "/").await.unwrap();
        let expected = permanent.map(|path| origin.url(path));
        assert_eq!((answer.permanent_redirect, answer.hops), (expected, count), "{statuses:?}");
        assert_eq!(
            answer.final_url,
            origin.url(&if count == 0 { "/".into() } else { format!("/{count}") })
        );
    }
}

#[tokio::test]
async fn a_redirect_to_a_closed_address_is_refused_at_the_hop() {
    let canary = Origin::start(|_, _| ok("", b"secret")).await;
    let to = canary.url("/").to_string();
    for status in [301, 302, 303, 307, 308] {
        let to = to.clone();
        let origin = Origin::start(move |_, _| redirect(status, &to)).await;
        let error = get(&origin, "/").await.unwrap_err();
        assert!(matches!(error, Error::Forbidden { .. }), "{error}");
    }
    for to in [
        "http://10.0.0.1/",
        "//169.254.169.254/",
        "http://[::ffff:127.0.0.1]/",
        "http://localhost/",
    ] {
        let origin = Origin::start(move |_, _| redirect(302, to)).await;
        let error = get(&origin, "/").await.unwrap_err();
        assert!(matches!(error, Error::Forbidden { .. }), "{to}: {error}");
    }
    for to in ["file:///etc/passwd", "gopher://127.0.0.1:25/"] {
        let origin = Origin::start(move |_, _| redirect(302, to)).await;
        assert!(matches!(get(&origin, "/").await, Err(Error::Scheme { .. })), "{to}");
    }
    assert!(canary.requests().is_empty());
}

/// Asks the first of two origins, of which both are in `fetch.allow`, for something that leads to the second.
async fn led(first: &Origin, second: &Origin, trust: Trust) -> Option<Error> {
    let client = client_for(&config_for(&[first, second]));
    let post = Post {
        url: first.url("/"),
        trust: trust.clone(),
        content_type: "text/plain",
        body: "x".into(),
        headers: Vec::new(),
        limit: 1_000,
    };
    let posted = client.post(post).await.err();
    assert_eq!(client.get(Request::to(first.url("/"), trust, Purpose::Poll)).await.err(), posted);
    posted
}

#[tokio::test]
async fn what_is_allowed_to_one_is_not_open_to_whoever_names_it() {
    let inside = Origin::start(|_, _| ok("", b"secret")).await;
    let to = inside.url("/").to_string();
    let outside = Origin::start(move |_, _| redirect(307, &to)).await;
    let refused = |error: Option<Error>, origin: &Origin| {
        let port = origin.url("/").port().unwrap();
        assert!(
            matches!(error, Some(Error::Forbidden { port: at, .. }) if at == port),
            "{error:?}"
        );
    };
    let own = |origin: &Origin| Trust::address(&origin.url("/rss"));
    refused(led(&outside, &inside, own(&outside)).await, &inside);
    // Nor does somebody else's address lead home: its answer would be his to choose.
    refused(led(&outside, &inside, own(&inside)).await, &outside);
    refused(led(&inside, &outside, Trust::nobody()).await, &inside);
    assert!(inside.requests().is_empty());
    let named = own(&outside).and(&[inside.host_port()]);
    assert_eq!(led(&outside, &inside, named).await, None);
    assert_eq!(inside.requests().len(), 2);
}

#[tokio::test]
async fn a_refresh_is_not_followed() {
    let body = b"<meta http-equiv=refresh content='0;url=http://10.0.0.1/'>";
    let origin = Origin::start(move |_, _| ok("Refresh: 0; url=http://10.0.0.1/\r\n", body)).await;
    assert_eq!(get(&origin, "/").await.unwrap().hops, 0);
    assert_eq!(origin.requests().len(), 1);
}

#[tokio::test]
async fn a_redirect_waits_for_its_hosts_turn() {
    let origin = Origin::start(|_, _| redirect(302, "/next")).await;
    let hour = 3_600_000;
    let config = FetchConfig { host_interval_ms: hour, ..config_for(&[&origin]) };
    let client = client_for(&config);
    let get = client.get(asked(origin.url("/")));
    let answer = tokio::time::timeout(Duration::from_millis(300), get).await;
    assert!(answer.is_err(), "{answer:?}");
    assert_eq!(origin.requests().len(), 1);
}

#[tokio::test]
async fn a_turn_that_comes_after_the_deadline_is_waited_for() {
    let origin = Origin::start(|_, _| ok("", b"x")).await;
    let config = FetchConfig { total_timeout_ms: 1_000, ..config_for(&[&origin]) };
    let client = client_for(&config);
    slow(&client, &origin.url("/"), 1_500);
    for _ in 0..2 {
        client.get(asked(origin.url("/"))).await.unwrap();
    }
}

#[tokio::test]
async fn credentials_stay_with_their_origin() {
    let second = Origin::start(|_, _| ok("", b"x")).await;
    let to = second.url("/").to_string().replace("http://", "http://evil:word@");
    let first =
        Origin::start(move |n, _| if n == 0 { redirect(302, "/same") } else { redirect(302, &to) })
            .await;
    let client = client_for(&config_for(&[&first, &second]));
    let mut url = first.url("/a?token=t");
    url.set_username("user").unwrap();
    url.set_password(Some("p:%20ss")).unwrap();
    let trust = Trust::address(&url).and(&[second.host_port()]);
    let answer = client.get(Request::to(url, trust, Purpose::Poll)).await.unwrap();
    assert_eq!(answer.final_url, second.url("/"));
    let at_first = first.requests();
    for sent in &at_first {
        assert!(sent.contains("authorization: Basic dXNlcjpwOiBzcw==\r\n"), "{sent}");
    }
    assert_eq!(at_first.len(), 2);
    assert!(!at_first[0].contains("cookie") && at_first[1].contains("cookie: planted=cookie\r\n"));
    let at_second = second.requests().remove(0).to_lowercase();
    for word in ["authorization", "cookie", "referer", "token"] {
        assert!(!at_second.contains(word), "{word}: {at_second}");
    }
}

#[tokio::test]
async fn a_gate_of_cookies_is_passed_and_its_cookie_forgotten_with_the_fetch() {
    let gate = |_: usize, sent: &str| match sent {
        sent if sent.contains("cookie: planted=cookie\r\n") => ok("", b"<rss/>"),
        sent if sent.starts_with("GET /gate") => redirect(307, "/rss"),
        sent if sent.starts_with("GET /rss") => Reply::Bytes(
            b"HTTP/1.1 302 Found\r\nLocation: /gate?to=/rss\r\nContent-Length: 0\r\n\r\n".to_vec(),
        ),
        _ => redirect(302, "/itself"),
    };
    let origin = Origin::start(gate).await;
    let client = client_for(&config_for(&[&origin]));
    for (path, requests) in [("/itself", 2), ("/rss", 3), ("/itself", 2)] {
        let before = origin.requests().len();
        let answer = client.get(asked(origin.url(path))).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.permanent_redirect), (200, None), "{path}");
        let sent = origin.requests();
        assert_eq!(sent.len() - before, requests, "{path}");
        assert!(!sent[before].contains("cookie"), "{}", sent[before]);
    }
}

#[tokio::test]
async fn http_2_is_spoken_where_the_server_wants_it_within_the_same_limits() {
    let origin = Origin::start_http_2(|path| match path {
        "/many" => (vec![("x-tin", "1"); 200], b"x".to_vec()),
        "/large" => (Vec::new(), vec![b'x'; 100_001]),
        _ => (vec![("etag", "\"a\"")], b"<rss/>".to_vec()),
    })
    .await;
    let mut config = config_for(&[&origin]);
    config.extra_ca = vec![origin::fixture("authority")];
    let client = client_for(&config);
    let get = async |path: &str| client.get(asked(origin.url(path))).await;
    for _ in 0..2 {
        let answer = get("/rss").await.unwrap();
        assert_eq!(&answer.body[..], b"<rss/>");
        assert_eq!(answer.headers["etag"], "\"a\"");
    }
    assert!(matches!(get("/many").await, Err(Error::HeadersTooLarge { .. })));
    assert!(matches!(get("/large").await, Err(Error::BodyTooLarge { .. })));
    let sent = origin.requests();
    assert_eq!(sent.len(), 4, "each on a connection of its own");
    assert!(
        sent.iter().all(|s| s.starts_with("HTTP/2.0") && !s.contains("connection")),
        "{sent:?}"
    );
}

#[tokio::test]
async fn a_request_goes_through_its_proxy_but_to_no_closed_address() {
    let proxy = Origin::start(|_, _| ok("", b"<rss/>")).await;
    let mut config = config_for(&[&proxy]);
    let port = proxy.url("/").port().unwrap();
    config.allow.push(format!("localhost:{port}"));
    let client = client_for(&config);
    let through = |url: &str| Request {
        proxy: Some(proxy.url("/")),
        ..Request::to(Url::parse(url).unwrap(), Trust::nobody(), Purpose::Poll)
    };
    let answer = client.get(through("http://nowhere.invalid/rss")).await.unwrap();
    assert_eq!(&answer.body[..], b"<rss/>");
    assert!(proxy.requests()[0].starts_with("GET http://nowhere.invalid/rss HTTP/1.1\r\n"));
    for closed in ["http://10.0.0.1/", "http://localhost/", "http://[::1]/"] {
        let error = client.get(through(closed)).await.unwrap_err();
        assert!(matches!(error, Error::Forbidden { .. }), "{closed} {error}");
    }
    let unlisted = Request {
        proxy: Some("http://127.0.0.1:9/".parse().unwrap()),
        ..through("http://nowhere.invalid/")
    };
    assert!(matches!(client.get(unlisted).await, Err(Error::Forbidden { .. })));
    assert_eq!(proxy.requests().len(), 1);
}

#[tokio::test]
async fn what_a_source_has_of_its_own_is_sent_to_its_origin_only() {
    let second = Origin::start(|_, _| ok("", &[b'x'; 200_000])).await;
    let to = second.url("/").to_string();
    let first = Origin::start(move |_, _| redirect(302, &to)).await;
    let client = client_for(&config_for(&[&first, &second]));
    let request = Request {
        user_agent: Some("TrinhDuyet/5.0".parse().unwrap()),
        headers: vec![("x-key".parse().unwrap(), "planted".parse().unwrap())],
        limit: Some(300_000),
        trust: Trust::nobody().and(&[first.host_port(), second.host_port()]),
        ..asked(first.url("/"))
    };
    assert_eq!(client.get(request).await.unwrap().body.len(), 200_000);
    assert!(first.requests()[0].contains("x-key: planted\r\n"));
    let at_second = second.requests().remove(0);
    assert!(at_second.contains("user-agent: TrinhDuyet/5.0\r\n") && !at_second.contains("planted"));
}

#[tokio::test]
async fn a_post_keeps_its_body_or_stays() {
    let second = Origin::start(|_, _| ok("", b"x")).await;
    for (status, followed) in [(307, true), (308, true), (301, false), (302, false), (303, false)] {
        let to = second.url("/hub").to_string();
        let first = Origin::start(move |_, _| redirect(status, &to)).await;
        let client = client_for(&config_for(&[&first, &second]));
        let post = Post {
            url: first.url("/"),
            trust: Trust::nobody().and(&[first.host_port(), second.host_port()]),
            content_type: "application/x-www-form-urlencoded",
            body: "hub.mode=subscribe".into(),
            headers: vec![("x-secret".parse().unwrap(), "s".parse().unwrap())],
            limit: 1_000,
        };
        let answer = client.post(post).await.unwrap();
        assert_eq!(answer.status == 200, followed, "{status}");
        assert!(first.requests()[0].contains("x-secret"));
    }
    let sent = second.requests();
    assert_eq!(sent.len(), 2);
    assert!(sent.iter().all(|s| s.ends_with("hub.mode=subscribe") && !s.contains("x-secret")));
}

#[tokio::test]
async fn tls_faults_are_named_and_never_retried_in_the_clear() {
    for (certificate, fault) in [
        ("expired", Some(TlsFault::Expired)),
        ("future", Some(TlsFault::NotYetValid)),
        ("wrong-name", Some(TlsFault::WrongName)),
        ("self-signed", Some(TlsFault::UnknownAuthority)),
        ("good", None),
    ] {
        let origin = Origin::start_tls(certificate, |_, _| ok("", b"x")).await;
        let mut config = config_for(&[&origin]);
        config.extra_ca = vec![origin::fixture("authority")];
        let answer = client_for(&config).get(asked(origin.url("/"))).await;
        let expected = fault.map(|fault| Error::Tls { host: "127.0.0.1".into(), fault });
        assert_eq!(answer.err(), expected, "{certificate}");
        assert_eq!(origin.requests().len(), usize::from(certificate == "good"), "{certificate}");
    }
}

#[tokio::test]
async fn without_the_extra_authority_nothing_of_it_is_trusted() {
    let origin = Origin::start_tls("good", |_, _| ok("", b"x")).await;
    let error = get(&origin, "/").await.unwrap_err();
    assert_eq!(error, Error::Tls { host: "127.0.0.1".into(), fault: TlsFault::UnknownAuthority });
}

#[tokio::test]
async fn an_old_server_and_an_incomplete_chain_have_their_own_names() {
    use rustls::{AlertDescription, CertificateError, Error as E, OtherError, PeerIncompatible};
    let incomplete = CertificateError::Other(OtherError(Arc::new(chain::IncompleteChain)));
    assert_eq!(TlsFault::of(&incomplete.into()), TlsFault::Incomplete);
    for old in [
        E::AlertReceived(AlertDescription::HandshakeFailure),
        E::AlertReceived(AlertDescription::ProtocolVersion),
        E::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13),
    ] {
        assert!(matches!(TlsFault::of(&old), TlsFault::TooOld(_)), "{old}");
    }
    // A leaf that says where its authority's certificate is, and comes alone.
    let origin = Origin::start_tls("leaf-alone", |_, _| ok("", b"x")).await;
    let error = get(&origin, "/").await.unwrap_err();
    assert_eq!(error, Error::Tls { host: "127.0.0.1".into(), fault: TlsFault::Incomplete });
}

#[tokio::test]
async fn names_that_stand_for_closed_addresses_are_refused() {
    let client = client_for(&config());
    let url = Url::parse("http://localhost/").unwrap();
    let error = client.get(asked(url)).await.unwrap_err();
    assert!(matches!(error, Error::Forbidden { .. }), "{error}");
}

#[tokio::test]
async fn a_listed_name_is_listed_on_its_port_only() {
    let origin = Origin::start(|_, _| ok("", b"x")).await;
    let mut config = config();
    let port = origin.url("/").port().unwrap();
    config.allow = vec![format!("localhost:{port}")];
    let client = client_for(&config);
    let get = |url: String| client.get(asked(Url::parse(&url).unwrap()));
    assert_eq!(get(format!("http://localhost:{port}/")).await.unwrap().body, "x");
    let error = get("http://localhost/".to_owned()).await.unwrap_err();
    assert!(matches!(error, Error::Forbidden { port: 80, .. }), "{error}");
    assert_eq!(origin.requests().len(), 1);
}

/// An origin that reads a little, says something that is not TLS and closes.
async fn without_tls(says: &'static [u8]) -> std::net::SocketAddr {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await;
        let _ = stream.write_all(says).await;
    });
    address
}

#[tokio::test]
async fn each_step_to_a_connection_fails_under_its_own_name() {
    let plain = without_tls(b"no TLS here").await;
    let silent = without_tls(b"").await;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut config = config();
    config.allow = [plain, silent, nobody].iter().map(ToString::to_string).collect();
    let client = client_for(&config);
    let get = async |url: String| client.get(asked(Url::parse(&url).unwrap())).await.err();
    for origin in [plain, silent] {
        let error = get(format!("https://{origin}/")).await;
        assert!(matches!(error, Some(Error::Tls { fault: TlsFault::Other(_), .. })), "{error:?}");
    }
    let error = get(format!("http://{nobody}/")).await;
    assert!(matches!(error, Some(Error::Connect { .. })), "{error:?}");
    // A label over 63 bytes: refused before any name server is asked.
    let error = get(format!("http://{}.vn/", "a".repeat(64))).await;
    assert!(matches!(error, Some(Error::Resolve { .. })), "{error:?}");
}

#[tokio::test]
async fn errors_do_not_tell_tokens() {
    let client = client_for(&config());
    for url in ["http://u:planted@10.0.0.1/?t=planted", "http://u:planted@localhost/planted"] {
        let error = client.get(asked(Url::parse(url).unwrap())).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("planted"), "{error:?}");
    }
}

#[test]
fn authorities_that_cannot_be_read_are_named() {
    let mut config = config();
    config.extra_ca = vec!["/nowhere/ca.pem".into()];
    let hosts = Arc::new(Hosts::new(&config, Timestamp::now));
    assert!(matches!(Client::new(&config, hosts), Err(Error::ExtraCa { .. })));
}
