//! A name server whose answers nobody should believe twice.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, UdpSocket};

const PUBLIC: IpAddr = IpAddr::V4(Ipv4Addr::new(8, 8, 8, 8));
const PRIVATE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

/// Answers on port 53 of this machine: `rebind…` is public when it is asked for first and private ever after, `flip…`
/// takes turns, `six…` is public by IPv4 and closed by IPv6, `many…` has one closed address among a dozen; all else is private.
pub fn serve() {
    let socket = UdpSocket::bind("127.0.0.1:53").unwrap();
    std::thread::spawn(move || {
        let (mut query, mut asked) = ([0; 512], HashMap::<String, usize>::new());
        while let Ok((length, from)) = socket.recv_from(&mut query) {
            if let Some(answer) = answer(&query[..length], &mut asked) {
                let _ = socket.send_to(&answer, from);
            }
        }
    });
}

fn answer(query: &[u8], asked: &mut HashMap<String, usize>) -> Option<Vec<u8>> {
    let (name, end) = name(query)?;
    let question = query.get(12..end + 4)?;
    let is_six = question.ends_with(&[0, 28, 0, 1]);
    let times = asked.entry(format!("{name} {is_six}")).or_default();
    let addresses = addresses(&name, is_six, *times);
    *times += 1;
    let count = u8::try_from(addresses.len()).ok()?;
    let mut out = [&query[..2], &[0x81, 0x80, 0, 1, 0, count, 0, 0, 0, 0]].concat();
    out.extend(question);
    for address in addresses {
        let (kind, bytes) = match address {
            IpAddr::V4(v4) => (1, v4.octets().to_vec()),
            IpAddr::V6(v6) => (28, v6.octets().to_vec()),
        };
        out.extend([0xC0, 12, 0, kind, 0, 1, 0, 0, 0, 0, 0, bytes.len() as u8]);
        out.extend(bytes);
    }
    Some(out)
}

fn addresses(name: &str, is_six: bool, times: usize) -> Vec<IpAddr> {
    let six = |address: &str| if is_six { vec![address.parse().unwrap()] } else { Vec::new() };
    let four = |address| if is_six { Vec::new() } else { vec![address] };
    match name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.') {
        "rebind" => four(if times == 0 { PUBLIC } else { PRIVATE }),
        "flip" => four(if times.is_multiple_of(2) { PUBLIC } else { PRIVATE }),
        "six" if is_six => six("fd00:ec2::254"),
        "six" => four(PUBLIC),
        "many" if !is_six => [vec![PUBLIC; 11], vec![PRIVATE]].concat(),
        "teredo" => six("2001:0:808:808::f5ff:fffe"),
        _ => four(PRIVATE),
    }
}

/// The name that is asked for, without its last label, and where it ends.
fn name(query: &[u8]) -> Option<(String, usize)> {
    let (mut at, mut labels) = (12, Vec::new());
    loop {
        let length = usize::from(*query.get(at)?);
        if length == 0 {
            labels.pop();
            return Some((labels.join("."), at + 1));
        }
        let label = query.get(at + 1..at + 1 + length)?;
        labels.push(String::from_utf8_lossy(label).to_ascii_lowercase());
        at += 1 + length;
    }
}
