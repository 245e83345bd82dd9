//! What an append answers, and what its repetition does.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use cloud::topic::Subscription;
use test_support::TestRegion;
use test_support::http::ask;
use truth_kernel::classification::Mode;
use truth_kernel::verify::{Outcome, StepName, Verdict, verify};

use crate::fixture::{EVENTS, Fixture, filed, header, send};

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_answered_with_its_receipt_and_opening() {
    let fixture = Fixture::new().await;
    let answer = fixture.post(filed("C-1")).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/vnd.proveniq.evidence+json");
    let document = answer.json();
    let header = header(&document);
    assert_eq!(answer.header("location"), format!("{EVENTS}/{}", header["id"].as_str().unwrap()));
    assert_eq!(answer.header("idempotent-replayed"), "");
    assert_eq!((&header["seq"], &header["stream_seq"], &header["type"]), (&1.into(), &1.into(), &"claim.filed".into()));
    assert_eq!(
        (&header["class"], &header["log"]),
        (&"transactional".into(), &TestRegion::log(Mode::Test).as_str().into())
    );
    assert!(document["inclusion"].is_null() && document["checkpoint"].is_null());
    let report = verify(&answer.body, &Fixture::trust());
    assert_eq!(report.verdict, Verdict::CannotTell, "it is promised and not yet included");
    for name in [StepName::Format, StepName::Event, StepName::Opening, StepName::Receipt] {
        let step = report.steps.iter().find(|step| step.name == name).unwrap();
        assert_eq!(step.outcome, Outcome::Passed, "{name:?}: {}", step.detail);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repetition_gets_the_same_bytes_even_after_sealing() {
    let fixture = Fixture::new().await;
    let first = fixture.post_under("k-1", filed("C-1")).await;
    assert_eq!(first.status, 201, "{}", first.text());
    // Another spelling of the same event.
    let spelled = filed("C-1").replace("\"payload\"", " \"payload\" ").replace("1200.50", "1200\\u002e50");
    let again = fixture.post_under("k-1", spelled).await;
    assert_eq!((again.status, again.text()), (201, first.text()));
    assert_eq!(again.header("idempotent-replayed"), "true");
    fixture.region.seal(Mode::Test).await;
    let sealed = fixture.post_under("k-1", filed("C-1")).await;
    assert_eq!(sealed.text(), first.text());
    assert_eq!(fixture.count().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_event_under_the_same_key_is_refused() {
    let fixture = Fixture::new().await;
    let event = filed("C-1");
    fixture.post_under("k-1", event.clone()).await;
    for other in [
        event.replace("1200.50", "1200.51"),
        event.replace("C-1", "C-2"),
        event.replace("claim.filed", "claim.updated"),
        event.replace("transactional", "content"),
        event.replace(r#"["claim"]"#, "[]"),
    ] {
        let answer = fixture.post_under("k-1", other).await;
        assert_eq!(answer.problem(), (422, "idempotency-key-reused".to_owned()));
    }
    assert_eq!(fixture.count().await, 1);
    // The other mode, and another organization, have keys of their own.
    let live = fixture.region.api_key(fixture.org, Mode::Live, &["events:write"]).await;
    let stranger = fixture.region.api_key(fixture.region.organization().await, Mode::Test, &["events:write"]).await;
    for key in [live, stranger] {
        let answer = send(&fixture.router, &key, EVENTS, "k-1", event.replace("1200.50", "7")).await;
        assert_eq!(answer.status, 201);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_concurrent_duplicates_are_one_event_with_identical_receipts() {
    let fixture = Arc::new(Fixture::new().await);
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let fixture = Arc::clone(&fixture);
            tokio::spawn(async move { fixture.post_under("k-1", filed("C-1")).await })
        })
        .collect();
    let mut answers = HashSet::new();
    for task in tasks {
        let answer = task.await.unwrap();
        assert_eq!(answer.status, 201, "{}", answer.text());
        answers.insert(answer.body);
    }
    assert_eq!(answers.len(), 1);
    assert_eq!(fixture.count().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_each_request_is_an_event() {
    let fixture = Fixture::new().await;
    let first = header(&fixture.post(filed("C-1")).await.json());
    let second = header(&fixture.post(filed("C-1")).await.json());
    assert_eq!((&second["seq"], &second["stream_seq"], &second["stream"]), (&2.into(), &2.into(), &first["stream"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_batcher_is_told() {
    let told = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&told);
    let receiver = Router::new().route(
        "/push/seal",
        post(async move || {
            count.fetch_add(1, Ordering::SeqCst);
        }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/push/seal", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async { axum::serve(listener, receiver).await });
    let fixture = Fixture::nudging(vec![Subscription { name: "seal".into(), url }]).await;
    assert_eq!(fixture.post("{}").await.status, 422);
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert_eq!(told.load(Ordering::SeqCst), 0, "nothing was appended");
    assert_eq!(fixture.post(filed("C-1")).await.status, 201);
    while told.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_batcher_is_told_within_the_trace_of_the_append() {
    let (sender, mut told) = tokio::sync::mpsc::unbounded_channel();
    let take = async move |Json(envelope): Json<serde_json::Value>| sender.send(envelope).map_or(500, |()| 204);
    let take = post(async move |envelope| StatusCode::from_u16(take(envelope).await).unwrap());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/push/seal", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async { axum::serve(listener, Router::new().route("/push/seal", take)).await });
    let fixture = Fixture::nudging(vec![Subscription { name: "seal".into(), url }]).await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let request = Request::post(EVENTS).header("x-api-key", &fixture.key).header("content-type", "application/json");
    let request = request.header("traceparent", format!("00-{trace}-b7ad6b7169203331-01"));
    assert_eq!(ask(&fixture.router, request.body(Body::from(filed("C-1"))).unwrap()).await.status, 201);
    let message = told.recv().await.unwrap()["message"].clone();
    assert_eq!(message.get("data"), None);
    let attributes: std::collections::BTreeMap<String, String> =
        serde_json::from_value(message["attributes"].clone()).unwrap();
    let traceparent = attributes["traceparent"].clone();
    assert_eq!(attributes.len(), 1);
    assert!(traceparent.starts_with(&format!("00-{trace}-")) && traceparent.ends_with("-01"), "{traceparent}");
    assert!(!traceparent.contains("b7ad6b7169203331"), "its parent is the request's own span");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_gone_is_told_and_nothing_is_half_written() {
    let fixture = Fixture::new().await;
    let answer = send(&fixture.cut_off(), &fixture.key, EVENTS, "k-1", filed("C-1")).await;
    assert_eq!(answer.problem(), (503, "outcome-unknown".to_owned()));
    assert_eq!(answer.header("retry-after"), "1");
    assert!(answer.json()["detail"].as_str().unwrap().contains("same idempotency key"));
    assert_eq!(fixture.count().await, 0);
    let back = fixture.post_under("k-1", filed("C-1")).await;
    assert_eq!(back.status, 201);
    assert_eq!(fixture.count().await, 1);
}
