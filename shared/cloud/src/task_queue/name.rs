//! Names of tasks.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// 1 to 500 letters, digits, hyphens and underscores, as Cloud Tasks takes them. Names that begin alike are slow there: an id's random
/// part comes early.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskName(String);

/// A text that is not a [`TaskName`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not a task's name: 1 to 500 letters, digits, hyphens and underscores")]
pub struct NotATaskName;

impl TaskName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TaskName {
    type Err = NotATaskName;

    fn from_str(text: &str) -> Result<Self, NotATaskName> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let is_name = (1..=500).contains(&text.len()) && text.bytes().all(fits);
        if is_name { Ok(Self(text.to_owned())) } else { Err(NotATaskName) }
    }
}

impl fmt::Display for TaskName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::TaskName;

    #[test]
    fn only_what_cloud_tasks_takes_is_a_name() {
        let longest = "x".repeat(500);
        for (text, is_name) in [
            ("whd_0-1", true),
            (longest.as_str(), true),
            ("", false),
            ("a b", false),
            ("a/b", false),
            ("é", false),
            (&format!("{longest}x"), false),
        ] {
            assert_eq!(text.parse::<TaskName>().is_ok(), is_name, "{text}");
        }
    }
}
