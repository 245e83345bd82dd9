//! A folder of a test's own, deleted with it.

use std::path::{Path, PathBuf};

use crate::random::Random;

pub(crate) struct TestFolder(PathBuf);

impl TestFolder {
    #[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
    pub(crate) fn new() -> Self {
        let name = u64::from_be_bytes(Random::system().bytes());
        let path = std::env::temp_dir().join(format!("proveniq-cloud-{name:016x}"));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl std::ops::Deref for TestFolder {
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
