//! AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D): the one way in which anything is sealed.
//!
//! A sealed text is `nonce (12) ‖ ciphertext ‖ tag (16)`. With random nonces one key may seal 2³²
//! texts; a data key seals one subject's events and a generation key one region's data keys, both far
//! below.

use std::fmt;

use aes_gcm::aead::{AeadInOut, KeyInit, inout::InOutBuf};
use aes_gcm::{Aes256Gcm, Nonce, Tag};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::random::Random;

const NONCE: usize = 12;
const TAG: usize = 16;

/// Bytes that sealing adds to a text: nonce and tag.
pub const OVERHEAD: usize = NONCE + TAG;

/// The sealed text, its associated data or the key is not what it was sealed with. One error for
/// all, because telling them apart would help only a forger.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the sealed text does not open: wrong key, wrong associated data, or changed bytes")]
pub struct DoesNotOpen;

/// A 256-bit key. It does not print and is wiped when dropped.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

impl Key {
    /// A new random key.
    pub fn generate(random: Random) -> Self {
        Self(random.secret())
    }

    /// A key from its bytes, as unwrapped or read from a file.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*bytes))
    }

    /// The key's bytes, to be wrapped under another key.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// This key with its round keys expanded, for whoever seals or opens more than once.
    pub fn expand(&self) -> Cipher {
        Cipher(Aes256Gcm::new((&*self.0).into()))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// An expanded key: what seals and opens. It does not print and is wiped when dropped.
#[derive(Clone)]
pub struct Cipher(Aes256Gcm);

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cipher(…)")
    }
}

impl Cipher {
    /// Seals `text`, bound to `associated` (which is not stored: the opener must know it).
    pub fn seal(&self, random: Random, associated: &[u8], text: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::with_capacity(text.len() + OVERHEAD);
        self.seal_onto(&mut sealed, random, associated, text);
        sealed
    }

    /// Like [`Cipher::seal`], appended to `out`: for envelopes with a prefix of their own.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "fails only beyond 64 GiB of text, which no limit of ours lets through"
    )]
    pub fn seal_onto(&self, out: &mut Vec<u8>, random: Random, associated: &[u8], text: &[u8]) {
        let nonce = random.bytes::<NONCE>();
        out.extend_from_slice(&nonce);
        let start = out.len();
        out.extend_from_slice(text);
        let buffer = InOutBuf::from(&mut out[start..]);
        let tag = self
            .0
            .encrypt_inout_detached(&Nonce::from(nonce), associated, buffer)
            .expect("the text is shorter than 64 GiB");
        out.extend_from_slice(&tag);
    }

    /// Opens what [`Cipher::seal`] made with the same key and associated data. The text is wiped when
    /// dropped.
    pub fn open(&self, associated: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, DoesNotOpen> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE>().ok_or(DoesNotOpen)?;
        let (text, tag) = rest.split_last_chunk::<TAG>().ok_or(DoesNotOpen)?;
        let mut text = Zeroizing::new(text.to_vec());
        let buffer = InOutBuf::from(text.as_mut_slice());
        self.0
            .decrypt_inout_detached(&Nonce::from(*nonce), associated, buffer, &Tag::from(*tag))
            .map_err(|_| DoesNotOpen)?;
        Ok(text)
    }

    /// Seals a key under this one: a data key under its generation key.
    pub fn seal_key(&self, random: Random, associated: &[u8], key: &Key) -> Vec<u8> {
        self.seal(random, associated, key.as_bytes())
    }

    /// Opens a key sealed by [`Cipher::seal_key`].
    pub fn open_key(&self, associated: &[u8], sealed: &[u8]) -> Result<Key, DoesNotOpen> {
        let text = self.open(associated, sealed)?;
        let bytes = text.as_slice().first_chunk().filter(|_| text.len() == 32);
        bytes.map(Key::from_bytes).ok_or(DoesNotOpen)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use proptest::prelude::{any, proptest};

    use super::{AeadInOut, Aes256Gcm, Cipher, DoesNotOpen, InOutBuf, Key, KeyInit, Nonce, OVERHEAD};
    use crate::random::Random;

    fn cipher() -> Cipher {
        Key::from_bytes(&[7; 32]).expand()
    }

    #[test]
    fn the_cipher_is_the_one_of_the_standard() {
        // Test case 14 of the GCM specification (McGrew, Viega): zero key, nonce and block.
        let mut text = [0; 16];
        let tag = Aes256Gcm::new(&[0; 32].into())
            .encrypt_inout_detached(&Nonce::from([0; 12]), b"", InOutBuf::from(&mut text[..]))
            .unwrap();
        assert_eq!(u128::from_be_bytes(text), 0xcea7_403d_4d60_6b6e_074e_c5d3_baf3_9d18);
        assert_eq!(u128::from_be_bytes(tag.into()), 0xd0d1_c8a7_9999_6bf0_265b_98b5_d48a_b919);
    }

    #[test]
    fn sealing_twice_gives_different_bytes() {
        let seal = || cipher().seal(Random::system(), b"", b"same");
        assert_ne!(seal(), seal());
    }

    #[test]
    fn a_key_opens_only_as_a_key() {
        let (random, key) = (Random::system(), Key::generate(Random::system()));
        let sealed = cipher().seal_key(random, b"dek", &key);
        assert_eq!(cipher().open_key(b"dek", &sealed).unwrap().as_bytes(), key.as_bytes());
        let short = cipher().seal(random, b"dek", b"31 bytes are not a key");
        assert_eq!(cipher().open_key(b"dek", &short).unwrap_err(), DoesNotOpen);
    }

    #[test]
    fn a_key_does_not_print() {
        assert_eq!(format!("{:?} {:?}", Key::from_bytes(&[7; 32]), cipher()), "Key(…) Cipher(…)");
    }

    proptest! {
        #[test]
        fn what_was_sealed_opens_and_nothing_else_does(
            text: Vec<u8>, associated: Vec<u8>, place: proptest::sample::Index, bit in 0..8_u8,
        ) {
            let sealed = cipher().seal(Random::system(), &associated, &text);
            assert_eq!(sealed.len(), text.len() + OVERHEAD);
            assert_eq!(cipher().open(&associated, &sealed).unwrap().as_slice(), text);

            let mut changed = sealed.clone();
            changed[place.index(sealed.len())] ^= 1 << bit;
            assert_eq!(cipher().open(&associated, &changed), Err(DoesNotOpen));
            assert_eq!(cipher().open(&[&associated[..], b"x"].concat(), &sealed), Err(DoesNotOpen));
            assert_eq!(cipher().open(&associated, &sealed[..place.index(sealed.len())]), Err(DoesNotOpen));
            assert_eq!(Key::from_bytes(&[8; 32]).expand().open(&associated, &sealed), Err(DoesNotOpen));
        }

        #[test]
        fn foreign_bytes_never_panic(bytes: Vec<u8>, associated in any::<Vec<u8>>()) {
            assert_eq!(cipher().open(&associated, &bytes), Err(DoesNotOpen));
        }
    }
}
