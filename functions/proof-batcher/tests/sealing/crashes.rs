//! A batcher dies, or stalls, between any two steps.

use crate::ledger::{Ledger, test_log};
use crate::steps::{Batcher, STEPS};

#[tokio::test(flavor = "multi_thread")]
async fn a_new_run_finishes_what_one_left_that_died_after_any_step() {
    let ledger = Ledger::new().await;
    let mut size = 0;
    for survived in 0..=STEPS.len() {
        ledger.append(100).await;
        Batcher::new(ledger.sealer()).go(&STEPS[..survived]).await;
        ledger.sealer().run().await.unwrap();
        size += 100;
        assert_eq!(ledger.verify().await, size, "died after {survived} steps");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_run_seals_what_came_after_a_death_together_with_what_was_left() {
    let ledger = Ledger::new().await;
    let mut size = 0;
    for survived in 0..=STEPS.len() {
        ledger.append(150).await;
        Batcher::new(ledger.sealer()).go(&STEPS[..survived]).await;
        ledger.append(150).await;
        ledger.sealer().run().await.unwrap();
        size += 300;
        assert_eq!(ledger.verify().await, size, "died after {survived} steps");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_batcher_changes_nothing_that_is_newer() {
    for stalled_after in 1..STEPS.len() {
        let ledger = Ledger::new().await;
        ledger.append(20).await;
        ledger.sealer().run().await.unwrap();
        ledger.append(30).await;
        let mut stalled = Batcher::new(ledger.sealer());
        stalled.go(&STEPS[..stalled_after]).await;
        ledger.append(40).await;
        ledger.sealer().run().await.unwrap();
        assert_eq!(ledger.verify().await, 90);
        let published = ledger.checkpoint(&test_log()).await;
        stalled.go(&STEPS[stalled_after..]).await;
        assert_eq!(ledger.checkpoint(&test_log()).await, published, "stalled after {stalled_after} steps");
        assert_eq!(ledger.verify().await, 90);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batcher_stalled_before_the_very_first_checkpoint_does_not_create_it_twice() {
    let ledger = Ledger::new().await;
    ledger.append(3).await;
    let mut stalled = Batcher::new(ledger.sealer());
    stalled.go(&STEPS[..4]).await;
    ledger.append(3).await;
    ledger.sealer().run().await.unwrap();
    stalled.go(&STEPS[4..]).await;
    assert_eq!(ledger.verify().await, 6);
}
