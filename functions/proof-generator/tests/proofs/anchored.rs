//! Evidence with a third party's timestamp.

use cloud::clock::Clock;
use serde_json::json;
use test_support::TestRegion;
use truth_kernel::checkpoint::Checkpoint;
use truth_kernel::classification::Mode;
use truth_kernel::verify::{AnchorClaim, AnchorFinding, Outcome, StepName, Verdict, verify_with_anchors};

use crate::fixture::Fixture;

/// Anchors the newest checkpoint; the token is its size.
async fn anchor(fixture: &Fixture) {
    let (log, now) = (TestRegion::log(Mode::Test), Clock::System.now());
    let mut tx = fixture.region.store("fn_anchorer").begin_system().await.unwrap();
    let work = tx.begin_anchor(&log, now, now).await.unwrap().unwrap();
    let token = work.checkpoint.size.to_string();
    tx.record_anchor(&work.checkpoint, now, token.as_bytes(), now).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_stands_under_the_first_anchored_checkpoint_over_the_event_and_until_then_under_the_newest() {
    let fixture = Fixture::new().await;
    let mut events = Vec::new();
    for seals in 1..=5 {
        events.push(fixture.append(None).await.header.id);
        assert_eq!(fixture.region.seal(Mode::Test).await, seals);
        if seals % 2 == 0 {
            anchor(&fixture).await;
        }
    }
    for (event, size, tokens) in [(0, 2, vec!["Mg=="]), (1, 2, vec!["Mg=="]), (3, 4, vec!["NA=="]), (4, 5, vec![])] {
        let proof = fixture.get(&format!("/api/v1/proofs/{}", events[event])).await;
        let document = proof.json();
        let claimed = Checkpoint::claimed(document["checkpoint"].as_str().unwrap()).unwrap();
        assert_eq!(claimed.size, size, "event {event}");
        let anchors: Vec<_> = tokens.iter().map(|token| json!({"kind": "rfc3161", "token": token})).collect();
        assert_eq!(document["anchors"], json!(anchors), "event {event}");
        assert_eq!(fixture.verify(&proof.body).verdict, Verdict::Valid);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_over_the_note_in_the_document() {
    let fixture = Fixture::new().await;
    let event = fixture.append(None).await.header.id;
    fixture.region.seal(Mode::Test).await;
    anchor(&fixture).await;
    let proof = fixture.get(&format!("/api/v1/proofs/{event}")).await;
    let note = proof.json()["checkpoint"].as_str().unwrap().to_owned();
    let check = |claim: AnchorClaim<'_>| {
        let right = claim.token == b"1" && claim.note == note;
        if right { AnchorFinding::Holds("Right.".into()) } else { AnchorFinding::Refused("Wrong.".into()) }
    };
    let report = verify_with_anchors(&proof.body, &[], &check);
    assert_eq!(report.step(StepName::Anchors).unwrap().outcome, Outcome::Passed);
    assert!(report.unchecked.is_empty());
}
