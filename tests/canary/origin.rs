//! The listener behind every address, closed or not: it counts who comes, and points at closed addresses in every way.

use crate::documents::{self, item};
use std::io::{Read, Write};
use std::net::{IpAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Every connection: the address that was dialed, its port, and what was asked for.
pub type Seen = Arc<Mutex<Vec<(IpAddr, u16, String)>>>;

/// Answers on some ports of every address. `/to?ADDRESS` redirects there with 302, `/NUMBER?ADDRESS` with that status.
pub fn listen(ports: &[u16]) -> Seen {
    let seen = Seen::default();
    for &port in ports {
        let listener = TcpListener::bind(("::", port)).unwrap();
        let seen = seen.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let seen = seen.clone();
                std::thread::spawn(move || answer(stream, port, &seen));
            }
        });
    }
    seen
}

fn answer(mut stream: TcpStream, port: u16, seen: &Seen) {
    let dialed = stream.local_addr().unwrap().ip().to_canonical();
    // Noted before anything is read: a connection alone is one too many.
    let place = {
        let mut seen = seen.lock().unwrap();
        seen.push((dialed, port, String::new()));
        seen.len() - 1
    };
    let mut request = [0; 4096];
    let n = stream.read(&mut request).unwrap_or(0);
    let request = String::from_utf8_lossy(&request[..n]).into_owned();
    let path = request.split(' ').nth(1).unwrap_or("/").to_owned();
    seen.lock().unwrap()[place].2 = path.clone();
    let (lines, body) = reply(&path);
    let head =
        format!("HTTP/1.1 {lines}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    let _ = stream.write_all((head + &body).as_bytes());
}

fn reply(path: &str) -> (String, String) {
    let redirect = path.trim_start_matches('/').split_once('?');
    if let Some((status, to)) = redirect.filter(|(s, _)| *s == "to" || s.parse::<u16>().is_ok()) {
        let status = if status == "to" { "302" } else { status };
        let to = to.replace("%5C", "\\");
        return (format!("{status} There\r\nLocation: {to}"), "x".into());
    }
    let of = |media_type: &str| format!("200 OK\r\nContent-Type: {media_type}");
    match path {
        "/feed.xml" => (of("text/xml"), feed()),
        "/hub.xml" => (of("text/xml") + "\r\nLink: <http://169.254.169.254/hub>; rel=\"hub\", <http://public.test/hub.xml>; rel=\"self\"", rss("")),
        "/list" => (of("text/html"), list()),
        "/sitemap.xml" => (of("text/xml"), sitemap()),
        "/refresh" => (of("text/html") + "\r\nRefresh: 0; url=http://10.0.0.1/", page("")),
        "/found" => (of("text/html"), found()),
        "/robots.txt" => (of("text/plain"), "Sitemap: http://10.0.0.1/sitemap.xml\n".into()),
        "/two" => ("302 There\r\nLocation: http://public.test/\r\nLocation: http://10.0.0.1/".into(), String::new()),
        _ => ("200 OK\r\nRefresh: 0; url=http://10.0.0.1/\r\nAlt-Svc: h2=\"10.0.0.1:443\"\r\nLink: <http://10.0.0.1/>; rel=preload\r\nContent-Location: http://10.0.0.1/".into(), "x".into()),
    }
}

/// A feed with one article, and more in its channel.
fn rss(more: &str) -> String {
    let link = "<link>http://public.test/bai</link><description>Lời dẫn</description>";
    let items = more.to_owned() + &item("g", "Tin của cổng", link);
    let spaces = "<rss xmlns:atom=\"http://www.w3.org/2005/Atom\" xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\"";
    documents::rss(&items).replacen("<rss", spaces, 1)
}

/// A feed that names closed addresses wherever a feed can name one.
fn feed() -> String {
    let items: String = ["http://10.0.0.1/a", "http://private.test/b", "http://mixed.test/c", "http://public.test/301?http://10.0.0.1/d", "http://[::ffff:10.0.0.1]/e", "http://rebind9.dns/f"]
        .iter()
        .map(|link| item(link, &format!("Tin {link}"), &format!("<link>{link}</link><comments>http://10.0.0.1/comments</comments><source url=\"http://10.0.0.1/source\">S</source><description>&lt;img src=\"http://10.0.0.1/image.png\"&gt; &lt;iframe src=\"http://10.0.0.1/\"&gt; Lời dẫn</description><enclosure url=\"http://10.0.0.1/enclosure.jpg\" type=\"image/jpeg\" length=\"1\"/>")))
        .collect();
    let channel = "<atom:link rel=\"hub\" href=\"http://10.0.0.1/hub\"/><atom:link rel=\"hub\" href=\"http://public.test/307?http://10.0.0.1/hub\"/><atom:link rel=\"self\" href=\"http://10.0.0.1/self\"/><atom:link rel=\"next\" href=\"http://10.0.0.1/next\"/><itunes:new-feed-url>http://10.0.0.1/new</itunes:new-feed-url><image><url>http://10.0.0.1/logo.png</url></image><cloud domain=\"10.0.0.1\" port=\"80\" path=\"/rpc\" registerProcedure=\"\" protocol=\"http-post\"/>";
    rss(&format!("{channel}{items}")).replace(
        "<rss",
        "<?xml-stylesheet href=\"http://10.0.0.1/style.xsl\" type=\"text/xsl\"?><!DOCTYPE rss SYSTEM \"http://10.0.0.1/rss.dtd\" [<!ENTITY e SYSTEM \"http://10.0.0.1/entity\">]><rss xmlns:xi=\"http://www.w3.org/2001/XInclude\"",
    )
}

fn page(inside: &str) -> String {
    format!(
        "<html><head><title>T</title><meta http-equiv=\"refresh\" content=\"0;url=http://10.0.0.1/\"><base href=\"http://public.test/\"><link rel=\"canonical\" href=\"http://10.0.0.1/canonical\"></head><body>{inside}</body></html>"
    )
}

fn list() -> String {
    let items: String = [
        "http://10.0.0.1/1",
        "http://private.test/2",
        "//10.0.0.1/3",
        "/302?http://10.0.0.1/4",
        "http://public.test\\@10.0.0.1/5",
        "http://six1.dns/6",
    ]
    .iter()
    .map(|link| format!("<li><a href=\"{link}\">Một tin ở {link}</a><p>Lời dẫn</p></li>"))
    .collect();
    page(&format!("<ul class=\"news\">{items}</ul>"))
}

fn sitemap() -> String {
    let maps: String = [
        "http://10.0.0.1/map.xml",
        "http://private.test/map.xml",
        "http://public.test/308?http://10.0.0.1/map.xml",
    ]
    .iter()
    .map(|map| format!("<sitemap><loc>{map}</loc></sitemap>"))
    .collect();
    format!(
        "<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{maps}</sitemapindex>"
    )
}

/// A page that offers feeds, hubs and a manifest at closed addresses.
fn found() -> String {
    page("").replace("</head>", "<link rel=\"alternate\" type=\"application/rss+xml\" href=\"http://10.0.0.1/rss\"><link rel=\"alternate\" type=\"application/atom+xml\" href=\"http://private.test/atom\"><link rel=\"hub\" href=\"http://10.0.0.1/hub\"><link rel=\"icon\" href=\"http://10.0.0.1/favicon.ico\"></head>")
}
