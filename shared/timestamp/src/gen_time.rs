//! The `genTime` of a token: `GeneralizedTime` in UTC, with or without a fraction of a second (RFC 3161 §2.4.2).

use der::asn1::Any;
use der::{Tag, Tagged};
use truth_kernel::time::Timestamp;

use crate::error::TokenError;

/// The time, in whole milliseconds.
pub(crate) fn parse(value: &Any) -> Result<Timestamp, TokenError> {
    let text = str::from_utf8(value.value()).ok().filter(|_| value.tag() == Tag::GeneralizedTime);
    text.and_then(parse_text).ok_or(TokenError::Form("its time is not of the form 20261127190000.123Z"))
}

fn parse_text(text: &str) -> Option<Timestamp> {
    let text = text.strip_suffix('Z')?;
    let (seconds, fraction) = match text.split_once('.') {
        Some((seconds, fraction)) => (seconds, Some(fraction)),
        None => (text, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fraction_fits = fraction.is_none_or(|fraction| !fraction.is_empty() && digits(fraction));
    if seconds.len() != 14 || !digits(seconds) || !fraction_fits {
        return None;
    }
    let part = |from: usize, to: usize| seconds.get(from..to);
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let (hour, minute, second) = (part(8, 10)?, part(10, 12)?, part(12, 14)?);
    let millis: String = fraction.unwrap_or_default().chars().chain("000".chars()).take(3).collect();
    Timestamp::parse_rfc3339(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}.{millis}Z")).ok()
}

#[cfg(test)]
mod tests {
    use super::parse_text;

    #[test]
    fn a_time_may_have_a_fraction_and_is_cut_to_milliseconds() {
        for (text, time) in [
            ("20261127190000Z", "2026-11-27T19:00:00.000Z"),
            ("20261127190000.1Z", "2026-11-27T19:00:00.100Z"),
            ("20261127190000.123999Z", "2026-11-27T19:00:00.123Z"),
            ("19991231235959Z", "1999-12-31T23:59:59.000Z"),
        ] {
            assert_eq!(parse_text(text).map(|time| time.to_string()).as_deref(), Some(time), "{text}");
        }
        for other in [
            "",
            "Z",
            "20261127190000",
            "202611271900Z",
            "20261127190000.Z",
            "20261127190000,5Z",
            "20261127190000+0100",
            "20261327190000Z",
            "20261127190060Z",
            "2026112719000éZ",
            "+0261127190000Z",
        ] {
            assert_eq!(parse_text(other), None, "{other}");
        }
    }
}
