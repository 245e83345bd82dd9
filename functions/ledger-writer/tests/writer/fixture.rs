//! A region with an organization, a key and the function's router.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use cloud::clock::Clock;
use cloud::topic::{Drain, Pace, Relay, Subscription, Topic};
use ledger_writer::{EventTypes, Parts, Writer, endpoints};
use serde_json::Value;
use store::append::Appender;
use store::{Database, Store};
use test_support::http::{Answer, ask, post};
use test_support::{TestRegion, log_signer, receipt_signer};
use truth_kernel::classification::Mode;
use truth_kernel::id::OrgId;
use truth_kernel::note::VerifierKey;
use web::authority::Authority;
use web::caller::Door;
use web::config::Routes;
use web::evidence::{Keyring, Witness};
use web::metrics::Metrics;
use web::serve::Ready;

pub const EVENTS: &str = "/api/v1/events";

pub struct Fixture {
    pub region: TestRegion,
    pub org: OrgId,
    /// Of `org`, in test mode.
    pub key: String,
    pub router: Router,
    pub metrics: Metrics,
    #[expect(dead_code, reason = "nudges are delivered as long as this is here")]
    pub drain: Drain,
}

impl Fixture {
    pub async fn new() -> Self {
        Self::nudging(Vec::new()).await
    }

    /// With receivers of the nudges for the batcher.
    pub async fn nudging(receivers: Vec<Subscription>) -> Self {
        let region = TestRegion::new().await;
        let org = region.organization().await;
        let store = region.store("fn_ledger_writer");
        let metrics = Metrics::default();
        let (router, drain) = router(&region, &store, receivers, metrics.clone());
        let key = region.api_key(org, Mode::Test, &["events:write"]).await;
        Self { region, org, key, router, metrics, drain }
    }

    /// The same region, whose writer cannot append: its database is gone.
    pub fn cut_off(&self) -> Router {
        let gone = Database::from_url("postgres://fn_ledger_writer@127.0.0.1:1/gone").unwrap();
        router(&self.region, &Store::open(gone), Vec::new(), Metrics::default()).0
    }

    pub async fn post(&self, body: impl Into<Body>) -> Answer {
        post(&self.router, &self.key, EVENTS, body).await
    }

    pub async fn post_under(&self, idempotency_key: &str, body: impl Into<Body>) -> Answer {
        self.send(EVENTS, idempotency_key, body).await
    }

    pub async fn send(&self, path: &str, idempotency_key: &str, body: impl Into<Body>) -> Answer {
        send(&self.router, &self.key, path, idempotency_key, body).await
    }

    pub async fn batch(&self, body: impl Into<Body>) -> Answer {
        post(&self.router, &self.key, "/api/v1/events/batch", body).await
    }

    /// Events in the organization's chain.
    pub async fn count(&self) -> i64 {
        let mut connection = self.region.superuser().await;
        let count = sqlx::query_scalar("SELECT count(*) FROM ledger_events WHERE org = $1").bind(self.org.as_uuid());
        count.fetch_one(&mut connection).await.unwrap()
    }

    /// What a partner would trust.
    pub fn trust() -> Vec<VerifierKey> {
        vec![receipt_signer().verifier().clone(), log_signer(&TestRegion::log(Mode::Test)).verifier().clone()]
    }
}

fn router(region: &TestRegion, appending: &Store, receivers: Vec<Subscription>, metrics: Metrics) -> (Router, Drain) {
    let (store, vault) = (region.store("fn_ledger_writer"), region.vault("fn_ledger_writer"));
    let log = log_signer(&TestRegion::log(Mode::Test)).verifier().clone();
    let keyring = Keyring::new([log], Arc::new(receipt_signer()));
    let authority = Authority::new(store.clone(), Clock::System);
    let here = TestRegion::founding().region;
    let urls = BTreeMap::from([("us-east1".parse().unwrap(), "https://us-east1.example".to_owned())]);
    let (relay, drain) = Relay::start(receivers, "a token", Pace::default(), &std::env::temp_dir(), &Clock::System);
    let writer = Writer::new(Parts {
        door: Door::new(authority.clone(), here, urls),
        appender: Appender::start(appending, vault.clone(), &keyring.receipts().verifier().to_string()),
        types: EventTypes::new(store.clone()),
        batcher: Topic::Relay(relay),
        witness: Witness::new(store.clone(), vault.clone(), keyring),
        authority,
        store,
        vault,
    });
    let service = endpoints().select(&Routes::All, writer).unwrap();
    (service.into_router(Ready::when(async || true), metrics), drain)
}

/// Posts under an idempotency key.
pub async fn send(router: &Router, key: &str, path: &str, idempotency_key: &str, body: impl Into<Body>) -> Answer {
    let request = Request::post(path).header("x-api-key", key).header("content-type", "application/json");
    ask(router, request.header("idempotency-key", idempotency_key).body(body.into()).unwrap()).await
}

/// A `claim.filed` of a claim.
pub fn filed(claim: &str) -> String {
    format!(
        r#"{{"type":"claim.filed","classification":"transactional","claim_id":"{claim}","tags":["claim"],"payload":{{"amount":"1200.50"}}}}"#
    )
}

/// The header in a document, parsed as JSON.
pub fn header(document: &Value) -> Value {
    serde_json::from_str(document["event"]["header"].as_str().unwrap()).unwrap()
}
