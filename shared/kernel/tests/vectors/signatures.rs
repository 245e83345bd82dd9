//! Receipts: keys from their seeds, and signatures bit for bit.

use truth_kernel::encoding::{decode_base64, decode_base64_array, decode_hex};
use truth_kernel::hash::Hash;
use truth_kernel::receipt::{sign_receipt, verify_receipt};
use truth_kernel::signature::{PublicKey, SigningKey};

use crate::{load, parsed, text};

/// The public key in a vkey `name+hash+base64(0x01 ‖ key)`.
pub fn public_key(vkey: &str) -> PublicKey {
    let bytes = decode_base64(vkey.splitn(3, '+').nth(2).unwrap()).unwrap();
    let (kind, key) = bytes.split_first().unwrap();
    assert_eq!(*kind, 1);
    PublicKey::from_bytes(key.try_into().unwrap()).unwrap()
}

#[test]
fn a_seed_makes_the_key_of_its_vkey() {
    let vectors = load("signatures.json");
    for (seed, vkey) in [("receipt_seed", "receipt_vkey"), ("checkpoint_seed", "checkpoint_vkey")] {
        let key = SigningKey::from_seed(&decode_hex(text(&vectors, seed)).unwrap());
        assert_eq!(key.public(), public_key(text(&vectors, vkey)));
    }
}

#[test]
fn a_receipt_is_signed_bit_for_bit_and_verifies() {
    let vectors = load("signatures.json");
    let key = SigningKey::from_seed(&decode_hex(text(&vectors, "receipt_seed")).unwrap());
    let receipts = vectors["receipts"].as_array().unwrap();
    assert!(!receipts.is_empty());
    for receipt in receipts {
        let event: Hash = parsed(receipt, "event_hash");
        let signature = decode_base64_array(text(receipt, "signature")).unwrap();
        assert_eq!(sign_receipt(&key, &event), signature);
        let public = public_key(text(receipt, "key"));
        assert_eq!(verify_receipt(&public, &event, &signature), Ok(()));
    }
}
