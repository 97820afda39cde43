use super::Error;
use super::host_port::{HostPort, host_and_literal, parse_host_port};
use super::trust::Trust;
use crate::config::FetchConfig;
use crate::text::is_public;
use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr};
use url::Url;

/// Lets requests through to public addresses and to those that the config allows.
#[derive(Clone, Debug)]
pub(super) struct AddressFilter {
    ports: HashSet<u16>,
    allow: HashSet<HostPort>,
}

/// A URL that passed the first check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// Without brackets.
    pub host: String,
    pub port: u16,
    /// Whether `fetch.allow` has exactly this host and port, and the request is trusted to use it.
    pub allowed: bool,
}

impl AddressFilter {
    pub(super) fn new(config: &FetchConfig) -> Result<Self, Error> {
        let bad = |entry: &String| Error::Allow { entry: entry.chars().take(80).collect() };
        let read = |entry: &String| parse_host_port(entry).ok_or_else(|| bad(entry));
        let allow = config.allow.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Self { ports: config.ports.iter().copied().chain([80, 443]).collect(), allow })
    }

    /// Checks a URL before its name is resolved: scheme, port, and the address if the host is an IP literal.
    pub(super) fn target(&self, url: &Url, trust: &Trust) -> Result<Target, Error> {
        let scheme = || Error::Scheme { scheme: url.scheme().chars().take(20).collect() };
        if !matches!(url.scheme(), "http" | "https") {
            return Err(scheme());
        }
        let (host, literal) = host_and_literal(url.host().ok_or_else(scheme)?);
        let port = url.port_or_known_default().ok_or_else(scheme)?;
        let at = (host.clone(), port);
        let allowed = self.allow.contains(&at) && trust.covers(&at);
        // An entry of `fetch.allow` opens its port too: it need not be in `fetch.ports`.
        match first_closed(literal.or_else(|| own_address(&host)).as_slice()).filter(|_| !allowed) {
            Some(address) => Err(Error::Forbidden { host, port, address }),
            None if !allowed && !self.ports.contains(&port) => Err(Error::Port { host, port }),
            None => Ok(Target { host, port, allowed }),
        }
    }
}

/// The first of a name's addresses that is not public. If there is one, none of them is dialed.
pub(super) fn first_closed(addresses: &[IpAddr]) -> Option<IpAddr> {
    addresses.iter().copied().find(|address| !is_public(*address))
}

/// The address of a name that means this machine whatever a resolver says (RFC 6761 §6.3).
fn own_address(host: &str) -> Option<IpAddr> {
    let name = host.trim_end_matches('.');
    let is_own = name == "localhost" || name.ends_with(".localhost");
    is_own.then_some(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::tests::config;

    fn look(url: &str) -> Result<Target, Error> {
        AddressFilter::new(&config()).unwrap().target(&Url::parse(url).unwrap(), &Trust::nobody())
    }

    #[test]
    fn closed_addresses_are_refused_however_they_are_written() {
        for closed in [
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
            "[::127.0.0.1]",
            "169.254.169.254",
            "[fd00:ec2::254]",
            "100.100.100.200",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "198.18.0.1",
            "192.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "224.0.0.1",
            "[fc00::1]",
            "[fe80::1]",
            "[ff02::1]",
            "[64:ff9b::7f00:1]",
            "[64:ff9b:1::1]",
            "[2002:7f00:1::]",
            "[2001:db8::1]",
            "[2001:4860::5efe:10.0.0.1]",
            "[2001:4860::200:5efe:127.0.0.1]",
            "[2002:808:808::1]",
            "[2001:0:808:808::f5ff:fffe]",
            "[fec0::1]",
            "[3fff::1]",
            "168.63.129.16",
            "%31%32%37.0.0.1",
            "１２７.0.0.1",
            "127。0。0。1",
        ] {
            let refused = look(&format!("http://{closed}/"));
            assert!(matches!(refused, Err(Error::Forbidden { .. })), "{closed}: {refused:?}");
        }
    }

    #[test]
    fn ports_and_schemes_are_listed() {
        for port in [22, 25, 6379, 8080, 0, 65535] {
            let refused = look(&format!("http://example.vn:{port}/"));
            assert!(matches!(refused, Err(Error::Port { .. })), "{port}");
        }
        for url in ["ftp://example.vn/", "file:///etc/passwd", "gopher://x/", "data:,x"] {
            assert!(matches!(look(url), Err(Error::Scheme { .. })), "{url}");
        }
        assert!(look("http://example.vn/").is_ok());
        assert!(look("https://example.vn/").is_ok());
        assert!(look("https://example.vn:80/").is_ok());
    }

    #[test]
    fn a_closed_address_is_told_of_before_its_port() {
        let error = look("http://10.1.2.3:8081/rss").err();
        assert!(matches!(error, Some(Error::Forbidden { port: 8081, .. })), "{error:?}");
        for host in ["localhost", "LOCALHOST", "localhost.", "cms.localhost"] {
            let error = look(&format!("http://{host}:8081/rss")).err();
            assert!(
                matches!(error, Some(Error::Forbidden { port: 8081, .. })),
                "{host}: {error:?}"
            );
        }
        let told = look("http://cms.noi-bo:8081/rss").err().map(|error| error.to_string());
        let told = told.unwrap_or_default();
        assert!(told.contains("fetch.ports") && told.contains("\"cms.noi-bo:8081\""), "{told}");
    }

    #[test]
    fn the_host_that_is_checked_is_the_host_that_is_dialed() {
        assert_eq!(look("http://b.com\\@127.0.0.1/").unwrap().host, "b.com");
        assert!(look("http://b.com@127.0.0.1/").is_err());
        assert_eq!(look("http://127.0.0.1@b.com/").unwrap().host, "b.com");
    }

    #[test]
    fn allow_is_exactly_one_host_and_port() {
        let mut config = config();
        config.allow = vec!["127.1:8080".into(), "portal.lan:81".into(), "[::1]:82".into()];
        let filter = AddressFilter::new(&config).unwrap();
        let trust = Trust::nobody().and(&config.allow);
        let look = |url: &str| filter.target(&Url::parse(url).unwrap(), &trust).map(|t| t.allowed);
        assert_eq!(look("http://127.0.0.1:8080/"), Ok(true));
        assert_eq!(look("http://portal.lan:81/"), Ok(true));
        assert_eq!(look("http://PORTAL.lan:81/"), Ok(true));
        assert_eq!(look("https://[::1]:82/"), Ok(true));
        assert_eq!(look("http://portal.lan/"), Ok(false));
        for other in ["http://127.0.0.1/", "http://127.0.0.2:8080/", "http://a.portal.lan:81/"] {
            assert!(look(other).is_err(), "{other}");
        }
        for bad in ["portal.lan", "portal.lan:x", "a/b:80", "u@a:80", ":80", ""] {
            config.allow = vec![bad.to_owned()];
            assert!(AddressFilter::new(&config).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_with_one_closed_address_is_refused_whole() {
        let public: IpAddr = "1.1.1.1".parse().unwrap();
        let private: IpAddr = "10.0.0.1".parse().unwrap();
        assert_eq!(first_closed(&[public]), None);
        assert_eq!(first_closed(&[public, private]), Some(private));
        assert_eq!(first_closed(&[private, public]), Some(private));
    }
}
