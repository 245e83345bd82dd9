//! Ed25519 (RFC 8032): keys that sign checkpoints, receipts and stream heads.

use std::fmt;

use ed25519_dalek::Signer as _;

/// A signature does not match, or a key is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The 32 bytes are not a point on the curve.
    #[error("not an Ed25519 public key")]
    Key,
    /// The signature is not of this message under this key.
    #[error("the signature does not verify")]
    Mismatch,
}

/// A private key. It is wiped from memory when dropped and never printed.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// The key of a 32-byte seed (RFC 8032 §5.1.5).
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// Signs the message; the same message always gets the same signature.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }

    /// The key that verifies what this one signs.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

/// A public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(ed25519_dalek::VerifyingKey);

impl PublicKey {
    /// The key with these bytes; refuses what is not a point on the curve.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, SignatureError> {
        ed25519_dalek::VerifyingKey::from_bytes(bytes).map(Self).map_err(|_| SignatureError::Key)
    }

    /// The 32 bytes of the key.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Verifies a signature; refuses small-order keys and malleable signatures, which plain RFC 8032
    /// verification may accept.
    pub fn verify_strict(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), SignatureError> {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        self.0.verify_strict(message, &signature).map_err(|_| SignatureError::Mismatch)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;
    use crate::encoding::{decode_hex, hex};
    use proptest::prelude::*;

    /// RFC 8032 §7.1, test 2.
    #[test]
    fn a_published_signature_is_reproduced() {
        let seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
        let key = SigningKey::from_seed(&decode_hex(seed).unwrap());
        let public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
        assert_eq!(hex(key.public().as_bytes()), public);
        let signature = key.sign(&[0x72]);
        assert!(hex(&signature).starts_with("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8f"));
        assert_eq!(key.public().verify_strict(&[0x72], &signature), Ok(()));
    }

    #[test]
    fn a_key_of_small_order_verifies_nothing() {
        let mut identity = [0; 32];
        identity[0] = 1;
        let mut signature = [0; 64];
        signature[0] = 1; // R = identity, s = 0: satisfies the bare equation for every message
        let key = PublicKey::from_bytes(&identity).unwrap();
        assert_eq!(key.verify_strict(b"anything", &signature), Err(SignatureError::Mismatch));
    }

    #[test]
    fn a_private_key_is_never_printed() {
        assert_eq!(format!("{:?}", SigningKey::from_seed(&[7; 32])), "SigningKey(..)");
    }

    proptest! {
        #[test]
        fn a_flipped_bit_of_message_or_signature_is_noticed(seed: [u8; 32], message: [u8; 20], bit in 0_usize..672) {
            let key = SigningKey::from_seed(&seed);
            let mut signed = [message.as_slice(), &key.sign(&message)].concat();
            signed[bit / 8] ^= 1 << (bit % 8);
            let (message, signature) = signed.split_first_chunk::<20>().unwrap();
            let signature: &[u8; 64] = signature.try_into().unwrap();
            prop_assert_eq!(key.public().verify_strict(message, signature), Err(SignatureError::Mismatch));
        }
    }
}
