//! The application default credentials: from the metadata server of the machine to every service.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::process::Command;

use cloud::bucket::{Bucket, BucketAddress, CloudStorage};
use cloud::google::{Access, Identity, Kms};
use cloud::secret::{Secret, SecretManager};
use cloud::signer::{KmsSigner, Signer};
use cloud_tests::contract::bucket::path;
use cloud_tests::contract::secret::TEXT;
use cloud_tests::fake::Server;
use cloud_tests::fake::kms::{FakeKms, RING};
use cloud_tests::fake::metadata::{self, TOKEN};
use cloud_tests::fake::secrets::{FakeSecrets, SECRET};
use cloud_tests::fake::storage::{BUCKET, FakeStorage};

/// Says that a test runs in a process of its own, whose environment names the metadata server.
const MARK: &str = "PROVENIQ_TEST_OF_CREDENTIALS";

/// The environment of a process cannot be changed while it runs; so the test runs itself in another one.
#[tokio::test]
async fn every_service_is_called_with_a_token_of_the_metadata_server() {
    if std::env::var_os(MARK).is_some() {
        return call_every_service().await;
    }
    let metadata = metadata::start().await;
    assert!(in_a_process_with(&metadata, "every_service_is_called_with_a_token_of_the_metadata_server").await);
    assert!(tokens(&metadata) > 0);
}

async fn call_every_service() {
    let secrets = FakeSecrets::start(TEXT.as_bytes()).await;
    Secret::Google(SecretManager::new(access(&secrets.server), SECRET.parse().unwrap())).key().await.unwrap();

    let kms = FakeKms::start().await;
    let key = format!("{RING}/cryptoKeys/log/cryptoKeyVersions/1").parse().unwrap();
    let signer = KmsSigner::fetch(Kms::new(access(&kms.server)), key, "ledger.example/europe-west1/1").await.unwrap();
    Signer::Google(signer).sign(b"message").await.unwrap();

    let storage = FakeStorage::start().await;
    let Ok(BucketAddress::CloudStorage(name)) = format!("gs://{BUCKET}").parse() else { panic!("not a bucket") };
    let bucket = Bucket::Google(CloudStorage::new(name, None, access(&storage.server)));
    bucket.location().await.unwrap();
    bucket.create(&path("a"), b"1".to_vec()).await.unwrap();
    bucket.create(&path("large"), vec![1; 17 << 20]).await.unwrap();
    bucket.get(&path("a")).await.unwrap().unwrap();
}

/// A service that lets in only who bears the metadata server's token.
fn access(server: &Server) -> Access {
    server.faults.demand(TOKEN);
    server.access().with_identity(Identity::Default)
}

async fn in_a_process_with(metadata: &Server, test: &'static str) -> bool {
    let host = metadata.url().trim_start_matches("http://").to_owned();
    let run = move || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", test]).env(MARK, "1").env("GCE_METADATA_HOST", host);
        // No other credentials of whoever runs the tests.
        command.env("HOME", "/nowhere").env_remove("GOOGLE_APPLICATION_CREDENTIALS").status().unwrap().success()
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

fn tokens(metadata: &Server) -> usize {
    metadata.faults.calls().into_iter().filter(|call| call.ends_with("/token")).count()
}
