//! The tree that the gate makes of a text.

use std::cmp::Ordering;

use super::{Canonical, Number, write};

/// A JSON value that has exactly one canonical form.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Self>),
    /// An object.
    Object(Object),
}

/// The members of an object: names are unique and in canonical order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Object(Vec<(String, Value)>);

impl Value {
    /// The canonical form (RFC 8785).
    pub fn canonical(&self) -> Canonical {
        let mut text = String::with_capacity(256);
        self.canonical_into(&mut text);
        Canonical(text)
    }

    /// Appends the canonical form.
    pub fn canonical_into(&self, out: &mut String) {
        write::push_value(self, out);
    }

    /// The member of an object; none for other values too.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.as_object()?.get(name)
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The value of an integer of at most 2^53.
    pub fn as_i64(&self) -> Option<i64> {
        if let Self::Number(number) = self { number.as_i64() } else { None }
    }

    /// The value of a boolean.
    pub const fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// The items of an array.
    pub fn as_array(&self) -> Option<&[Self]> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    /// The members of an object.
    pub const fn as_object(&self) -> Option<&Object> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }
}

impl Object {
    /// An object of these members in any order; none if two have the same name, which is returned.
    pub fn from_members(mut members: Vec<(String, Value)>) -> Result<Self, String> {
        // A canonical text comes sorted; then this is one pass.
        if !members.is_sorted_by(|(a, _), (b, _)| order(a, b).is_lt()) {
            members.sort_unstable_by(|(a, _), (b, _)| order(a, b));
            if let Some(twins) = members.windows(2).find(|pair| pair[0].0 == pair[1].0) {
                return Err(twins[0].0.clone());
            }
        }
        Ok(Self(members))
    }

    /// The member of this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.find(name).map(|index| &self.0[index].1)
    }

    /// Takes the member of this name out.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        self.find(name).map(|index| self.0.remove(index).1)
    }

    /// The members in canonical order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// How many members there are.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no member.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.0.binary_search_by(|(other, _)| order(other, name)).ok()
    }
}

impl From<&Value> for serde_json::Value {
    /// The same value in the type that JSON Schema validators take.
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => match number.as_i64() {
                Some(integer) => integer.into(),
                None => number.as_f64().into(),
            },
            Value::String(text) => Self::String(text.clone()),
            Value::Array(items) => Self::Array(items.iter().map(Into::into).collect()),
            Value::Object(object) => {
                Self::Object(object.iter().map(|(name, value)| (name.to_owned(), value.into())).collect())
            }
        }
    }
}

/// The order of names by UTF-16 code units (RFC 8785 §3.2.3), found on UTF-8.
///
/// Both orders agree except that UTF-16 writes U+10000 and above with surrogates (D800 to DFFF), which
/// come before U+E000 to U+FFFF. In UTF-8 the former begin with F0 and above, the latter with EE or EF.
fn order(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    match a.iter().zip(b).find(|(a, b)| a != b) {
        Some((a, b)) if *a >= 0xee && *b >= 0xee => (*a < 0xf0, a).cmp(&(*b < 0xf0, b)),
        Some((a, b)) => a.cmp(b),
        None => a.len().cmp(&b.len()),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn members_are_found_taken_and_unique() {
        let members = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
        let mut object = Object::from_members(members(&["b", "a", "é"])).unwrap();
        assert_eq!(object.iter().map(|(name, _)| name).collect::<String>(), "abé");
        assert_eq!((object.get("a"), object.get("c")), (Some(&Value::Null), None));
        assert_eq!((object.remove("b"), object.remove("b")), (Some(Value::Null), None));
        assert_eq!((object.len(), object.is_empty()), (2, false));
        assert_eq!(Object::from_members(members(&["b", "a", "b"])), Err("b".to_owned()));
    }

    proptest! {
        #[test]
        fn names_are_ordered_by_utf16_code_units(a in "[a\\x{d7ff}\\x{e000}\\x{ffff}\\x{10000}\\x{10ffff}]{0,3}|\\PC{0,3}",
                                                 b in "[a\\x{d7ff}\\x{e000}\\x{ffff}\\x{10000}\\x{10ffff}]{0,3}|\\PC{0,3}") {
            prop_assert_eq!(order(&a, &b), a.encode_utf16().cmp(b.encode_utf16()));
        }
    }
}
