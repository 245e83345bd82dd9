//! Which log is meant.

use std::num::NonZeroU32;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};
use store::Tx;
use store::log::LogState;
use truth_kernel::classification::Mode;
use web::problem::Problem;

/// The number of a log: `1`, or `test-1` in test mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogNumber(String);

impl LogNumber {
    /// The number, as in origins and paths.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The region's log of this number; without one, the newest of the caller's mode.
    pub async fn find(choice: Option<&Self>, mode: Mode, tx: &mut Tx) -> Result<LogState, Problem> {
        let found = match choice {
            None => tx.logs().newest(mode).await?,
            Some(Self(number)) => {
                let logs = tx.logs().all().await?;
                logs.into_iter().find(|log| log.origin.parts().number == number)
            }
        };
        found.ok_or_else(|| Problem::not_found().with_detail("the region has no such log"))
    }
}

impl FromStr for LogNumber {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix("test-").unwrap_or(text);
        let number = digits.parse::<NonZeroU32>().ok();
        let plain = number.is_some_and(|number| number.to_string() == digits);
        plain.then(|| Self(text.to_owned())).ok_or("not the number of a log")
    }
}

impl<'de> Deserialize<'de> for LogNumber {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::LogNumber;

    #[test]
    fn a_log_has_only_one_number() {
        for number in ["1", "test-1", "42"] {
            assert!(number.parse::<LogNumber>().is_ok(), "{number}");
        }
        for other in ["", "0", "01", "+1", "test-", "test-0", "test-test-1", "../1", "1/1", "TEST-1", "99999999999"] {
            assert!(other.parse::<LogNumber>().is_err(), "{other}");
        }
    }
}
