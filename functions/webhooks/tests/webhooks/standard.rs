//! The reference library of Standard Webhooks verifies what we sign.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cloud::clock::Clock;
use truth_kernel::encoding::decode_base64;
use webhooks::Secret;
use zeroize::Zeroizing;

use super::fixture::Fixture;
use super::receiver::{Received, Receiver};

/// What we would sign of a received notification under a disclosed secret.
pub fn sign(secret: &str, told: &Received) -> String {
    let secret = Secret::from_bytes(Zeroizing::new(decode_base64(&secret[6..]).unwrap()));
    secret.sign(&told.header("webhook-id"), told.header("webhook-timestamp").parse().unwrap(), &told.body)
}

const VERIFY: &str = "
import json, sys
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
case = json.load(sys.stdin)
try:
    print(json.dumps(Webhook(case['secret']).verify(case['body'], case['headers'])))
except WebhookVerificationError as error:
    print('refused:', error)
";

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_library_verifies_and_refuses_a_changed_body() {
    let Some(library) = library() else {
        private_postgres::skip(
            "the_reference_library_verifies_and_refuses_a_changed_body",
            "python3 with pip, or PyPI's standardwebhooks",
        );
        return;
    };
    let fixture = Fixture::new().await;
    let receiver = Receiver::default();
    let (id, secret) = fixture.endpoint(&receiver.listen().await).await;
    let rotate = format!("{}/{id}/rotate-secret", super::fixture::ENDPOINTS);
    let newest = fixture.post(&rotate, &serde_json::json!({})).await.json()["secret"].as_str().unwrap().to_owned();
    fixture.publish(1).await;
    fixture.nudge().await;
    let told = receiver.until(1).await.remove(0);
    let body = String::from_utf8(told.body.to_vec()).unwrap();
    for secret in [&secret, &newest] {
        let verified = verify(&library, secret, &told, &body);
        let verified: serde_json::Value = serde_json::from_str(&verified).unwrap_or_else(|_| panic!("{verified}"));
        assert_eq!(verified, told.json());
    }
    let changed = body.replace("claim.filed", "claim.fixed");
    assert!(verify(&library, &secret, &told, &changed).starts_with("refused:"));
    let other = Secret::generate(cloud::random::Random::system()).disclose().to_string();
    assert!(verify(&library, &other, &told, &body).starts_with("refused:"));
}

fn verify(library: &Path, secret: &str, told: &Received, body: &str) -> String {
    let headers = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(|name| (name, told.header(name)));
    let headers: serde_json::Map<_, _> = headers.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
    let case = serde_json::json!({ "secret": secret, "headers": headers, "body": body });
    let mut python = Command::new("python3")
        .args(["-c", VERIFY])
        .env("PYTHONPATH", library)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    serde_json::to_writer(python.stdin.take().unwrap(), &case).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// The pinned library in a folder of the build's own; none where it cannot be had.
fn library() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("standardwebhooks-1.1.0");
    if target.join("standardwebhooks/webhooks.py").is_file() {
        return Some(target);
    }
    let unfinished = target.with_extension(format!("{}", Clock::System.now().millis()));
    let installed = Command::new("python3")
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"])
        .args(["--only-binary", ":all:", "--target"])
        .arg(&unfinished)
        .args(["-r", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/standardwebhooks.txt")])
        .status()
        .is_ok_and(|status| status.success());
    if !installed {
        return None;
    }
    // Another test run may have been faster: then its copy is as good.
    let _ = std::fs::rename(&unfinished, &target);
    Some(target)
}
