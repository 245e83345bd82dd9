//! Starting functions whose bucket, keys and secrets are in Google Cloud: bound to their region, or not started.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use cloud_tests::contract::secret::TEXT;
use cloud_tests::fake::kms::{FakeKms, RING};
use cloud_tests::fake::secrets::{FakeSecrets, SECRET};
use cloud_tests::fake::storage::{BUCKET, FakeStorage};
use cloud_tests::folder::TestFolder;
use insta::assert_snapshot;
use test_support::TestRegion;
use truth_kernel::classification::Mode;
use web::config::Environment;

/// A region in Google Cloud.
struct Place {
    region: TestRegion,
    storage: FakeStorage,
    kms: FakeKms,
    secrets: FakeSecrets,
    dead_letters: TestFolder,
}

impl Place {
    async fn new() -> Self {
        let secrets = FakeSecrets::start(TEXT.as_bytes()).await;
        let (storage, kms) = (FakeStorage::start().await, FakeKms::start().await);
        Self { region: TestRegion::new().await, storage, kms, secrets, dead_letters: TestFolder::new() }
    }

    /// What a function is told, with these changes; an empty text is not set.
    fn environment(&self, role: &str, changes: &[(&str, &str)]) -> Environment {
        let log = |mode| test_support::log_signer(&TestRegion::log(mode)).verifier().to_string();
        let key = format!("{RING}/cryptoKeys/log/cryptoKeyVersions/1");
        let settings = [
            ("REGION", "europe-west1".to_owned()),
            ("DATABASE_URL", self.region.url(role)),
            ("BUCKET", format!("gs://{BUCKET}")),
            ("BUCKET_KEY", format!("{RING}/cryptoKeys/bucket")),
            ("CHECKPOINT_KEYS", format!("1={key} test-1={key}")),
            ("WRAPPING_KEYS", format!("{RING}/cryptoKeys/wrapping")),
            ("RECEIPT_KEY", SECRET.to_owned()),
            ("LOG_KEYS", format!("{} {}", log(Mode::Live), log(Mode::Test))),
            ("STORAGE_ENDPOINT", self.storage.server.url().to_owned()),
            ("KMS_ENDPOINT", self.kms.server.url().to_owned()),
            ("SECRETS_ENDPOINT", self.secrets.server.url().to_owned()),
            ("SEAL_TOPIC", "http://127.0.0.1:1/push/seal".to_owned()),
            ("DEAD_LETTERS", self.dead_letters.to_string_lossy().into_owned()),
        ];
        let changes = changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        settings.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(changes).collect()
    }

    /// The mistakes that keep the proof batcher from starting.
    async fn batcher_refuses(&self, changes: &[(&str, &str)]) -> String {
        let started = proof_batcher::start(self.environment("fn_proof_batcher", changes)).await;
        started.map(|_| ()).unwrap_err().to_string()
    }

    async fn query_refuses(&self, changes: &[(&str, &str)]) -> String {
        let started = query::start(self.environment("fn_query", changes)).await;
        started.map(|_| ()).unwrap_err().to_string()
    }
}

#[tokio::test]
async fn functions_start_with_everything_in_google_cloud() {
    let place = Place::new().await;
    let batcher = proof_batcher::start(place.environment("fn_proof_batcher", &[])).await.unwrap();
    let query = query::start(place.environment("fn_query", &[])).await.unwrap();
    assert_eq!((batcher.exceptions, query.exceptions), (Vec::new(), Vec::new()), "a given endpoint is no exception");
    assert_eq!(place.kms.server.faults.calls().len(), 2, "the public keys of two logs; nothing is wrapped yet");
}

#[tokio::test]
async fn a_service_without_an_endpoint_in_the_region_is_told() {
    let place = Place::new().await;
    let changes = [("KMS_ENDPOINT", ""), ("RECEIPT_KEY", SECRET)];
    let query = query::start(place.environment("fn_query", &changes)).await.unwrap();
    let told: Vec<_> = query.exceptions.iter().map(|told| (told.service, told.region.to_string())).collect();
    assert_eq!(told, [("cloudkms", "europe-west1".to_owned())]);
}

#[tokio::test]
async fn a_bucket_elsewhere_is_refused() {
    let place = Place::new().await;
    place.storage.lie_in("US-EAST1", "region");
    assert_snapshot!(place.batcher_refuses(&[]).await, @r"
    cannot start:
      - REGION is europe-west1, but the bucket lies in us-east1
    ");
    place.storage.lie_in("EU", "multi-region");
    assert_snapshot!(place.batcher_refuses(&[]).await, @r"
    cannot start:
      - BUCKET: the bucket lies in EU, which is not one region
    ");
    place.storage.lie_in("EUROPE-WEST1", "region");
    assert_snapshot!(place.batcher_refuses(&[("BUCKET_KEY", &format!("{}/cryptoKeys/k", RING.replace("europe-west1", "us-east1")))]).await, @r"
    cannot start:
      - REGION is europe-west1, but the key projects/ledger-eu/locations/us-east1/keyRings/ledger/cryptoKeys/k belongs to us-east1
    ");
}

#[tokio::test]
async fn keys_and_secrets_of_another_region_are_refused() {
    let place = Place::new().await;
    let there = |name: &str| name.replace("europe-west1", "us-east1");
    let key = there(&format!("{RING}/cryptoKeys/log/cryptoKeyVersions/1"));
    assert_snapshot!(place.batcher_refuses(&[("CHECKPOINT_KEYS", &format!("1={key} test-1={key}"))]).await, @r"
    cannot start:
      - REGION is europe-west1, but the key projects/ledger-eu/locations/us-east1/keyRings/ledger/cryptoKeys/log/cryptoKeyVersions/1 belongs to us-east1
    ");
    let changes =
        [("WRAPPING_KEYS", &*there(&format!("{RING}/cryptoKeys/wrapping"))), ("RECEIPT_KEY", &*there(SECRET))];
    assert_snapshot!(place.query_refuses(&changes).await, @r"
    cannot start:
      - REGION is europe-west1, but the key projects/ledger-eu/locations/us-east1/keyRings/ledger/cryptoKeys/wrapping belongs to us-east1
      - REGION is europe-west1, but the secret projects/ledger-eu/locations/us-east1/secrets/receipts/versions/3 lies in us-east1
    ");
}

#[tokio::test]
async fn what_names_nothing_is_a_mistake_in_words() {
    let place = Place::new().await;
    let changes = [("BUCKET", "ledger-eu"), ("CHECKPOINT_KEYS", "1=projects/p")];
    assert_snapshot!(place.batcher_refuses(&changes).await, @r"
    cannot start:
      - BUCKET: not a bucket: gs://<name>, or the path of a folder that begins with / or .
      - CHECKPOINT_KEYS: the key of log 1: not a key version: projects/<project>/locations/<region>/keyRings/<ring>/cryptoKeys/<key>/cryptoKeyVersions/<number>
    ");
    let key = format!("{RING}/cryptoKeys/log/cryptoKeyVersions/1");
    assert_snapshot!(place.batcher_refuses(&[("CHECKPOINT_KEYS", &format!("1={key}"))]).await, @r"
    cannot start:
      - CHECKPOINT_KEYS: there is no key of ledger.example/europe-west1/test-1
    ");
    let changes = [("KMS_ENDPOINT", "http://10.0.0.1"), ("RECEIPT_KEY", "projects/p/secrets/s/versions/latest")];
    assert_snapshot!(place.query_refuses(&changes).await, @r"
    cannot start:
      - KMS_ENDPOINT: not an endpoint: https://<host>, or http://<loopback address>:<port>
      - RECEIPT_KEY: not a secret: projects/<project>/locations/<region>/secrets/<name>/versions/<number>
    ");
}
