//! No connection to a closed address, seen from the other end: a network of its own in which every one of them
//! answers, and a canary that counts. Needs root, or user namespaces.

#[expect(dead_code, reason = "the harness of tests/node, of which this needs a part")]
#[path = "node/daemon.rs"]
mod daemon;
#[path = "canary/dns.rs"]
mod dns;
#[expect(dead_code, reason = "the harness of tests/node, of which this needs a part")]
#[path = "node/documents.rs"]
mod documents;
#[expect(dead_code, reason = "the harness of tests/node, of which this needs a part")]
#[path = "node/http.rs"]
mod http;
#[path = "canary/origin.rs"]
mod origin;
#[path = "canary/polls.rs"]
mod polls;
#[path = "node/wait.rs"]
mod wait;

use dongtin::testing::config::{self, FetchConfig};
use dongtin::testing::net::{Client, Error, Hosts, Post, Purpose, Request, Trust};
use origin::Seen;
use std::process::Command;
use url::Url;

const INSIDE: &str = "DONGTIN_CANARY_INSIDE";
const PUBLIC: &str = "8.8.8.8";
/// What no config of this test opens.
const UNLISTED: [u16; 2] = [8080, 11211];
const PORTS: [u16; 5] = [80, 443, 22, 25, 6379];
/// Addresses that this network has, so that a connection would be made.
const CLOSED: &[&str] = &[
    "169.254.169.254",
    "100.100.100.200",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.254",
    "192.168.1.1",
    "100.64.0.1",
    "100.127.255.254",
    "198.18.0.1",
    "198.19.255.254",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "198.51.100.1",
    "203.0.113.1",
    "168.63.129.16",
    "240.0.0.1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "fc00::1",
    "fec0::1",
    "64:ff9b::a00:1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2002:a00:1::1",
    "2002:808:808::1",
    "2001::f5ff:fffe",
    "2001:0:808:808::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "100::1",
    "::10.0.0.1",
    "::ffff:0:10.0.0.1",
    "2001:4860::5efe:10.0.0.1",
    "2001:4860::200:5efe:127.0.0.1",
];
const WRITTEN: &[&str] = &[
    "127.0.0.1",
    "127.0.0.1.",
    "2130706433",
    "0x7f.1",
    "0x7f000001",
    "0x7F.0.0.0x1",
    "0177.0.0.1",
    "017700000001",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "012.0.0.1",
    "%31%30.0.0.1",
    "①②⑦.0.0.1",
    "127。0。0。1",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "0",
    "0.0.0.0",
    "0.0.0.1",
    "[::ffff:127.0.0.1]",
    "[::ffff:10.0.0.1]",
    "[::ffff:a9fe:a9fe]",
    "[0:0:0:0:0:ffff:7f00:1]",
    "[::ffff:0:127.0.0.1]",
    "[::127.0.0.1]",
    "255.255.255.255",
    "224.0.0.1",
    "239.255.255.250",
    "[fe80::1]",
    "[febf::1]",
    "[ff02::1]",
    "[64:ff9b::10.0.0.1]",
    "localhost",
    "localhost.",
    "LOCALHOST",
    "cms.localhost",
    "mixed.test",
    "mixed-late.test",
    "mixed-six.test",
    "private.test",
    "PRIVATE.test.",
    "mapped.test",
    "six1.dns",
    "many1.dns",
    "teredo1.dns",
    "other1.dns",
];
const HOSTS: &str = "127.0.0.1 localhost\n8.8.8.8 public.test mixed.test mixed-six.test b.com\n10.0.0.1 mixed.test private.test mixed-late.test\n8.8.8.8 mixed-late.test\n::ffff:10.0.0.1 mapped.test\nfd00:ec2::254 mixed-six.test\n";

#[test]
fn the_canary_sees_nothing() {
    in_a_network_of_its_own("the_canary_sees_nothing", attack);
}

#[test]
fn a_name_that_changes_its_mind_is_dialed_where_it_was_checked() {
    in_a_network_of_its_own("a_name_that_changes_its_mind_is_dialed_where_it_was_checked", rebind);
}

#[test]
fn redirects_of_every_kind_lead_to_no_closed_address() {
    in_a_network_of_its_own("redirects_of_every_kind_lead_to_no_closed_address", redirect);
}

#[test]
fn the_daemon_dials_nothing_that_documents_name() {
    in_a_network_of_its_own("the_daemon_dials_nothing_that_documents_name", polls::poll);
}

/// Runs a test's inside in a network and a mount namespace, where the closed addresses are this machine's own.
fn in_a_network_of_its_own(test: &str, inside: fn(&Seen)) {
    if std::env::var_os(INSIDE).is_some() {
        prepare();
        let seen = origin::listen(&[PORTS.as_slice(), UNLISTED.as_slice()].concat());
        inside(&seen);
        let seen = seen.lock().unwrap();
        let wrong: Vec<_> = seen.iter().filter(|(ip, ..)| ip.to_string() != PUBLIC).collect();
        assert!(wrong.is_empty(), "dialed: {wrong:?}");
        println!("canary watched");
        return;
    }
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--net", "--mount", "--"]);
    command.arg(std::env::current_exe().unwrap()).args(["--exact", test, "--nocapture"]);
    for name in ["http_proxy", "https_proxy", "all_proxy"] {
        command.env(name, "http://10.0.0.1:80").env(name.to_uppercase(), "http://10.0.0.1:80");
    }
    let output = command.env(INSIDE, "1").env_remove("NO_PROXY").env_remove("no_proxy").output();
    let output = output.expect("`unshare` of util-linux is needed for this test");
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "the network namespace (root or user namespaces are needed): {text}"
    );
    assert!(text.contains("canary watched"), "{text}");
}

fn prepare() {
    run("ip", &["link", "set", "lo", "up"]);
    for address in CLOSED.iter().chain(&[PUBLIC]) {
        let (length, nodad) = if address.contains(':') { ("128", "nodad") } else { ("32", "") };
        let whole = format!("{address}/{length}");
        let arguments = ["addr", "add", &whole, "dev", "lo", nodad];
        run("ip", if nodad.is_empty() { &arguments[..5] } else { &arguments });
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("hosts", HOSTS), ("resolv.conf", "nameserver 127.0.0.1\n")] {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        run("mount", &["--bind", file.to_str().unwrap(), &format!("/etc/{name}")]);
    }
    dns::serve();
}

fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {output:?}");
}

fn config(ports: &[u16]) -> FetchConfig {
    FetchConfig { ports: ports.to_vec(), ..config::fetch() }
}

/// A client, and a runtime to use it in.
struct Caller {
    client: Client,
    runtime: tokio::runtime::Runtime,
}

impl Caller {
    fn new(ports: &[u16]) -> Self {
        dongtin::testing::net::install_crypto();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (config, clock) = (config(ports), dongtin::testing::model::Timestamp::now);
        let client = Client::new(&config, Hosts::new(&config, clock).into()).unwrap();
        Self { client, runtime }
    }

    fn get(&self, url: &str) -> Result<u16, Error> {
        let url = Url::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"));
        let answer = self.runtime.block_on(self.client.get(Request::to(
            url,
            Trust::nobody(),
            Purpose::Poll,
        )));
        answer.map(|answer| answer.status.as_u16())
    }

    fn post(&self, url: &str) -> Result<u16, Error> {
        let (url, content_type) = (Url::parse(url).unwrap(), "text/plain");
        let (trust, headers) = (Trust::nobody(), Vec::new());
        let post = Post { url, trust, content_type, body: "x".into(), headers, limit: 100 };
        self.runtime.block_on(self.client.post(post)).map(|answer| answer.status.as_u16())
    }
}

fn refused(url: &str, result: Result<u16, Error>) {
    assert!(matches!(result, Err(Error::Forbidden { .. })), "{url}: {result:?}");
}

fn attack(seen: &Seen) {
    let caller = Caller::new(&[22, 25, 6379]);
    // The canary is alive, and the way to a public address is open, by number and by name.
    assert_eq!(caller.get("http://8.8.8.8/"), Ok(200));
    assert_eq!(caller.get("http://public.test/"), Ok(200));
    assert_eq!(caller.get("http://b.com\\@127.0.0.1/"), Ok(200), "the host checked is dialed");
    assert_eq!(seen.lock().unwrap().len(), 3);
    let closed =
        CLOSED.iter().map(|a| if a.contains(':') { format!("[{a}]") } else { (*a).to_owned() });
    for host in closed.chain(WRITTEN.iter().map(|w| (*w).to_owned())) {
        for port in PORTS {
            let url = format!("http://{host}:{port}/");
            refused(&url, caller.get(&url));
        }
        let url = format!("http://{host}/");
        refused(&url, caller.post(&url));
        for hop in ["to", "to?http://public.test/to"] {
            let hop = format!("http://8.8.8.8/{hop}?{url}");
            refused(&hop, caller.get(&hop));
        }
        let url = format!("https://{host}/");
        refused(&url, caller.get(&url));
    }
    let seen = seen.lock().unwrap();
    assert!(seen.iter().all(|(_, port, _)| *port == 80), "{seen:?}");
}

fn rebind(_: &Seen) {
    let caller = Caller::new(&[]);
    for name in 0..20 {
        assert_eq!(caller.get(&format!("http://rebind{name}.dns/")), Ok(200), "public at first");
        refused("rebind", caller.get(&format!("http://rebind{name}.dns/")));
        let hop = format!("http://8.8.8.8/to?http://flip{name}.dns/to?http://flip{name}.dns/");
        refused("flip", caller.get(&hop));
    }
}

fn redirect(seen: &Seen) {
    let caller = Caller::new(&[]);
    for status in [301, 302, 303, 307, 308] {
        refused("", caller.get(&format!("http://8.8.8.8/{status}?http://10.0.0.1/")));
        let post = caller.post(&format!("http://8.8.8.8/{status}?http://10.0.0.1/"));
        match status {
            307 | 308 => refused("a post", post),
            _ => assert_eq!(post, Ok(status), "a post is not made a get"),
        }
    }
    for status in [200, 201, 300, 304, 305, 306, 399] {
        let answer = caller.get(&format!("http://8.8.8.8/{status}?http://10.0.0.1/"));
        assert_eq!(answer, Ok(status), "not followed");
    }
    for to in [
        "//10.0.0.1/",
        "%5C%5C10.0.0.1%5C",
        "/%5C10.0.0.1/",
        "http:%5C%5C10.0.0.1",
        "http:/10.0.0.1/x/../",
        "http:///10.0.0.1",
        "HTTP://10.0.0.1/",
        "http://public.test@10.0.0.1/",
        "http://a:b@0xa000001/",
    ] {
        let url = format!("http://8.8.8.8/302?{to}");
        // Of `http:/10.0.0.1`, with the scheme of the page, the rest is a path: then it is this host that is asked again.
        let result = caller.get(&url);
        assert!(
            result == Ok(200) || matches!(result, Err(Error::Forbidden { .. })),
            "{to}: {result:?}"
        );
    }
    for to in ["http://b.com%5C@10.0.0.1/", "http://b.com#@10.0.0.1/", "http://b.com?@10.0.0.1/"] {
        assert_eq!(caller.get(&format!("http://8.8.8.8/302?{to}")), Ok(200), "{to}");
    }
    for to in [
        "file:///etc/passwd",
        "gopher://10.0.0.1:25/x",
        "ftp://10.0.0.1/",
        "javascript:x",
        "data:,x",
        "ws://10.0.0.1/",
    ] {
        let result = caller.get(&format!("http://8.8.8.8/302?{to}"));
        assert!(matches!(result, Err(Error::Scheme { .. })), "{to}: {result:?}");
    }
    for port in [22, 25, 6379, 8080, 11211] {
        for url in [
            format!("http://public.test:{port}/"),
            format!("http://8.8.8.8/302?https://public.test:{port}/"),
        ] {
            let result = caller.get(&url);
            assert!(matches!(result, Err(Error::Port { .. })), "{url}: {result:?}");
        }
    }
    let result = caller.get("http://8.8.8.8/two");
    assert!(result.is_ok() || matches!(result, Err(Error::Forbidden { .. })), "{result:?}");
    let before = seen.lock().unwrap().len();
    let looped = caller.get("http://8.8.8.8/302?http://public.test/loop?x");
    assert_eq!(looped, Ok(200));
    assert_eq!(caller.get("http://8.8.8.8/refresh"), Ok(200));
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len() - before, 3, "a refresh is not followed");
    assert!(seen.iter().all(|(_, port, _)| *port == 80), "{seen:?}");
}
