//! A function's own main as a process, and the environment that it starts from.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Child;

use test_support::{TestRegion, fresh_id, log_signer};
use truth_kernel::classification::Mode;
use truth_kernel::id::Event;

/// Killed when dropped.
#[derive(Debug)]
pub struct Process(pub Child);

impl Process {
    /// Asks it to end, and waits.
    pub fn stop(&mut self) -> std::process::ExitStatus {
        let id = self.0.id().to_string();
        assert!(std::process::Command::new("kill").args(["-s", "TERM", &id]).status().unwrap().success());
        self.0.wait().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A folder for one test, deleted when dropped.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A new one.
    pub fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("proveniq-function-{}", fresh_id::<Event>()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// The region's public bucket, once there is an environment.
    pub fn bucket(&self) -> PathBuf {
        self.0.join("bucket")
    }

    /// What a function needs that serves the region as this role, with nobody at the other end of its topic.
    pub fn environment(&self, region: &TestRegion, role: &str) -> Vec<(&'static str, String)> {
        let here = &TestRegion::founding().region;
        cloud::bucket::Folder::create_in(&self.bucket(), here, cloud::clock::Clock::System).unwrap();
        // The key of `receipt_signer`.
        let receipts = self.secret("receipt.key", &format!("{}\n", "02".repeat(32)));
        let token = self.secret("push.token", "a token of sixteen or more\n");
        let logs = [Mode::Live, Mode::Test].map(|mode| log_signer(&TestRegion::log(mode)).verifier().to_string());
        vec![
            ("REGION", here.to_string()),
            ("DATABASE_URL", region.url(role)),
            ("WRAPPING_KEYS", text(region.wrapping_keys())),
            ("RECEIPT_KEY", text(&receipts)),
            ("LOG_KEYS", logs.join(" ")),
            ("BUCKET", text(&self.bucket())),
            ("SEAL_TOPIC", "http://127.0.0.1:9/push/seal".to_owned()),
            ("PUSH_TOKEN_FILE", text(&token)),
            ("DEAD_LETTERS", text(&self.0.join("dead-letters"))),
        ]
    }

    fn secret(&self, name: &str, content: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path
    }
}

impl Default for Folder {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left lies in the folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
