//! Numbers that keep their value: a literal passes only if its canonical form says the same.

use std::fmt::Write as _;

/// Up to 2^53 every integer is exact in binary64 (RFC 8785 appendix D).
const EXACT: u64 = 1 << 53;

/// More significant digits than any canonical form has (17) never survive.
const SIGNIFICANT: i64 = 17;

/// Below 10^15, no two decimals have the same nearest binary64.
const UNIQUE: u64 = 1_000_000_000_000_000;

/// The powers of ten that binary64 holds exactly.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// Powers of ten outside of this range are zero or infinite in binary64, for any 17 digits.
const POWERS: std::ops::RangeInclusive<i64> = -400..=400;

/// A finite number whose canonical form has exactly the value of the literal that it came from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number(f64);

impl Number {
    /// The number of an integer of at most 2^53; none beyond, where not all integers are exact.
    pub const fn from_i64(integer: i64) -> Option<Self> {
        #[expect(clippy::cast_precision_loss, reason = "2^53 is exact")]
        if integer.unsigned_abs() <= EXACT { Some(Self(integer as f64)) } else { None }
    }

    /// The number of a well-formed JSON literal; none if its canonical form has another value.
    pub(super) fn from_literal(literal: &str) -> Option<Self> {
        let written = Decimal::of(literal)?;
        let size = written.quick().or_else(|| written.checked())?;
        Some(Self(if literal.starts_with('-') { -size } else { size }))
    }

    /// The number as binary64.
    pub const fn as_f64(self) -> f64 {
        self.0
    }

    /// The number as an integer, if it is one of at most 2^53.
    pub fn as_i64(self) -> Option<i64> {
        #[expect(clippy::cast_precision_loss, reason = "2^53 is exact")]
        let is_exact = self.0.fract() == 0.0 && self.0.abs() <= EXACT as f64;
        #[expect(clippy::cast_possible_truncation, reason = "an integer of at most 2^53")]
        is_exact.then_some(self.0 as i64)
    }

    /// Appends the canonical form (ECMA-262 `Number::toString`).
    pub(super) fn push_to(self, out: &mut String) {
        match self.as_i64() {
            // Writing to a string never fails.
            Some(integer) => write!(out, "{integer}").unwrap_or_default(),
            None => out.push_str(ryu_js::Buffer::new().format_finite(self.0)),
        }
    }
}

/// The absolute value `digits × 10^power`, with no trailing zero among the digits; zero is `0 × 10^0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Decimal {
    digits: u64,
    power: i64,
}

impl Decimal {
    /// The exact value of a literal; none if no canonical form can have it.
    fn of(literal: &str) -> Option<Self> {
        let (mantissa, exponent) = literal.split_once(['e', 'E']).unwrap_or((literal, "0"));
        let (mut digits, mut length, mut zeros, mut decimals) = (0_u64, 0, 0, None);
        for byte in mantissa.bytes() {
            decimals = decimals.map(|count: i64| count + 1);
            match byte {
                b'-' => {}
                b'.' => decimals = Some(0),
                // Zeros count as soon as another digit follows, and never at the front.
                b'0' => zeros += i64::from(digits > 0),
                digit => {
                    length += zeros + 1;
                    if length > SIGNIFICANT {
                        return None;
                    }
                    let shifted = (0..=zeros).fold(digits, |digits, _| digits * 10);
                    digits = shifted + u64::from(digit - b'0');
                    zeros = 0;
                }
            }
        }
        if digits == 0 {
            return Some(Self { digits, power: 0 });
        }
        let power = saturating(exponent).saturating_add(zeros - decimals.unwrap_or(0));
        POWERS.contains(&power).then_some(Self { digits, power })
    }

    /// The nearest binary64, where one rounding of two exact operands gives it (Clinger 1990) and no
    /// shorter decimal can be meant, since 15 digits are unique.
    fn quick(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "15 digits are exact")]
        let digits = (self.digits < UNIQUE).then_some(self.digits as f64)?;
        let ten = |power: i64| TENS.get(usize::try_from(power).ok()?);
        let shifted_down = || ten(-self.power).map(|ten| digits / ten);
        ten(self.power).map(|ten| digits * ten).or_else(shifted_down)
    }

    /// The nearest binary64, if its canonical form has this value.
    fn checked(&self) -> Option<f64> {
        // Not from the literal itself: so length and exponent are bounded, whatever was sent.
        let size: f64 = format!("{}e{}", self.digits, self.power).parse().ok()?;
        let survives = size.is_finite() && Self::of(ryu_js::Buffer::new().format_finite(size))? == *self;
        survives.then_some(size)
    }
}

/// The integer of an exponent of any length, as far as 64 bits hold it.
fn saturating(exponent: &str) -> i64 {
    let digits = exponent.trim_start_matches(['+', '-']);
    let size =
        digits.bytes().fold(0_i64, |number, digit| number.saturating_mul(10).saturating_add(i64::from(digit - b'0')));
    if exponent.starts_with('-') { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn canonical(literal: &str) -> Option<String> {
        Number::from_literal(literal).map(|number| {
            let mut out = String::new();
            number.push_to(&mut out);
            out
        })
    }

    #[test]
    fn a_literal_passes_in_every_spelling_of_a_value_that_has_a_canonical_form() {
        let tiny = format!("0.{}1e{}", "0".repeat(70_000), 70_001);
        let huge = format!("1{}e-{}", "0".repeat(700_000), 700_000);
        for (literal, expected) in [
            ("0", "0"),
            ("-0", "0"),
            ("-0.0e5", "0"),
            ("0e999999999999999999999999", "0"),
            ("12.10", "12.1"),
            ("1e2", "100"),
            ("1E-7", "1e-7"),
            ("100e-9", "1e-7"),
            ("1e+21", "1e+21"),
            ("123456789012345680000", "123456789012345680000"),
            ("2.2250738585072014e-308", "2.2250738585072014e-308"),
            ("5e-324", "5e-324"),
            ("1.7976931348623157e308", "1.7976931348623157e+308"),
            ("9007199254740992", "9007199254740992"),
            ("-9007199254740992", "-9007199254740992"),
            (&tiny, "1"),
            (&huge, "1"),
        ] {
            assert_eq!(canonical(literal).as_deref(), Some(expected), "{literal:.40}");
        }
    }

    #[test]
    fn a_literal_that_would_change_its_value_is_refused() {
        for literal in [
            "9007199254740993",
            "-9007199254740993",
            "123456789012345678",
            "1e400",
            "1e309",
            "1e999999999999",
            "1e99999999999999999999999999",
            "1e-999999999999",
            "5e-325",
            "4e-324",
            "2e-324",
            "0.1000000000000000055",
            "1.00000000000000000001",
            "333333333.33333329",
            "1.7976931348623159e308",
            // Exact in binary64, but the canonical form is 100000000000000020000.
            "100000000000000016384",
        ] {
            assert_eq!(canonical(literal), None, "{literal}");
        }
    }

    #[test]
    fn integers_beyond_2_to_the_53_are_no_numbers() {
        for (integer, passes) in [(1 << 53, true), (-(1 << 53), true), ((1 << 53) + 1, false), (i64::MIN, false)] {
            assert_eq!(Number::from_i64(integer).is_some(), passes, "{integer}");
        }
    }

    proptest! {
        #[test]
        fn every_canonical_number_is_its_own_canonical_form(bits: u64) {
            let number = f64::from_bits(bits);
            prop_assume!(number.is_finite());
            let literal = ryu_js::Buffer::new().format_finite(number).to_owned();
            prop_assert_eq!(canonical(&literal), Some(literal));
        }

        #[test]
        fn fifteen_digits_always_survive(digits in 0_u64..1_000_000_000_000_000, power in -290_i32..290) {
            let literal = format!("{digits}e{power}");
            let number = Number::from_literal(&literal);
            prop_assert_eq!(number.map(Number::as_f64), literal.parse().ok());
        }

        #[test]
        fn a_canonical_form_has_the_value_of_its_literal(literal in "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?") {
            if let Some(text) = canonical(&literal) {
                prop_assert_eq!(Decimal::of(&text), Decimal::of(&literal));
                prop_assert_eq!(text.parse::<f64>(), literal.parse::<f64>());
            }
        }
    }
}
