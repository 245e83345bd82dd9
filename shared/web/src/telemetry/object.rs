//! A JSON object under construction.

use serde::Serialize;

pub(super) struct Object(String);

impl Object {
    pub(super) fn new() -> Self {
        Self(String::new())
    }

    /// With room for a line.
    pub(super) fn line() -> Self {
        Self(String::with_capacity(768))
    }

    pub(super) fn member(&mut self, name: &str, value: &(impl Serialize + ?Sized)) {
        // Texts, numbers and lists of texts always have a JSON form.
        self.raw_member(name, &serde_json::to_string(value).unwrap_or_default());
    }

    /// An object, unless it is empty.
    pub(super) fn part(&mut self, name: &str, part: Self) {
        if !part.0.is_empty() {
            self.raw_member(name, &part.finish());
        }
    }

    /// `name` is one of our own, without anything to escape.
    fn raw_member(&mut self, name: &str, json: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        for part in ["\"", name, "\":", json] {
            self.0.push_str(part);
        }
    }

    pub(super) fn finish(mut self) -> String {
        self.0.push_str(if self.0.is_empty() { "{}" } else { "}" });
        self.0
    }
}
