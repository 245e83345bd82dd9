//! The endpoint, as Pub/Sub calls it.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use axum::routing::post;
use axum::{Json, Router, body};
use cloud::clock::Clock;
use cloud::topic::{Pace, Relay, Subscription, Topic};
use proof_batcher::{Batcher, Sealer, endpoints};
use tower::ServiceExt;
use web::config::{Environment, Routes, Secret};
use web::metrics::Metrics;
use web::push::Pusher;
use web::serve::Ready;

use crate::ledger::Ledger;

fn router(sealer: Sealer) -> Router {
    let state = Batcher { sealer, pusher: Pusher::new(Some(Secret::new("a token of the test"))) };
    let ready = Ready::when(|| async { true });
    endpoints().select(&Routes::All, state).unwrap().into_router(ready, Metrics::default())
}

async fn push(router: &Router, token: &str, envelope: &str) -> Response {
    let request = Request::post("/push/seal").header("content-type", "application/json").header("authorization", token);
    router.clone().oneshot(request.body(Body::from(envelope.to_owned())).unwrap()).await.unwrap()
}

fn nudge(number: usize) -> String {
    format!(r#"{{"message":{{"messageId":"{number}"}},"subscription":"seal","deliveryAttempt":1}}"#)
}

const TOKEN: &str = "Bearer a token of the test";

#[tokio::test(flavor = "multi_thread")]
async fn a_nudge_seals_what_is_pending() {
    let ledger = Ledger::new().await;
    let router = router(ledger.sealer());
    ledger.append(10).await;
    assert_eq!(push(&router, TOKEN, &nudge(1)).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(ledger.verify().await, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_followers_are_nudged_within_the_trace_of_the_append() {
    let (sender, mut nudges) = tokio::sync::mpsc::unbounded_channel();
    let take = move |Json(envelope): Json<serde_json::Value>| {
        let told = sender.send(envelope);
        async move { if told.is_ok() { StatusCode::NO_CONTENT } else { StatusCode::GONE } }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/push/follow", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/push/follow", post(take))).await });
    let (relay, _drain) =
        Relay::start(vec![Subscription::to(url)], "token", Pace::default(), &std::env::temp_dir(), &Clock::System);
    let ledger = Ledger::new().await;
    ledger.append(10).await;
    let router = router(ledger.sealer().with_followers(Some(Topic::Relay(relay))));
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let nudge =
        format!(r#"{{"message":{{"messageId":"1","attributes":{{"traceparent":"00-{trace}-b7ad6b7169203331-01"}}}}}}"#);
    assert_eq!(push(&router, TOKEN, &nudge).await.status(), StatusCode::NO_CONTENT);
    let message = nudges.recv().await.unwrap()["message"].clone();
    assert_eq!(message.get("data"), None);
    let traceparent = message["attributes"]["traceparent"].as_str().unwrap().to_owned();
    assert!(traceparent.starts_with(&format!("00-{trace}-")) && traceparent.ends_with("-01"), "{traceparent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_and_reordered_nudges_do_no_harm() {
    let ledger = Ledger::new().await;
    let (one, other) = (router(ledger.sealer()), router(ledger.sealer()));
    for round in 1..=4 {
        ledger.append(25).await;
        let (late, early) = (nudge(100 - round), nudge(round));
        let answers = tokio::join!(push(&one, TOKEN, &late), push(&other, TOKEN, &early), push(&one, TOKEN, &late));
        for answer in [answers.0, answers.1, answers.2] {
            assert_eq!(answer.status(), StatusCode::NO_CONTENT);
        }
    }
    assert_eq!(ledger.verify().await, 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_token_or_with_a_broken_envelope_nothing_is_sealed() {
    let ledger = Ledger::new().await;
    let router = router(ledger.sealer());
    ledger.append(1).await;
    for (token, envelope, status) in [
        ("", nudge(1), 401),
        ("Bearer another token", nudge(1), 401),
        (TOKEN, "{}".to_owned(), 400),
        (TOKEN, r#"{"message":{"messageId":"1","data":"eyJ9"}}"#.to_owned(), 400),
        (TOKEN, r#"{"message":{"messageId":"1","data":"e30="}}"#.to_owned(), 400),
    ] {
        assert_eq!(push(&router, token, &envelope).await.status().as_u16(), status, "{token} {envelope}");
    }
    assert_eq!(ledger.number("SELECT size FROM logs WHERE mode = 'test'").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_500_and_tells_the_pusher_nothing() {
    let ledger = Ledger::new().await;
    ledger.append(1).await;
    let without_keys = router(ledger.sealer_with(Vec::new()));
    let answer = push(&without_keys, TOKEN, &nudge(1)).await;
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let problem = body::to_bytes(answer.into_body(), 10_000).await.unwrap();
    let problem: serde_json::Value = serde_json::from_slice(&problem).unwrap();
    assert_eq!(problem.get("detail"), None);
}

/// A sealer whose database is not there.
async fn without_database() -> Sealer {
    let database = store::Database::from_url("postgres://fn_proof_batcher@%2Fnowhere/none").unwrap();
    let bucket = Ledger::new().await.bucket.clone();
    Sealer::new(store::Store::open(database), bucket, Vec::new())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_gone_is_503() {
    let answer = push(&router(without_database().await), TOKEN, &nudge(1)).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key("retry-after"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_describes_the_endpoint() {
    let router = router(without_database().await);
    let answer = router.oneshot(Request::get("/openapi.json").body(Body::empty()).unwrap()).await.unwrap();
    let document = body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    let document: serde_json::Value = serde_json::from_slice(&document).unwrap();
    assert!(document["components"]["securitySchemes"]["push"].is_object());
    insta::assert_json_snapshot!(document["paths"]["/push/seal"]);
}

#[tokio::test]
async fn everything_that_is_missing_is_named_at_start() {
    let mistakes = proof_batcher::start(Environment::from([("REGION", "us-east1")])).await.unwrap_err();
    insta::assert_snapshot!(mistakes, @r"
    cannot start:
      - DATABASE_URL is not set
      - BUCKET is not set
      - CHECKPOINT_KEYS is not set
    ");
}
