//! What counts as the replica, and what happens when it does not.

use store::replica::Unusable;
use store::{Database, Store};
use test_support::TestRegion;

use crate::fixture::{Fixture, marks};

/// A store whose replica is the database at this address.
fn with(region: &TestRegion, url: &str) -> Store {
    region.store("fn_query").with_replica(Database::from_url(url).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_a_standby_of_the_primary_counts() {
    let fixture = Fixture::new().await;
    let (region, url) = (&fixture.region, fixture.standby.url("fn_query"));
    assert!(with(region, &url).check_replica().await.is_ok());
    assert!(region.store("fn_query").check_replica().await.is_ok(), "none is none");

    let neighbour = TestRegion::within(region.cluster()).await;
    let elsewhere = TestRegion::new().await;
    for other in [&neighbour, &elsewhere] {
        let refused = with(region, &other.url("fn_query")).check_replica().await.unwrap_err();
        assert!(matches!(refused, Unusable::OtherDatabase) && refused.is_mistake(), "{refused}");
    }
    let sql = "UPDATE region_identity SET home = 'us-east1', serving = 'us-east1'";
    assert_eq!(elsewhere.tamper(sql).await, 1);
    let refused = with(region, &elsewhere.url("fn_query")).check_replica().await.unwrap_err();
    assert_eq!(refused.to_string(), "it is no copy of the primary's database, but serves us-east1");
    assert!(refused.is_mistake());

    let refused = with(region, &region.url("fn_query")).check_replica().await.unwrap_err();
    assert!(matches!(refused, Unusable::NotInRecovery) && !refused.is_mistake(), "{refused}");
    let refused = with(region, &fixture.standby.url("nobody")).check_replica().await.unwrap_err();
    assert!(matches!(refused, Unusable::Failed(_)) && refused.is_mistake(), "{refused}");
    fixture.standby.kill();
    let refused = with(region, &url).check_replica().await.unwrap_err();
    assert!(!refused.is_mistake(), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_that_dies_is_missed_by_nobody_and_used_again_when_it_is_back() {
    let fixture = Fixture::new().await;
    let event = fixture.sealed_and_paused().await;
    fixture.mark_primary().await;
    assert_eq!(fixture.marks(&event).await, 0);
    fixture.standby.kill();
    for _ in 0..3 {
        assert_eq!(fixture.marks(&event).await, 1);
    }
    fixture.standby.restart().await;
    fixture.standby.pause().await;
    fixture.mark_primary().await;
    while fixture.marks(&event).await != 1 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_that_was_promoted_is_not_used_any_more() {
    let fixture = Fixture::new().await;
    let event = fixture.sealed_and_paused().await;
    fixture.mark_primary().await;
    assert_eq!(fixture.marks(&event).await, 0);
    fixture.standby.promote().await;
    assert_eq!(fixture.marks(&event).await, 1);
    let refused = fixture.store.check_replica().await.unwrap_err();
    assert!(matches!(refused, Unusable::NotInRecovery), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_on_another_branch_of_history_is_not_used() {
    let fixture = Fixture::new().await;
    let event = fixture.sealed_and_paused().await;
    fixture.standby.promote().await;
    let branch = fixture.standby.standby().await;
    let store = with(&fixture.region, &branch.url("fn_query"));
    assert!(store.check_replica().await.is_ok(), "so far it is the same history");
    let mut promoted = fixture.standby.superuser().await;
    for sql in [
        "INSERT INTO checkpoints (log, size, root, note) SELECT log, size + 1, sha256('other'), note FROM checkpoints",
        "UPDATE logs l SET size = c.size, root = c.root, published_size = c.size FROM checkpoints c WHERE c.log = l.origin AND c.size = 2",
    ] {
        assert_eq!(sqlx::query(sql).execute(&mut promoted).await.unwrap().rows_affected(), 1, "{sql}");
    }
    branch.catch_up().await;
    let refused = store.check_replica().await.unwrap_err();
    assert!(matches!(refused, Unusable::Unconfirmed { size: 2, .. }) && !refused.is_mistake(), "{refused}");
    fixture.append().await;
    fixture.region.seal(truth_kernel::classification::Mode::Test).await;
    let refused = store.check_replica().await.unwrap_err();
    assert!(
        matches!(refused, Unusable::Unconfirmed { size: 2, .. }),
        "of this size the primary has another one: {refused}"
    );
    fixture.mark_primary().await;
    let wanted = store::replica::Wanted::ById { mode: event.header.log.mode(), ids: &[event.header.id] };
    let (_, events) = store.read(fixture.org, wanted).await.unwrap();
    assert!(marks(&events[0]) == 1, "from the primary");
}
