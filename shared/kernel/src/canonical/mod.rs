//! The gate for foreign JSON: RFC 8785 (JCS) behind stricter rules.
//!
//! JCS libraries disagree on what they cannot represent, so whatever does not survive unchanged is
//! refused here: duplicate names, lone surrogates, deep nesting, numbers that would change value.

mod number;
mod parse;
mod refusal;
mod value;
mod write;

use std::fmt;

use crate::hash::{Hash, sha256};

pub use number::Number;
pub use parse::parse;
pub use refusal::{Refusal, RefusalKind};
pub use value::{Object, Value};
pub(crate) use write::push_string;

/// How deep arrays and objects may nest in a payload; `[]` has depth 1.
pub const MAX_DEPTH: u8 = 64;

/// A text in canonical form. It exists only as the output of the gate.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Canonical(String);

impl Canonical {
    /// The canonical form of a JSON text that nests at most [`MAX_DEPTH`] deep.
    pub fn from_json(input: &[u8]) -> Result<Self, Refusal> {
        parse(input, MAX_DEPTH).map(|value| value.canonical())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, without a copy.
    pub fn into_string(self) -> String {
        self.0
    }

    /// SHA-256 of the text; for a payload, the `payload_sha256` of the API.
    pub fn sha256(&self) -> Hash {
        sha256(&[self.0.as_bytes()])
    }
}

impl fmt::Display for Canonical {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Canonical {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Canonical({})", self.0)
    }
}

#[cfg(test)]
mod tests;
