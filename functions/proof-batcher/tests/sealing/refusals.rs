//! What must never be sealed: tampered rows, and a second history.

use proof_batcher::error::Fault;
use proof_batcher::objects::tile_path;
use proof_batcher::range::SizedTile;
use proof_batcher::{SealError, Sealer};
use truth_kernel::tile::TileId;

use crate::ledger::{Ledger, test_log};
use crate::steps::{Batcher, STEPS};

/// Runs, and asserts that it stops with an error and neither signs nor publishes anything.
async fn refused(ledger: &Ledger, sealer: &Sealer) -> SealError {
    const SIGNED: &str = "SELECT coalesce(max(size), 0) FROM checkpoints";
    let before = (ledger.checkpoint(&test_log()).await, ledger.number(SIGNED).await);
    let error = sealer.run().await.expect_err("a refusal");
    assert_eq!((ledger.checkpoint(&test_log()).await, ledger.number(SIGNED).await), before);
    assert!(!error.is_transient(), "{error}");
    error
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tampered_edge_tile_is_not_built_upon() {
    let ledger = Ledger::new().await;
    ledger.append(10).await;
    ledger.sealer().run().await.unwrap();
    ledger.append(1).await;
    ledger.tamper("UPDATE tiles SET hashes = set_byte(hashes, 5, get_byte(hashes, 5) # 1)").await;
    let error = refused(&ledger, &ledger.sealer()).await.to_string();
    assert_eq!(error, "table tiles holds tiles that do not add up to the root of the log");
    assert_eq!(ledger.number("SELECT size FROM logs WHERE mode = 'test'").await, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn tiles_that_were_tampered_with_before_the_signature_are_not_signed() {
    for (sql, fault) in [
        (
            "UPDATE tiles SET hashes = set_byte(hashes, 5, get_byte(hashes, 5) # 1) WHERE level = 0 AND index = 1",
            "root",
        ),
        ("UPDATE tiles SET hashes = set_byte(hashes, 40, get_byte(hashes, 40) # 1) WHERE level = 1", "inner"),
        ("UPDATE tiles SET hashes = substring(hashes FOR 320) WHERE level = 0 AND index = 1", "tile"),
        ("DELETE FROM tiles WHERE level = 0 AND index = 2", "tile"),
        ("UPDATE logs SET root = sha256('another') WHERE mode = 'test'", "root"),
    ] {
        let ledger = Ledger::new().await;
        ledger.append(20).await;
        ledger.sealer().run().await.unwrap();
        ledger.append(600).await;
        Batcher::new(ledger.sealer()).go(&STEPS[..1]).await;
        ledger.tamper(sql).await;
        let error = refused(&ledger, &ledger.sealer()).await;
        let SealError::Tampered { from: 20, to: 620, fault: found, .. } = error else { panic!("{error}") };
        let found = match found {
            Fault::Tile(_) => "tile",
            Fault::SignedRoot => "signed root",
            Fault::Root => "root",
            Fault::Inner(_) => "inner",
        };
        assert_eq!(found, fault, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn leaves_that_were_signed_cannot_be_replaced_together_with_the_root() {
    let ledger = Ledger::new().await;
    ledger.append(1).await;
    ledger.sealer().run().await.unwrap();
    ledger.append(1).await;
    Batcher::new(ledger.sealer()).go(&STEPS[..1]).await;
    // A tree of two leaves, consistent in itself, with another first leaf.
    ledger.tamper("UPDATE tiles SET hashes = sha256('another') || substring(hashes FROM 33)").await;
    ledger.tamper("UPDATE logs SET root = (SELECT sha256('\\x01' || hashes) FROM tiles) WHERE mode = 'test'").await;
    assert!(matches!(refused(&ledger, &ledger.sealer()).await, SealError::Tampered { fault: Fault::SignedRoot, .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_tampered_with_before_it_was_sealed_is_not_sealed() {
    for sql in [
        "UPDATE ledger_events SET header = replace(header, 'claim.filed', 'claim.filee') WHERE seq = 2",
        "UPDATE ledger_events SET hash = sha256('another') WHERE seq = 2",
    ] {
        let ledger = Ledger::new().await;
        ledger.append(10).await;
        ledger.tamper(sql).await;
        let error = refused(&ledger, &ledger.sealer()).await.to_string();
        assert_eq!(error, "table ledger_events holds an event whose hash is not that of its header");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_event_is_a_gap_and_not_sealed_over() {
    let ledger = Ledger::new().await;
    ledger.append(10).await;
    ledger.tamper("DELETE FROM ledger_events WHERE seq = 2").await;
    assert_eq!(refused(&ledger, &ledger.sealer()).await.to_string(), "table ledger_events holds a gap in a chain");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_was_tampered_with_after_the_signature_is_not_published() {
    let ledger = Ledger::new().await;
    ledger.append(10).await;
    Batcher::new(ledger.sealer()).go(&STEPS[..2]).await;
    ledger.tamper("UPDATE ledger_events SET header = replace(header, 'claim.filed', 'claim.filee')").await;
    assert!(matches!(refused(&ledger, &ledger.sealer()).await, SealError::OtherHeader { leaf: 0, .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_with_other_bytes_is_never_taken_for_ours() {
    let ledger = Ledger::new().await;
    ledger.append(10).await;
    let tile = SizedTile { id: TileId { level: 0, index: 0 }, width: 10 };
    ledger.bucket.create(&tile_path(&test_log(), tile).unwrap(), b"another".to_vec()).await.unwrap();
    let error = ledger.sealer().run().await.expect_err("a refusal");
    assert!(matches!(error, SealError::OtherBytes(_)), "{error}");
    assert_eq!(ledger.checkpoint(&test_log()).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_restore_of_an_old_backup_nothing_is_sealed() {
    let ledger = Ledger::new().await;
    ledger.append(10).await;
    ledger.sealer().run().await.unwrap();
    let restored = Ledger::beside(&ledger.bucket).await;
    restored.append(4).await;
    let error = refused(&restored, &restored.sealer()).await;
    assert!(matches!(error, SealError::BucketAhead { published: 10, stored: 0, .. }), "{error}");
    assert!(error.to_string().contains("an old backup was restored"));
    assert_eq!(restored.number("SELECT size FROM logs WHERE mode = 'test'").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_with_another_history_is_refused_at_whatever_size() {
    let ledger = Ledger::new().await;
    ledger.append(10).await;
    ledger.sealer().run().await.unwrap();
    let mut other = Ledger::new().await;
    other.append(10).await;
    other.sealer().run().await.unwrap();
    other.append(5).await;
    other.sealer().run().await.unwrap();
    other.bucket = ledger.bucket.clone();
    assert!(matches!(refused(&other, &other.sealer()).await, SealError::Forked { size: 10, .. }));
}
