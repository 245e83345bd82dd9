//! Runs that die or fail between their steps, before and after something was persisted.

use crate::fixture::Ledger;

/// Lets every change of a table fail until it is told otherwise.
fn break_table(table: &str) -> String {
    format!(
        "CREATE FUNCTION public.broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken' USING ERRCODE = '57P01'; END $$;
         CREATE TRIGGER broken BEFORE INSERT OR UPDATE ON {table} EXECUTE FUNCTION public.broken()"
    )
}

fn mend_table(table: &str) -> String {
    format!("DROP TRIGGER broken ON {table}; DROP FUNCTION public.broken()")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_dies_after_the_rows_and_before_the_cursor_repeats_nothing() {
    let ledger = Ledger::published(5).await;
    ledger.change(&break_table("cursors")).await;
    let error = ledger.analyst().run().await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    let rows = ledger.facts().await;
    assert_eq!((rows.len(), ledger.cursor().await), (3, 0), "the first range is there, the cursor is not behind it");
    ledger.change(&mend_table("cursors")).await;
    assert_eq!(ledger.analyst().run().await.unwrap(), 5);
    ledger.is_all_told(5).await;
    let all = ledger.facts().await;
    assert!(rows.iter().all(|row| all.contains(row)), "an event keeps its name");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warehouse_that_is_away_keeps_the_cursor_where_it_is() {
    let ledger = Ledger::published(5).await;
    ledger.change(&break_table("analytics.facts")).await;
    assert!(ledger.analyst().run().await.unwrap_err().is_transient());
    assert_eq!((ledger.facts().await.len(), ledger.cursor().await), (0, 0));
    ledger.change(&mend_table("analytics.facts")).await;
    ledger.analyst().run().await.unwrap();
    ledger.is_all_told(5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_that_is_gone_comes_back_with_the_next_run() {
    let ledger = Ledger::published(5).await;
    let analyst = ledger.analyst();
    analyst.run().await.unwrap();
    ledger.append(2).await;
    ledger.region.seal(truth_kernel::classification::Mode::Test).await;
    ledger.change("ALTER TABLE analytics.facts DROP COLUMN published_ms CASCADE").await;
    assert!(analyst.run().await.unwrap_err().is_transient(), "what it remembers of the table is no longer so");
    assert_eq!(analyst.run().await.unwrap(), 2);
    ledger.is_all_told(7).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_of_another_type_stops_everything_until_somebody_looks() {
    let ledger = Ledger::published(2).await;
    ledger.change("ALTER TABLE analytics.facts DROP COLUMN published_ms CASCADE, ADD COLUMN published_ms text").await;
    let error = ledger.analyst().run().await.unwrap_err();
    assert!(!error.is_transient());
    assert_eq!(error.to_string(), "column published_ms of table facts has another type");
    assert_eq!((ledger.facts().await.len(), ledger.cursor().await), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_that_another_run_moved_takes_this_run_along() {
    let ledger = Ledger::published(6).await;
    let (slow, fast) = (ledger.analyst(), ledger.analyst());
    // Both have read the same range: the slower one inserts it again, and goes on behind the faster.
    let (one, other) = tokio::join!(slow.run(), fast.run());
    assert_eq!(one.unwrap() + other.unwrap(), 6);
    ledger.is_all_told(6).await;
}
