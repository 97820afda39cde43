//! No connection to a closed address, seen from the other end: a network of its own in which every one of them
//! answers, and a canary that counts. Needs root, or user namespaces.

use dongtin::config::{Config, FetchConfig};
use dongtin::net::{Client, Error, Request};
use std::io::{Read, Write};
use std::net::{IpAddr, TcpListener};
use std::process::Command;
use std::sync::{Arc, Mutex};
use url::Url;

const INSIDE: &str = "DONGTIN_CANARY_INSIDE";
const PUBLIC: &str = "8.8.8.8";
const PORTS: [u16; 5] = [80, 443, 22, 25, 6379];
const CLOSED: &[&str] = &[
    "169.254.169.254",
    "100.100.100.200",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "198.18.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "203.0.113.1",
    "fd00:ec2::254",
    "fc00::1",
];
const WRITTEN: &[&str] = &[
    "127.0.0.1",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "127.1",
    "[::1]",
    "[::]",
    "0",
    "0.0.0.0",
    "[::ffff:127.0.0.1]",
    "[::ffff:10.0.0.1]",
    "[::127.0.0.1]",
    "240.0.0.1",
    "255.255.255.255",
    "224.0.0.1",
    "[fe80::1]",
    "[ff02::1]",
    "[64:ff9b::10.0.0.1]",
    "localhost",
    "mixed.test",
    "mixed-late.test",
    "private.test",
    "mapped.test",
];
const HOSTS: &str = "127.0.0.1 localhost\n8.8.8.8 public.test mixed.test\n10.0.0.1 mixed.test private.test mixed-late.test\n8.8.8.8 mixed-late.test\n::ffff:10.0.0.1 mapped.test\n";

/// Every connection: the address that was dialed, and its port.
type Seen = Arc<Mutex<Vec<(IpAddr, u16)>>>;

#[test]
fn the_canary_sees_nothing() {
    if std::env::var_os(INSIDE).is_some() {
        return inside();
    }
    let program = std::env::current_exe().unwrap();
    let output = Command::new("unshare")
        .args(["--map-root-user", "--net", "--mount", "--"])
        .arg(program)
        .args(["--exact", "the_canary_sees_nothing", "--nocapture"])
        .env(INSIDE, "1")
        .env("HTTP_PROXY", "http://10.0.0.1:80")
        .env("http_proxy", "http://10.0.0.1:80")
        .env("ALL_PROXY", "http://10.0.0.1:80")
        .output()
        .expect("`unshare` of util-linux is needed for this test");
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "the network namespace (root or user namespaces are needed): {text}"
    );
    assert!(text.contains("canary watched"), "{text}");
}

fn inside() {
    command("ip", &["link", "set", "lo", "up"]);
    for address in CLOSED.iter().chain(&[PUBLIC]) {
        let length = if address.contains(':') { "128" } else { "32" };
        command("ip", &["addr", "add", &format!("{address}/{length}"), "dev", "lo"]);
    }
    let folder = tempfile::tempdir().unwrap();
    let hosts = folder.path().join("hosts");
    std::fs::write(&hosts, HOSTS).unwrap();
    command("mount", &["--bind", hosts.to_str().unwrap(), "/etc/hosts"]);
    let seen = listen();
    tokio::runtime::Runtime::new().unwrap().block_on(attack(&seen));
    println!("canary watched");
}

fn command(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {output:?}");
}

/// Answers on every address; on the public one `/to?ADDRESS` redirects there.
fn listen() -> Seen {
    let seen = Seen::default();
    for port in PORTS {
        let listener = TcpListener::bind(("::", port)).unwrap();
        let seen = seen.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                let dialed = stream.local_addr().unwrap();
                seen.lock().unwrap().push((dialed.ip().to_canonical(), port));
                let mut request = [0; 4096];
                let n = stream.read(&mut request).unwrap_or(0);
                let request = String::from_utf8_lossy(&request[..n]).into_owned();
                let path = request.split(' ').nth(1).unwrap_or("/");
                let lines = match path.split_once("to?") {
                    Some((_, to)) => format!("302 Found\r\nLocation: {to}"),
                    None => "200 OK\r\nRefresh: 0; url=http://10.0.0.1/".to_owned(),
                };
                let answer = format!("HTTP/1.1 {lines}\r\nContent-Length: 1\r\n\r\nx");
                let _ = stream.write_all(answer.as_bytes());
            }
        });
    }
    seen
}

fn config() -> FetchConfig {
    let mut config = Config::parse("", std::path::Path::new("/")).unwrap().fetch;
    config.ports = vec![22, 25, 6379];
    config.host_interval_ms = 0;
    config
}

async fn get(client: &Client, url: &str) -> Result<u16, Error> {
    client.get(Request::to(Url::parse(url).unwrap())).await.map(|answer| answer.status.as_u16())
}

async fn attack(seen: &Seen) {
    dongtin::net::install_crypto();
    let client = Client::new(&config()).unwrap();
    // The canary is alive, and the way to a public address is open, by number and by name.
    assert_eq!(get(&client, "http://8.8.8.8/").await, Ok(200));
    assert_eq!(get(&client, "http://public.test/").await, Ok(200));
    assert_eq!(seen.lock().unwrap().len(), 2);
    let closed =
        CLOSED.iter().map(|a| if a.contains(':') { format!("[{a}]") } else { (*a).to_owned() });
    for host in closed.chain(WRITTEN.iter().map(|w| (*w).to_owned())) {
        for port in PORTS {
            let url = format!("http://{host}:{port}/");
            refused(&url, get(&client, &url).await);
            let hop = format!("http://8.8.8.8/to?{url}");
            refused(&hop, get(&client, &hop).await);
        }
        let url = format!("https://{host}/");
        refused(&url, get(&client, &url).await);
        let hop = format!("http://8.8.8.8/to?http://public.test/to?{url}");
        refused(&hop, get(&client, &hop).await);
    }
    let seen = seen.lock().unwrap();
    let wrong: Vec<_> = seen.iter().filter(|(ip, _)| ip.to_string() != PUBLIC).collect();
    assert!(wrong.is_empty(), "dialed: {wrong:?}");
}

fn refused(url: &str, result: Result<u16, Error>) {
    assert!(matches!(result, Err(Error::Forbidden { .. })), "{url}: {result:?}");
}
