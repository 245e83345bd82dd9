//! A client of a region over HTTP, with one method per route.
//!
//! It refuses for every story what no answer may ever be: a refusal that is no problem document, a fault of ours (500), an
//! unavailability that does not say when to come back.

use std::time::Duration;

use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use http_body_util::BodyExt;
use hyper_util::client::legacy::{Client as HttpClient, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use test_support::http::Answer;

/// A client with or without a key.
#[derive(Clone, Debug)]
pub struct Client {
    http: HttpClient<HttpConnector, Body>,
    base: String,
    headers: HeaderMap,
}

impl Client {
    /// A client of the region at this base URL, without a key.
    pub fn new(base: &str) -> Self {
        let http = HttpClient::builder(TokioExecutor::new()).build_http();
        Self { http, base: base.to_owned(), headers: HeaderMap::new() }
    }

    /// The same with a key (or a push token).
    #[must_use]
    pub fn with_key(&self, key: &str) -> Self {
        self.with_header(AUTHORIZATION, &format!("Bearer {key}"))
    }

    /// The same with an idempotency key.
    #[must_use]
    pub fn under(&self, key: &str) -> Self {
        self.with_header(HeaderName::from_static("idempotency-key"), key)
    }

    /// The same with a header in every request.
    #[must_use]
    pub fn with_header(&self, name: HeaderName, value: &str) -> Self {
        let mut other = self.clone();
        other.headers.insert(name, HeaderValue::from_str(value).expect("a header"));
        other
    }

    /// The same without a header.
    #[must_use]
    pub fn without_header(&self, name: &HeaderName) -> Self {
        let mut other = self.clone();
        other.headers.remove(name);
        other
    }

    /// Sends any request. A body of a route that takes JSON counts as JSON unless the client's headers say otherwise.
    pub async fn send(&self, method: Method, path: &str, body: impl Into<Body>) -> Answer {
        let mut request = Request::new(body.into());
        *request.method_mut() = method;
        *request.uri_mut() = format!("{}{path}", self.base).parse().expect("a URL");
        request.headers_mut().extend(self.headers.clone());
        let asked = format!("{} {path}", request.method());
        let response = self.http.request(request).await.unwrap_or_else(|error| panic!("{asked}: {error}"));
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a whole body").to_bytes().to_vec();
        let answer = Answer { status: parts.status.as_u16(), headers: parts.headers, body };
        check(&asked, &answer);
        answer
    }

    /// Asks for a path.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, Body::empty()).await
    }

    /// Posts JSON.
    pub async fn post(&self, path: &str, body: impl Into<Body>) -> Answer {
        let json = if self.headers.contains_key(CONTENT_TYPE) {
            self.clone()
        } else {
            self.with_header(CONTENT_TYPE, "application/json")
        };
        json.send(Method::POST, path, body).await
    }

    /// `post_event`.
    pub async fn post_event(&self, event: &Value) -> Answer {
        self.post("/api/v1/events", event.to_string()).await
    }

    /// `post_events_batch`.
    pub async fn post_events_batch(&self, events: &[Value]) -> Answer {
        self.post("/api/v1/events/batch", serde_json::json!({ "events": events }).to_string()).await
    }

    /// `verify_claim`.
    pub async fn verify_claim(&self, claim: &str) -> Answer {
        self.post(&format!("/api/v1/claims/{claim}/verify"), Body::empty()).await
    }

    /// `list_events`, with a query such as `limit=2&type=claim.filed`.
    pub async fn list_events(&self, query: &str) -> Answer {
        self.get(&format!("/api/v1/events?{query}")).await
    }

    /// `get_event`.
    pub async fn get_event(&self, event: &str) -> Answer {
        self.get(&format!("/api/v1/events/{event}")).await
    }

    /// `get_history`.
    pub async fn get_history(&self, claim: &str) -> Answer {
        self.get(&format!("/api/v1/claims/{claim}/history")).await
    }

    /// `get_proof`, asked again as long as it is pending.
    pub async fn get_proof(&self, event: &str) -> Answer {
        self.when_sealed(async || self.get(&format!("/api/v1/proofs/{event}?wait=2s")).await).await
    }

    /// `post_proofs`, asked again as long as an event is pending.
    pub async fn post_proofs(&self, request: &Value) -> Answer {
        self.when_sealed(async || self.post("/api/v1/proofs/batch", request.to_string()).await).await
    }

    /// `verify_proof`.
    pub async fn verify_proof(&self, document: Vec<u8>) -> Answer {
        self.post("/api/v1/proofs/verify", document).await
    }

    /// `get_checkpoint`.
    pub async fn get_checkpoint(&self) -> Answer {
        self.get("/api/v1/checkpoint").await
    }

    /// `get_consistency`.
    pub async fn get_consistency(&self, from: u64, to: u64) -> Answer {
        self.get(&format!("/api/v1/consistency?from={from}&to={to}")).await
    }

    /// `get_log_checkpoint`, `get_tile` and `get_entries`: an object of a log, such as `checkpoint` or `tile/0/000.p/3`.
    pub async fn log_object(&self, log: &str, object: &str) -> Answer {
        self.get(&format!("/log/{log}/{object}")).await
    }

    /// `create_partner`.
    pub async fn create_partner(&self, name: &str) -> Answer {
        self.post("/api/v1/admin/partners", serde_json::json!({ "name": name }).to_string()).await
    }

    /// `update_partner`.
    pub async fn update_partner(&self, org: &str, status: &str) -> Answer {
        let json = self.with_header(CONTENT_TYPE, "application/json");
        let body = serde_json::json!({ "status": status }).to_string();
        json.send(Method::PATCH, &format!("/api/v1/admin/partners/{org}"), body).await
    }

    /// `create_api_key`.
    pub async fn create_api_key(&self, wanted: &Value) -> Answer {
        self.post("/api/v1/admin/api-keys", wanted.to_string()).await
    }

    /// `revoke_api_key`.
    pub async fn revoke_api_key(&self, key: &str, org: &str) -> Answer {
        self.send(Method::DELETE, &format!("/api/v1/admin/api-keys/{key}?org={org}"), Body::empty()).await
    }

    /// `register_event_type`.
    pub async fn register_event_type(&self, name: &str, schema: &Value) -> Answer {
        self.post("/api/v1/admin/event-types", serde_json::json!({ "name": name, "schema": schema }).to_string()).await
    }

    /// Asks until the answer is no longer 202: sealing takes a second or two, on a busy machine more.
    async fn when_sealed(&self, ask: impl AsyncFn() -> Answer) -> Answer {
        for _ in 0..100 {
            let answer = ask().await;
            if answer.status != 202 {
                return answer;
            }
            assert!(!answer.header("retry-after").is_empty(), "202 without Retry-After");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("never sealed")
    }
}

fn check(asked: &str, answer: &Answer) {
    let text = String::from_utf8_lossy(&answer.body);
    if answer.status < 400 {
        return;
    }
    assert_eq!(answer.header("content-type"), "application/problem+json", "{asked}: {text}");
    let problem = answer.json();
    assert_eq!(problem["status"], answer.status, "{asked}: {text}");
    let kind = problem["type"].as_str().expect("a type");
    assert!(kind.starts_with("https://proveniq.dev/problems/"), "{asked}: {text}");
    assert!(answer.status < 500 || answer.status == 503, "{asked}: {text}");
    assert!(answer.status != 503 || !answer.header("retry-after").is_empty(), "{asked}: 503 without Retry-After");
}
