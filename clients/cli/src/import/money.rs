//! Amounts as decimal strings: never through a binary number, which would change them.

use std::str::FromStr;

/// Decimal places of an amount in the ledger's built-in event types.
const PLACES: usize = 6;

/// Digits before the point there.
const WHOLE: usize = 18;

/// An amount. Files hold some with more decimals than the ledger's amounts have: then both are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Money {
    /// The amount with at most six decimals; as the file has it, if it has no more.
    pub amount: String,
    /// As the file has it, if that is another text.
    pub source: Option<String>,
}

impl Money {
    /// Whether it is nothing.
    pub fn is_zero(&self) -> bool {
        let mut digits = self.source.as_ref().unwrap_or(&self.amount).bytes();
        digits.all(|byte| matches!(byte, b'-' | b'0' | b'.'))
    }
}

impl FromStr for Money {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const NO_AMOUNT: &str = "not a decimal number";
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        let plain =
            digits(whole) && digits(decimals) && whole.len() <= WHOLE && (whole == "0" || !whole.starts_with('0'));
        if !plain {
            return Err(NO_AMOUNT);
        }
        if decimals.len() <= PLACES {
            return Ok(Self { amount: text.to_owned(), source: None });
        }
        let sign = &text[..text.len() - unsigned.len()];
        let amount = round(whole, decimals).filter(|amount| amount.find('.').is_none_or(|point| point <= WHOLE));
        let amount = amount.ok_or(NO_AMOUNT)?;
        Ok(Self { amount: format!("{sign}{amount}"), source: Some(text.to_owned()) })
    }
}

/// Rounds to [`PLACES`], halves away from zero as merchants do, and drops zeros at the end.
fn round(whole: &str, decimals: &str) -> Option<String> {
    let (kept, dropped) = decimals.split_at_checked(PLACES)?;
    // 18 + 6 digits fit easily.
    let units: u128 = format!("{whole}{kept}").parse().ok()?;
    let units = (units + u128::from(dropped.as_bytes().first()? >= &b'5')).to_string();
    let units = format!("{units:0>width$}", width = PLACES + 1);
    let (whole, decimals) = units.split_at_checked(units.len() - PLACES)?;
    let decimals = decimals.trim_end_matches('0');
    Some(format!("{whole}.{}", if decimals.is_empty() { "0" } else { decimals }))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::Money;

    #[test]
    fn an_amount_is_kept_as_the_file_has_it() {
        for text in ["0", "0.0", "300000.0", "-3.50", "106460.3973", "999999999999999999.999999"] {
            let money: Money = text.parse().unwrap();
            assert_eq!((money.amount.as_str(), money.source), (text, None));
        }
    }

    #[test]
    fn longer_amounts_are_rounded_and_the_files_own_is_kept_beside() {
        for (text, amount) in [
            ("95714.33221000001", "95714.33221"),
            ("-0.0000005", "-0.000001"),
            ("0.0000004", "0.0"),
            ("1.9999999", "2.0"),
            ("9.99999949", "9.999999"),
        ] {
            let money: Money = text.parse().unwrap();
            assert_eq!((money.amount.as_str(), money.source.as_deref()), (amount, Some(text)));
        }
    }

    #[test]
    fn what_is_no_decimal_number_is_refused() {
        for wrong in [
            "",
            "-",
            ".5",
            "5.",
            "1e3",
            "01",
            "1,000",
            "+1",
            " 1",
            "--1",
            "NaN",
            "1.2.3",
            "1000000000000000000",
            "999999999999999999.9999999",
        ] {
            assert!(wrong.parse::<Money>().is_err(), "{wrong}");
        }
        assert!("-0.00".parse::<Money>().unwrap().is_zero());
        assert!(!"0.00000001".parse::<Money>().unwrap().is_zero());
    }
}
