//! Receipts: the signed promise, given with the answer to an append, that the log will include it.

use crate::hash::Hash;
use crate::signature::{PublicKey, SignatureError, SigningKey};

const RECEIPT: &[u8] = b"proveniq/v1/receipt\0";

/// The bytes under a receipt's signature: `"proveniq/v1/receipt\0" ‖ event hash`.
pub fn receipt_message(event_hash: &Hash) -> Vec<u8> {
    [RECEIPT, event_hash.as_bytes()].concat()
}

/// Signs the receipt of an event with the region's receipt key.
pub fn sign_receipt(key: &SigningKey, event_hash: &Hash) -> [u8; 64] {
    key.sign(&receipt_message(event_hash))
}

/// Verifies the receipt of an event.
pub fn verify_receipt(key: &PublicKey, event_hash: &Hash, signature: &[u8; 64]) -> Result<(), SignatureError> {
    key.verify_strict(&receipt_message(event_hash), signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_for_one_event_and_one_purpose() {
        let key = SigningKey::from_seed(&[7; 32]);
        let event = Hash::from_bytes([1; 32]);
        let receipt = sign_receipt(&key, &event);
        assert_eq!(verify_receipt(&key.public(), &event, &receipt), Ok(()));
        let mismatch = Err(SignatureError::Mismatch);
        assert_eq!(verify_receipt(&key.public(), &Hash::ZERO, &receipt), mismatch);
        assert_eq!(verify_receipt(&key.public(), &event, &key.sign(event.as_bytes())), mismatch);
    }
}
