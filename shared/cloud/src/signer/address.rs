//! Where the checkpoint keys of a region are.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use thiserror::Error;

use crate::google::names::{KeyVersionName, NameError};

/// Where the checkpoint keys of a region are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckpointKeys {
    /// A folder with a file `<number>.key` for each log: a path that begins with `/` or `.`.
    Folder(PathBuf),
    /// A key version in Cloud KMS for each log, by the log's number: words `<number>=projects/…`.
    Kms(BTreeMap<String, KeyVersionName>),
}

/// A text that is no [`CheckpointKeys`].
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NotCheckpointKeys {
    /// Neither a folder nor words.
    #[error("not checkpoint keys: the path of a folder that begins with / or ., or words <log number>=projects/…")]
    Form,
    /// A word whose key cannot be read.
    #[error("the key of log {0}: {1}")]
    Key(String, NameError),
    /// A log has two keys.
    #[error("log {0} has two keys")]
    Twice(String),
}

impl FromStr for CheckpointKeys {
    type Err = NotCheckpointKeys;

    fn from_str(text: &str) -> Result<Self, NotCheckpointKeys> {
        if text.starts_with(['/', '.']) {
            return Ok(Self::Folder(text.into()));
        }
        let mut keys = BTreeMap::new();
        for word in text.split_whitespace() {
            let (number, name) = word.split_once('=').ok_or(NotCheckpointKeys::Form)?;
            let key = name.parse().map_err(|error| NotCheckpointKeys::Key(number.to_owned(), error))?;
            if keys.insert(number.to_owned(), key).is_some() {
                return Err(NotCheckpointKeys::Twice(number.to_owned()));
            }
        }
        if keys.is_empty() { Err(NotCheckpointKeys::Form) } else { Ok(Self::Kms(keys)) }
    }
}

#[cfg(test)]
mod tests {
    use super::{CheckpointKeys, NotCheckpointKeys};

    const KEY: &str = "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/log-1/cryptoKeyVersions/1";

    #[test]
    fn keys_are_a_folder_or_one_for_each_log() {
        assert_eq!("/keys".parse(), Ok(CheckpointKeys::Folder("/keys".into())));
        let Ok(CheckpointKeys::Kms(keys)) = format!("1={KEY} test-1={KEY}").parse() else { panic!("not keys") };
        assert_eq!(keys.keys().collect::<Vec<_>>(), ["1", "test-1"]);
        assert_eq!(keys["1"].to_string(), KEY);
    }

    #[test]
    fn words_that_name_no_key_are_refused() {
        for text in ["", " ", "keys", KEY] {
            assert_eq!(text.parse::<CheckpointKeys>(), Err(NotCheckpointKeys::Form), "{text}");
        }
        assert!(matches!("1=projects/p".parse::<CheckpointKeys>(), Err(NotCheckpointKeys::Key(log, _)) if log == "1"));
        assert_eq!(format!("1={KEY} 1={KEY}").parse::<CheckpointKeys>(), Err(NotCheckpointKeys::Twice("1".to_owned())));
    }
}
