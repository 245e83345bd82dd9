//! Secrets that a function reads once, when it starts.

mod address;
#[cfg(feature = "secrets")]
mod google;

use std::io;
use std::path::PathBuf;

use thiserror::Error;
use truth_kernel::encoding;
use zeroize::Zeroizing;

pub use self::address::SecretAddress;
#[cfg(feature = "secrets")]
pub use self::google::SecretManager;
#[cfg(feature = "secrets")]
use crate::google::erased;
use crate::key_file::{self, KeyFileError};

/// Why a secret was not read. It names the secret, never its content.
#[derive(Debug, Error)]
pub enum SecretError {
    /// Its file cannot be used.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// It is no 32 bytes as 64 lower-case hex digits, maybe with a newline; or no text.
    #[error("the secret does not hold 32 bytes as 64 lower-case hex digits")]
    Malformed,
    /// The secret service's answer is not to be trusted; asking again may help.
    #[error("the secret service's answer is refused: {0}")]
    Answer(&'static str),
    /// The secret service fails or refuses.
    #[error("the secret service: {0}")]
    Service(#[from] io::Error),
}

/// Where a secret is read from. What is read is wiped when dropped, and printed nowhere.
#[derive(Clone, Debug)]
pub enum Secret {
    /// A file that only its owner may read.
    File(PathBuf),
    /// A version in Secret Manager.
    #[cfg(feature = "secrets")]
    Google(SecretManager),
}

impl Secret {
    /// Its text, as it is kept.
    #[cfg_attr(
        not(feature = "secrets"),
        expect(clippy::unused_async, reason = "the contract covers secret services behind a network")
    )]
    pub async fn text(&self) -> Result<Zeroizing<String>, SecretError> {
        match self {
            Self::File(path) => Ok(key_file::read_text(path)?),
            #[cfg(feature = "secrets")]
            Self::Google(secret) => erased(secret.text()).await,
        }
    }

    /// A secret of 32 bytes, kept as 64 hex digits and at most a newline.
    pub async fn key(&self) -> Result<Zeroizing<[u8; 32]>, SecretError> {
        let text = self.text().await?;
        let digits = text.strip_suffix('\n').unwrap_or(&text);
        encoding::decode_hex(digits).map(Zeroizing::new).map_err(|_| SecretError::Malformed)
    }
}
