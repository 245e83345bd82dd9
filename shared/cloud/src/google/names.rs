//! Names of keys and secrets. What has a location names one region; a multi-region (`europe`, `global`) is refused.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use truth_kernel::region::Region;

/// A text that names none of them.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum NameError {
    /// Not a [`KeyName`].
    #[error("not a key: projects/<project>/locations/<region>/keyRings/<ring>/cryptoKeys/<key>")]
    Key,
    /// Not a [`KeyVersionName`].
    #[error(
        "not a key version: projects/<project>/locations/<region>/keyRings/<ring>/cryptoKeys/<key>/cryptoKeyVersions/<number>"
    )]
    KeyVersion,
    /// Not a [`SecretVersionName`].
    #[error("not a secret: projects/<project>/locations/<region>/secrets/<name>/versions/<number>")]
    Secret,
}

/// A key of Cloud KMS: `projects/<project>/locations/<region>/keyRings/<ring>/cryptoKeys/<key>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyName {
    text: String,
    region: Region,
}

/// One version of a key: `<key>/cryptoKeyVersions/<number>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyVersionName {
    key: KeyName,
    number: u32,
}

/// One version of a secret: `projects/<project>/locations/<region>/secrets/<name>/versions/<number>`, or without the location for one
/// that belongs to no region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretVersionName {
    text: String,
    region: Option<Region>,
}

impl KeyName {
    /// The region that its material is confined to.
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// One of its versions.
    pub fn version(&self, number: u32) -> KeyVersionName {
        KeyVersionName { key: self.clone(), number }
    }
}

impl KeyVersionName {
    /// The key.
    pub fn key(&self) -> &KeyName {
        &self.key
    }

    /// Its number, from 1.
    pub fn number(&self) -> u32 {
        self.number
    }
}

impl SecretVersionName {
    /// The region that it is kept in, if it is kept in one.
    pub fn region(&self) -> Option<&Region> {
        self.region.as_ref()
    }
}

impl FromStr for KeyName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let ["projects", project, "locations", region, "keyRings", ring, "cryptoKeys", key] = parts(text)[..] else {
            return Err(NameError::Key);
        };
        let region = region.parse().map_err(|_| NameError::Key)?;
        let fits = [project, ring, key].into_iter().all(is_id);
        if fits { Ok(Self { text: text.to_owned(), region }) } else { Err(NameError::Key) }
    }
}

impl FromStr for KeyVersionName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let (key, number) = text.split_once("/cryptoKeyVersions/").ok_or(NameError::KeyVersion)?;
        let key = key.parse().map_err(|_| NameError::KeyVersion)?;
        Ok(Self { key, number: number_of(number).ok_or(NameError::KeyVersion)? })
    }
}

impl FromStr for SecretVersionName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let (project, region, secret, number) = match parts(text)[..] {
            ["projects", project, "secrets", secret, "versions", number] => (project, None, secret, number),
            ["projects", project, "locations", region, "secrets", secret, "versions", number] => {
                (project, Some(region.parse().map_err(|_| NameError::Secret)?), secret, number)
            }
            _ => return Err(NameError::Secret),
        };
        // A fixed version, never `latest`: instances of one deployment must not differ in their key.
        let fits = is_id(project) && is_id(secret) && number_of(number).is_some();
        if fits { Ok(Self { text: text.to_owned(), region }) } else { Err(NameError::Secret) }
    }
}

fn parts(text: &str) -> Vec<&str> {
    text.split('/').collect()
}

/// Letters, digits, `-`, `_`, and what old project ids have beside them (`example.com:project`).
fn is_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':');
    !text.is_empty() && !text.starts_with('.') && text.bytes().all(allowed)
}

/// A decimal number from 1 in its only form.
fn number_of(text: &str) -> Option<u32> {
    text.parse().ok().filter(|number: &u32| *number > 0 && number.to_string() == text)
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for KeyVersionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/cryptoKeyVersions/{}", self.key, self.number)
    }
}

impl fmt::Display for SecretVersionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::{KeyName, KeyVersionName, SecretVersionName};

    const KEY: &str = "projects/ledger-eu/locations/europe-west1/keyRings/ledger/cryptoKeys/log-1";

    #[test]
    fn a_name_reads_back_and_knows_its_region() {
        let version = format!("{KEY}/cryptoKeyVersions/7");
        let parsed: KeyVersionName = version.parse().unwrap();
        assert_eq!((parsed.to_string(), parsed.number()), (version, 7));
        assert_eq!(parsed.key().region().to_string(), "europe-west1");
        assert_eq!(parsed.key().version(7), parsed);
        let regional: SecretVersionName =
            "projects/ledger-eu/locations/us-east1/secrets/receipts/versions/3".parse().unwrap();
        assert_eq!(regional.region().unwrap().to_string(), "us-east1");
        let global: SecretVersionName = "projects/ledger-eu/secrets/receipts/versions/3".parse().unwrap();
        assert_eq!(global.region(), None);
    }

    #[test]
    fn what_names_no_region_or_no_fixed_version_is_refused() {
        for text in [
            "",
            "projects/p/locations/europe/keyRings/r/cryptoKeys/k",
            "projects/p/locations/global/keyRings/r/cryptoKeys/k",
            "projects/p/locations/us-east1/keyRings/r/cryptoKeys/",
            "projects/p/locations/us-east1/keyRings/../cryptoKeys/k",
            "projects/p/locations/us-east1/keyRings/r/cryptoKeys/k/x",
        ] {
            assert!(text.parse::<KeyName>().is_err(), "{text}");
            assert!(format!("{text}/cryptoKeyVersions/1").parse::<KeyVersionName>().is_err(), "{text}");
        }
        for number in ["", "0", "01", "-1", "latest", "4294967296", "1/2"] {
            assert!(format!("{KEY}/cryptoKeyVersions/{number}").parse::<KeyVersionName>().is_err(), "{number}");
            assert!(
                format!("projects/p/secrets/s/versions/{number}").parse::<SecretVersionName>().is_err(),
                "{number}"
            );
        }
    }
}
