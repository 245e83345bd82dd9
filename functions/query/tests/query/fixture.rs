//! A region with an organization, keys, a bucket and the function's router.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use cloud::bucket::{Bucket, Folder};
use cloud::clock::Clock;
use cloud::random::Random;
use query::State;
use serde_json::Value;
use store::Store;
use store::append::{Appended, Appender, Draft, Outcome};
use test_support::draft::claim_filed;
use test_support::http::{Answer, get};
use test_support::{Standby, TestRegion, log_signer, receipt_signer};
use truth_kernel::classification::Mode;
use truth_kernel::id::OrgId;
use web::config::{Environment, Routes, Settings};
use web::evidence::Keyring;
use web::metrics::Metrics;
use web::serve::Ready;

pub struct Fixture {
    pub region: TestRegion,
    pub org: OrgId,
    /// Of `org`, in test mode, with every scope of this function but the auditors'.
    pub key: String,
    pub router: Router,
    pub bucket: Bucket,
    pub keyring: Keyring,
    appender: Appender,
    folder: PathBuf,
}

impl Fixture {
    pub async fn new() -> Self {
        Self::within(TestRegion::new().await).await
    }

    /// One that reads from a standby what is sealed there.
    pub async fn with_standby() -> (Self, Standby) {
        let mut fixture = Self::within(TestRegion::apart().await).await;
        let standby = fixture.region.standby().await;
        fixture.router = fixture.router_over(standby.store(&fixture.region, "fn_query"));
        (fixture, standby)
    }

    async fn within(region: TestRegion) -> Self {
        let org = region.organization().await;
        let folder =
            std::env::temp_dir().join(format!("proveniq-query-{:032x}", u128::from_be_bytes(Random::system().bytes())));
        let bucket = Folder::create_in(&folder, &TestRegion::founding().region, Clock::System).unwrap();
        let bucket = Bucket::Folder(bucket);
        let log = log_signer(&TestRegion::log(Mode::Test)).verifier().clone();
        let keyring = Keyring::new([log], Arc::new(receipt_signer()));
        let mut fixture = Self {
            key: region.api_key(org, Mode::Test, &["events:read", "proofs:read"]).await,
            router: Router::new(),
            appender: region.appender(),
            region,
            org,
            bucket,
            keyring,
            folder,
        };
        fixture.router = fixture.router_over(fixture.region.store("fn_query"));
        fixture
    }

    /// The function over this store.
    pub fn router_over(&self, store: Store) -> Router {
        let settings = Settings::read(&mut Environment::from([("REGION", "europe-west1")])).unwrap();
        let vault = self.region.vault("fn_query");
        let state = State::new(store, vault, self.keyring.clone(), self.bucket.clone(), &settings);
        let service = query::endpoints().select(&Routes::All, state).unwrap();
        service.into_router(Ready::when(async || true), Metrics::default())
    }

    /// A key of an organization that has just been made.
    pub async fn stranger(&self) -> String {
        let other = self.region.organization().await;
        self.region.api_key(other, Mode::Test, &["events:read", "proofs:read"]).await
    }

    pub async fn append(&self, claim: Option<&str>) -> Appended {
        self.append_draft(claim_filed(self.org, 1, claim)).await
    }

    pub async fn append_draft(&self, draft: Draft) -> Appended {
        match self.appender.append(draft).await.unwrap() {
            Outcome::Appended(event) => *event,
            other => panic!("not appended: {other:?}"),
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        get(&self.router, &self.key, path).await
    }

    /// The JSON of an answer that must be 200.
    pub async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
        answer.json()
    }

    /// Status and slug of a refusal.
    pub async fn refusal(&self, path: &str) -> (u16, String) {
        self.get(path).await.problem()
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        // What is left lies in the folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
