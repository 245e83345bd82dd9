//! The members of a JSON object as parsed values, with every fault told at once.

use std::fmt;

use truth_kernel::canonical::{Object, Value};
use web::problem::Problem;

/// An object that is being read. What is left at the end is unknown, and refused.
pub(crate) struct Members<'a> {
    object: Object,
    /// Where the object is in the body, as a JSON Pointer.
    at: &'a str,
    faults: Vec<(String, String)>,
}

impl<'a> Members<'a> {
    /// The members of the value at this place.
    pub fn of(value: Value, at: &'a str) -> Result<Self, Problem> {
        match value {
            Value::Object(object) => Ok(Self { object, at, faults: Vec::new() }),
            _ => Err(Problem::invalid_event().with_error(at, "not an object")),
        }
    }

    /// Takes a member as it is.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.object.remove(name)
    }

    /// Takes a member that must be there.
    pub fn required(&mut self, name: &str) -> Option<Value> {
        let value = self.object.remove(name);
        if value.is_none() {
            self.fault(name, "missing");
        }
        value
    }

    /// Takes a text that may be missing, but parses if it is there.
    pub fn optional_text<T, E: fmt::Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let value = self.object.remove(name)?;
        self.text(name, &value, parse)
    }

    /// Takes a text that must be there and parse.
    pub fn required_text<T, E: fmt::Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let value = self.required(name)?;
        self.text(name, &value, parse)
    }

    /// A text that parses; `path` is where it is below this object.
    pub fn text<T, E: fmt::Display>(
        &mut self,
        path: &str,
        value: &Value,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let Some(text) = value.as_str() else {
            self.fault(path, "not a string");
            return None;
        };
        parse(text).map_err(|error| self.fault(path, error)).ok()
    }

    /// Notes that something is wrong below this object. The detail repeats no value.
    pub fn fault(&mut self, path: &str, detail: impl fmt::Display) {
        self.faults.push((format!("{}/{path}", self.at), detail.to_string()));
    }

    /// What was made of the members, unless one was wrong or is left.
    pub fn finish<T>(mut self, made: Option<T>) -> Result<T, Problem> {
        let unknown: Vec<_> = self.object.iter().map(|(name, _)| name.replace('~', "~0").replace('/', "~1")).collect();
        for name in unknown {
            self.fault(&name, "unknown member");
        }
        match made {
            Some(made) if self.faults.is_empty() => Ok(made),
            _ => Err(self
                .faults
                .into_iter()
                .fold(Problem::invalid_event(), |problem, (at, detail)| problem.with_error(at, detail))),
        }
    }
}
