//! Encrypting by version and decrypting by key, with AES-256-GCM.

use cloud::random::Random;
use serde_json::{Value, json};

use super::versions::{State, name};
use super::{ABSENT, Answer, INVALID, Keys, UNFIT, checked, encoded};

pub(super) fn encrypt(keys: &Keys, number: u32, body: &Value) -> Answer {
    let version = keys.wrapping.get(&number).ok_or(ABSENT)?;
    if version.state != State::Enabled {
        return Err(UNFIT);
    }
    let (text, associated) = (checked(body, "plaintext")?, checked(body, "additionalAuthenticatedData")?);
    let mut sealed = number.to_be_bytes().to_vec();
    version.cipher.seal_onto(&mut sealed, Random::system(), &associated, &text);
    let (ciphertext, checksum) = encoded(&sealed);
    Ok(json!({
        "name": name(number), "ciphertext": ciphertext, "ciphertextCrc32c": checksum,
        "verifiedPlaintextCrc32c": true, "verifiedAdditionalAuthenticatedDataCrc32c": true,
    }))
}

pub(super) fn decrypt(keys: &Keys, body: &Value) -> Answer {
    let (sealed, associated) = (checked(body, "ciphertext")?, checked(body, "additionalAuthenticatedData")?);
    let (number, sealed) = sealed.split_first_chunk::<4>().ok_or(INVALID)?;
    let version = keys.wrapping.get(&u32::from_be_bytes(*number)).ok_or(INVALID)?;
    if version.state != State::Enabled {
        return Err(UNFIT);
    }
    let text = version.cipher.open(&associated, sealed).map_err(|_| INVALID)?;
    let (plaintext, checksum) = encoded(&text);
    Ok(json!({"plaintext": plaintext, "plaintextCrc32c": checksum, "usedPrimary": false}))
}
