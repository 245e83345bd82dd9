//! Secrets of the configuration.

use std::convert::Infallible;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use cloud::key_file::{self, KeyFileError};
use zeroize::Zeroizing;

/// A text that does not print and is wiped when dropped: a database URL with its password, a token.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// A secret by its text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The secret in a file that only its owner may read, without the line's end.
    pub fn from_file(path: &Path) -> Result<Self, KeyFileError> {
        key_file::read_text(path).map(|text| Self::new(text.trim_end()))
    }

    /// The text, for whom it is meant.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::new(text))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_secret_does_not_print() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_eq!(secret.reveal(), "hunter2");
    }
}
