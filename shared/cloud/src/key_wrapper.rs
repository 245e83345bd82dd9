//! The outermost keys: versions that wrap generation keys and can be destroyed for good.

mod address;
mod folder;
#[cfg(feature = "kms")]
mod google;

use std::fmt;
use std::io;
use std::str::FromStr;

use thiserror::Error;

pub use self::address::WrappingKeys;
pub use self::folder::Folder;
#[cfg(feature = "kms")]
pub use self::google::KmsWrapper;
use crate::aead::{DoesNotOpen, Key};
#[cfg(feature = "kms")]
use crate::google::erased;
use crate::key_file::KeyFileError;

/// The number of a wrapping key's version: 1, 2, 3… A number is never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyVersion(u32);

impl KeyVersion {
    /// A version by its number, as stored beside what it wraps; 0 is none.
    pub fn new(number: u32) -> Option<Self> {
        (number > 0).then_some(Self(number))
    }

    /// Its number.
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for KeyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for KeyVersion {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<std::num::NonZeroU32>().map(|number| Self(number.get()))
    }
}

/// Why a key was not wrapped, unwrapped or destroyed.
#[derive(Debug, Error)]
pub enum WrapError {
    /// There is no such version: it was never made or it was destroyed.
    #[error("there is no living key version {0}")]
    NoVersion(KeyVersion),
    /// Destroying it would leave no version to wrap with.
    #[error("key version {0} is the only one and is not destroyed")]
    LastVersion(KeyVersion),
    /// Wrong version or associated data, or changed bytes.
    #[error(transparent)]
    DoesNotOpen(#[from] DoesNotOpen),
    /// A key's file cannot be used.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// The device or the key service fails.
    #[error("key wrapping: {0}")]
    Io(#[from] io::Error),
}

/// Keys that wrap generation keys.
///
/// Calls may be repeated after an unknown outcome: a version made but not heard of is merely unused,
/// and destroying twice is destroying once. A destroyed version is gone for every caller at once;
/// nothing that it wrapped opens ever again.
#[derive(Clone, Debug)]
pub enum KeyWrapper {
    /// A file per version in a folder of this machine.
    Folder(Folder),
    /// Versions of a key in Cloud KMS.
    #[cfg(feature = "kms")]
    Google(KmsWrapper),
}

impl KeyWrapper {
    /// Makes a new version, durable before it is returned.
    pub async fn create_version(&self) -> Result<KeyVersion, WrapError> {
        match self {
            Self::Folder(folder) => folder.create_version().await,
            #[cfg(feature = "kms")]
            Self::Google(keys) => erased(keys.create_version()).await,
        }
    }

    /// Wraps `key` under `version`, bound to `associated`.
    pub async fn wrap(&self, version: KeyVersion, associated: &[u8], key: &Key) -> Result<Vec<u8>, WrapError> {
        match self {
            Self::Folder(folder) => folder.wrap(version, associated, key).await,
            #[cfg(feature = "kms")]
            Self::Google(keys) => erased(keys.wrap(version, associated, key)).await,
        }
    }

    /// Unwraps what [`KeyWrapper::wrap`] made with the same version and associated data.
    pub async fn unwrap(&self, version: KeyVersion, associated: &[u8], wrapped: &[u8]) -> Result<Key, WrapError> {
        match self {
            Self::Folder(folder) => folder.unwrap(version, associated, wrapped).await,
            #[cfg(feature = "kms")]
            Self::Google(keys) => erased(keys.unwrap(version, associated, wrapped)).await,
        }
    }

    /// Destroys a version for good, but never the only one.
    pub async fn destroy(&self, version: KeyVersion) -> Result<(), WrapError> {
        match self {
            Self::Folder(folder) => folder.destroy(version).await,
            #[cfg(feature = "kms")]
            Self::Google(keys) => erased(keys.destroy(version)).await,
        }
    }
}
