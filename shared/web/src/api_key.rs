//! API keys as callers send them: `pk_<live|test>_<region code>_<43 base62>`.

use std::fmt;
use std::str::FromStr;

use cloud::random::Random;
use thiserror::Error;
use truth_kernel::classification::Mode;
use truth_kernel::hash::{Hash, sha256};
use truth_kernel::region::Region;
use zeroize::Zeroizing;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Characters of the secret: 62⁴³ > 2²⁵⁶.
const SECRET: usize = 43;

/// An API key. Mode and region are told by its text, so that a key that strayed into another region
/// can be sent home; what it may do is known only by its hash. It does not print.
pub struct ApiKey {
    text: Zeroizing<String>,
    mode: Mode,
    region: Region,
}

/// A text that is not an API key; it is not repeated, because it may be one with a typing error.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not an API key of the form pk_<live|test>_<region>_<43 letters and digits>")]
pub struct NotAnApiKey;

impl ApiKey {
    /// A new key for an organization that lives in `region`.
    pub fn generate(random: Random, mode: Mode, region: &Region) -> Self {
        // Room for all of it: a text that grows leaves copies of itself behind.
        let mut text = Zeroizing::new(String::with_capacity(128));
        text.extend(["pk_", mode.as_str(), "_", region.as_str(), "_"]);
        // 248 = 4 × 62: larger bytes would favour the first characters.
        let bytes = std::iter::repeat_with(|| random.bytes::<64>()).flatten().filter(|byte| *byte < 248);
        text.extend(bytes.take(SECRET).map(|byte| char::from(BASE62[usize::from(byte % 62)])));
        Self { text, mode, region: region.clone() }
    }

    /// The key as text, to be shown once to whom it belongs.
    pub fn disclose(&self) -> &str {
        &self.text
    }

    /// SHA-256 of the text: what is stored and looked up. The secret has 256 bits, so it needs
    /// neither salt nor stretching.
    pub fn hash(&self) -> Hash {
        sha256(&[self.text.as_bytes()])
    }

    /// Whether it writes to the live or the test log.
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// The home of its organization.
    pub const fn region(&self) -> &Region {
        &self.region
    }
}

impl FromStr for ApiKey {
    type Err = NotAnApiKey;

    fn from_str(text: &str) -> Result<Self, NotAnApiKey> {
        let parts: [&str; 4] = split(text).ok_or(NotAnApiKey)?;
        let [prefix, mode, region, secret] = parts;
        let is_secret = secret.len() == SECRET && secret.bytes().all(|b| b.is_ascii_alphanumeric());
        if prefix != "pk" || !is_secret {
            return Err(NotAnApiKey);
        }
        let mode = mode.parse().map_err(|_| NotAnApiKey)?;
        let region = region.parse().map_err(|_| NotAnApiKey)?;
        Ok(Self { text: Zeroizing::new(text.to_owned()), mode, region })
    }
}

fn split(text: &str) -> Option<[&str; 4]> {
    let mut parts = text.split('_');
    let four = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(four)
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pk_{}_{}_…", self.mode, self.region)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::{ApiKey, Mode, Random, Region, SECRET};

    fn region() -> Region {
        "europe-west1".parse().unwrap()
    }

    #[test]
    fn a_generated_key_parses_and_hashes_alike() {
        let key = ApiKey::generate(Random::system(), Mode::Live, &region());
        let parsed: ApiKey = key.disclose().parse().unwrap();
        assert_eq!(parsed.hash(), key.hash());
        assert_eq!((parsed.mode(), parsed.region()), (Mode::Live, &region()));
        let other = ApiKey::generate(Random::system(), Mode::Live, &region());
        assert_ne!(other.hash(), key.hash());
        let secret = key.disclose().strip_prefix("pk_live_europe-west1_").unwrap();
        assert_eq!(secret.len(), SECRET);
    }

    #[test]
    fn every_other_text_is_refused() {
        let secret = "a".repeat(SECRET);
        assert!(format!("pk_test_us-east1_{secret}").parse::<ApiKey>().is_ok());
        for text in [
            String::new(),
            secret.clone(),
            format!("sk_live_us-east1_{secret}"),
            format!("pk_prod_us-east1_{secret}"),
            format!("pk_Live_us-east1_{secret}"),
            format!("pk_live_us_{secret}"),
            format!("pk_live_US-EAST1_{secret}"),
            format!("pk_live_us-east1_{secret}a"),
            format!("pk_live_us-east1_{}", &secret[1..]),
            format!("pk_live_us-east1_{}-", &secret[1..]),
            format!("pk_live_us-east1_{}é", &secret[2..]),
            format!("pk_live_us-east1_{secret}_"),
            format!(" pk_live_us-east1_{secret}"),
            format!("pk_live_us-east1_{secret}\n"),
        ] {
            assert!(text.parse::<ApiKey>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_key_does_not_print() {
        let key = ApiKey::generate(Random::system(), Mode::Test, &region());
        assert_eq!(format!("{key:?}"), "pk_test_europe-west1_…");
    }
}
