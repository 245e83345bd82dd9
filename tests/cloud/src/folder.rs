//! A folder of a test's own, deleted with it.

use std::ops::Deref;
use std::path::{Path, PathBuf};

use cloud::random::Random;

/// A folder of a test's own, deleted with it.
#[derive(Debug)]
pub struct TestFolder(PathBuf);

impl TestFolder {
    /// An empty one.
    #[expect(clippy::new_without_default, reason = "a folder is made, not a default value")]
    pub fn new() -> Self {
        let name = u64::from_be_bytes(Random::system().bytes());
        let path = std::env::temp_dir().join(format!("proveniq-google-{name:016x}"));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Deref for TestFolder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for TestFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
