//! Instants in milliseconds, with one text form (RFC 3339 in UTC).

use std::fmt;
use std::str::FromStr;

use ::time::OffsetDateTime;
use ::time::format_description::well_known::Rfc3339;

use crate::text::{debug_as_text, serde_as_text};

/// An instant: Unix time in milliseconds, within the years 0000 to 9999 that the text form can write.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A text is not an instant in the wanted form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not exactly of the form `2026-11-20T21:44:05.123Z`.
    #[error("not a time of the form 2026-11-20T21:44:05.123Z")]
    Form,
    /// Not RFC 3339, or outside of the years 0000 to 9999 in UTC.
    #[error("not an RFC 3339 time with an offset")]
    Rfc3339,
    /// A fraction of a millisecond, which would be lost.
    #[error("more precise than a millisecond")]
    Precision,
}

impl Timestamp {
    /// 0000-01-01T00:00:00.000Z
    pub const MIN: Self = Self(-62_167_219_200_000);

    /// 9999-12-31T23:59:59.999Z
    pub const MAX: Self = Self(253_402_300_799_999);

    /// The instant at this Unix time in milliseconds, moved into [`Self::MIN`]`..=`[`Self::MAX`].
    pub const fn from_millis(millis: i64) -> Self {
        if millis < Self::MIN.0 {
            Self::MIN
        } else if millis > Self::MAX.0 {
            Self::MAX
        } else {
            Self(millis)
        }
    }

    /// The Unix time in milliseconds.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Parses any RFC 3339 time with an offset; refuses what is more precise than a millisecond,
    /// leap seconds (which Unix time does not have) included.
    pub fn parse_rfc3339(text: &str) -> Result<Self, TimeError> {
        let time = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| TimeError::Rfc3339)?;
        let millis = i64::from(time.millisecond()) + time.unix_timestamp() * 1000;
        if time.nanosecond() % 1_000_000 != 0 {
            Err(TimeError::Precision)
        } else if Self::from_millis(millis).0 != millis {
            Err(TimeError::Rfc3339)
        } else {
            Ok(Self(millis))
        }
    }

    /// Appends the text form, 24 characters.
    pub(crate) fn push_to(self, out: &mut String) {
        let nanos = i128::from(self.0) * 1_000_000;
        // Always within the range of the date type, by construction.
        let time = OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let (year, month, day) = time.to_calendar_date();
        let (hour, minute, second, milli) = time.to_hms_milli();
        push_digits(year.unsigned_abs(), 1000, out);
        for (before, number) in [('-', u8::from(month)), ('-', day), ('T', hour), (':', minute), (':', second)] {
            out.push(before);
            push_digits(number.into(), 10, out);
        }
        out.push('.');
        push_digits(milli.into(), 100, out);
        out.push('Z');
    }
}

/// Appends a number with as many digits as its highest place has.
fn push_digits(number: u32, highest_place: u32, out: &mut String) {
    let mut place = highest_place;
    while place > 0 {
        out.push(char::from_digit(number / place % 10, 10).unwrap_or_default());
        place /= 10;
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(24);
        self.push_to(&mut text);
        f.pad(&text)
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let time = Self::parse_rfc3339(text).map_err(|_| TimeError::Form)?;
        if time.to_string() == text { Ok(time) } else { Err(TimeError::Form) }
    }
}

debug_as_text!(Timestamp);
serde_as_text!(Timestamp);

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_ends_of_the_range_are_the_ends_of_the_text_form() {
        assert_eq!(Timestamp::MIN.to_string(), "0000-01-01T00:00:00.000Z");
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!(Timestamp::from_millis(i64::MAX), Timestamp::MAX);
        assert_eq!(Timestamp::from_millis(i64::MIN), Timestamp::MIN);
        assert_eq!(Timestamp::from_millis(1_795_211_045_123).to_string(), "2026-11-20T21:44:05.123Z");
    }

    #[test]
    fn every_other_spelling_is_refused_by_the_strict_form() {
        for wrong in [
            "2026-11-20T21:44:05Z",
            "2026-11-20T21:44:05.12Z",
            "2026-11-20T21:44:05.1230Z",
            "2026-11-20T21:44:05.123+00:00",
            "2026-11-20T21:44:05.123z",
            "2026-11-20t21:44:05.123Z",
            "2026-11-20 21:44:05.123Z",
            "2026-11-20T24:00:00.000Z",
            "2026-11-20T21:44:60.000Z",
            "2026-02-29T21:44:05.123Z",
            "+2026-11-20T21:44:05.123Z",
            "2026-11-20T21:44:05.123",
            "",
        ] {
            assert_eq!(wrong.parse::<Timestamp>(), Err(TimeError::Form), "{wrong:?}");
        }
    }

    #[test]
    fn any_offset_is_moved_to_utc() {
        for (text, expected) in [
            ("2026-11-20T22:44:05.1+01:00", "2026-11-20T21:44:05.100Z"),
            ("2026-11-20T21:44:05-00:30", "2026-11-20T22:14:05.000Z"),
            ("1969-12-31T23:59:59.999000Z", "1969-12-31T23:59:59.999Z"),
            ("2024-02-29T00:00:00+14:00", "2024-02-28T10:00:00.000Z"),
        ] {
            assert_eq!(Timestamp::parse_rfc3339(text).unwrap().to_string(), expected);
        }
    }

    #[test]
    fn what_would_be_lost_is_refused() {
        for (text, error) in [
            ("2026-11-20T21:44:05.1234Z", TimeError::Precision),
            ("2016-12-31T23:59:60Z", TimeError::Precision),
            ("0000-01-01T00:00:00+01:00", TimeError::Rfc3339),
            ("9999-12-31T23:59:59-01:00", TimeError::Rfc3339),
            ("2026-11-20T21:44:05", TimeError::Rfc3339),
            ("2026-11-20", TimeError::Rfc3339),
        ] {
            assert_eq!(Timestamp::parse_rfc3339(text), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_time_is_its_text_and_sorts_like_it(a in Timestamp::MIN.0..=Timestamp::MAX.0, b in Timestamp::MIN.0..=Timestamp::MAX.0) {
            let (a, b) = (Timestamp::from_millis(a), Timestamp::from_millis(b));
            prop_assert_eq!(a.to_string().parse::<Timestamp>().unwrap(), a);
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
        }
    }
}
