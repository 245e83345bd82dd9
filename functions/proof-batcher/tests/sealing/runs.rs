//! Whole runs.

use proof_batcher::{Limits, SealError};
use truth_kernel::classification::Mode;

use crate::ledger::{Ledger, origin, signer, test_log};

#[tokio::test(flavor = "multi_thread")]
async fn events_are_sealed_and_published_and_a_further_run_changes_nothing() {
    let ledger = Ledger::new().await;
    ledger.append(10).await;
    let sealer = ledger.sealer();
    assert_eq!(sealer.run().await.unwrap(), 10);
    assert_eq!(ledger.verify().await, 10);
    let published = ledger.checkpoint(&test_log()).await;
    for _ in 0..3 {
        assert_eq!(sealer.run().await.unwrap(), 0);
    }
    assert_eq!(ledger.checkpoint(&test_log()).await, published);
    assert_eq!(ledger.number("SELECT count(*) FROM checkpoints").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_log_has_no_checkpoint() {
    let ledger = Ledger::new().await;
    assert_eq!(ledger.sealer().run().await.unwrap(), 0);
    assert_eq!(ledger.checkpoint(&test_log()).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn live_and_test_events_never_meet() {
    let ledger = Ledger::new().await;
    ledger.append(5).await;
    ledger.append_live(7).await;
    assert_eq!(ledger.sealer().run().await.unwrap(), 12);
    assert_eq!(ledger.verify_log(&origin(Mode::Test), 1).await, 5);
    assert_eq!(ledger.verify_log(&origin(Mode::Live), 1).await, 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_grows_across_tiles_in_uneven_pieces() {
    let ledger = Ledger::new().await;
    let limits = Limits { leaves: 37, rounds: 64, pause: std::time::Duration::ZERO };
    let sealer = ledger.sealer().with_limits(limits);
    let mut size = 0;
    for count in [1, 254, 1, 1, 255, 300] {
        ledger.append(count).await;
        assert_eq!(sealer.run().await.unwrap(), count as u64);
        size += count as u64;
        assert_eq!(ledger.verify().await, size);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_ends_after_its_rounds_and_the_next_goes_on() {
    let ledger = Ledger::new().await;
    ledger.append(50).await;
    let limits = Limits { leaves: 10, rounds: 2, pause: std::time::Duration::ZERO };
    let sealer = ledger.sealer().with_limits(limits);
    for sealed in [20, 20, 10, 0] {
        assert_eq!(sealer.run().await.unwrap(), sealed);
    }
    assert_eq!(ledger.verify().await, 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn short_chains_do_not_wait_for_a_long_one() {
    let ledger = Ledger::new().await;
    ledger.append(1).await;
    ledger.sealer().run().await.unwrap();
    ledger.append(90).await;
    ledger.append(2).await;
    let limits = Limits { leaves: 62, rounds: 1, pause: std::time::Duration::ZERO };
    ledger.sealer().with_limits(limits).run().await.unwrap();
    // 31, 31 and 30 were pending: two chains are done, the shortest among them.
    assert_eq!(
        ledger.number("SELECT count(*) FROM chain_heads JOIN chain_seals USING (org, mode, chain, seq)").await,
        2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_without_a_key_is_left_alone_and_the_others_are_sealed() {
    let ledger = Ledger::new().await;
    let sealer = ledger.sealer_with(vec![signer(Mode::Test)]);
    ledger.append(3).await;
    assert_eq!(sealer.run().await.unwrap(), 3);
    ledger.append(3).await;
    ledger.append_live(3).await;
    assert!(matches!(sealer.run().await, Err(SealError::NoSigner(log)) if log == origin(Mode::Live)));
    assert_eq!(ledger.verify().await, 6);
    assert_eq!(ledger.number("SELECT size FROM logs WHERE mode = 'live'").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_bucket_is_filled_again() {
    let ledger = Ledger::new().await;
    ledger.append(300).await;
    ledger.sealer().run().await.unwrap();
    let other = Ledger::new().await;
    let empty = proof_batcher::Sealer::new(
        ledger.region.store("fn_proof_batcher"),
        other.bucket.clone(),
        vec![signer(Mode::Test)],
    );
    assert_eq!(empty.run().await.unwrap(), 0);
    let path = proof_batcher::objects::checkpoint_path(&test_log()).unwrap();
    assert_eq!(
        other.bucket.get(&path).await.unwrap().unwrap().bytes,
        ledger.bucket.get(&path).await.unwrap().unwrap().bytes
    );
}
