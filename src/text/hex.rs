/// Two small digits a byte.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of a text of hexadecimal digits; `None` if it is none, or not of this length.
pub fn from_hex<const BYTES: usize>(text: &str) -> Option<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    if text.len() != 2 * BYTES || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_read_back() {
        assert_eq!(from_hex(&hex(&[0, 0x9f, 0xff])), Some([0, 0x9f, 0xff]));
        assert_eq!(from_hex("AB"), Some([0xab]));
        for bad in ["", "a", "abc", "+a", "é", "zz"] {
            assert_eq!(from_hex::<1>(bad), None, "{bad}");
        }
    }
}
