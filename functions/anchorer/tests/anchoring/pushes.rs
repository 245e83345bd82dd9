//! The endpoint, as Pub/Sub calls it.

use anchorer::{Anchorer, State, endpoints};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use axum::{Router, body};
use tower::ServiceExt;
use truth_kernel::classification::Mode;
use web::config::{Environment, Routes, Secret};
use web::metrics::Metrics;
use web::push::Pusher;
use web::serve::Ready;

use crate::authority::Mood;
use crate::ledger::Ledger;

fn router(anchorer: Anchorer) -> Router {
    let state = State { anchorer, pusher: Pusher::new(Some(Secret::new("a token of the test"))) };
    let ready = Ready::when(|| async { true });
    endpoints().select(&Routes::All, state).unwrap().into_router(ready, Metrics::default())
}

async fn push(router: &Router, token: &str, envelope: &'static str) -> Response {
    let request = Request::post("/push/anchor").header("content-type", "application/json");
    let request = request.header("authorization", token).body(Body::from(envelope)).unwrap();
    router.clone().oneshot(request).await.unwrap()
}

const TOKEN: &str = "Bearer a token of the test";
const NUDGE: &str = r#"{"message":{"messageId":"1"},"subscription":"anchor","deliveryAttempt":1}"#;

#[tokio::test(flavor = "multi_thread")]
async fn repeated_nudges_anchor_once_and_a_failing_authority_asks_for_no_redelivery() {
    let Some(ledger) = Ledger::new("repeated_nudges_anchor_once").await else { return };
    let router = router(ledger.anchorer());
    ledger.publish(Mode::Test).await;
    ledger.authority.be(Mood::Failing).await;
    for _ in 0..3 {
        assert_eq!(push(&router, TOKEN, NUDGE).await.status(), StatusCode::NO_CONTENT);
    }
    assert_eq!(ledger.failures().await.0, 1);
    ledger.authority.be(Mood::Right).await;
    ledger.after_seconds(2);
    for _ in 0..3 {
        assert_eq!(push(&router, TOKEN, NUDGE).await.status(), StatusCode::NO_CONTENT);
    }
    assert_eq!((ledger.anchored().await, ledger.authority.stamped()), (vec![1], 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_knows_the_token_is_heard() {
    let Some(ledger) = Ledger::new("only_who_knows_the_token_is_heard").await else { return };
    let router = router(ledger.anchorer());
    ledger.publish(Mode::Test).await;
    for token in ["", "Bearer another token"] {
        assert_eq!(push(&router, token, NUDGE).await.status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(push(&router, TOKEN, "{}").await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(ledger.anchored().await, [0; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_describes_the_endpoint() {
    let Some(ledger) = Ledger::new("the_document_describes_the_endpoint").await else { return };
    let request = Request::get("/openapi.json").body(Body::empty()).unwrap();
    let answer = router(ledger.anchorer()).oneshot(request).await.unwrap();
    let document = body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    let document: serde_json::Value = serde_json::from_slice(&document).unwrap();
    let operation = &document["paths"]["/push/anchor"]["post"];
    let statuses: Vec<_> = operation["responses"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!((operation["operationId"].as_str(), statuses), (Some("anchor"), vec!["204", "503", "default"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_starts_from_its_environment() {
    let Some(ledger) = Ledger::new("a_container_starts_from_its_environment").await else { return };
    let (database, roots) = (ledger.region.url("fn_anchorer"), ledger.authority.roots_file());
    let environment = |bucket: &str, url: &str| {
        Environment::from([
            ("REGION", "europe-west1"),
            ("DATABASE_URL", &database),
            ("ANCHOR_BUCKET", bucket),
            ("TSA_URL", url),
            ("TSA_ROOTS", roots.to_str().unwrap()),
            ("TSA_POLICY", "1.2.3.4.1"),
            ("ANCHOR_INTERVAL", "5"),
        ])
    };
    let bucket = ledger.folder.to_str().unwrap();
    assert!(anchorer::start(environment(bucket, ledger.authority.url())).await.is_ok());
    let mistakes = anchorer::start(environment("/nowhere", "ftp://x")).await.unwrap_err();
    insta::assert_snapshot!(mistakes, @r"
    cannot start:
      - ANCHOR_BUCKET: /nowhere has no readable REGION stamp: not a bucket
      - TSA_URL: not an http:// or https:// address
    ");
}

#[tokio::test]
async fn everything_that_is_missing_is_named_at_start() {
    let mistakes = anchorer::start(Environment::from([("REGION", "us-east1"), ("TSA_POLICY", "x")])).await.unwrap_err();
    insta::assert_snapshot!(mistakes, @r"
    cannot start:
      - DATABASE_URL is not set
      - ANCHOR_BUCKET is not set
      - TSA_URL is not set
      - TSA_ROOTS is not set
      - TSA_POLICY: not an object identifier such as 1.2.3.4
    ");
}

#[test]
fn the_readme_has_the_route_table() {
    let readme = include_str!("../../README.md");
    for (name, path) in endpoints().table() {
        let row = readme.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
        assert!(row.is_some_and(|row| row.contains(path)), "{name} {path}");
    }
}
