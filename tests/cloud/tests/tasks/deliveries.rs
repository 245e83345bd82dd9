//! Webhooks over a Cloud Tasks that fails in every way: each delivery is made, and none is made twice.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::post;
use cloud::clock::{Clock, ManualClock};
use serde_json::json;
use store::append::Outcome;
use test_support::TestRegion;
use test_support::draft::claim_filed;
use test_support::http::{Answer, ask, get, post as post_json};
use tokio::net::TcpListener;
use truth_kernel::classification::Mode;
use truth_kernel::id::OrgId;
use web::authority::Authority;
use web::caller::Door;
use web::config::{Routes, Secret};
use web::metrics::Metrics;
use web::push::Pusher;
use web::serve::Ready;
use webhooks::destination::Policy;
use webhooks::sender::Sender;
use webhooks::{Webhooks, endpoints};

use super::fake::{Fake, Fault, TOKEN};

struct Scene {
    region: TestRegion,
    org: OrgId,
    key: String,
    router: Router,
    hands: ManualClock,
    fake: Fake,
    told: Arc<Mutex<Vec<String>>>,
}

impl Scene {
    async fn new() -> Self {
        let region = TestRegion::new().await;
        let org = region.organization().await;
        let key = region.api_key(org, Mode::Test, &["webhooks:read", "webhooks:write"]).await;
        let (clock, hands) = Clock::manual(Clock::System.now());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = format!("http://{}/push/deliver", listener.local_addr().unwrap());
        let (fake, store) = (Fake::by(clock.clone()), region.store("fn_webhooks"));
        let state = Webhooks {
            vault: region.vault("fn_webhooks"),
            door: Door::new(
                Authority::new(store.clone(), Clock::System),
                TestRegion::founding().region,
                BTreeMap::new(),
            ),
            store,
            pusher: Pusher::new(Some(Secret::new(TOKEN))),
            queue: fake.queue(&target).await,
            sender: Sender::new(Policy::PublicAndLoopback),
            schedule: "0".parse().unwrap(),
            base_url: "https://eu.ledger.example".to_owned(),
            clock,
        };
        let service = endpoints().select(&Routes::All, state).unwrap();
        let router = service.into_router(Ready::when(async || true), Metrics::default());
        let served = router.clone();
        tokio::spawn(async move { axum::serve(listener, served).await });
        Self { region, org, key, router, hands, fake, told: Arc::default() }
    }

    /// Registers a receiver that takes everything.
    async fn register(&self) {
        let told = Arc::clone(&self.told);
        let take = move |headers: HeaderMap| {
            told.lock().unwrap().push(headers["webhook-id"].to_str().unwrap().to_owned());
            async {}
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/", post(take))).await });
        let path = "/api/v1/webhooks/endpoints";
        let answer = post_json(&self.router, &self.key, path, json!({ "url": url }).to_string()).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
    }

    async fn publish(&self, count: usize) {
        let appender = self.region.appender();
        for _ in 0..count {
            let outcome = appender.append(claim_filed(self.org, 1, None)).await.unwrap();
            assert!(matches!(outcome, Outcome::Appended(_)));
        }
        self.region.seal(Mode::Test).await;
    }

    async fn nudge(&self) -> Answer {
        let request = axum::http::Request::post("/push/notify")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {TOKEN}"));
        ask(&self.router, request.body(r#"{"message":{"messageId":"1"}}"#.into()).unwrap()).await
    }

    /// How many deliveries there are and how many of them are pending.
    async fn pending(&self) -> (usize, usize) {
        let answer = get(&self.router, &self.key, "/api/v1/webhooks/deliveries?limit=500").await.json();
        let list = answer["deliveries"].as_array().unwrap().clone();
        (list.len(), list.iter().filter(|delivery| delivery["status"] == "pending").count())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn however_the_queue_fails_each_event_is_told_once() {
    for faults in [
        vec![Fault::Before(503)],
        vec![Fault::After(503)],
        vec![Fault::Silence],
        vec![Fault::Before(503); 4],
        vec![Fault::Before(403); 3],
        vec![Fault::Lost; 3],
        vec![Fault::Lost, Fault::After(500), Fault::Before(429), Fault::Before(403)],
    ] {
        let scene = Scene::new().await;
        scene.register().await;
        scene.publish(3).await;
        scene.fake.fail(&faults);
        assert_eq!(scene.nudge().await.status, 204);
        // Whatever was queued is made now; the rest is overdue after a while, and the next nudge finds it.
        for _ in 0..100 {
            if scene.pending().await == (3, 0) {
                break;
            }
            let quiet = scene.told.lock().unwrap().len();
            tokio::time::sleep(Duration::from_millis(100)).await;
            if scene.told.lock().unwrap().len() == quiet {
                scene.hands.advance(11 * 60_000);
                assert_eq!(scene.nudge().await.status, 204);
            }
        }
        assert_eq!(scene.pending().await, (3, 0), "{faults:?}");
        let mut told = scene.told.lock().unwrap().clone();
        told.sort();
        told.dedup();
        assert_eq!((told.len(), scene.told.lock().unwrap().len()), (3, 3), "{faults:?}");
    }
}
