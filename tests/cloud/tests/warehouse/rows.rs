//! Rows that `BigQuery` does not insert: with an answer of 200, or by refusing a whole request.

use analytics::facts::FACTS;
use cloud::warehouse::{Reason, Refusal, Value, WarehouseError};
use cloud_tests::bigquery::{FakeBigQuery, Fault, Moment, SPOILS, Trouble};

use crate::stage::{client, row, with};

async fn fake() -> FakeBigQuery {
    let fake = FakeBigQuery::start("europe-west1").await;
    client(&fake).ensure(&FACTS).await.unwrap();
    fake
}

/// Four rows, the third one of another type.
fn four() -> Vec<cloud::warehouse::Row> {
    let other = with(row(2), "type", Some(Value::Text("claim.closed".to_owned())));
    vec![row(0), row(1), other, row(3)]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_failed_for_now_is_sent_again_with_the_others() {
    for reason in ["backendError", "internalError", "timeout", "rateLimitExceeded", "stopped", "a reason of tomorrow"] {
        let fake = fake().await;
        fake.refuse_rows("type", "claim.closed", reason, 1);
        assert_eq!(client(&fake).insert(&FACTS, &four()).await.unwrap(), [], "{reason}");
        assert_eq!(fake.rows("facts").len(), 4, "{reason}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_keeps_failing_leaves_the_outcome_open() {
    let fake = fake().await;
    fake.refuse_rows("type", "claim.closed", "backendError", u32::MAX);
    let error = client(&fake).insert(&FACTS, &four()).await.unwrap_err();
    assert!(matches!(error, WarehouseError::Unavailable(_)) && error.is_transient());
    assert_eq!(fake.rows("facts").len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_spoils_its_request_is_found_by_halving() {
    let fake = fake().await;
    fake.refuse_rows("type", "claim.closed", SPOILS, u32::MAX);
    let refused = client(&fake).insert(&FACTS, &four()).await.unwrap();
    assert_eq!(refused, [Refusal { row: 2, reason: Reason::Invalid }]);
    assert_eq!(fake.rows("facts").len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_too_large_is_halved_until_a_row_is() {
    let fake = fake().await;
    let too_large = Fault { moment: Moment::Before, trouble: Trouble::Error(413, "requestTooLarge") };
    // All four, the first two (the later half is asked first), and then one of these.
    fake.trouble([too_large; 3]);
    let refused = client(&fake).insert(&FACTS, &four()).await.unwrap();
    assert_eq!(refused, [Refusal { row: 3, reason: Reason::TooLarge }]);
    assert_eq!(fake.rows("facts").len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_made_is_partitioned_and_holds_what_every_row_has() {
    let fake = fake().await;
    fake.change("facts", |table| {
        assert_eq!(table.partitioned_by.as_deref(), Some("hour"));
        let required = table.fields.iter().filter(|field| field.mode == "REQUIRED").count();
        assert_eq!((required, table.fields.len()), (10, 12));
    });
    assert_eq!(fake.requests(), ["GET facts", "POST tables"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_somebody_else_makes_at_the_same_moment_is_no_failure() {
    let fake = FakeBigQuery::start("europe-west1").await;
    let (one, other) = (client(&fake), client(&fake));
    let (one, other) = tokio::join!(one.ensure(&FACTS), other.ensure(&FACTS));
    assert!(one.is_ok() && other.is_ok());
    // And when it was made, but nobody said so.
    let fake = FakeBigQuery::start("europe-west1").await;
    client(&fake).location().await.unwrap();
    fake.trouble([
        Fault { moment: Moment::After, trouble: Trouble::Page(502) },
        Fault { moment: Moment::After, trouble: Trouble::Error(503, "backendError") },
    ]);
    assert!(client(&fake).ensure(&FACTS).await.unwrap_err().is_transient());
    client(&fake).ensure(&FACTS).await.unwrap();
    assert_eq!(fake.fields("facts").len(), 12);
}
