//! Names of objects.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use thiserror::Error;

const LONGEST: usize = 512;

/// The name of an object: segments of `[A-Za-z0-9._-]` joined by `/`, none beginning with a dot, at
/// most 512 characters. No such name leads out of a folder or to a temporary file in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectPath(String);

/// A text that is not an [`ObjectPath`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not an object path: segments of [A-Za-z0-9._-] without a leading dot, joined by /")]
pub struct NotAnObjectPath;

impl ObjectPath {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where it lies below `root`.
    pub(super) fn below(&self, root: &Path) -> PathBuf {
        root.join(&self.0)
    }
}

impl FromStr for ObjectPath {
    type Err = NotAnObjectPath;

    fn from_str(text: &str) -> Result<Self, NotAnObjectPath> {
        let fits = text.len() <= LONGEST && text.split('/').all(is_segment);
        if fits { Ok(Self(text.to_owned())) } else { Err(NotAnObjectPath) }
    }
}

fn is_segment(segment: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    !segment.is_empty() && !segment.starts_with('.') && segment.bytes().all(allowed)
}

impl fmt::Display for ObjectPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use std::path::{Component, Path};

    use proptest::prelude::proptest;

    use super::ObjectPath;

    #[test]
    fn tiles_and_checkpoints_are_object_paths() {
        for path in ["checkpoint", "log/1/checkpoint", "log/test-1/tile/0/x001/234.p/12"] {
            assert_eq!(path.parse::<ObjectPath>().unwrap().as_str(), path);
        }
    }

    #[test]
    fn whatever_leads_elsewhere_is_refused() {
        let long = "a".repeat(513);
        for path in [
            "",
            "/",
            "/etc/passwd",
            "a//b",
            "a/",
            "..",
            "../a",
            "a/../b",
            "a/./b",
            ".hidden",
            "a/.tmp",
            "a\\b",
            "a b",
            "a\0",
            "ä",
            "%2e%2e/a",
            "~",
            &long,
        ] {
            assert!(path.parse::<ObjectPath>().is_err(), "{path:?}");
        }
    }

    proptest! {
        #[test]
        fn no_object_path_leaves_its_folder(text in "[./a-c\\\\~]{0,12}") {
            if let Ok(path) = text.parse::<ObjectPath>() {
                let below = path.below(Path::new("root"));
                assert!(below.starts_with("root") && below != Path::new("root"));
                assert!(below.components().all(|part| matches!(part, Component::Normal(_))));
            }
        }
    }
}
