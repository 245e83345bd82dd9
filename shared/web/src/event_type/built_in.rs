//! The event types that every organization has: the life of an insurance claim.
//!
//! They fix the meaning and form of the members that they know and leave room for more, because every insurer has fields of
//! its own. Amounts are decimal strings: a JSON number would lose digits. An organization that wants more registers its own
//! version of a name, which then counts for it instead.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use truth_kernel::body::EventType;

use super::schema::Schema;

/// What the ledger itself writes when a claim was verified; nobody else may.
pub const CLAIM_VERIFIED: &str = "claim.verified";

macro_rules! types {
    ($($name:literal),+ $(,)?) => {
        [$(($name, include_str!(concat!("types/", $name, ".json"))),)+]
    };
}

const SOURCES: [(&str, &str); 11] = types![
    "claim.assigned",
    "claim.closed",
    "claim.decided",
    "claim.filed",
    "claim.reopened",
    "claim.updated",
    "claim.verified",
    "claim.withdrawn",
    "document.attached",
    "payment.made",
    "reserve.changed",
];

/// The types that every organization has, by name.
pub fn built_in() -> &'static BTreeMap<EventType, Schema> {
    static TYPES: LazyLock<BTreeMap<EventType, Schema>> = LazyLock::new(|| {
        // Those that do not parse would be missing; a test says that none is.
        let compile = |(name, text): (&str, &str)| Some((name.parse().ok()?, Schema::parse(text.as_bytes()).ok()?));
        SOURCES.into_iter().filter_map(compile).collect()
    });
    &TYPES
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use truth_kernel::canonical::{MAX_DEPTH, parse};

    use super::{SOURCES, Schema, built_in};

    fn fits(name: &str, payload: &str) -> Result<(), Vec<String>> {
        let payload = parse(payload.as_bytes(), MAX_DEPTH).unwrap();
        let misfits = built_in()[&name.parse().unwrap()].check(&payload);
        misfits.map_err(|all| all.into_iter().map(|misfit| misfit.pointer).collect())
    }

    #[test]
    fn every_type_compiles() {
        for (name, text) in SOURCES {
            Schema::parse(text.as_bytes()).map_err(|fault| format!("{name}: {fault}")).unwrap();
        }
        assert_eq!(built_in().len(), SOURCES.len());
    }

    #[test]
    fn amounts_are_decimal_strings() {
        for right in ["0", "12", "1200.50", "-3.5", "999999999999999999.999999"] {
            assert_eq!(fits("payment.made", &format!(r#"{{"amount":"{right}"}}"#)), Ok(()), "{right}");
        }
        for wrong in
            [r#""""#, "12.5", r#""012""#, r#""1.""#, r#""1e3""#, r#""1,000.00""#, r#""12 EUR""#, r#""--1""#, "null"]
        {
            assert_eq!(
                fits("payment.made", &format!(r#"{{"amount":{wrong}}}"#)),
                Err(vec!["/amount".to_owned()]),
                "{wrong}"
            );
        }
        assert_eq!(fits("payment.made", "{}"), Err(vec![String::new()]), "a payment without an amount");
    }

    #[test]
    fn members_of_an_insurers_own_are_welcome_and_known_ones_have_their_form() {
        assert_eq!(
            fits("claim.filed", r#"{"amount":"1200.50","currency":"EUR","loss_date":"2026-11-20","hail":{"cm":4}}"#),
            Ok(())
        );
        assert_eq!(
            fits("claim.filed", r#"{"loss_date":"20.11.2026","currency":"euro"}"#),
            Err(vec!["/currency".to_owned(), "/loss_date".to_owned()])
        );
        assert_eq!(fits("claim.decided", r#"{"decision":"maybe"}"#), Err(vec!["/decision".to_owned()]));
        assert_eq!(fits("claim.decided", r#"{"decision":"approved","amount":"10"}"#), Ok(()));
        assert_eq!(fits("claim.closed", "[]"), Err(vec![String::new()]));
    }
}
