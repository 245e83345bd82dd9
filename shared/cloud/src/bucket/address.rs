//! Where a bucket is.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use thiserror::Error;

/// Where a bucket is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BucketAddress {
    /// A folder of this machine: a path that begins with `/` or `.`.
    Folder(PathBuf),
    /// A bucket of Cloud Storage: `gs://<name>`.
    CloudStorage(BucketName),
}

/// The name of a bucket of Cloud Storage: 3 to 63 lower-case letters, digits, `-`, `_` and `.`, the first and the last a letter or a digit
/// (Cloud Storage, "Bucket names"; longer names with dots are domain names, which are not for us).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketName(String);

/// A text that is no [`BucketAddress`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not a bucket: gs://<name>, or the path of a folder that begins with / or .")]
pub struct NotABucketAddress;

impl BucketName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BucketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for BucketAddress {
    type Err = NotABucketAddress;

    fn from_str(text: &str) -> Result<Self, NotABucketAddress> {
        match text.strip_prefix("gs://") {
            Some(name) if is_name(name) => Ok(Self::CloudStorage(BucketName(name.to_owned()))),
            None if text.starts_with(['/', '.']) => Ok(Self::Folder(text.into())),
            _ => Err(NotABucketAddress),
        }
    }
}

fn is_name(text: &str) -> bool {
    let is_end = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.');
    let bytes = text.as_bytes();
    (3..=63).contains(&text.len()) && is_end(bytes.first()) && is_end(bytes.last()) && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::{BucketAddress, BucketName};

    #[test]
    fn a_bucket_is_a_folder_or_a_name() {
        for (text, expected) in [
            ("/srv/bucket", Some(BucketAddress::Folder("/srv/bucket".into()))),
            ("./bucket", Some(BucketAddress::Folder("./bucket".into()))),
            ("gs://ledger-eu", Some(BucketAddress::CloudStorage(BucketName("ledger-eu".to_owned())))),
            ("gs://ab", None),
            ("gs://Ledger", None),
            ("gs://ledger-", None),
            ("gs://ledger/log", None),
            ("gs://../ledger", None),
            ("s3://ledger", None),
            ("bucket", None),
            ("", None),
        ] {
            assert_eq!(text.parse::<BucketAddress>().ok(), expected, "{text}");
        }
    }
}
