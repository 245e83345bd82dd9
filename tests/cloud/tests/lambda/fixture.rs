//! A region, and a function's process whose invocations come from a fake Runtime API.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use cloud_tests::runtime_api::{Outcome, RuntimeApi};
use serde_json::Value;
use test_support::{TestRegion, fresh_id, log_signer, receipt_signer};
use truth_kernel::classification::Mode;
use truth_kernel::id::{EventId, OrgId};

use crate::answers::Answered;
use crate::events::{Asked, Front};

pub struct Fixture {
    pub region: TestRegion,
    pub org: OrgId,
    /// Of `org`, in test mode.
    pub key: String,
    pub api: RuntimeApi,
    pub function: Process,
    folder: Folder,
}

/// Killed when dropped.
pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Deleted when dropped.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left lies in the folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Fixture {
    /// A function that serves as this role, with nobody at the other end of its topic.
    pub async fn start(function: &str, role: &str) -> Self {
        let region = TestRegion::new().await;
        let org = region.organization().await;
        let key = region.api_key(org, Mode::Test, &["events:write", "events:read", "proofs:read"]).await;
        let folder =
            Folder(std::env::temp_dir().join(format!("proveniq-lambda-{}", fresh_id::<truth_kernel::id::Event>())));
        let api = RuntimeApi::start().await;
        let mut command = Command::new(env!("CARGO_BIN_EXE_function-under-lambda"));
        command.arg(function).env_clear().envs(environment(&region, role, &folder.0)).stdout(Stdio::null());
        command.env("AWS_LAMBDA_RUNTIME_API", api.address()).env("AWS_LAMBDA_FUNCTION_NAME", function);
        command.env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST").env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128");
        let function = Process(command.spawn().unwrap());
        Self { region, org, key, api, function, folder }
    }

    /// Sends a request through a front and reads what the client gets.
    pub async fn ask(&self, front: Front, asked: &Asked<'_>) -> Answered {
        Answered::of(front, self.invoke(asked.event(front)).await)
    }

    pub async fn invoke(&self, event: Value) -> Outcome {
        self.api.invoke(event).await
    }

    /// The region's public bucket.
    pub fn bucket(&self) -> PathBuf {
        self.folder.0.join("bucket")
    }

    /// Every call to the Runtime API was in order, and the process is the first one still.
    pub fn check(mut self) {
        assert_eq!(self.api.violations(), [""; 0]);
        assert!(self.function.0.try_wait().unwrap().is_none(), "the function ended");
    }
}

fn environment(region: &TestRegion, role: &str, folder: &Path) -> Vec<(&'static str, String)> {
    std::fs::create_dir_all(folder).unwrap();
    let here = &TestRegion::founding().region;
    cloud::bucket::Folder::create_in(&folder.join("bucket"), here, cloud::clock::Clock::System).unwrap();
    let receipts = secret(folder, "receipt.key", &format!("{}\n", "02".repeat(32)));
    let token = secret(folder, "push.token", "a token of sixteen or more\n");
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let logs = [Mode::Live, Mode::Test].map(|mode| log_signer(&TestRegion::log(mode)).verifier().to_string());
    vec![
        ("REGION", here.to_string()),
        ("DATABASE_URL", region.url(role)),
        ("WRAPPING_KEYS", text(region.wrapping_keys())),
        ("RECEIPT_KEY_FILE", text(&receipts)),
        ("LOG_KEYS", logs.join(" ")),
        ("BUCKET", text(&folder.join("bucket"))),
        ("SEAL_TOPIC", "http://127.0.0.1:9/push/seal".to_owned()),
        ("PUSH_TOKEN_FILE", text(&token)),
        ("DEAD_LETTERS", text(&folder.join("dead-letters"))),
        ("LOG", "info".to_owned()),
    ]
}

fn secret(folder: &Path, name: &str, content: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path
}

/// An id of no event.
pub fn stray_event() -> EventId {
    fresh_id()
}

/// The public key of receipts that the fixture's functions sign with.
pub fn receipt_key() -> String {
    receipt_signer().verifier().to_string()
}
