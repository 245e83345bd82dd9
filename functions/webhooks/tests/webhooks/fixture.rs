//! A region with an organization, the function's router, and the queue that pushes to it.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use cloud::clock::{Clock, ManualClock};
use cloud::task_queue::{Local, TaskQueue};
use cloud::topic::{Drain, Pace};
use serde_json::{Value, json};
use store::Store;
use store::append::Outcome;
use test_support::TestRegion;
use test_support::draft::claim_filed;
use test_support::http::{Answer, ask, get, post};
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

pub const ENDPOINTS: &str = "/api/v1/webhooks/endpoints";
pub const DELIVERIES: &str = "/api/v1/webhooks/deliveries";
pub const SCOPES: [&str; 2] = ["webhooks:read", "webhooks:write"];
pub const TOKEN: &str = "a token of the test";

pub struct Fixture {
    pub region: TestRegion,
    pub org: OrgId,
    /// A test key of the organization.
    pub key: String,
    pub state: Webhooks,
    pub router: Router,
    pub hands: ManualClock,
    drain: Option<Drain>,
}

impl Fixture {
    /// With attempts that follow each other at once, four of them.
    pub async fn new() -> Self {
        Self::with_schedule("0,0,0").await
    }

    pub async fn with_schedule(schedule: &str) -> Self {
        let region = TestRegion::new().await;
        let org = region.organization().await;
        let key = region.api_key(org, Mode::Test, &SCOPES).await;
        let (clock, hands) = Clock::manual(Clock::System.now());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/push/deliver", listener.local_addr().unwrap());
        let (queue, drain) = Local::start(url.parse().unwrap(), TOKEN, Pace::default(), &clock);
        let store = region.store("fn_webhooks");
        let state = Webhooks {
            vault: region.vault("fn_webhooks"),
            door: door(store.clone()),
            store,
            pusher: Pusher::new(Some(Secret::new(TOKEN))),
            queue: TaskQueue::Local(queue),
            sender: Sender::new(Policy::PublicAndLoopback),
            schedule: schedule.parse().unwrap(),
            base_url: "https://eu.ledger.example".to_owned(),
            clock,
        };
        let router = router(state.clone());
        let served = router.clone();
        tokio::spawn(async move { axum::serve(listener, served).await });
        Self { region, org, key, state, router, hands, drain: Some(drain) }
    }

    /// Ends the queue: what waits in it is lost, as in a crash, and it takes nothing more.
    pub async fn end_queue(&mut self) {
        self.drain.take().unwrap().drain(Duration::ZERO).await;
    }

    /// A queue anew, as after a start.
    pub async fn restart_queue(&mut self) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/push/deliver", listener.local_addr().unwrap());
        let (queue, drain) = Local::start(url.parse().unwrap(), TOKEN, Pace::default(), &self.state.clock);
        self.state.queue = TaskQueue::Local(queue);
        self.drain = Some(drain);
        self.router = router(self.state.clone());
        let served = self.router.clone();
        tokio::spawn(async move { axum::serve(listener, served).await });
    }

    /// Appends as many events and publishes them.
    pub async fn publish(&self, count: usize) {
        self.publish_of(self.org, count).await;
    }

    pub async fn publish_of(&self, org: OrgId, count: usize) {
        let appender = self.region.appender();
        for _ in 0..count {
            let claim = Some("a-claim-of-the-test");
            assert!(matches!(appender.append(claim_filed(org, 1, claim)).await.unwrap(), Outcome::Appended(_)));
        }
        self.region.seal(Mode::Test).await;
    }

    /// Registers an endpoint: its id and secret.
    pub async fn endpoint(&self, url: &str) -> (String, String) {
        self.endpoint_with(&json!({ "url": url })).await
    }

    pub async fn endpoint_with(&self, wanted: &Value) -> (String, String) {
        let answer = post(&self.router, &self.key, ENDPOINTS, wanted.to_string()).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let made = answer.json();
        (made["id"].as_str().unwrap().to_owned(), made["secret"].as_str().unwrap().to_owned())
    }

    pub async fn get(&self, path: &str) -> Answer {
        get(&self.router, &self.key, path).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        post(&self.router, &self.key, path, body.to_string()).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        let request = Request::patch(path).header("x-api-key", &self.key).header("content-type", "application/json");
        ask(&self.router, request.body(Body::from(body.to_string())).unwrap()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        ask(&self.router, Request::delete(path).header("x-api-key", &self.key).body(Body::empty()).unwrap()).await
    }

    /// A nudge that the log was published.
    pub async fn nudge(&self) {
        let answer = push(&self.router, "/push/notify", TOKEN, r#"{"message":{"messageId":"1"}}"#).await;
        assert_eq!(answer.status, 204, "{}", String::from_utf8_lossy(&answer.body));
    }

    /// A task for a delivery, as the queue pushes it.
    pub async fn task(&self, delivery: &str) {
        assert_eq!(push(&self.router, "/push/deliver", TOKEN, &self.order(delivery)).await.status, 204);
    }

    pub fn order(&self, delivery: &str) -> String {
        let order = json!({ "organization": self.org, "delivery": delivery }).to_string();
        let data = truth_kernel::encoding::base64(order.as_bytes());
        json!({ "message": { "messageId": "t", "data": data } }).to_string()
    }

    /// The delivery log, oldest first.
    pub async fn deliveries(&self) -> Vec<Value> {
        let answer = self.get(&format!("{DELIVERIES}?limit=500")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let mut list = answer.json()["deliveries"].as_array().unwrap().clone();
        list.reverse();
        list
    }

    /// The delivery log once nothing is pending.
    pub async fn settled(&self) -> Vec<Value> {
        for _ in 0..500 {
            let list = self.deliveries().await;
            if list.iter().all(|delivery| delivery["status"] != "pending") {
                return list;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("still pending: {:?}", self.deliveries().await)
    }
}

pub fn door(store: Store) -> Door {
    let region = TestRegion::founding().region;
    Door::new(Authority::new(store, Clock::System), region, BTreeMap::new())
}

pub fn router(state: Webhooks) -> Router {
    let service = endpoints().select(&Routes::All, state).unwrap();
    service.into_router(Ready::when(async || true), Metrics::default())
}

pub async fn push(router: &Router, path: &str, token: &str, envelope: &str) -> Answer {
    let request = Request::post(path).header("content-type", "application/json");
    let request = request.header("authorization", format!("Bearer {token}"));
    ask(router, request.body(Body::from(envelope.to_owned())).unwrap()).await
}

pub fn statuses(deliveries: &[Value]) -> Vec<&str> {
    deliveries.iter().map(|delivery| delivery["status"].as_str().unwrap()).collect()
}
