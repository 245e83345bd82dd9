//! Signing under a name: `<origin>` for checkpoints, `<domain>/<region>/receipts` for receipts.

mod address;
#[cfg(feature = "kms")]
mod google;
#[cfg(feature = "kms")]
mod pem;

use std::io;
use std::path::Path;

use thiserror::Error;
use truth_kernel::note::{KeyError, NoteSigner, VerifierKey};
use truth_kernel::signature::SigningKey;

pub use self::address::{CheckpointKeys, NotCheckpointKeys};
#[cfg(feature = "kms")]
pub use self::google::{KmsSigner, LONGEST};
#[cfg(feature = "kms")]
use crate::google::erased;
use crate::key_file::{self, KeyFileError};
use crate::secret::{Secret, SecretError};

/// Why there is no signature.
#[derive(Debug, Error)]
pub enum SignerError {
    /// The key's file cannot be used.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// The key's secret cannot be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The name cannot stand in a signed note.
    #[error(transparent)]
    Name(#[from] KeyError),
    /// The message is longer than what the key service signs (64 KiB).
    #[error("a message of {0} bytes is longer than what the key service signs")]
    TooLong(usize),
    /// The key service's answer is not to be trusted; asking again may help.
    #[error("the key service's answer is refused: {0}")]
    Answer(&'static str),
    /// The key service fails or refuses.
    #[error("the key service: {0}")]
    Service(#[from] io::Error),
}

/// The key that signs checkpoints, wherever it lives: signing may take a network call and fail, and
/// may be repeated freely (Ed25519 is deterministic).
#[derive(Clone, Debug)]
pub enum Signer {
    /// A key of this process.
    KeyFile(NoteSigner),
    /// A key of Cloud KMS.
    #[cfg(feature = "kms")]
    Google(KmsSigner),
}

impl Signer {
    /// Signs exactly `message`.
    #[cfg_attr(
        not(feature = "kms"),
        expect(clippy::unused_async, reason = "the contract covers key services behind a network")
    )]
    pub async fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignerError> {
        match self {
            Self::KeyFile(signer) => Ok(signer.sign_bytes(message)),
            #[cfg(feature = "kms")]
            Self::Google(signer) => erased(signer.sign(message)).await,
        }
    }

    /// Name and public key, as a verifier needs them.
    pub fn verifier(&self) -> &VerifierKey {
        match self {
            Self::KeyFile(signer) => signer.verifier(),
            #[cfg(feature = "kms")]
            Self::Google(signer) => signer.verifier(),
        }
    }
}

/// Reads the Ed25519 seed in `path` as the key of `name`. Receipts are signed with it directly, at
/// once and in the request; checkpoints through [`Signer::KeyFile`].
pub fn from_file(path: &Path, name: &str) -> Result<NoteSigner, SignerError> {
    let seed = key_file::read(path)?;
    Ok(NoteSigner::new(name, SigningKey::from_seed(&seed))?)
}

/// Reads the Ed25519 seed that is kept as a secret, as the key of `name`: a receipt key of the secret service.
pub async fn from_secret(secret: &Secret, name: &str) -> Result<NoteSigner, SignerError> {
    let seed = secret.key().await?;
    Ok(NoteSigner::new(name, SigningKey::from_seed(&seed))?)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::{Signer, SignerError, from_file, key_file};
    use crate::random::Random;
    use crate::test_folder::TestFolder;

    #[tokio::test]
    async fn what_a_key_file_signs_verifies_under_its_name() {
        let folder = TestFolder::new();
        let path = folder.join("receipts.key");
        key_file::generate(&path, Random::system()).unwrap();
        let signer = Signer::KeyFile(from_file(&path, "ledger.example/europe-west1/receipts").unwrap());
        let signature = signer.sign(b"message").await.unwrap();
        assert_eq!(signer.verifier().name(), "ledger.example/europe-west1/receipts");
        assert!(signer.verifier().public().verify_strict(b"message", &signature).is_ok());
        assert!(signer.verifier().public().verify_strict(b"another", &signature).is_err());
    }

    #[test]
    fn a_name_that_no_note_can_carry_is_refused() {
        let folder = TestFolder::new();
        let path = folder.join("a.key");
        key_file::generate(&path, Random::system()).unwrap();
        assert!(matches!(from_file(&path, "a name"), Err(SignerError::Name(_))));
        assert!(matches!(from_file(&folder.join("b.key"), "a"), Err(SignerError::File(_))));
    }
}
