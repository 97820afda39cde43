//! Breaks documents as the world breaks them: cut, doubled, mixed, with markup where there should be none.

const TOKENS: [&[u8]; 40] = [
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"-->",
    b"&nbsp;",
    b"&",
    b"&#0;",
    b"&#x1;",
    b"&#xD800;",
    b"&#x10FFFF;",
    b"<item>",
    b"</item>",
    b"<title>",
    b"</title>",
    b"<link>",
    b"<script>alert(1)</script>",
    b"<img src=x onerror=alert(1)>",
    b"javascript:alert(1)",
    b"java\nscript:x",
    b"data:text/html,x",
    b"<svg onload=x>",
    b"<math><mtext><style>",
    b"<a href=\" javascript:x\">",
    b"<iframe srcdoc=x>",
    b"xml:base='javascript:x'",
    b"\0",
    b"\x0B",
    b"\xEF\xBF\xBE",
    b"\xFF\xFE",
    b"\xE2\x80\xAE",
    b"\xC2\xAD",
    "lµnh m¹nh thíc đo".as_bytes(),
    "Vie\u{302}\u{323}t".as_bytes(),
    b"</channel>",
    b"<entry>",
    b"<content type='xhtml'>",
    b"\"",
    b"'>",
    b"<?xml version='1.0' encoding='utf-16'?>",
    b"<!DOCTYPE x [<!ENTITY a '&b;'>]>",
];

struct Chance(u64);

impl Chance {
    /// The next number below a bound (xorshift64*).
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(high).unwrap_or(0) % bound.max(1)
    }
}

/// A document changed in one to six places; the same number changes it in the same way.
pub fn change(seed: &[u8], others: &[(String, Vec<u8>)], number: u64) -> Vec<u8> {
    let mut chance = Chance(number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut bytes = seed.to_vec();
    for _ in 0..=chance.below(6) {
        once(&mut bytes, others, &mut chance);
    }
    bytes
}

fn once(bytes: &mut Vec<u8>, others: &[(String, Vec<u8>)], chance: &mut Chance) {
    let at = chance.below(bytes.len() + 1);
    let most = 1 << chance.below(9);
    let size = chance.below(most).min(bytes.len() - at);
    let place = chance.below(bytes.len() + 1);
    match chance.below(8) {
        0 => bytes.truncate(at),
        1 => _ = bytes.drain(at..at + size),
        2 => insert(bytes, place, bytes[at..at + size].to_vec()),
        3 if at < bytes.len() => bytes[at] ^= 1 << chance.below(8),
        4 => {
            let (_, other) = &others[chance.below(others.len())];
            let from = chance.below(other.len());
            insert(bytes, at, other[from..(from + 200).min(other.len())].to_vec());
        }
        5 => {
            let text = String::from_utf8_lossy(bytes).into_owned();
            *bytes = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        }
        _ => insert(bytes, at, TOKENS[chance.below(TOKENS.len())].to_vec()),
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, piece: Vec<u8>) {
    _ = bytes.splice(at..at, piece);
}
