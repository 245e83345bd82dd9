//! A region with an organization, keys and the function's router.

use std::sync::Arc;

use axum::Router;
use proof_generator::State;
use serde_json::Value;
use store::Store;
use store::append::{Appended, Appender, Draft, Outcome};
use test_support::draft::claim_filed;
use test_support::http::{Answer, get, post};
use test_support::{Standby, TestRegion, log_signer, receipt_signer};
use truth_kernel::classification::Mode;
use truth_kernel::id::OrgId;
use truth_kernel::verify::{Report, verify};
use web::config::{Environment, Routes, Settings};
use web::evidence::Keyring;
use web::metrics::Metrics;
use web::serve::Ready;

pub struct Fixture {
    pub region: TestRegion,
    pub org: OrgId,
    /// Of `org`, in test mode, with the scope of this function.
    pub key: String,
    pub router: Router,
    pub metrics: Metrics,
    pub keyring: Keyring,
    appender: Appender,
}

impl Fixture {
    pub async fn new() -> Self {
        Self::within(TestRegion::new().await).await
    }

    /// One that reads from a standby what is sealed there.
    pub async fn with_standby() -> (Self, Standby) {
        let mut fixture = Self::within(TestRegion::apart().await).await;
        let standby = fixture.region.standby().await;
        fixture.router = fixture.router_over(standby.store(&fixture.region, "fn_proof_generator"));
        (fixture, standby)
    }

    async fn within(region: TestRegion) -> Self {
        let org = region.organization().await;
        let log = log_signer(&TestRegion::log(Mode::Test)).verifier().clone();
        let keyring = Keyring::new([log], Arc::new(receipt_signer()));
        let mut fixture = Self {
            key: region.api_key(org, Mode::Test, &["proofs:read"]).await,
            router: Router::new(),
            metrics: Metrics::default(),
            appender: region.appender(),
            region,
            org,
            keyring,
        };
        fixture.router = fixture.router_over(fixture.region.store("fn_proof_generator"));
        fixture
    }

    /// The function over this store.
    pub fn router_over(&self, store: Store) -> Router {
        let settings = Settings::read(&mut Environment::from([("REGION", "europe-west1")])).unwrap();
        let vault = self.region.vault("fn_proof_generator");
        let state = State::new(store, vault, self.keyring.clone(), &settings);
        let service = proof_generator::endpoints().select(&Routes::All, state).unwrap();
        service.into_router(Ready::when(async || true), self.metrics.clone())
    }

    /// A key of an organization that has just been made.
    pub async fn stranger(&self) -> String {
        let other = self.region.organization().await;
        self.region.api_key(other, Mode::Test, &["proofs:read"]).await
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

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        post(&self.router, &self.key, path, body.to_string()).await
    }

    /// As somebody does who trusts the region's published keys.
    pub fn verify(&self, document: &[u8]) -> Report {
        verify(document, &self.keyring.published())
    }
}
