//! Secrets: a file and Secret Manager keep one contract.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::os::unix::fs::PermissionsExt;

use cloud::secret::{Secret, SecretError, SecretManager};
use cloud::signer::from_secret;
use cloud_tests::contract::secret::{TEXT, check, check_malformed};
use cloud_tests::fake::Fault;
use cloud_tests::fake::secrets::{FakeSecrets, SECRET};
use cloud_tests::folder::TestFolder;
use serde_json::{Value, json};

fn secret(fake: &FakeSecrets) -> Secret {
    Secret::Google(SecretManager::new(fake.server.access(), SECRET.parse().unwrap()))
}

fn file(folder: &TestFolder, text: &str) -> Secret {
    let path = folder.join("receipts.key");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    Secret::File(path)
}

#[tokio::test]
async fn a_file_keeps_the_contract() {
    let folder = TestFolder::new();
    check(&file(&folder, TEXT)).await;
    check_malformed(&file(&folder, "not a key\n")).await;
}

#[tokio::test]
async fn secret_manager_keeps_the_contract() {
    let fake = FakeSecrets::start(TEXT.as_bytes()).await;
    check(&secret(&fake)).await;
    check_malformed(&secret(&FakeSecrets::start(b"not a key\n").await)).await;
}

#[tokio::test]
async fn a_receipt_key_comes_from_either() {
    let (folder, fake) = (TestFolder::new(), FakeSecrets::start(TEXT.as_bytes()).await);
    let name = "ledger.example/europe-west1/receipts";
    let of_file = from_secret(&file(&folder, TEXT), name).await.unwrap();
    let of_service = from_secret(&secret(&fake), name).await.unwrap();
    assert_eq!(of_file.verifier(), of_service.verifier());
}

#[tokio::test]
async fn an_answer_that_is_not_what_it_should_be_is_refused() {
    let tamperings: [fn(&mut Value); 5] = [
        |answer| answer["payload"]["dataCrc32c"] = json!("1"),
        |answer| answer["payload"]["dataCrc32c"] = Value::Null,
        |answer| answer["payload"] = Value::Null,
        |answer| answer["name"] = json!("projects/1/locations/us-east1/secrets/receipts/versions/3"),
        |answer| answer["name"] = json!("projects/1/locations/europe-west1/secrets/other/versions/3"),
    ];
    for (number, tampering) in tamperings.into_iter().enumerate() {
        let fake = FakeSecrets::start(TEXT.as_bytes()).await;
        fake.tamper(tampering);
        assert!(matches!(secret(&fake).text().await, Err(SecretError::Answer(_))), "tampering {number}");
    }
}

#[tokio::test]
async fn a_call_that_goes_wrong_is_repeated_and_a_refusal_is_not() {
    for fault in [Fault::Refuse(503), Fault::Refuse(429), Fault::FailAfter, Fault::Hang] {
        let fake = FakeSecrets::start(TEXT.as_bytes()).await;
        fake.server.faults.at(0, fault);
        secret(&fake).key().await.unwrap();
        assert_eq!(fake.server.faults.calls().len(), 2, "{fault:?}");
    }
    let fake = FakeSecrets::start(TEXT.as_bytes()).await;
    fake.server.faults.at(0, Fault::Refuse(403));
    assert!(matches!(secret(&fake).key().await, Err(SecretError::Service(_))));
    assert_eq!(fake.server.faults.calls().len(), 1);
}
