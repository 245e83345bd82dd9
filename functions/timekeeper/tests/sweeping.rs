//! The sweep, as the scheduler calls it.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use axum::body::{self, Body};
use axum::http::{Request, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use cloud::clock::Clock;
use cloud::topic::{Drain, Pace, Relay, Subscription, Topic};
use store::{Database, Store};
use test_support::TestRegion;
use test_support::draft::claim_filed;
use timekeeper::{Timekeeper, endpoints};
use tokio::sync::mpsc;
use tower::ServiceExt;
use truth_kernel::classification::Mode;
use web::config::{Environment, Routes, Secret};
use web::metrics::Metrics;
use web::push::Pusher;
use web::serve::Ready;

/// A receiver that only tells what reaches it.
async fn receiver() -> (Topic, Drain, mpsc::UnboundedReceiver<serde_json::Value>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let take = move |Json(envelope): Json<serde_json::Value>| {
        let told = sender.send(envelope);
        async move { if told.is_ok() { StatusCode::NO_CONTENT } else { StatusCode::GONE } }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/push/nudged", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/push/nudged", post(take))).await });
    let subscriptions = vec![Subscription::to(url)];
    let (relay, drain) = Relay::start(subscriptions, "token", Pace::default(), &std::env::temp_dir(), &Clock::System);
    (Topic::Relay(relay), drain, receiver)
}

fn router(store: Store, batcher: Topic, clock: Clock) -> Router {
    serve(Timekeeper { store, batcher, followers: None, clock, pusher: pusher() })
}

fn pusher() -> Pusher {
    Pusher::new(Some(Secret::new("a token of the test")))
}

fn serve(state: Timekeeper) -> Router {
    endpoints().select(&Routes::All, state).unwrap().into_router(Ready::when(|| async { true }), Metrics::default())
}

async fn tick(router: &Router, token: &str) -> StatusCode {
    let request =
        Request::post("/push/sweep").header("content-type", "application/json").header("authorization", token);
    let envelope = Body::from(r#"{"message":{"messageId":"1"},"subscription":"sweep"}"#);
    router.clone().oneshot(request.body(envelope).unwrap()).await.unwrap().status()
}

const TOKEN: &str = "Bearer a token of the test";

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_nobody_sealed_gets_a_nudge() {
    let region = TestRegion::new().await;
    let org = region.organization().await;
    region.appender().append(claim_filed(org, 1, None)).await.unwrap();
    let (topic, _drain, mut nudges) = receiver().await;
    let (clock, hands) = Clock::manual(Clock::System.now());
    hands.advance(10_000);
    let router = router(region.store("fn_timekeeper"), topic, clock);
    assert_eq!(tick(&router, TOKEN).await, StatusCode::NO_CONTENT);
    let envelope = nudges.recv().await.unwrap();
    assert_eq!(envelope["message"].get("data"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_not_follow_the_log_gets_a_nudge() {
    let region = TestRegion::new().await;
    let org = region.organization().await;
    let (batcher, _drain, mut seals) = receiver().await;
    let (followers, _other_drain, mut nudges) = receiver().await;
    let (store, clock) = (region.store("fn_timekeeper"), Clock::System);
    let router = serve(Timekeeper { store, batcher, followers: Some(followers), clock, pusher: pusher() });
    assert_eq!(tick(&router, TOKEN).await, StatusCode::NO_CONTENT);
    assert!(nudges.is_empty(), "nothing is published");
    region.appender().append(claim_filed(org, 1, None)).await.unwrap();
    region.seal(Mode::Test).await;
    assert_eq!(tick(&router, TOKEN).await, StatusCode::NO_CONTENT);
    assert_eq!(nudges.recv().await.unwrap()["message"].get("data"), None);
    assert!(seals.try_recv().is_err(), "there is nothing to seal");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_forgot_to_tell_a_partner_gets_a_nudge() {
    let region = TestRegion::new().await;
    let (batcher, _drain, _seals) = receiver().await;
    let (followers, _other_drain, mut nudges) = receiver().await;
    let (store, clock) = (region.store("fn_timekeeper"), Clock::System);
    let router = serve(Timekeeper { store, batcher, followers: Some(followers), clock, pusher: pusher() });
    for (overdue, insert) in [
        (false, "INSERT INTO webhook_deliveries (id, org, mode, endpoint, event_id, event_type, event_seq, event_time, log, next_attempt_at)
            SELECT gen_random_uuid(), gen_random_uuid(), 'test', gen_random_uuid(), gen_random_uuid(), 'claim.filed', 1, now(), 'log', now()"),
        (true, "UPDATE webhook_deliveries SET next_attempt_at = now() - interval '2 minutes'"),
    ] {
        assert_eq!(region.tamper(insert).await, 1);
        assert_eq!(tick(&router, TOKEN).await, StatusCode::NO_CONTENT);
        if overdue {
            assert_eq!(nudges.recv().await.unwrap()["message"].get("data"), None);
        } else {
            assert!(nudges.is_empty(), "its task may be on its way");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_scheduler_is_heard() {
    let region = TestRegion::new().await;
    let (topic, _drain, _nudges) = receiver().await;
    let router = router(region.store("fn_timekeeper"), topic, Clock::System);
    for token in ["", "Bearer another token"] {
        assert_eq!(tick(&router, token).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(tick(&router, TOKEN).await, StatusCode::NO_CONTENT);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_gone_is_503() {
    let (topic, _drain, _nudges) = receiver().await;
    let gone = Store::open(Database::from_url("postgres://fn_timekeeper@%2Fnowhere/none").unwrap());
    assert_eq!(tick(&router(gone, topic, Clock::System), TOKEN).await, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_describes_the_endpoint() {
    let region = TestRegion::new().await;
    let (topic, _drain, _nudges) = receiver().await;
    let router = router(region.store("fn_timekeeper"), topic, Clock::System);
    let answer = router.oneshot(Request::get("/openapi.json").body(Body::empty()).unwrap()).await.unwrap();
    let document = body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    let document: serde_json::Value = serde_json::from_slice(&document).unwrap();
    assert!(document["components"]["securitySchemes"]["push"].is_object());
    insta::assert_json_snapshot!(document["paths"]["/push/sweep"]);
}

#[tokio::test]
async fn everything_that_is_missing_is_named_at_start() {
    let mistakes = timekeeper::start(Environment::from([("REGION", "us-east1")])).await.unwrap_err();
    insta::assert_snapshot!(mistakes, @r"
    cannot start:
      - DATABASE_URL is not set
      - SEAL_TOPIC is not set
    ");
}
