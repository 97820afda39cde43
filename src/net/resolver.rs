use super::address_filter::first_closed;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, SocketAddr};

/// The most addresses of one name that are tried.
const MOST_ADDRESSES: usize = 4;

/// Resolves the names that a client dials. reqwest does not call it for IP literals, which the address filter checks.
pub(super) struct Resolver {
    /// Whether private addresses pass, for hosts in `fetch.allow`.
    pub any_address: bool,
}

/// Why a name is not dialed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unresolved {
    /// One of its addresses is not public.
    #[error("{0} is not a public address")]
    Closed(IpAddr),
    /// It has none.
    #[error("{0}")]
    Failed(String),
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let any_address = self.any_address;
        Box::pin(async move {
            let addresses = resolve(name.as_str(), any_address).await?;
            // reqwest replaces port 0 with the URL's port.
            let dialed = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(dialed) as Addrs)
        })
    }
}

/// The addresses of a name. One that is not public refuses all of them.
pub(super) async fn resolve(name: &str, any_address: bool) -> Result<Vec<IpAddr>, Unresolved> {
    let found = tokio::net::lookup_host((name, 0)).await;
    let found = found.map_err(|e| Unresolved::Failed(e.to_string()))?;
    let mut addresses: Vec<IpAddr> = found.map(|address| address.ip()).collect();
    if let Some(address) = first_closed(&addresses).filter(|_| !any_address) {
        return Err(Unresolved::Closed(address));
    }
    addresses.dedup();
    addresses.truncate(MOST_ADDRESSES);
    if addresses.is_empty() {
        return Err(Unresolved::Failed("no address".to_owned()));
    }
    Ok(addresses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_listed_client_takes_closed_addresses() {
        assert!(matches!(resolve("localhost", false).await, Err(Unresolved::Closed(_))));
        assert!(!resolve("localhost", true).await.unwrap().is_empty());
    }
}
