//! Who may lead us to an address that is not public: only what the operator has written beside it.

use super::guard::{Place, place, place_of};
use crate::model::Source;
use url::Url;

/// The hosts and ports for which `fetch.allow` counts in one request, and in the redirects that stay among them.
///
/// What a document or a redirect of somebody else names is not among them, whatever `fetch.allow` says: otherwise any
/// source could have us ask, and publish, what the operator opened for another one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust(Vec<Place>);

impl Trust {
    /// Nobody: `fetch.allow` counts for nothing.
    pub fn nobody() -> Self {
        Self::default()
    }

    /// What the config says of a source: its own address and its `allow`.
    pub fn of(source: &Source) -> Self {
        let own = source.kind.address().and_then(|address| Url::parse(address).ok());
        let own = own.as_ref().map_or_else(Self::nobody, Self::address);
        own.and(&source.allow)
    }

    /// An address that the operator has given.
    pub fn address(url: &Url) -> Self {
        Self(place(url).into_iter().collect())
    }

    /// Besides, what the operator has given as `host:port`; what is none counts for nothing.
    pub fn and(mut self, entries: &[String]) -> Self {
        self.0.extend(entries.iter().filter_map(|entry| place_of(entry)));
        self
    }

    /// Whether somebody else's host is not meant.
    pub(super) fn covers(&self, place: &Place) -> bool {
        self.0.contains(place)
    }

    /// The trust that is left after a hop: none, once it has led elsewhere.
    pub(super) fn at(self, url: &Url) -> Self {
        if place(url).is_some_and(|place| self.covers(&place)) { self } else { Self::nobody() }
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
