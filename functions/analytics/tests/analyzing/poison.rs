//! Events that will never be a row: noted, counted, and passed by.

use store::append::Draft;
use test_support::draft::claim_filed;
use truth_kernel::classification::Mode;

use crate::fixture::Ledger;

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_never_taken_is_noted_and_its_neighbours_are_told() {
    let ledger = Ledger::new().await;
    ledger.append(4).await;
    ledger
        .append_draft(Draft { event_type: "claim.closed".parse().unwrap(), ..claim_filed(ledger.org, 1, None) })
        .await;
    ledger.append(4).await;
    ledger.region.seal(Mode::Test).await;
    ledger.change("ALTER TABLE analytics.facts ADD CONSTRAINT narrow CHECK (type <> 'claim.closed')").await;
    assert_eq!(ledger.analyst().run().await.unwrap(), 9);
    assert_eq!(ledger.dead_letters().await, [(4, "invalid".to_owned())]);
    assert_eq!((ledger.facts().await.len(), ledger.cursor().await), (8, 9));
    let counted = "SELECT leaves FROM analytics.dead_letters_per_day WHERE log LIKE '%/test-1' AND reason = 'invalid'";
    assert_eq!(ledger.number(counted).await, 1, "it can be seen");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_is_no_header_does_not_stop_the_log() {
    let ledger = Ledger::published(5).await;
    for (seq, entry) in [(2, "{}"), (3, "no header")] {
        let sql = format!(
            "SET session_replication_role = replica; UPDATE ledger_events SET header = '{entry}' WHERE mode = 'test' AND chain = 'ledger' AND seq = {seq}"
        );
        ledger.change(&sql).await;
    }
    assert_eq!(ledger.analyst().run().await.unwrap(), 5);
    assert_eq!(ledger.dead_letters().await, [(1, "unreadable".to_owned()), (2, "unreadable".to_owned())]);
    assert_eq!((ledger.facts().await.len(), ledger.cursor().await), (3, 5));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_noted_stands_or_falls_with_the_cursor() {
    let ledger = Ledger::published(2).await;
    ledger.change("ALTER TABLE analytics.facts ADD CONSTRAINT narrow CHECK (type <> 'claim.filed')").await;
    ledger.change("REVOKE INSERT ON analytics.dead_letters FROM fn_analytics").await;
    assert!(!ledger.analyst().run().await.unwrap_err().is_transient());
    assert_eq!((ledger.dead_letters().await.len(), ledger.cursor().await), (0, 0));
    ledger.change("GRANT INSERT ON analytics.dead_letters TO fn_analytics").await;
    ledger.analyst().run().await.unwrap();
    assert_eq!((ledger.dead_letters().await.len(), ledger.cursor().await), (2, 2));
}
