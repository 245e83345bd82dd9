//! What a function of a test's region finds in its environment.

use std::path::{Path, PathBuf};

use cloud::bucket::Folder;
use cloud::clock::Clock;
use cloud::key_file;
use cloud::random::Random;
use truth_kernel::classification::Mode;

use crate::region::TestRegion;
use crate::seal::log_signer;

/// Keys and a bucket in a folder of their own, deleted with this value.
#[derive(Debug)]
pub struct TestFolder(PathBuf);

impl TestFolder {
    /// A new one, with a receipt key and a bucket.
    pub fn new() -> Self {
        let name = format!("proveniq-test-{:032x}", u128::from_be_bytes(Random::system().bytes()));
        let folder = Self(std::env::temp_dir().join(name));
        std::fs::create_dir_all(&folder.0).expect("a folder");
        key_file::generate(&folder.receipt_key(), Random::system()).expect("a receipt key");
        Folder::create_in(&folder.bucket(), &TestRegion::founding().region, Clock::System).expect("a bucket");
        folder
    }

    /// The environment of the function that serves as this role.
    pub fn environment(&self, region: &TestRegion, role: &str) -> Vec<(String, String)> {
        let path = |path: &Path| path.to_string_lossy().into_owned();
        let keys = [Mode::Live, Mode::Test].map(|mode| log_signer(&TestRegion::log(mode)).verifier().to_string());
        let variables = [
            ("REGION", TestRegion::founding().region.to_string()),
            ("DATABASE_URL", region.url(role)),
            ("WRAPPING_KEYS", path(region.wrapping_keys())),
            ("RECEIPT_KEY", path(&self.receipt_key())),
            ("LOG_KEYS", keys.join(" ")),
            ("BUCKET", path(&self.bucket())),
        ];
        variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn receipt_key(&self) -> PathBuf {
        self.0.join("receipts.key")
    }

    fn bucket(&self) -> PathBuf {
        self.0.join("bucket")
    }
}

impl Default for TestFolder {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for TestFolder {
    fn drop(&mut self) {
        // What is left lies in the folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
