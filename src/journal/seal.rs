use super::Error;

/// The version of the seal; the bytes inside have versions of their own.
const SEAL_VERSION: u8 = 1;
const HEAD: usize = 5;
/// The longest stored value with its seal, in bytes: sled turns larger ones into blob files that leak.
pub const MAX_VALUE: usize = 7 * 1024;

/// The value to store under a key.
pub fn seal(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut value = Vec::with_capacity(HEAD + bytes.len());
    value.push(SEAL_VERSION);
    value.extend_from_slice(&checksum(key, bytes).to_be_bytes());
    value.extend_from_slice(bytes);
    value
}

/// The bytes that were sealed under a key; `None` if key or value are damaged.
pub fn unseal<'a>(key: &[u8], value: &'a [u8]) -> Option<&'a [u8]> {
    let (version, rest) = value.split_first()?;
    let (sum, bytes) = rest.split_first_chunk::<4>()?;
    let whole = *version == SEAL_VERSION && u32::from_be_bytes(*sum) == checksum(key, bytes);
    whole.then_some(bytes)
}

/// Reads a sealed value of a tree.
///
/// # Errors
/// The value is damaged, or sled cannot read it.
pub fn get(tree: &sled::Tree, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    let Some(value) = catch_sled_panic(|| tree.get(key))? else { return Ok(None) };
    unseal(key, &value).map(|bytes| Some(bytes.to_vec())).ok_or_else(|| damaged(key))
}

/// The error of a value that does not read back.
pub fn damaged(key: &[u8]) -> Error {
    Error::DamagedValue {
        what: key.iter().take(24).flat_map(|b| b.escape_ascii()).map(char::from).collect(),
    }
}

/// Calls sled and turns its panic over a damaged page into an error.
///
/// # Errors
/// sled's own error, or that it panicked.
pub fn catch_sled_panic<T>(call: impl FnOnce() -> sled::Result<T>) -> Result<T, Error> {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)) {
        Ok(result) => Ok(result?),
        Err(_) => Err(Error::Store("sled gave up on a damaged page".to_owned())),
    }
}

fn checksum(key: &[u8], bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(key);
    hasher.update(bytes);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_flipped_bit_is_seen() {
        let value = seal(b"key", b"some bytes");
        assert_eq!(unseal(b"key", &value), Some(&b"some bytes"[..]));
        assert_eq!(unseal(b"kez", &value), None);
        for bit in 0..value.len() * 8 {
            let mut flipped = value.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(unseal(b"key", &flipped), None, "bit {bit}");
        }
        for end in 0..value.len() {
            assert_eq!(unseal(b"key", &value[..end]), None);
        }
    }
}
