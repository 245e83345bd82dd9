//! The public half of a note's key, in the text form `name+hash+base64(0x01 ‖ key)`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::encoding::{base64, decode_base64, decode_hex, hex};
use crate::hash::sha256;
use crate::signature::PublicKey;

/// The signature type of Ed25519 in keys and key ids (C2SP signed-note, "Signature types").
const ED25519: u8 = 0x01;

/// A public key and the name it goes by: a C2SP vkey. It is found by name and key id, never as "the
/// current one".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: [u8; 4],
    key: PublicKey,
}

/// A text that is no usable vkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The name is empty or has a space, a control character or a `+`.
    #[error("not the name of a key")]
    Name,
    /// Not of the form `name+hash+base64(type ‖ key)`.
    #[error("not a verifier key of the form name+hash+base64")]
    Malformed,
    /// The hash in the middle is not that of name and key.
    #[error("the key does not have the hash it claims")]
    OtherId,
    /// Well formed, but not an Ed25519 key of type 0x01.
    #[error("not an Ed25519 key")]
    UnknownType,
}

impl VerifierKey {
    /// The key under this name.
    pub fn new(name: &str, key: PublicKey) -> Result<Self, KeyError> {
        if !is_name(name) {
            return Err(KeyError::Name);
        }
        let id = key_id(name, ED25519, key.as_bytes());
        let name = name.to_owned();
        Ok(Self { name, id, key })
    }

    /// The name, which for a log is its origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of SHA-256(name ‖ "\n" ‖ 0x01 ‖ key).
    pub const fn id(&self) -> [u8; 4] {
        self.id
    }

    /// The key alone.
    pub const fn public(&self) -> &PublicKey {
        &self.key
    }
}

/// Names of keys: what both ends of a signature line can tell apart from the rest of it.
pub(super) fn is_name(name: &str) -> bool {
    let is_refused = |char: char| char == '+' || char.is_whitespace() || char.is_control();
    !name.is_empty() && !name.contains(is_refused)
}

fn key_id(name: &str, kind: u8, key: &[u8]) -> [u8; 4] {
    let hash = sha256(&[name.as_bytes(), b"\n", &[kind], key]);
    let [a, b, c, d, ..] = *hash.as_bytes();
    [a, b, c, d]
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![ED25519];
        key.extend_from_slice(self.key.as_bytes());
        write!(f, "{}+{}+{}", self.name, hex(&self.id), base64(&key))
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (name, rest) = text.split_once('+').ok_or(KeyError::Malformed)?;
        let (id, key) = rest.split_once('+').ok_or(KeyError::Malformed)?;
        let id = decode_hex::<4>(id).map_err(|_| KeyError::Malformed)?;
        let key = decode_base64(key).map_err(|_| KeyError::Malformed)?;
        let (kind, key) = key.split_first().ok_or(KeyError::Malformed)?;
        if !is_name(name) {
            return Err(KeyError::Name);
        }
        if id != key_id(name, *kind, key) {
            return Err(KeyError::OtherId);
        }
        let bytes = key.try_into().map_err(|_| KeyError::UnknownType)?;
        match (*kind, PublicKey::from_bytes(bytes)) {
            (ED25519, Ok(key)) => Self::new(name, key),
            _ => Err(KeyError::UnknownType),
        }
    }
}

impl Serialize for VerifierKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for VerifierKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use proptest::prelude::*;

    use super::super::SignedNote;
    use super::*;

    /// The example in the documentation of Go's `sumdb/note`.
    const EXAMPLE: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    #[test]
    fn a_published_key_verifies_its_note() {
        let key: VerifierKey = EXAMPLE.parse().unwrap();
        assert_eq!(key.to_string(), EXAMPLE);
        let note = "If you think cryptography is the answer to your problem,\n\
            then you don't know what your problem is.\n\n\
            — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfq\
            dngotpRZb6KE6RyyBwJnAM=\n";
        let note = SignedNote::parse(note).unwrap();
        assert_eq!(note.verify(std::slice::from_ref(&key)), Ok(vec![&key]));
    }

    #[test]
    fn names_that_would_break_a_line_are_refused() {
        let key = crate::signature::SigningKey::from_seed(&[7; 32]).public();
        for name in ["", "a b", "a+b", "a\nb", "a\u{2003}b", "a\tb"] {
            assert_eq!(VerifierKey::new(name, key), Err(KeyError::Name), "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn a_key_with_one_changed_byte_is_refused(at in 0_usize..200, change in 1_u8..=255) {
            let key = crate::signature::SigningKey::from_seed(&[7; 32]).public();
            let mut bytes = VerifierKey::new("log.example/1", key).unwrap().to_string().into_bytes();
            let at = at % bytes.len();
            bytes[at] ^= change;
            if let Ok(text) = String::from_utf8(bytes) {
                prop_assert!(text.parse::<VerifierKey>().is_err(), "{text}");
            }
        }

        #[test]
        fn arbitrary_texts_never_panic(text in ".*") {
            let _ = text.parse::<VerifierKey>();
            let _ = format!("a+00000000+{text}").parse::<VerifierKey>();
        }
    }
}
