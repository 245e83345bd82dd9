//! The names in an event: its type, and whose claim and subject it is about.

use std::str::FromStr;

use crate::text::{debug_as_text, holds_text, serde_as_text};

/// A text is not such a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Not lower-case words joined by dots, of at most 100 characters.
    #[error("not an event type of the form `claim.filed`")]
    EventType,
    /// Empty, longer than 200 characters, or with a control character.
    #[error("not 1 to 200 characters without control characters")]
    Identifier,
}

/// What happened, such as `claim.filed`: `^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$`, at most 100 characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventType(String);

impl FromStr for EventType {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let is_word = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_lowercase())
                && word.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
        };
        if text.len() <= 100 && text.contains('.') && text.split('.').all(is_word) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError::EventType)
        }
    }
}

/// The organization's own name of a claim: 1 to 200 characters, no control characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClaimId(String);

impl FromStr for ClaimId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        identifier(text).map(Self)
    }
}

/// The organization's own name of a data subject: 1 to 200 characters, no control characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectId(String);

impl FromStr for SubjectId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        identifier(text).map(Self)
    }
}

fn identifier(text: &str) -> Result<String, NameError> {
    let fits = !text.is_empty() && text.chars().nth(200).is_none() && !text.contains(char::is_control);
    if fits { Ok(text.to_owned()) } else { Err(NameError::Identifier) }
}

holds_text!(EventType, ClaimId, SubjectId);
debug_as_text!(EventType, ClaimId, SubjectId);
serde_as_text!(EventType, ClaimId, SubjectId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_dotted_lower_case_words_are_event_types() {
        let longest = format!("a.{}", "b".repeat(98));
        for right in ["claim.filed", "a.b", "claim_2.payment.made_1", &longest] {
            assert_eq!(right.parse::<EventType>().map(|name| name.0).as_deref(), Ok(right));
        }
        let too_long = format!("{longest}b");
        for wrong in [
            "",
            "claim",
            "claim.",
            ".filed",
            "claim..filed",
            "Claim.filed",
            "claim.2nd",
            "claim._x",
            "claim.filed ",
            "claim.é",
            &too_long,
        ] {
            assert_eq!(wrong.parse::<EventType>(), Err(NameError::EventType), "{wrong:?}");
        }
    }

    #[test]
    fn identifiers_have_1_to_200_characters_and_no_control_characters() {
        let longest = "é".repeat(200);
        for right in ["x", " ", "CLM-2020/8 \"a\"", "水漏れ", &longest] {
            assert_eq!(right.parse::<ClaimId>().map(|name| name.0).as_deref(), Ok(right));
            assert_eq!(right.parse::<SubjectId>().map(|name| name.0).as_deref(), Ok(right));
        }
        for wrong in ["", "a\n", "\0", "\u{85}", &"x".repeat(201)] {
            assert_eq!(wrong.parse::<ClaimId>(), Err(NameError::Identifier), "{wrong:?}");
            assert_eq!(wrong.parse::<SubjectId>(), Err(NameError::Identifier), "{wrong:?}");
        }
    }
}
