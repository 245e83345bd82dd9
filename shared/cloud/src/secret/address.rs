//! Where a secret is.

use std::path::PathBuf;
use std::str::FromStr;

use crate::google::names::{NameError, SecretVersionName};

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretAddress {
    /// A file of this machine: a path that begins with `/` or `.`.
    File(PathBuf),
    /// A version in Secret Manager.
    SecretManager(SecretVersionName),
}

impl FromStr for SecretAddress {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if text.starts_with(['/', '.']) { Ok(Self::File(text.into())) } else { text.parse().map(Self::SecretManager) }
    }
}

#[cfg(test)]
mod tests {
    use super::{NameError, SecretAddress};

    #[test]
    fn a_secret_is_a_file_or_a_version() {
        assert_eq!("/keys/receipts.key".parse(), Ok(SecretAddress::File("/keys/receipts.key".into())));
        let name = "projects/p/locations/us-east1/secrets/receipts/versions/1";
        assert!(matches!(name.parse(), Ok(SecretAddress::SecretManager(parsed)) if parsed.to_string() == name));
        for text in ["", "receipts.key", "projects/p/secrets/receipts"] {
            assert_eq!(text.parse::<SecretAddress>(), Err(NameError::Secret), "{text}");
        }
    }
}
