//! `X-Hub-Signature`: who knows the secret has sent exactly these bytes.

use crate::text::from_hex;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};

/// The hash of a signature, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// A signature as a hub sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// By which hash.
    pub algorithm: Algorithm,
    bytes: Vec<u8>,
}

impl Signature {
    /// What a header says: `sha256=` and figures; `None` where it says nothing that can be checked.
    pub fn parse(header: &str) -> Option<Self> {
        let (method, figures) = header.trim().split_once('=')?;
        let figures = figures.trim();
        let (algorithm, bytes) = match method.trim().to_ascii_lowercase().as_str() {
            "sha1" => (Algorithm::Sha1, from_hex::<20>(figures)?.to_vec()),
            "sha256" => (Algorithm::Sha256, from_hex::<32>(figures)?.to_vec()),
            "sha384" => (Algorithm::Sha384, from_hex::<48>(figures)?.to_vec()),
            "sha512" => (Algorithm::Sha512, from_hex::<64>(figures)?.to_vec()),
            _ => return None,
        };
        Some(Self { algorithm, bytes })
    }

    /// Whether it is of these bytes under this secret; takes the same time wherever it is wrong.
    pub fn holds(&self, secret: &[u8], body: &[u8]) -> bool {
        match self.algorithm {
            Algorithm::Sha1 => checked::<Hmac<sha1::Sha1>>(secret, body, &self.bytes),
            Algorithm::Sha256 => checked::<Hmac<sha2::Sha256>>(secret, body, &self.bytes),
            Algorithm::Sha384 => checked::<Hmac<sha2::Sha384>>(secret, body, &self.bytes),
            Algorithm::Sha512 => checked::<Hmac<sha2::Sha512>>(secret, body, &self.bytes),
        }
    }
}

fn checked<M: Mac + KeyInit>(secret: &[u8], body: &[u8], signature: &[u8]) -> bool {
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(secret) else { return false };
    mac.update(body);
    mac.verify_slice(signature).is_ok()
}
