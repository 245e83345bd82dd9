//! Signed notes and their keys (C2SP signed-note), with Ed25519 signatures (type 0x01).

mod key;
mod parse;

use crate::encoding::base64;
use crate::signature::SigningKey;

pub use key::{KeyError, VerifierKey};
pub use parse::{NoteSignature, SignedNote};

/// Why a note is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The bytes do not have the form of a signed note; the text says what is wrong.
    #[error("not a signed note: {0}")]
    Malformed(&'static str),
    /// A line claims to be by one of the given keys but does not verify.
    #[error("the signature of {0} does not verify")]
    BadSignature(String),
    /// No line is by any of the given keys.
    #[error("no signature is by a trusted key")]
    Unsigned,
}

/// A private key with the name under which it signs notes.
#[derive(Debug, Clone)]
pub struct NoteSigner {
    verifier: VerifierKey,
    key: SigningKey,
}

impl NoteSigner {
    /// Signs under this name: not empty, without spaces, control characters and `+`.
    pub fn new(name: &str, key: SigningKey) -> Result<Self, KeyError> {
        let verifier = VerifierKey::new(name, key.public())?;
        Ok(Self { verifier, key })
    }

    /// The key that verifies what this signer signs.
    pub const fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Signs bytes that are not a note, such as a receipt's.
    pub fn sign_bytes(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message)
    }

    /// The signed note over a text of whole lines.
    pub fn sign(&self, text: &str) -> String {
        assemble(text, &self.verifier, &self.key.sign(text.as_bytes()))
    }
}

/// The note over a text of whole lines whose signature was made elsewhere, such as in a key service.
pub fn assemble(text: &str, key: &VerifierKey, signature: &[u8; 64]) -> String {
    format!("{text}\n{}", signature_line(key, signature))
}

/// One signature line, with its newline: `— name base64(key id ‖ signature)`.
pub fn signature_line(key: &VerifierKey, signature: &[u8; 64]) -> String {
    let mut bytes = key.id().to_vec();
    bytes.extend_from_slice(signature);
    format!("— {} {}\n", key.name(), base64(&bytes))
}
