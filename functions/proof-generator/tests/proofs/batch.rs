//! One proof for many events.

use serde_json::{Value, json};
use store::append::Appended;
use test_support::draft::claim_filed;
use test_support::fresh_id;
use test_support::http::post;
use truth_kernel::classification::Mode;
use truth_kernel::id::EventId;
use truth_kernel::verify::Verdict;

use crate::fixture::Fixture;

const PATH: &str = "/api/v1/proofs/batch";

fn ids(events: &[&Appended]) -> Value {
    json!({"events": events.iter().map(|event| event.header.id).collect::<Vec<_>>()})
}

#[tokio::test(flavor = "multi_thread")]
async fn events_in_any_order_are_proven_together_with_their_openings() {
    let fixture = Fixture::new().await;
    let other = fixture.region.organization().await;
    let mut events = Vec::new();
    for number in 0..6 {
        events.push(fixture.append((number % 2 == 0).then_some("C-1")).await);
        fixture.append_draft(claim_filed(other, 1, None)).await;
    }
    let wanted = ids(&[&events[4], &events[0], &events[3]]);
    assert_eq!(fixture.post(PATH, &wanted).await.status, 202);
    fixture.region.seal(Mode::Test).await;
    let late = fixture.append(None).await;
    let batch = fixture.post(PATH, &wanted).await;
    assert_eq!(batch.header("content-type"), "application/vnd.proveniq.evidence+json");
    let report = fixture.verify(&batch.body);
    assert_eq!(report.verdict, Verdict::Valid, "{report:?}");
    let document = batch.json();
    let headers: Vec<_> = document["events"].as_array().unwrap().iter().map(|event| event["header"].clone()).collect();
    assert_eq!(headers, [0, 3, 4].map(|at: usize| json!(events[at].header_text)));
    assert!(document["events"][0]["opening"]["stream_key"].is_string());
    let pending = fixture.post(PATH, &ids(&[&events[0], &late])).await;
    assert_eq!((pending.status, pending.header("retry-after")), (202, "1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_piece_of_a_chain_is_proven_as_a_whole() {
    let fixture = Fixture::new().await;
    for _ in 0..300 {
        fixture.append(None).await;
    }
    fixture.region.seal(Mode::Test).await;
    let range = |first: u64, count: u64| json!({"chain": "ledger", "first_seq": first, "count": count});
    for (first, count) in [(1, 1), (1, 300), (200, 101), (255, 3)] {
        let batch = fixture.post(PATH, &range(first, count)).await;
        assert_eq!(fixture.verify(&batch.body).verdict, Verdict::Valid, "{first} {count}");
        assert_eq!(batch.json()["events"].as_array().unwrap().len() as u64, count);
    }
    for (first, count) in [(300, 2), (301, 1), (1_000, 5)] {
        let refused = fixture.post(PATH, &range(first, count)).await;
        assert_eq!(refused.problem(), (404, "not-found".into()), "{first} {count}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_event_that_is_not_the_callers_refuses_the_batch() {
    let fixture = Fixture::new().await;
    let event = fixture.append(None).await;
    fixture.region.seal(Mode::Test).await;
    let unknown: EventId = fresh_id();
    let refused = fixture.post(PATH, &json!({"events": [event.header.id, unknown]})).await;
    assert_eq!(refused.problem(), (404, "not-found".into()));
    assert_eq!(refused.json()["errors"][0]["pointer"], "/events/1");
    let own = ids(&[&event]).to_string();
    let stranger = post(&fixture.router, &fixture.stranger().await, PATH, own.clone()).await;
    assert_eq!(stranger.problem(), (404, "not-found".into()));
    assert_eq!(stranger.json()["errors"][0]["pointer"], "/events/0");
    assert_eq!(post(&fixture.router, &fixture.key, PATH, own).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_request_is_refused() {
    let fixture = Fixture::new().await;
    for (body, status, slug) in [
        ("", 400, "malformed-json"),
        (r#"{"events":[],"events":[]}"#, 400, "malformed-json"),
        ("{}", 422, "invalid-request"),
        (r#"{"events":[]}"#, 422, "invalid-request"),
        (r#"{"events":["evt_1"]}"#, 422, "invalid-request"),
        (r#"{"chain":"ledger","first_seq":0,"count":1}"#, 422, "invalid-request"),
        (r#"{"chain":"ledger","first_seq":1,"count":501}"#, 422, "invalid-request"),
    ] {
        let refused = post(&fixture.router, &fixture.key, PATH, body).await;
        assert_eq!(refused.problem(), (status, slug.into()), "{body}");
    }
    let long = format!("[{}]", "0,".repeat(40_000));
    assert_eq!(post(&fixture.router, &fixture.key, PATH, long).await.problem(), (413, "payload-too-large".into()));
    let anybody = post(&fixture.router, "pk", PATH, "{}").await;
    assert_eq!(anybody.problem(), (401, "key-unknown".into()));
}
