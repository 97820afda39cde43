use super::host_port::{HostPort, host_port, parse_host_port};
use crate::model::Source;
use url::Url;

/// The hosts and ports for which `fetch.allow` counts in one request and its redirects.
///
/// An address that somebody else's document or redirect names is not among them, whatever `fetch.allow` says. Otherwise
/// any source could have us fetch, and publish, what the operator opened for another source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust(Vec<HostPort>);

impl Trust {
    /// No trust: `fetch.allow` counts for nothing.
    pub fn nobody() -> Self {
        Self::default()
    }

    /// The trust of a source: its own address and its `allow`.
    pub fn of(source: &Source) -> Self {
        let own = source.kind.address().and_then(|address| Url::parse(address).ok());
        let own = own.as_ref().map_or_else(Self::nobody, Self::address);
        own.and(&source.allow)
    }

    /// Trust in an address that the operator has written.
    pub fn address(url: &Url) -> Self {
        Self(host_port(url).into_iter().collect())
    }

    /// Adds entries that the operator has written as `host:port`; others count for nothing.
    pub fn and(mut self, entries: &[String]) -> Self {
        self.0.extend(entries.iter().filter_map(|entry| parse_host_port(entry)));
        self
    }

    /// Returns true if a private address is allowed at this host and port.
    pub(super) fn covers(&self, at: &HostPort) -> bool {
        self.0.contains(at)
    }

    /// The trust after a hop to a URL: none, once a hop has led to a host that is not covered.
    pub(super) fn at(self, url: &Url) -> Self {
        if host_port(url).is_some_and(|at| self.covers(&at)) { self } else { Self::nobody() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trust_is_of_host_and_port_and_is_lost_on_the_way() {
        let url = |text: &str| Url::parse(text).unwrap();
        let trust =
            Trust::address(&url("http://10.0.0.1/rss")).and(&["127.1:81".into(), "x".into()]);
        for home in ["http://10.0.0.1/b", "http://0xa.1:80/", "http://127.0.0.1:81/"] {
            assert_eq!(trust.clone().at(&url(home)), trust, "{home}");
        }
        for other in ["http://10.0.0.1:81/", "https://10.0.0.1/", "http://10.0.0.2/"] {
            let left = trust.clone().at(&url(other));
            assert_eq!(left.at(&url("http://10.0.0.1/")), Trust::nobody(), "{other}");
        }
    }
}
