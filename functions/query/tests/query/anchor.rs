//! The newest anchor.

use cloud::clock::Clock;
use serde_json::json;
use test_support::TestRegion;
use test_support::http::get;
use truth_kernel::classification::Mode;
use truth_kernel::time::Timestamp;

use crate::fixture::Fixture;

/// Anchors the newest checkpoint with a token that nobody looks at here, stamped a minute ago.
async fn anchor(fixture: &Fixture) -> Timestamp {
    let (log, now) = (TestRegion::log(Mode::Test), Clock::System.now());
    let stamped = Timestamp::from_millis(now.millis() - 60_000);
    let mut tx = fixture.region.store("fn_anchorer").begin_system().await.unwrap();
    let work = tx.begin_anchor(&log, now, now).await.unwrap().unwrap();
    tx.record_anchor(&work.checkpoint, stamped, b"token", now).await.unwrap();
    tx.commit().await.unwrap();
    stamped
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_anchor_and_its_age_are_told_and_what_has_failed_since() {
    let fixture = Fixture::new().await;
    assert_eq!(fixture.refusal("/api/v1/anchor").await, (404, "not-found".into()), "there is none");
    for events in 1..=2 {
        fixture.append(None).await;
        assert_eq!(fixture.region.seal(Mode::Test).await, events);
    }
    let stamped = anchor(&fixture).await;
    let note = fixture.json("/api/v1/checkpoint").await["note"].clone();
    let shown = fixture.json("/api/v1/anchor?log=test-1").await;
    let age = shown["age_seconds"].as_i64().unwrap();
    assert!(age >= 60);
    let expected = json!({
        "origin": "ledger.example/europe-west1/test-1", "size": 2, "time": stamped, "age_seconds": age, "note": note,
        "token": "dG9rZW4=", "unanchored": 0, "failures": 0,
    });
    assert_eq!(shown, expected);
    fixture.append(None).await;
    fixture.region.seal(Mode::Test).await;
    let mut tx = fixture.region.store("fn_anchorer").begin_system().await.unwrap();
    let now = Timestamp::from_millis(Clock::System.now().millis() + 1);
    let work = tx.begin_anchor(&TestRegion::log(Mode::Test), now, now).await.unwrap().unwrap();
    tx.record_anchor_failure(&work.checkpoint, "unreachable", now).await.unwrap();
    tx.commit().await.unwrap();
    let shown = fixture.json("/api/v1/anchor").await;
    let told = ["size", "unanchored", "failures", "last_error"].map(|member| shown[member].clone());
    assert_eq!(told, [json!(2), json!(1), json!(1), json!("unreachable")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_read_proofs_sees_anchors_and_only_logs_that_exist_have_them() {
    let fixture = Fixture::new().await;
    let other = fixture.region.api_key(fixture.org, Mode::Test, &["events:read"]).await;
    assert_eq!(get(&fixture.router, &other, "/api/v1/anchor").await.problem(), (403, "forbidden".into()));
    assert_eq!(fixture.refusal("/api/v1/anchor?log=2").await, (404, "not-found".into()));
    assert_eq!(fixture.refusal("/api/v1/anchor?log=x").await, (400, "invalid-query".into()));
}
