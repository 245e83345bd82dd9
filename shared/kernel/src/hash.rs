//! SHA-256 digests and HMAC-SHA256, the only hash functions of the formats.

use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::encoding::{self, EncodingError};
use crate::text::{debug_as_text, serde_as_text};

/// A SHA-256 digest. Its text form is 64 lower-case hex digits, in notes and proofs base64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// All zeros: what the first event of a chain or stream names as its predecessor.
    pub const ZERO: Self = Self([0; 32]);

    /// The digest with these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes of the digest.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Canonical padded base64, the form of C2SP notes and of proofs.
    pub fn base64(&self) -> String {
        encoding::base64(&self.0)
    }

    /// Parses what [`Hash::base64`] writes and nothing else.
    pub fn from_base64(text: &str) -> Result<Self, EncodingError> {
        encoding::decode_base64_array(text).map(Self)
    }

    /// Appends the 64 hex digits.
    pub(crate) fn push_hex(&self, out: &mut String) {
        encoding::push_hex(&self.0, out);
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&encoding::hex(&self.0))
    }
}

impl FromStr for Hash {
    type Err = EncodingError;

    fn from_str(text: &str) -> Result<Self, EncodingError> {
        encoding::decode_hex(text).map(Self)
    }
}

debug_as_text!(Hash);
serde_as_text!(Hash);

/// SHA-256 over the concatenation of the parts.
pub fn sha256(parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    Hash(hasher.finalize().into())
}

/// HMAC-SHA256 (RFC 2104) under a 32-byte key over the concatenation of the parts.
pub fn hmac_sha256(key: &[u8; 32], parts: &[&[u8]]) -> Hash {
    // A key shorter than the block of 64 bytes is filled up with zeros (RFC 2104 §2).
    let mut block = Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new((&*block).into());
    for part in parts {
        mac.update(part);
    }
    Hash(mac.finalize().into_bytes().into())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sha256_of_abc_is_the_published_digest() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(&[b"a", b"", b"bc"]).to_string(), expected);
    }

    #[test]
    fn hmac_equals_its_definition() {
        let key = [0x0b; 32];
        let pad = |with: u8| -> Vec<u8> {
            let mut block = [with; 64];
            block[..32].iter_mut().for_each(|byte| *byte ^= 0x0b);
            block.to_vec()
        };
        let inner = sha256(&[&pad(0x36), b"what do ya want"]);
        let outer = sha256(&[&pad(0x5c), inner.as_bytes()]);
        assert_eq!(hmac_sha256(&key, &[b"what do ", b"ya want"]), outer);
    }

    proptest! {
        #[test]
        fn a_digest_has_one_text_per_form(bytes: [u8; 32]) {
            let hash = Hash::from_bytes(bytes);
            prop_assert_eq!(hash.to_string().parse::<Hash>().unwrap(), hash);
            prop_assert_eq!(Hash::from_base64(&hash.base64()).unwrap(), hash);
            let json = serde_json::to_string(&hash).unwrap();
            prop_assert_eq!(serde_json::from_str::<Hash>(&json).unwrap(), hash);
            let loud = hash.to_string().to_uppercase();
            prop_assert!(loud == hash.to_string() || loud.parse::<Hash>().is_err());
        }
    }
}
