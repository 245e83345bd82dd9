//! Taking the known members out of an object; what is left is named as unchecked.

use super::json::Json;
use crate::note::KeyError;

/// A document that does not have the members of its version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum FormatError {
    #[error("Not a JSON document: {0}.")]
    NotJson(String),
    #[error("Not a document of version 1.")]
    OtherVersion,
    #[error("{0} is missing.")]
    Missing(String),
    #[error("{0} is not {1}.")]
    WrongType(String, &'static str),
    #[error("A key of the log is refused: {0}.")]
    Key(KeyError),
}

/// The members of one object of the document that were not asked for yet.
pub(super) struct Members {
    /// The JSON pointer of the object.
    path: String,
    rest: Vec<(String, Json)>,
}

/// The JSON pointers of all unknown members seen so far.
pub(super) type Unchecked = Vec<String>;

impl Members {
    /// The object at this path.
    pub(super) fn of(value: Json, path: impl Into<String>) -> Result<Self, FormatError> {
        let path = path.into();
        match value {
            Json::Object(rest) => Ok(Self { path, rest }),
            _ => Err(FormatError::WrongType(place(&path), "an object")),
        }
    }

    /// The member, whatever it is, if it is there.
    pub(super) fn find(&mut self, name: &str) -> Option<Json> {
        let at = self.rest.iter().position(|(known, _)| known == name)?;
        Some(self.rest.swap_remove(at).1)
    }

    /// The member, whatever it is.
    pub(super) fn take(&mut self, name: &str) -> Result<Json, FormatError> {
        self.find(name).ok_or_else(|| FormatError::Missing(self.pointer(name)))
    }

    pub(super) fn text(&mut self, name: &str) -> Result<String, FormatError> {
        match self.take(name)? {
            Json::String(text) => Ok(text),
            _ => Err(FormatError::WrongType(self.pointer(name), "a string")),
        }
    }

    /// The text, if the member is there.
    pub(super) fn optional_text(&mut self, name: &str) -> Result<Option<String>, FormatError> {
        match self.find(name) {
            None => Ok(None),
            Some(Json::String(text)) => Ok(Some(text)),
            Some(_) => Err(FormatError::WrongType(self.pointer(name), "a string")),
        }
    }

    /// The text, or nothing when the member is null.
    pub(super) fn nullable_text(&mut self, name: &str) -> Result<Option<String>, FormatError> {
        match self.take(name)? {
            Json::Null => Ok(None),
            Json::String(text) => Ok(Some(text)),
            _ => Err(FormatError::WrongType(self.pointer(name), "a string or null")),
        }
    }

    /// The number as an index or size, or nothing when it is another number.
    pub(super) fn count(&mut self, name: &str) -> Result<Option<u64>, FormatError> {
        count(&self.take(name)?).ok_or_else(|| FormatError::WrongType(self.pointer(name), "a number"))
    }

    /// The numbers of a list, each as with [`Members::count`].
    pub(super) fn counts(&mut self, name: &str) -> Result<Vec<Option<u64>>, FormatError> {
        self.list(name)?.map(|(item, path)| count(&item).ok_or(FormatError::WrongType(path, "a number"))).collect()
    }

    /// The items with the path of each.
    pub(super) fn list(&mut self, name: &str) -> Result<impl Iterator<Item = (Json, String)> + use<>, FormatError> {
        let path = self.pointer(name);
        match self.take(name)? {
            Json::Array(items) => {
                Ok(items.into_iter().enumerate().map(move |(at, item)| (item, format!("{path}/{at}"))))
            }
            _ => Err(FormatError::WrongType(path, "a list")),
        }
    }

    /// The strings of a list.
    pub(super) fn texts(&mut self, name: &str) -> Result<Vec<String>, FormatError> {
        self.list(name)?
            .map(|(item, path)| match item {
                Json::String(text) => Ok(text),
                _ => Err(FormatError::WrongType(path, "a string")),
            })
            .collect()
    }

    /// The object.
    pub(super) fn object(&mut self, name: &str) -> Result<Self, FormatError> {
        let path = self.pointer(name);
        Self::of(self.take(name)?, path)
    }

    /// The object, or nothing when the member is null.
    pub(super) fn nullable_object(&mut self, name: &str) -> Result<Option<Self>, FormatError> {
        match self.take(name)? {
            Json::Null => Ok(None),
            value => Self::of(value, self.pointer(name)).map(Some),
        }
    }

    /// The object, if the member is there.
    pub(super) fn optional_object(&mut self, name: &str) -> Result<Option<Self>, FormatError> {
        let value = self.find(name);
        value.map(|value| Self::of(value, self.pointer(name))).transpose()
    }

    /// Whether a member of this name has not been taken yet.
    pub(super) fn has(&self, name: &str) -> bool {
        self.rest.iter().any(|(known, _)| known == name)
    }

    /// Names what was not asked for.
    pub(super) fn finish(self, unchecked: &mut Unchecked) {
        let mut left: Vec<_> = self.rest.iter().map(|(name, _)| self.pointer(name)).collect();
        left.sort();
        unchecked.append(&mut left);
    }

    /// The JSON pointer (RFC 6901) of a member.
    fn pointer(&self, name: &str) -> String {
        format!("{}/{}", self.path, name.replace('~', "~0").replace('/', "~1"))
    }
}

/// The number, if it is one, as an index or size, if it is one of these.
#[expect(clippy::option_option, reason = "not a number is a matter of form, another number is not")]
fn count(value: &Json) -> Option<Option<u64>> {
    match value {
        Json::Number(number) => Some(number.as_u64()),
        _ => None,
    }
}

fn place(path: &str) -> String {
    if path.is_empty() { "the document".to_owned() } else { path.to_owned() }
}
