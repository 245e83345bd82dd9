//! Where the wrapping keys of a region are.

use std::path::PathBuf;
use std::str::FromStr;

use crate::google::names::{KeyName, NameError};

/// Where the wrapping keys of a region are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WrappingKeys {
    /// A folder of this machine: a path that begins with `/` or `.`.
    Folder(PathBuf),
    /// The versions of a key in Cloud KMS.
    Kms(KeyName),
}

impl FromStr for WrappingKeys {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if text.starts_with(['/', '.']) { Ok(Self::Folder(text.into())) } else { text.parse().map(Self::Kms) }
    }
}

#[cfg(test)]
mod tests {
    use super::{NameError, WrappingKeys};

    #[test]
    fn wrapping_keys_are_a_folder_or_a_key() {
        assert_eq!("./keys".parse(), Ok(WrappingKeys::Folder("./keys".into())));
        let key = "projects/p/locations/us-east1/keyRings/r/cryptoKeys/wrapping";
        assert!(matches!(key.parse(), Ok(WrappingKeys::Kms(parsed)) if parsed.to_string() == key));
        for text in ["", "keys", "projects/p/locations/us/keyRings/r/cryptoKeys/k"] {
            assert_eq!(text.parse::<WrappingKeys>(), Err(NameError::Key), "{text}");
        }
    }
}
