//! Bounds of a schema before it is compiled: what it refers to, and how large it is with every reference unfolded.
//!
//! Without them a few kilobytes could make one validation take forever: each level of `anyOf` that refers twice to the next
//! doubles the work.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::schema::SchemaFault;

/// Subschemas that one value may be held against.
const HEAVIEST: u64 = 10_000;

/// References and subschemas on one path.
const LONGEST_PATH: usize = 128;

/// Patterns in one schema.
const PATTERNS: usize = 100;

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Other ways to name schemas, which would get around these bounds.
const REFUSED: [&str; 7] =
    ["$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor", "$vocabulary"];

/// Keywords that hold a schema, a list of them, or schemas by name.
const ONE: [&str; 12] = [
    "additionalProperties",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "additionalItems",
    "unevaluatedItems",
    "unevaluatedProperties",
];
const LIST: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
const NAMED: [&str; 4] = ["dependencies", "dependentSchemas", "patternProperties", "properties"];

/// Refuses a schema that refers outwards or back to itself, or that unfolds too far.
pub(super) fn check(schema: &Value) -> Result<(), SchemaFault> {
    let mut walk =
        Walk { root: schema, path: String::new(), steps: 0, open: Vec::new(), weights: HashMap::new(), patterns: 0 };
    walk.weigh(schema).map(drop)
}

struct Walk<'s> {
    root: &'s Value,
    /// Where the walk stands: the keywords and references that it went through.
    path: String,
    steps: usize,
    /// The references that are being followed.
    open: Vec<&'s str>,
    /// The weights of the references that were.
    weights: HashMap<&'s str, u64>,
    patterns: usize,
}

impl<'s> Walk<'s> {
    fn fault(&self, detail: impl Into<String>) -> SchemaFault {
        SchemaFault::at(&self.path, detail)
    }

    /// How many subschemas a value may meet here, this one included.
    fn weigh(&mut self, schema: &'s Value) -> Result<u64, SchemaFault> {
        let Value::Object(members) = schema else { return Ok(1) };
        let mut weight: u64 = 1;
        for (name, value) in members {
            weight = weight.saturating_add(self.within(name, |walk| walk.keyword(name, value))?);
        }
        // To know what is unevaluated, everything beside it is evaluated once more.
        let again = ["unevaluatedItems", "unevaluatedProperties"].iter().any(|name| members.contains_key(*name));
        weight = weight.saturating_mul(if again { 2 } else { 1 });
        if weight > HEAVIEST {
            return Err(self.fault(format!("unfolded, the schema has more than {HEAVIEST} parts")));
        }
        Ok(weight)
    }

    fn keyword(&mut self, name: &str, value: &'s Value) -> Result<u64, SchemaFault> {
        match (name, value) {
            ("$id", Value::String(_)) if self.steps == 1 => Ok(0),
            ("$schema", Value::String(draft)) if draft.trim_end_matches('#') == DRAFT => Ok(0),
            ("$schema", _) => Err(self.fault(format!("only {DRAFT} is understood"))),
            ("$ref", Value::String(reference)) => self.follow(reference),
            ("pattern", _) => self.pattern().map(|()| 0),
            // Defined here, weighed where they are referred to; walked for their own faults.
            ("$defs" | "definitions", Value::Object(named)) => self.named(named).map(|_| 0),
            (_, Value::Object(named)) if NAMED.contains(&name) => {
                if name == "patternProperties" {
                    named.keys().try_for_each(|_| self.pattern())?;
                }
                self.named(named)
            }
            (_, Value::Array(list)) if LIST.contains(&name) => self.list(list),
            _ if ONE.contains(&name) => self.weigh(value),
            _ if REFUSED.contains(&name) => Err(self.fault(format!("{name} is not taken: refer by #/$defs/…"))),
            _ => Ok(0),
        }
    }

    fn named(&mut self, schemas: &'s Map<String, Value>) -> Result<u64, SchemaFault> {
        schemas.iter().try_fold(0, |sum: u64, (name, schema)| {
            Ok(sum.saturating_add(self.within(name, |walk| walk.weigh(schema))?))
        })
    }

    fn list(&mut self, schemas: &'s [Value]) -> Result<u64, SchemaFault> {
        schemas.iter().enumerate().try_fold(0, |sum: u64, (index, schema)| {
            Ok(sum.saturating_add(self.within(&index.to_string(), |walk| walk.weigh(schema))?))
        })
    }

    fn follow(&mut self, reference: &'s str) -> Result<u64, SchemaFault> {
        let Some(pointer) =
            reference.strip_prefix('#').filter(|pointer| pointer.is_empty() || pointer.starts_with('/'))
        else {
            return Err(self.fault("a schema refers only to itself: #/$defs/…"));
        };
        if self.open.contains(&pointer) {
            return Err(self.fault("the schema refers back to itself"));
        }
        if let Some(weight) = self.weights.get(pointer) {
            return Ok(*weight);
        }
        let target =
            self.root.pointer(pointer).ok_or_else(|| self.fault("the reference names nothing in this schema"))?;
        self.open.push(pointer);
        let weight = self.weigh(target)?;
        self.open.pop();
        self.weights.insert(pointer, weight);
        Ok(weight)
    }

    fn pattern(&mut self) -> Result<(), SchemaFault> {
        self.patterns += 1;
        if self.patterns > PATTERNS {
            Err(self.fault(format!("a schema has at most {PATTERNS} patterns")))
        } else {
            Ok(())
        }
    }

    fn within<T>(
        &mut self,
        step: &str,
        work: impl FnOnce(&mut Self) -> Result<T, SchemaFault>,
    ) -> Result<T, SchemaFault> {
        let length = self.path.len();
        self.path.push('/');
        self.path.push_str(&step.replace('~', "~0").replace('/', "~1"));
        self.steps += 1;
        if self.steps > LONGEST_PATH {
            return Err(self.fault("the schema goes too deep"));
        }
        let done = work(self)?;
        self.steps -= 1;
        self.path.truncate(length);
        Ok(done)
    }
}
