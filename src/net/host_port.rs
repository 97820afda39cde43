use std::net::IpAddr;
use url::{Host, Url};

/// A host without brackets, and a port.
pub(super) type HostPort = (String, u16);

/// Parses an entry of `allow` as a URL parses its host, so that `127.1:80` and `127.0.0.1:80` are equal.
pub(super) fn parse_host_port(entry: &str) -> Option<HostPort> {
    let (_, port) = entry.rsplit_once(':')?;
    let port = port.parse().ok()?;
    let url = Url::parse(&format!("http://{entry}/")).ok()?;
    let is_bare = url.path() == "/" && url.username().is_empty();
    is_bare.then(|| Some((host_and_literal(url.host()?).0, port)))?
}

pub(super) fn host_port(url: &Url) -> Option<HostPort> {
    Some((host_and_literal(url.host()?).0, url.port_or_known_default()?))
}

/// A host without brackets, and its address if it is an IP literal.
pub(super) fn host_and_literal(host: Host<&str>) -> (String, Option<IpAddr>) {
    match host {
        Host::Domain(name) => (name.to_owned(), None),
        Host::Ipv4(v4) => (v4.to_string(), Some(v4.into())),
        Host::Ipv6(v6) => (v6.to_string(), Some(v6.into())),
    }
}
