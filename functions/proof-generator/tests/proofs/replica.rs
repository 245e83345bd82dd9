//! Proofs of events that a standby has, has not yet, or has no more.

use serde_json::json;
use test_support::http::{get, post};
use truth_kernel::classification::Mode;
use truth_kernel::verify::Verdict;

use crate::fixture::Fixture;

#[tokio::test(flavor = "multi_thread")]
async fn what_the_standby_has_and_what_it_has_not_is_proven_under_one_newest_checkpoint() {
    let (fixture, standby) = Fixture::with_standby().await;
    let alone = fixture.router_over(fixture.region.store("fn_proof_generator"));
    let old = fixture.append(Some("C-1")).await;
    fixture.region.seal(Mode::Test).await;
    standby.catch_up().await;
    standby.pause().await;
    let new = fixture.append(Some("C-1")).await;
    fixture.region.seal(Mode::Test).await;
    let fresh = fixture.append(Some("C-1")).await;
    for event in [&old, &new] {
        let path = format!("/api/v1/proofs/{}", event.header.id);
        let proof = fixture.get(&path).await;
        let report = fixture.verify(&proof.body);
        assert!(report.verdict == Verdict::Valid && report.unchecked.is_empty(), "{report:?}");
        assert!(proof.json()["checkpoint"].as_str().unwrap().contains("\n2\n"), "of the size that was published last");
        assert_eq!(proof.body, get(&alone, &fixture.key, &path).await.body);
    }
    assert_eq!(fixture.get(&format!("/api/v1/proofs/{}", fresh.header.id)).await.status, 202);
    let wanted =
        [json!({"events": [new.header.id, old.header.id]}), json!({"chain": "ledger", "first_seq": 1, "count": 2})];
    for wanted in wanted {
        let batch = fixture.post("/api/v1/proofs/batch", &wanted).await;
        assert_eq!(fixture.verify(&batch.body).verdict, Verdict::Valid, "{wanted}");
        let expected = post(&alone, &fixture.key, "/api/v1/proofs/batch", wanted.to_string()).await;
        assert_eq!(batch.body, expected.body, "{wanted}");
    }
    let all = json!({"events": [fresh.header.id, new.header.id, old.header.id]});
    assert_eq!(fixture.post("/api/v1/proofs/batch", &all).await.status, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_opening_of_an_erased_event_is_gone_from_its_proof_at_once() {
    let (fixture, standby) = Fixture::with_standby().await;
    let event = fixture.append(Some("C-1")).await;
    fixture.region.seal(Mode::Test).await;
    standby.catch_up().await;
    standby.pause().await;
    let path = format!("/api/v1/proofs/{}", event.header.id);
    assert!(fixture.get(&path).await.json()["opening"].is_object());
    assert_eq!(fixture.region.tamper("DELETE FROM data_keys").await, 1);
    let proof = fixture.get(&path).await;
    assert!(proof.json()["opening"].is_null());
    assert_eq!(proof.json()["event"]["header"], event.header_text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_the_standby_still_believes_in_is_refused() {
    let (fixture, standby) = Fixture::with_standby().await;
    standby.pause().await;
    assert_eq!(fixture.region.tamper("UPDATE api_keys SET revoked_at = now()").await, 1);
    let refused = fixture.post("/api/v1/proofs/batch", &json!({"chain": "ledger", "first_seq": 1, "count": 1})).await;
    assert_eq!(refused.problem(), (401, "key-revoked".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_standby_the_function_proves_everything() {
    let (fixture, standby) = Fixture::with_standby().await;
    let event = fixture.append(None).await;
    fixture.region.seal(Mode::Test).await;
    standby.catch_up().await;
    let path = format!("/api/v1/proofs/{}", event.header.id);
    let before = fixture.get(&path).await;
    standby.kill();
    let after = fixture.get(&path).await;
    assert_eq!((after.status, after.body), (200, before.body));
    let batch = fixture.post("/api/v1/proofs/batch", &json!({"events": [event.header.id]})).await;
    assert_eq!(fixture.verify(&batch.body).verdict, Verdict::Valid);
}
