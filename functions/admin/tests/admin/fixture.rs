//! A region with an operator and the function's router.

use std::collections::BTreeMap;

use admin::{State, bootstrap, endpoints};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use cloud::clock::{Clock, ManualClock};
use serde_json::Value;
use test_support::TestRegion;
use test_support::http::{Answer, ask, get, post};
use web::authority::Authority;
use web::caller::Door;
use web::config::Routes;
use web::metrics::Metrics;
use web::serve::Ready;

pub const PARTNERS: &str = "/api/v1/admin/partners";
pub const KEYS: &str = "/api/v1/admin/api-keys";
pub const TYPES: &str = "/api/v1/admin/event-types";

pub struct Fixture {
    #[expect(dead_code, reason = "the database is dropped with it")]
    pub region: TestRegion,
    pub operator: String,
    pub router: Router,
    pub hands: ManualClock,
}

impl Fixture {
    pub async fn new() -> Self {
        let region = TestRegion::new().await;
        let store = region.store("fn_admin");
        let here = TestRegion::founding().region;
        let operator = bootstrap::operator_key(&store, &here).await.unwrap().unwrap().disclose().to_owned();
        let (clock, hands) = Clock::manual(Clock::System.now());
        let door = Door::new(Authority::new(store.clone(), clock.clone()), here.clone(), BTreeMap::new());
        let state = State { store, door, clock, region: here };
        let service = endpoints().select(&Routes::All, state).unwrap();
        let router = service.into_router(Ready::when(async || true), Metrics::default());
        Self { region, operator, router, hands }
    }

    pub async fn get(&self, key: &str, path: &str) -> Answer {
        get(&self.router, key, path).await
    }

    pub async fn post(&self, key: &str, path: &str, body: &Value) -> Answer {
        post(&self.router, key, path, body.to_string()).await
    }

    pub async fn delete(&self, key: &str, path: &str) -> Answer {
        ask(&self.router, Request::delete(path).header("x-api-key", key).body(Body::empty()).unwrap()).await
    }

    pub async fn patch(&self, key: &str, path: &str, body: &Value) -> Answer {
        let request = Request::patch(path).header("x-api-key", key).header("content-type", "application/json");
        ask(&self.router, request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// The JSON of an answer that must be 201.
    pub async fn made(&self, key: &str, path: &str, body: &Value) -> Value {
        let answer = self.post(key, path, body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }

    /// A new organization's id and a key of it with these scopes.
    pub async fn partner(&self, scopes: &[&str]) -> (String, String) {
        let partner = self.made(&self.operator, PARTNERS, &serde_json::json!({ "name": "Alpine Mutual" })).await;
        let org = partner["id"].as_str().unwrap().to_owned();
        let wanted = serde_json::json!({ "org": org, "mode": "live", "name": "first", "scopes": scopes, "region": "europe-west1" });
        let key = self.made(&self.operator, KEYS, &wanted).await;
        (org, key["key"].as_str().unwrap().to_owned())
    }
}
