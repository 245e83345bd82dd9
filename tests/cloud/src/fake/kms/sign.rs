//! The signing key.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use truth_kernel::signature::SigningKey;

use super::{Answer, INVALID, Keys, RING, checked, crc32c, encoded};

/// `EC_SIGN_ED25519`.
pub(super) const ED25519: u32 = 40;

/// Seed of the signing key.
pub const SEED: [u8; 32] = [9; 32];

const LONGEST: usize = 64 << 10;

fn name() -> String {
    format!("{RING}/cryptoKeys/log/cryptoKeyVersions/1")
}

pub(super) fn public_key(keys: &Keys) -> Value {
    let prefix = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    let der = [&prefix[..], SigningKey::from_seed(&SEED).public().as_bytes()].concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", BASE64_STANDARD.encode(der));
    let checksum = crc32c(pem.as_bytes()).to_string();
    json!({"name": name(), "algorithm": keys.algorithm, "pem": pem, "pemCrc32c": checksum, "protectionLevel": 1})
}

pub(super) fn sign(body: &Value) -> Answer {
    let data = checked(body, "data")?;
    if data.len() > LONGEST || !body["digest"].is_null() {
        return Err(INVALID);
    }
    let (signature, checksum) = encoded(&SigningKey::from_seed(&SEED).sign(&data));
    Ok(json!({
        "name": name(), "signature": signature, "signatureCrc32c": checksum,
        "verifiedDataCrc32c": true, "protectionLevel": 1,
    }))
}
