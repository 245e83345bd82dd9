//! An instance is bound to a dataset of its region, by an endpoint that is its region's.

use cloud::warehouse::WarehouseError;
use cloud_tests::bigquery::{DATASET, FakeBigQuery, Fault, Moment, PROJECT, Trouble};
use test_support::TestRegion;
use web::config::Environment;

use crate::stage::client;

/// What keeps the function from starting; empty if it starts.
async fn refusal(region: &TestRegion, url: &str) -> String {
    let (database, warehouse) = (region.url("fn_analytics"), format!("projects/{PROJECT}/datasets/{DATASET}"));
    let variables = [
        ("REGION", "europe-west1"),
        ("DATABASE_URL", database.as_str()),
        ("WAREHOUSE", warehouse.as_str()),
        ("BIGQUERY_URL", url),
    ];
    let started = analytics::start(Environment::from(variables)).await;
    started.err().map(|mistakes| mistakes.to_string()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_function_starts_only_with_a_dataset_of_its_region() {
    let region = TestRegion::new().await;
    let here = FakeBigQuery::start("europe-west1").await;
    assert_eq!(refusal(&region, here.url()).await, "");
    let elsewhere = FakeBigQuery::start("us-east1").await;
    let refused = refusal(&region, elsewhere.url()).await;
    assert!(refused.contains("REGION is europe-west1, but the warehouse lies in us-east1"), "{refused}");
    let everywhere = FakeBigQuery::start("EU").await;
    let refused = refusal(&region, everywhere.url()).await;
    assert!(refused.contains(r#"WAREHOUSE: the warehouse lies in "EU", which is no region"#), "{refused}");
    let refused = refusal(&region, "http://bigquery.googleapis.com/bigquery/v2").await;
    assert!(refused.contains("BIGQUERY_URL: not the base URL of an API"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_let_in_is_told_so_and_does_not_ask_again() {
    let fake = FakeBigQuery::start("europe-west1").await;
    fake.trouble([Fault { moment: Moment::Before, trouble: Trouble::Error(403, "accessDenied") }]);
    let refused = client(&fake).location().await.unwrap_err();
    assert!(matches!(refused, WarehouseError::Refused(_)) && !refused.is_transient());
    assert_eq!(refused.to_string(), r#"the warehouse refuses: BigQuery answered 403 "accessDenied""#);
    assert_eq!(fake.requests().len(), 1);
    fake.trouble([Fault { moment: Moment::Before, trouble: Trouble::Error(404, "notFound") }]);
    let refused = client(&fake).location().await.unwrap_err();
    assert_eq!(refused.to_string(), "the warehouse refuses: there is no such dataset");
}
