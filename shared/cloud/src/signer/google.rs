//! A signing key in Cloud KMS (`EC_SIGN_ED25519`): the private key never leaves it.

use google_cloud_gax::options::RequestOptionsBuilder;
use google_cloud_kms_v1::model::crypto_key_version::CryptoKeyVersionAlgorithm;
use google_cloud_kms_v1::model::{AsymmetricSignResponse, PublicKey as Answer};
use truth_kernel::note::VerifierKey;
use truth_kernel::signature::PublicKey;

use super::{SignerError, pem};
use crate::google::names::KeyVersionName;
use crate::google::{Kms, checksum, erased, is_intact, to_io};

/// The longest message that Cloud KMS signs without hashing it first, in bytes (Cloud KMS, "Asymmetric signing": the pure form of `EdDSA`).
pub const LONGEST: usize = 64 << 10;

/// One version of a key in Cloud KMS, with its public half.
#[derive(Clone, Debug)]
pub struct KmsSigner {
    kms: Kms,
    key: KeyVersionName,
    verifier: VerifierKey,
}

impl KmsSigner {
    /// The key that signs as `name`. Asks for its public half, and refuses one that is no Ed25519 key or did not arrive whole.
    pub async fn fetch(kms: Kms, key: KeyVersionName, name: &str) -> Result<Self, SignerError> {
        let ask = kms.client().await?.get_public_key().set_name(key.to_string());
        let answer = erased(ask.send()).await.map_err(to_io)?;
        let verifier = VerifierKey::new(name, public_key(&key, &answer)?)?;
        Ok(Self { kms, key, verifier })
    }

    /// Signs exactly `message`. Each of both ends compares what it got with the other's checksum, and the signature is verified: an answer
    /// that is not about this message and this key is never handed on.
    pub(super) async fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignerError> {
        if message.len() > LONGEST {
            return Err(SignerError::TooLong(message.len()));
        }
        let ask = self.kms.client().await?.asymmetric_sign().set_name(self.key.to_string());
        let ask = ask.set_data(message.to_vec()).set_data_crc32c(checksum(message));
        // Ed25519 is deterministic: asking twice is asking once.
        let answer = ask.with_idempotency(true).send().await.map_err(to_io)?;
        let signature = self.checked(&answer)?;
        let verified = self.verifier.public().verify_strict(message, &signature);
        verified.map(|()| signature).map_err(|_| SignerError::Answer("the signature does not verify"))
    }

    pub(super) fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    fn checked(&self, answer: &AsymmetricSignResponse) -> Result<[u8; 64], SignerError> {
        if answer.name != self.key.to_string() {
            return Err(SignerError::Answer("it is of another key"));
        }
        if !answer.verified_data_crc32c {
            return Err(SignerError::Answer("the message was not compared with its checksum"));
        }
        if !is_intact(&answer.signature, answer.signature_crc32c) {
            return Err(SignerError::Answer("the signature changed on its way"));
        }
        let signature = answer.signature.as_ref().try_into();
        signature.map_err(|_| SignerError::Answer("the signature is not of 64 bytes"))
    }
}

fn public_key(key: &KeyVersionName, answer: &Answer) -> Result<PublicKey, SignerError> {
    if answer.name != key.to_string() {
        return Err(SignerError::Answer("the public key is of another key"));
    }
    if answer.algorithm != CryptoKeyVersionAlgorithm::EcSignEd25519 {
        return Err(SignerError::Answer("the key's algorithm is not EC_SIGN_ED25519"));
    }
    if !is_intact(answer.pem.as_bytes(), answer.pem_crc32c) {
        return Err(SignerError::Answer("the public key changed on its way"));
    }
    let bytes = pem::ed25519(&answer.pem).ok_or(SignerError::Answer("the public key is not an Ed25519 key in PEM"))?;
    PublicKey::from_bytes(&bytes).map_err(|_| SignerError::Answer("the public key is no point of the curve"))
}
