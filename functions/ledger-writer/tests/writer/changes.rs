//! What changes between two appends counts for the second at once, whatever the writer remembers.

use store::organization::OrganizationStatus;
use truth_kernel::classification::Mode;

use crate::fixture::{Fixture, filed, header};

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_appends_nothing_more_and_another_key_goes_on() {
    let fixture = Fixture::new().await;
    let other = fixture.region.api_key(fixture.org, Mode::Test, &["events:write"]).await;
    assert_eq!(fixture.post(filed("C-1")).await.status, 201);
    let mut tx = fixture.region.store("fn_admin").begin(fixture.org).await.unwrap();
    let revoked = tx.keys().await.unwrap().into_iter().map(|key| key.id).min().unwrap();
    assert!(tx.revoke_key(revoked).await.unwrap());
    tx.commit().await.unwrap();
    let answer = fixture.post(filed("C-1")).await;
    assert_eq!(answer.problem(), (401, "key-revoked".to_owned()));
    assert_eq!(fixture.count().await, 1);
    let fixture = Fixture { key: other, ..fixture };
    assert_eq!(fixture.post(filed("C-1")).await.status, 201, "decided again under the new generation");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_organization_appends_nothing_until_it_is_active_again() {
    let fixture = Fixture::new().await;
    assert_eq!(fixture.post(filed("C-1")).await.status, 201);
    let set = async |status| {
        let mut tx = fixture.region.store("fn_admin").begin(fixture.org).await.unwrap();
        tx.set_status(status).await.unwrap();
        tx.commit().await.unwrap();
    };
    set(OrganizationStatus::Suspended).await;
    let answer = fixture.post(filed("C-1")).await;
    assert_eq!(answer.problem(), (403, "forbidden".to_owned()));
    assert_eq!(answer.json()["rule"], "organization:active");
    let batch = fixture.batch(format!(r#"{{"events":[{}]}}"#, filed("C-1"))).await;
    assert_eq!(batch.problem(), (403, "forbidden".to_owned()));
    assert_eq!(fixture.count().await, 1);
    set(OrganizationStatus::Active).await;
    assert_eq!(fixture.post(filed("C-1")).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_across_a_change_is_decided_again_and_nothing_is_lost() {
    let fixture = std::sync::Arc::new(Fixture::new().await);
    assert_eq!(fixture.post(filed("C-1")).await.status, 201);
    let tasks: Vec<_> = (0..40)
        .map(|number| {
            let fixture = std::sync::Arc::clone(&fixture);
            tokio::spawn(async move { fixture.post_under(&format!("k-{number}"), filed(&format!("C-{number}"))).await })
        })
        .collect();
    let mut tx = fixture.region.store("fn_admin").begin(fixture.org).await.unwrap();
    tx.register_event_type(Mode::Test, &"robot.moved".parse().unwrap(), "{}").await.unwrap();
    tx.commit().await.unwrap();
    for task in tasks {
        let answer = task.await.unwrap();
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    assert_eq!(fixture.count().await, 41);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_unknown_outcome_is_sent_again_and_made_once() {
    let fixture = Fixture::new().await;
    assert_eq!(fixture.post(filed("C-1")).await.status, 201);
    // From now on the writer's own flush fails after the event is committed; the barrier, which runs as the owner, does not.
    let revoke = "DO $$ BEGIN
            REVOKE EXECUTE ON FUNCTION pg_logical_emit_message(boolean, text, text) FROM PUBLIC;
            EXECUTE format('GRANT EXECUTE ON FUNCTION pg_logical_emit_message(boolean, text, text) TO %I',
                (SELECT tableowner FROM pg_tables WHERE tablename = 'ledger_events'));
        END $$";
    sqlx::query(revoke).execute(&mut fixture.region.superuser().await).await.unwrap();
    let answer = fixture.post(filed("C-2")).await;
    assert_eq!((answer.status, fixture.count().await), (201, 2), "{}", answer.text());
    assert_eq!(header(&answer.json())["seq"], 2);
}
