//! A region, and lines of functions in it that share a plan of faults.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use analytics::{Analyst, Analytics, Warehouse};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use cloud::bucket::{Bucket, Folder};
use cloud::clock::Clock;
use cloud::fault::Faults;
use cloud::signer::Signer;
use cloud::topic::{Drain, Pace, Relay, Subscription, Topic};
use cloud_tests::folder::TestFolder;
use ledger_writer::{EventTypes, Parts, Writer};
use proof_batcher::{Batcher, Sealer};
use store::append::Appender;
use store::audit::{Audit, Finding, Pace as AuditPace};
use test_support::http::{ask, post};
use test_support::{TestRegion, log_signer, receipt_signer};
use timekeeper::Timekeeper;
use truth_kernel::classification::Mode;
use truth_kernel::id::OrgId;
use web::authority::Authority;
use web::caller::Door;
use web::config::{Routes, Secret};
use web::endpoints::{Endpoints, Service};
use web::evidence::{Keyring, Witness};
use web::metrics::Metrics;
use web::push::Pusher;
use web::serve::Ready;

const TOKEN: &str = "a token of the test";

/// What stays from one line to the next.
pub struct Stage {
    region: TestRegion,
    folder: TestFolder,
    bucket: Bucket,
    org: OrgId,
}

/// Functions that know each other.
pub struct Line<'a> {
    stage: &'a Stage,
    key: String,
    writer: Router,
    /// All that is pushed to.
    pushed: Router,
    _drains: [Drain; 2],
}

impl Stage {
    pub async fn new() -> Self {
        let (region, folder) = (TestRegion::new().await, TestFolder::new());
        let bucket = Folder::create_in(&folder.join("bucket"), &TestRegion::founding().region, Clock::System).unwrap();
        let org = region.organization().await;
        Self { region, folder, bucket: Bucket::Folder(bucket), org }
    }

    /// New instances of every function, whose messages go wrong as planned.
    pub async fn line(&self, faults: &Faults) -> Line<'_> {
        let listening = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listening.local_addr().unwrap());
        let (seal, seal_drain) = self.topic(&format!("{url}/push/seal"));
        let (published, published_drain) = self.topic(&format!("{url}/push/analyze"));
        let unreliable = |topic: &Topic| Topic::Faulty(Box::new(topic.clone()), faults.clone());
        let services = [
            self.batcher(unreliable(&published)),
            self.analytics(),
            // The timekeeper's messages arrive: it is what makes up for the others.
            self.timekeeper(seal.clone(), published),
        ];
        let pushed = services.into_iter().reduce(Service::merge).unwrap().into_router(ready(), Metrics::default());
        let router = pushed.clone();
        tokio::spawn(async move { axum::serve(listening, router).await });
        let key = self.region.api_key(self.org, Mode::Test, &["events:write"]).await;
        Line {
            stage: self,
            key,
            writer: self.writer(unreliable(&seal)),
            pushed,
            _drains: [seal_drain, published_drain],
        }
    }

    fn topic(&self, url: &str) -> (Topic, Drain) {
        let subscriptions = vec![Subscription::to(url.parse().unwrap())];
        let (relay, drain) = Relay::start(subscriptions, TOKEN, Pace::default(), &self.folder, &Clock::System);
        (Topic::Relay(relay), drain)
    }

    fn batcher(&self, followers: Topic) -> Service {
        let signers = [Mode::Live, Mode::Test].map(|mode| Signer::KeyFile(log_signer(&TestRegion::log(mode))));
        let store = self.region.store("fn_proof_batcher");
        let sealer = Sealer::new(store, self.bucket.clone(), signers.into()).with_followers(Some(followers));
        select(proof_batcher::endpoints(), Batcher { sealer, pusher: pusher() })
    }

    fn analytics(&self) -> Service {
        let store = self.region.store("fn_analytics");
        let warehouse = Warehouse::Postgres(store::analytics::Warehouse::new(store.clone()));
        select(analytics::endpoints(), Analytics { analyst: Analyst::new(store, warehouse), pusher: pusher() })
    }

    /// One whose clock is ahead, so that whatever waits has waited for long.
    fn timekeeper(&self, batcher: Topic, followers: Topic) -> Service {
        let (clock, hands) = Clock::manual(Clock::System.now());
        hands.advance(3_600_000);
        let store = self.region.store("fn_timekeeper");
        let state = Timekeeper { store, batcher, followers: Some(followers), clock, pusher: pusher() };
        select(timekeeper::endpoints(), state)
    }

    fn writer(&self, batcher: Topic) -> Router {
        let (store, vault) = (self.region.store("fn_ledger_writer"), self.region.vault("fn_ledger_writer"));
        let log = log_signer(&TestRegion::log(Mode::Test)).verifier().clone();
        let keyring = Keyring::new([log], Arc::new(receipt_signer()));
        let authority = Authority::new(store.clone(), Clock::System);
        let writer = Writer::new(Parts {
            door: Door::new(authority.clone(), TestRegion::founding().region, BTreeMap::new()),
            appender: Appender::start(&store, vault.clone(), &keyring.receipts().verifier().to_string()),
            types: EventTypes::new(store.clone()),
            batcher,
            witness: Witness::new(store.clone(), vault.clone(), keyring),
            authority,
            store,
            vault,
        });
        select(ledger_writer::endpoints(), writer).into_router(ready(), Metrics::default())
    }

    /// Everything that is stored is sound: so many events, all of them in the log.
    pub async fn audit(&self, events: u64) {
        let trust = [log_signer(&TestRegion::log(Mode::Test)).verifier().clone()];
        let vault = self.region.vault("fn_auditor");
        let audit = Audit { pace: AuditPace::Full, trust: &trust, vault: Some(&vault), progress: &mut |_, _| {} };
        match audit.run(&self.region.store("fn_auditor")).await.unwrap() {
            Finding::Sound(summary) => assert_eq!((summary.sealed, summary.pending), (events, 0)),
            other => panic!("{other:?}"),
        }
    }

    /// Facts that are told, each of another event.
    async fn facts(&self) -> u64 {
        let sql = "SELECT count(*) FROM analytics.facts";
        let facts: i64 = sqlx::query_scalar(sql).fetch_one(&mut self.region.superuser().await).await.unwrap();
        facts.unsigned_abs()
    }
}

impl Line<'_> {
    /// An event is taken, whatever becomes of the writer's message.
    pub async fn post(&self) {
        let event = r#"{"type":"claim.filed","classification":"transactional","payload":{"amount":"1200.50"}}"#;
        let answer = post(&self.writer, &self.key, "/api/v1/events", event).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
    }

    /// Sweeps as the scheduler would until there are so many facts.
    pub async fn until_told(&self, count: u64) {
        for _ in 0..300 {
            if self.stage.facts().await == count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            self.sweep().await;
        }
        panic!("{} of {count} facts", self.stage.facts().await);
    }

    async fn sweep(&self) {
        let request = Request::post("/push/sweep").header("content-type", "application/json");
        let request = request.header("authorization", format!("Bearer {TOKEN}"));
        let tick = Body::from(r#"{"message":{"messageId":"1"}}"#);
        assert_eq!(ask(&self.pushed, request.body(tick).unwrap()).await.status, 204);
    }
}

fn pusher() -> Pusher {
    Pusher::new(Some(Secret::new(TOKEN)))
}

fn ready() -> Ready {
    Ready::when(|| async { true })
}

fn select<S: Clone + Send + Sync + 'static>(endpoints: Endpoints<S>, state: S) -> Service {
    endpoints.select(&Routes::All, state).unwrap()
}
