//! What a run does, and when it does nothing.

use store::follow::Consumer;
use truth_kernel::classification::Mode;

use crate::ledger::{Ledger, test_log};

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_checkpoint_is_anchored_at_once_and_the_next_after_the_interval() {
    let Some(ledger) = Ledger::new("the_newest_checkpoint_is_anchored_at_once").await else { return };
    let anchorer = ledger.anchorer();
    assert_eq!(anchorer.run().await.unwrap(), 0, "nothing is published");
    ledger.publish(Mode::Test).await;
    assert_eq!(ledger.publish(Mode::Test).await, 2);
    assert_eq!(anchorer.run().await.unwrap(), 1);
    assert_eq!(ledger.anchored().await, [2]);
    ledger.publish(Mode::Test).await;
    ledger.after_seconds(59);
    assert_eq!(anchorer.run().await.unwrap(), 0, "the last anchor is young");
    ledger.publish(Mode::Test).await;
    ledger.after_seconds(1);
    assert_eq!(anchorer.run().await.unwrap(), 1);
    assert_eq!(ledger.anchored().await, [2, 4]);
    assert_eq!(ledger.cursor(&test_log()).await, 4);
    ledger.after_seconds(60);
    assert_eq!(anchorer.run().await.unwrap(), 0, "there is nothing new");
    assert_eq!(ledger.authority.stamped(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_checkpoint_before_it_gets_quiet_is_anchored_too() {
    let Some(ledger) = Ledger::new("the_last_checkpoint_before_it_gets_quiet_is_anchored_too").await else { return };
    ledger.publish(Mode::Test).await;
    ledger.anchorer().run().await.unwrap();
    ledger.publish(Mode::Test).await;
    ledger.anchorer().run().await.unwrap();
    for (role, consumer) in [("fn_analytics", Consumer::Analytics), ("fn_webhooks", Consumer::Webhooks)] {
        let mut tx = ledger.region.store(role).begin_system().await.unwrap();
        assert!(tx.advance(consumer, &test_log(), 0, 2).await.unwrap());
        tx.commit().await.unwrap();
    }
    let timekeeper = ledger.region.store("fn_timekeeper");
    let behind = async || timekeeper.begin_system().await.unwrap().furthest_behind().await.unwrap();
    assert_eq!(behind().await, 1, "so the timekeeper goes on nudging");
    ledger.after_seconds(60);
    ledger.anchorer().run().await.unwrap();
    assert_eq!(ledger.anchored().await, [1, 2]);
    assert_eq!(behind().await, 0, "and now no longer");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_log_has_its_own_anchors() {
    let Some(ledger) = Ledger::new("every_log_has_its_own_anchors").await else { return };
    ledger.publish(Mode::Test).await;
    ledger.publish(Mode::Live).await;
    ledger.publish(Mode::Live).await;
    assert_eq!(ledger.anchorer().run().await.unwrap(), 2);
    assert_eq!(ledger.anchored().await, [1]);
    let names: Vec<_> = ledger.objects().into_iter().map(|(name, _)| name).collect();
    let expected = ["log/1/anchors/2/checkpoint", "log/1/anchors/2/token.der"];
    assert_eq!(names[..2], expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn any_number_of_runs_at_once_anchor_a_checkpoint_once() {
    let Some(ledger) = Ledger::new("any_number_of_runs_at_once_anchor_a_checkpoint_once").await else { return };
    for size in 1..=3 {
        ledger.publish(Mode::Test).await;
        let (one, other, third) = (ledger.anchorer(), ledger.anchorer(), ledger.anchorer());
        let done = tokio::join!(one.run(), other.run(), one.run(), third.run(), other.run());
        let done = done.0.unwrap() + done.1.unwrap() + done.2.unwrap() + done.3.unwrap() + done.4.unwrap();
        assert_eq!((done, ledger.authority.stamped()), (1, u32::try_from(size).unwrap()));
        ledger.after_seconds(60);
    }
    assert_eq!(ledger.anchored().await, [1, 2, 3]);
}
