//! Runs that nothing disturbs, one after the other and at once.

use store::append::Draft;
use test_support::draft::claim_filed;
use tokio::task::JoinSet;
use truth_kernel::classification::Mode;

use crate::fixture::Ledger;

#[tokio::test(flavor = "multi_thread")]
async fn every_published_event_is_one_row_and_no_other_event_is() {
    let ledger = Ledger::published(7).await;
    ledger.append(2).await;
    assert_eq!(ledger.analyst().run().await.unwrap(), 7);
    ledger.is_all_told(7).await;
    assert_eq!(ledger.analyst().run().await.unwrap(), 0, "nothing is new");
    ledger.region.seal(Mode::Test).await;
    assert_eq!(ledger.analyst().run().await.unwrap(), 2);
    ledger.is_all_told(9).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_log_is_followed() {
    let ledger = Ledger::published(2).await;
    for _ in 0..3 {
        ledger.append_draft(Draft { mode: Mode::Live, ..claim_filed(ledger.org, 1, None) }).await;
    }
    ledger.region.seal(Mode::Live).await;
    ledger.analyst().run().await.unwrap();
    let sql = "SELECT count(*) FROM analytics.facts WHERE (mode, log) IN (('live', '1'), ('test', 'test-1'))";
    // The live log also holds what the system organization has logged.
    assert_eq!(ledger.number(sql).await, ledger.number("SELECT sum(published_size)::bigint FROM logs").await);
    assert_eq!(ledger.number("SELECT count(*) FROM analytics.facts WHERE mode = 'live' AND chain = 'ledger'").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_at_once_tell_everything_once() {
    let ledger = Ledger::published(40).await;
    let running: JoinSet<_> =
        (0..4).map(|_| ledger.analyst()).map(async |analyst| analyst.run().await.unwrap()).collect();
    let told: u64 = running.join_all().await.into_iter().sum();
    assert_eq!(told, 40, "each leaf was left behind by one of them");
    ledger.is_all_told(40).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn latencies_are_those_of_the_first_checkpoints_over_the_event() {
    let ledger = Ledger::published(3).await;
    ledger.append(2).await;
    ledger.region.seal(Mode::Test).await;
    ledger.append(1).await;
    ledger.region.seal(Mode::Test).await;
    // As if no checkpoint but the last had been published.
    ledger
        .change("SET session_replication_role = replica; DELETE FROM publications WHERE size < 6; UPDATE checkpoints SET signed_at = now() + interval '1 hour' WHERE size = 5")
        .await;
    ledger.analyst().run().await.unwrap();
    let wrong = "SELECT count(*) FROM analytics.facts WHERE sealed_ms IS NULL OR published_ms IS NULL";
    assert_eq!(ledger.number(wrong).await, 0);
    let late = "SELECT count(*) FROM analytics.facts WHERE sealed_ms >= 3500000 AND published_ms = 0";
    assert_eq!(ledger.number(late).await, 2, "the events of the second checkpoint, signed after it was published");
    let sum = "SELECT (SELECT sum(sealed_ms) FROM analytics.facts)::bigint
        - (SELECT sum(extract(epoch FROM c.signed_at - e.time) * 1000) FROM ledger_events e JOIN segments s USING (org, mode, chain)
           CROSS JOIN LATERAL (SELECT * FROM checkpoints c WHERE c.log = s.log AND c.size > s.first_leaf + e.seq - s.first_seq
                               ORDER BY size LIMIT 1) c WHERE e.seq BETWEEN s.first_seq AND s.first_seq + s.count - 1)::bigint";
    assert_eq!(ledger.number(sum).await, 0);
}
