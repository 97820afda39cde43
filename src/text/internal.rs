use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

/// Endings of names that mean something inside a network only.
const INTERNAL: [&str; 8] =
    [".local", ".localhost", ".internal", ".lan", ".home.arpa", ".intranet", ".corp", ".home"];

/// Whether a host is inside a network: an address that is not public, or a name that no public resolver knows.
fn is_internal(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(address) => !is_public((*address).into()),
        Host::Ipv6(address) => !is_public((*address).into()),
        Host::Domain(name) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            !name.contains('.') || INTERNAL.iter().any(|ending| name.ends_with(ending))
        }
    }
}

/// Whether a web address leads inside a network.
pub fn leads_inside(address: &str) -> bool {
    let url = Url::parse(address).ok();
    url.is_some_and(|url| url.host().is_some_and(|host| is_internal(&host)))
}

/// Whether a text for people names a host inside a network, alone, with its port or in an address.
pub fn names_internal(text: &str) -> bool {
    let words = text.split(|c: char| c.is_whitespace() || "\"'`<>(),;".contains(c));
    words.map(|word| word.trim_end_matches([':', '.', '…'])).any(|word| {
        let alone = || {
            let host = word.rsplit_once(':').map_or(word, |(host, _)| host);
            let address = [word, host].iter().find_map(|host| host.parse::<IpAddr>().ok());
            address.is_some_and(|address| !is_public(address))
        };
        let is_name = word.rsplit_once(':').is_some_and(|(host, port)| {
            port.parse::<u16>().is_ok() && host.contains(|c: char| c.is_ascii_alphabetic())
        });
        let ends = || INTERNAL.iter().any(|ending| word.to_ascii_lowercase().ends_with(ending));
        leads_inside(word)
            || alone()
            || ends()
            || is_name && leads_inside(&format!("http://{word}/"))
    })
}

/// Whether an address is global unicast, not special-purpose and not a cloud's own.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// Networks that are not public: first address and prefix length (IANA's special-purpose registry, and addresses that
/// clouds use themselves).
const CLOSED_V4: &[([u8; 4], u32)] = &[
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([168, 63, 129, 16], 32), // Azure's host agent
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 3), // multicast, reserved, broadcast
];

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    !CLOSED_V4
        .iter()
        .any(|(network, length)| (bits ^ u32::from_be_bytes(*network)).leading_zeros() >= *length)
}

/// Networks inside 2000::/3 that are not public.
const CLOSED_V6: &[(Ipv6Addr, u32)] = &[
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // Teredo, ORCHID, benchmarking
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4: any IPv4 address in disguise
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation
];

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let [.., high, low] = segments;
    let embedded = Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match segments {
        // NAT64 (RFC 6052) means the IPv4 address in the last 32 bits.
        [0x64, 0xff9b, 0, 0, 0, 0, _, _] => return is_public_v4(embedded),
        // ISATAP (RFC 5214): whatever the prefix, the tunnel ends at the IPv4 address in the last 32 bits.
        [_, _, _, _, 0 | 0x200, 0x5efe, _, _] if !is_public_v4(embedded) => return false,
        _ => {}
    }
    let bits = address.to_bits();
    let within = |network: Ipv6Addr, length| (bits ^ network.to_bits()).leading_zeros() >= length;
    within(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3)
        && !CLOSED_V6.iter().any(|(network, length)| within(*network, *length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_inside_is_told_from_what_is_public() {
        for inside in [
            "10.20.30.40:8088: the connection was refused",
            "error for http://cms.noi-bo.lan/rss.xml: timed out",
            "(http://intranet:8080/), \"x\"",
            "cms:8081 is not in fetch.ports",
            "redirect to https://[fd00::1]/",
            "cms.vn resolves to 192.168.1.9, which is closed",
            "http://localhost/",
        ] {
            assert!(names_internal(inside), "{inside}");
        }
        for public in [
            "https://hoabinh.gov.vn/rss: 503",
            "hoabinh.gov.vn:8080: refused",
            "1.1.1.1:80",
            "line 3: 12:30 is a time",
            "tệp: bài 5",
        ] {
            assert!(!names_internal(public), "{public}");
        }
    }

    #[test]
    fn every_closed_network_is_closed_from_end_to_end() {
        for (network, length) in CLOSED_V4 {
            let first = u32::from_be_bytes(*network);
            let last = first | u32::MAX.checked_shr(*length).unwrap_or(0);
            for bits in [first, last] {
                assert!(!is_public(Ipv4Addr::from_bits(bits).into()), "{network:?}");
                let mapped = Ipv4Addr::from_bits(bits).to_ipv6_mapped();
                assert!(!is_public(mapped.into()), "{mapped}");
            }
        }
    }

    #[test]
    fn the_neighbors_of_closed_networks_are_open() {
        for open in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2001:200::1",
            "2405:4800::1",
            "64:ff9b::101:101",
            "2405:4800::5efe:101:101",
        ] {
            assert!(is_public(open.parse().unwrap()), "{open}");
        }
    }
}
