//! Event types of an organization's own.

use truth_kernel::classification::Mode;

use crate::fixture::{Fixture, filed};

async fn register(fixture: &Fixture, name: &str, schema: &str) {
    register_for(fixture, Mode::Test, name, schema).await;
}

async fn register_for(fixture: &Fixture, mode: Mode, name: &str, schema: &str) {
    let mut tx = fixture.region.store("fn_admin").begin(fixture.org).await.unwrap();
    tx.register_event_type(mode, &name.parse().unwrap(), schema).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_counts_from_its_registration_on_and_its_newest_version_does() {
    let fixture = Fixture::new().await;
    let moved = r#"{"type":"robot.moved","classification":"operational","payload":{"metres":3}}"#;
    assert_eq!(fixture.post(moved).await.problem(), (422, "unknown-event-type".to_owned()));
    register(&fixture, "robot.moved", r#"{"properties":{"metres":{"type":"integer"}}}"#).await;
    assert_eq!(fixture.post(moved).await.status, 201);
    register(&fixture, "robot.moved", r#"{"properties":{"metres":{"maximum":2}}}"#).await;
    let answer = fixture.post(moved).await;
    assert_eq!(answer.problem(), (422, "payload-does-not-fit".to_owned()), "decided again under the new version");
    assert_eq!(answer.json()["errors"][0]["pointer"], "/payload/metres");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organizations_own_version_of_a_built_in_type_counts_for_it_alone() {
    let fixture = Fixture::new().await;
    register(&fixture, "claim.filed", r#"{"required":["policy_number"]}"#).await;
    assert_eq!(fixture.post(filed("C-1")).await.problem(), (422, "payload-does-not-fit".to_owned()));
    let other = fixture.region.organization().await;
    let key = fixture.region.api_key(other, truth_kernel::classification::Mode::Test, &["events:write"]).await;
    let fixture = Fixture { key, org: other, ..fixture };
    assert_eq!(fixture.post(filed("C-1")).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mode_has_types_of_its_own() {
    let fixture = Fixture::new().await;
    register_for(&fixture, Mode::Live, "claim.filed", "false").await;
    assert_eq!(fixture.post(filed("C-1")).await.status, 201, "the key is for tests");
    register(&fixture, "claim.filed", "false").await;
    assert_eq!(fixture.post(filed("C-1")).await.problem(), (422, "payload-does-not-fit".to_owned()));
}
