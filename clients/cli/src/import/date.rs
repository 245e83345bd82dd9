//! Calendar dates in the forms that files have them in.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use truth_kernel::time::Timestamp;

/// A day: `2010-04-19`. They sort like time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(String);

impl Date {
    /// Its first instant in UTC: files do not say more than the day.
    pub fn instant(&self) -> String {
        format!("{}T00:00:00.000Z", self.0)
    }
}

/// Reads `2010-04-19` and, month first, `4/19/2010`.
impl FromStr for Date {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const NO_DATE: &str = "not a date like 2010-04-19 or 4/19/2010";
        let date = match text.split('/').collect::<Vec<_>>()[..] {
            [iso] => iso.to_owned(),
            [month, day, year] => format!("{year:0>4}-{month:0>2}-{day:0>2}"),
            _ => return Err(NO_DATE),
        };
        let date = Self(date);
        // The calendar is the kernel's: the 30th of February is none.
        match date.instant().parse::<Timestamp>() {
            Ok(_) => Ok(date),
            Err(_) => Err(NO_DATE),
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Date;

    #[test]
    fn both_forms_are_read_and_no_other() {
        for (text, date) in [
            ("2008-01-22", "2008-01-22"),
            ("4/19/2010", "2010-04-19"),
            ("12/1/2010", "2010-12-01"),
            ("02/29/2012", "2012-02-29"),
        ] {
            assert_eq!(text.parse(), Ok(Date(date.to_owned())), "{text}");
        }
        for wrong in [
            "",
            "2010-02-30",
            "2/30/2010",
            "19/4/2010",
            "4/19",
            "4/19/10/1",
            "2010-4-19",
            "19.04.2010",
            "//",
            "4/19/20100",
            "4/19/2010 ",
        ] {
            assert!(wrong.parse::<Date>().is_err(), "{wrong}");
        }
    }
}
