//! Histories of claims.

use truth_kernel::classification::Mode;
use truth_kernel::verify::{Verdict, verify};

use crate::fixture::Fixture;

#[tokio::test(flavor = "multi_thread")]
async fn a_history_verifies_offline_and_has_every_event_of_its_claim_alone() {
    let fixture = Fixture::new().await;
    for claim in ["C/1", "C-2", "C/1", "C/1"] {
        fixture.append(Some(claim)).await;
    }
    let answer = fixture.get("/api/v1/claims/C%2F1/history").await;
    assert_eq!(answer.header("content-type"), "application/vnd.proveniq.evidence+json");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.json()["events"].as_array().map(Vec::len), Some(3));
    let trust = fixture.keyring.published();
    assert_eq!(verify(&answer.body, &trust).verdict, Verdict::CannotTell);
    fixture.region.seal(Mode::Test).await;
    let sealed = fixture.get("/api/v1/claims/C%2F1/history").await;
    let report = verify(&sealed.body, &trust);
    assert_eq!(report.verdict, Verdict::Valid, "{report:?}");
    assert!(report.unchecked.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_there_is_not_has_no_history() {
    let fixture = Fixture::new().await;
    let long = "x".repeat(201);
    for claim in ["C-1", "%00", "%ff", &long] {
        let refusal = fixture.refusal(&format!("/api/v1/claims/{claim}/history")).await;
        assert_eq!(refusal, (404, "not-found".into()), "{claim}");
    }
}
