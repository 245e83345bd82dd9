//! One JSON Schema, checked and compiled.

use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use thiserror::Error;
use truth_kernel::canonical::{Refusal, Value, parse};

use super::unfold;

/// Bytes of a schema in canonical form.
const LONGEST: usize = 64 * 1024;

/// How deep a schema nests.
const DEEPEST: u8 = 32;

/// Bytes that a compiled pattern may take; with [`unfold`]'s number of patterns about 25 MB.
const PATTERN_SIZE: usize = 256 * 1024;

/// Faults that one answer tells.
const TOLD: usize = 20;

/// A JSON Schema that payloads can be held against.
#[derive(Debug)]
pub struct Schema {
    text: String,
    validator: Validator,
}

/// What is wrong with a schema.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{detail} (at \"{pointer}\")")]
pub struct SchemaFault {
    /// Where in the schema (RFC 6901).
    pub pointer: String,
    /// What is wrong there.
    pub detail: String,
}

/// What about a payload does not fit. It names places and rules, and repeats no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// Where in the payload (RFC 6901).
    pub pointer: String,
    /// Which rule it breaks.
    pub detail: String,
}

impl Schema {
    /// Checks and compiles a schema; it may take milliseconds.
    pub fn parse(text: &[u8]) -> Result<Self, SchemaFault> {
        Self::compile(&parse(text, DEEPEST)?)
    }

    /// The same for a schema that is part of a request.
    pub fn compile(schema: &Value) -> Result<Self, SchemaFault> {
        let text = schema.canonical().into_string();
        if text.len() > LONGEST {
            return Err(SchemaFault::at("", format!("a schema has at most {LONGEST} bytes")));
        }
        // Parsed again for its depth: within a request it stood deeper.
        parse(text.as_bytes(), DEEPEST)?;
        let json = serde_json::Value::from(schema);
        unfold::check(&json)?;
        let options = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_SIZE))
            .offline();
        let validator = options.build(&json).map_err(|error| SchemaFault::from(&error))?;
        Ok(Self { text, validator })
    }

    /// The schema in canonical form.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Holds a payload against the schema.
    pub fn check(&self, payload: &Value) -> Result<(), Vec<Misfit>> {
        let payload = serde_json::Value::from(payload);
        if self.validator.is_valid(&payload) {
            return Ok(());
        }
        let misfit = |error: ValidationError<'_>| Misfit {
            pointer: error.instance_path().to_string(),
            detail: error.masked().to_string(),
        };
        Err(self.validator.iter_errors(&payload).take(TOLD).map(misfit).collect())
    }
}

impl SchemaFault {
    pub(super) fn at(pointer: &str, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.to_owned(), detail: detail.into() }
    }
}

impl From<Refusal> for SchemaFault {
    fn from(refusal: Refusal) -> Self {
        Self::at(&refusal.pointer, refusal.to_string())
    }
}

impl From<&ValidationError<'_>> for SchemaFault {
    fn from(error: &ValidationError<'_>) -> Self {
        Self::at(error.instance_path().as_str(), error.to_string())
    }
}

#[cfg(test)]
mod tests;
