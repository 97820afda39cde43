use crate::model::Network;
use http::HeaderMap;
use std::net::IpAddr;

/// The other end of a connection, as an extension of its requests.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// The address that a request comes from: the peer's, or where the peer is a configured proxy, the last one of
/// `X-Forwarded-For` that is not a proxy's too.
pub fn client_address(peer: IpAddr, headers: &HeaderMap, proxies: &[Network]) -> IpAddr {
    let is_proxy = |address: IpAddr| proxies.iter().any(|network| network.contains(address));
    if !is_proxy(peer) {
        return peer;
    }
    let values = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let named: Vec<&str> = values.flat_map(|value| value.split(',')).map(str::trim).collect();
    let mut address = peer;
    for name in named.into_iter().rev() {
        let Ok(named) = name.parse() else { break };
        address = named;
        if !is_proxy(address) {
            break;
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn only_a_proxy_is_believed() {
        let proxies = ["10.0.0.0/8".parse().unwrap(), "127.0.0.1".parse().unwrap()];
        let from = |peer: &str, forwarded: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", HeaderValue::from_static(forwarded));
            client_address(peer.parse().unwrap(), &headers, &proxies).to_string()
        };
        assert_eq!(from("192.0.2.1", "198.51.100.1"), "192.0.2.1");
        assert_eq!(from("127.0.0.1", "203.0.113.9, 198.51.100.1"), "198.51.100.1");
        assert_eq!(from("127.0.0.1", "198.51.100.1, 10.1.1.1"), "198.51.100.1");
        assert_eq!(from("127.0.0.1", "198.51.100.1, unknown"), "127.0.0.1");
        assert_eq!(from("127.0.0.1", ""), "127.0.0.1");
    }
}
