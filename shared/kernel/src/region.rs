//! Where a log lives: region codes and log origins.

use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::Arc;

use crate::classification::Mode;
use crate::text::{debug_as_text, holds_text, serde_as_text};

/// A text is not a region code or not a log origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RegionError {
    /// Not of the form `europe-west1`.
    #[error("not a region code")]
    Region,
    /// Not of the form `<domain>/<region>/<number>`.
    #[error("not a log origin")]
    Origin,
}

/// A Google region code such as `europe-west1`: `^[a-z]+-[a-z]+[0-9]+$`, at most 40 characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(Arc<str>);

impl FromStr for Region {
    type Err = RegionError;

    fn from_str(text: &str) -> Result<Self, RegionError> {
        if is_region(text) { Ok(Self(text.into())) } else { Err(RegionError::Region) }
    }
}

fn is_region(text: &str) -> bool {
    let Some((area, place)) = text.split_once('-') else {
        return false;
    };
    let name = place.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    text.len() <= 40 && is_word(area) && is_word(name) && name.len() < place.len()
}

/// The name of a log and of its checkpoints: `<domain>/<region>/<number>`, the number being `1` in
/// live mode and `test-1` in test mode (C2SP tlog-checkpoint "origin"). Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogOrigin(Arc<str>);

/// The parts of a log origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogParts<'a> {
    /// Whose log it is: a lower-case DNS name.
    pub domain: &'a str,
    /// The code of the region that it lives in.
    pub region: &'a str,
    /// `1` or `test-1`: the name of the log in its region and in `/log/<number>/`.
    pub number: &'a str,
}

impl LogOrigin {
    /// The origin with these parts; refuses a domain that is not a lower-case DNS name.
    pub fn new(domain: &str, region: &Region, mode: Mode, number: NonZeroU32) -> Result<Self, RegionError> {
        match mode {
            Mode::Live => format!("{domain}/{region}/{number}"),
            Mode::Test => format!("{domain}/{region}/test-{number}"),
        }
        .parse()
    }

    /// Domain, region and number.
    pub fn parts(&self) -> LogParts<'_> {
        split(&self.0).unwrap_or(LogParts { domain: "", region: "", number: "" })
    }

    /// The region of the log.
    pub fn region(&self) -> Region {
        Region(self.parts().region.into())
    }

    /// Whether the log holds live or test events.
    pub fn mode(&self) -> Mode {
        if self.parts().number.starts_with("test-") { Mode::Test } else { Mode::Live }
    }

    /// The name of the region's receipt key: `<domain>/<region>/receipts`.
    pub fn receipts_name(&self) -> String {
        let LogParts { domain, region, .. } = self.parts();
        format!("{domain}/{region}/receipts")
    }
}

impl FromStr for LogOrigin {
    type Err = RegionError;

    fn from_str(text: &str) -> Result<Self, RegionError> {
        let LogParts { domain, region, number } = split(text).ok_or(RegionError::Origin)?;
        let digits = number.strip_prefix("test-").unwrap_or(number);
        if is_domain(domain) && is_region(region) && is_number(digits) {
            Ok(Self(text.into()))
        } else {
            Err(RegionError::Origin)
        }
    }
}

fn split(text: &str) -> Option<LogParts<'_>> {
    let (domain, rest) = text.split_once('/')?;
    let (region, number) = rest.split_once('/')?;
    Some(LogParts { domain, region, number })
}

/// RFC 1123 §2.1 labels in lower case, at most 253 characters in all.
fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

fn is_number(digits: &str) -> bool {
    digits.parse::<NonZeroU32>().is_ok_and(|number| number.to_string() == digits)
}

holds_text!(Region, LogOrigin);
debug_as_text!(Region, LogOrigin);
serde_as_text!(Region, LogOrigin);

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_region_codes_are_regions() {
        for code in ["europe-west1", "us-east1", "northamerica-northeast2", "us-west12"] {
            assert_eq!(code.parse::<Region>().unwrap().as_str(), code);
        }
        for wrong in
            ["", "eu", "europe-west", "europe-1", "-west1", "Europe-west1", "us-east1-b", "us-east1 ", "us-éast1"]
        {
            assert_eq!(wrong.parse::<Region>(), Err(RegionError::Region), "{wrong:?}");
        }
    }

    #[test]
    fn an_origin_knows_its_parts_and_mode() {
        let live: LogOrigin = "ledger.example/us-east1/1".parse().unwrap();
        assert_eq!(live.parts(), LogParts { domain: "ledger.example", region: "us-east1", number: "1" });
        assert_eq!(live.mode(), Mode::Live);
        assert_eq!(live.receipts_name(), "ledger.example/us-east1/receipts");
        let one = NonZeroU32::MIN;
        let test = LogOrigin::new("ledger.example", &live.region(), Mode::Test, one).unwrap();
        assert_eq!((test.as_str(), test.mode()), ("ledger.example/us-east1/test-1", Mode::Test));
    }

    #[test]
    fn every_other_spelling_of_an_origin_is_refused() {
        for wrong in [
            "",
            "us-east1/1",
            "ledger.example/us-east1",
            "ledger.example/us-east1/0",
            "ledger.example/us-east1/01",
            "ledger.example/us-east1/+1",
            "ledger.example/us-east1/test-",
            "ledger.example/us-east1/test-01",
            "ledger.example/us-east1/receipts",
            "ledger.example/us-east1/1/1",
            "Ledger.example/us-east1/1",
            "ledger..example/us-east1/1",
            "-ledger/us-east1/1",
            "led\"ger/us-east1/1",
            "ledger.example/us-east1/99999999999",
        ] {
            assert_eq!(wrong.parse::<LogOrigin>(), Err(RegionError::Origin), "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn an_origin_never_needs_escaping(text in "\\PC{0,40}|[a-z.-]{1,9}/[a-z]{1,3}-[a-z]{1,3}[0-9]/(test-)?[0-9]{1,3}") {
            if let Ok(origin) = text.parse::<LogOrigin>() {
                prop_assert_eq!(serde_json::to_string(&origin).unwrap(), format!("\"{text}\""));
            }
        }
    }
}
