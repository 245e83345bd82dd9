//! Several batchers at once, while events arrive.

use proof_batcher::Limits;
use tokio::task::JoinSet;

use crate::ledger::Ledger;

#[tokio::test(flavor = "multi_thread")]
async fn batchers_that_run_at_once_seal_every_event_once() {
    let ledger = Ledger::new().await;
    let sealers: Vec<_> = (0..4).map(|_| ledger.sealer()).collect();
    for _ in 0..5 {
        let running: JoinSet<_> =
            sealers.iter().cloned().map(|sealer| async move { sealer.run().await.unwrap() }).collect();
        ledger.append(70).await;
        running.join_all().await;
    }
    sealers[0].run().await.unwrap();
    assert_eq!(ledger.verify().await, 350);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_batchers_add_each_leaf_once() {
    let ledger = Ledger::new().await;
    ledger.append(200).await;
    let (one, other) = (ledger.sealer(), ledger.sealer());
    let (one, other) = tokio::join!(one.run(), other.run());
    assert_eq!(one.unwrap() + other.unwrap(), 200);
    assert_eq!(ledger.verify().await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn small_extensions_of_many_batchers_interleave() {
    let ledger = Ledger::new().await;
    ledger.append(120).await;
    let limits = Limits { leaves: 7, rounds: 64, pause: std::time::Duration::ZERO };
    let runs =
        (0..3).map(|_| ledger.sealer().with_limits(limits)).map(|sealer| async move { sealer.run().await.unwrap() });
    let sealed: u64 = runs.collect::<JoinSet<_>>().join_all().await.into_iter().sum();
    assert_eq!(sealed, 120);
    assert_eq!(ledger.verify().await, 120);
}
