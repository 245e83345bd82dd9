//! A region, and a function's process whose invocations come from a fake Runtime API.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use cloud_tests::function::{Folder, Process};
use cloud_tests::runtime_api::{Outcome, RuntimeApi};
use serde_json::Value;
use test_support::{TestRegion, fresh_id, receipt_signer};
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

impl Fixture {
    /// A function that serves as this role, with nobody at the other end of its topic.
    pub async fn start(function: &str, role: &str) -> Self {
        let region = TestRegion::new().await;
        let org = region.organization().await;
        let key = region.api_key(org, Mode::Test, &["events:write", "events:read", "proofs:read"]).await;
        let folder = Folder::new();
        let api = RuntimeApi::start().await;
        let mut command = Command::new(env!("CARGO_BIN_EXE_function-main"));
        command.arg(function).env_clear().envs(folder.environment(&region, role)).stdout(Stdio::null());
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
        self.folder.bucket()
    }

    /// Every call to the Runtime API was in order, and the process is the first one still.
    pub fn check(mut self) {
        assert_eq!(self.api.violations(), [""; 0]);
        assert!(self.function.0.try_wait().unwrap().is_none(), "the function ended");
    }
}

/// An id of no event.
pub fn stray_event() -> EventId {
    fresh_id()
}

/// The public key of receipts that the fixture's functions sign with.
pub fn receipt_key() -> String {
    receipt_signer().verifier().to_string()
}
