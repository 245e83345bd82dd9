//! What keeps the function from starting, and what does not.

use test_support::{TestFolder, TestRegion};
use web::config::{Environment, Mistakes};

/// The mistakes of a function that starts with these variables changed: empty when it does start.
async fn mistakes(region: &TestRegion, changes: &[(&str, &str)]) -> String {
    let folder = TestFolder::new();
    let variables = folder.environment(region, "fn_query");
    let altered = changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    // The later of two counts.
    let environment: Environment = variables.into_iter().chain(altered).collect();
    let told = |mistakes: Mistakes| mistakes.to_string();
    query::start(environment).await.map(drop).map_err(told).err().unwrap_or_default()
}

#[tokio::test]
async fn everything_that_is_missing_is_named_at_start() {
    let mistakes = query::start(Environment::from([("REGION", "us-east1")])).await.unwrap_err();
    insta::assert_snapshot!(mistakes, @r"
    cannot start:
      - DATABASE_URL is not set
      - WRAPPING_KEYS is not set
      - LOG_KEYS is not set
      - RECEIPT_KEY is not set
      - BUCKET is not set
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_of_a_wrong_form_is_named_at_start_and_no_value_repeated() {
    let region = TestRegion::new().await;
    let told = mistakes(
        &region,
        &[
            ("REGION", "atlantis"),
            ("PORT", "eighty"),
            ("DATABASE_URL", "mysql://secret"),
            ("DATABASE_CONNECTIONS", "0"),
            ("READ_DATABASE_URL", "secret"),
            ("READ_DATABASE_CONNECTIONS", "-1"),
            ("LOG_KEYS", "secret"),
        ],
    );
    let told = told.await;
    assert!(!told.contains("secret"), "{told}");
    insta::assert_snapshot!(told, @r"
    cannot start:
      - REGION: not a region code
      - PORT: invalid digit found in string
      - READ_DATABASE_CONNECTIONS: invalid digit found in string
      - READ_DATABASE_URL is not a postgres:// URL
      - DATABASE_CONNECTIONS: number would be zero for non-zero type
      - DATABASE_URL is not a postgres:// URL
      - LOG_KEYS: not a verifier key of the form name+hash+base64
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_of_another_database_is_a_mistake() {
    let (region, other) = (TestRegion::new().await, TestRegion::new().await);
    assert_eq!(mistakes(&region, &[]).await, "");
    let told = mistakes(&region, &[("READ_DATABASE_URL", &other.url("fn_query"))]).await;
    insta::assert_snapshot!(told, @r"
    cannot start:
      - READ_DATABASE_URL: it is no copy of the primary's database
    ");
    let sql = "UPDATE region_identity SET home = 'us-east1', serving = 'us-east1'";
    assert_eq!(other.tamper(sql).await, 1);
    let told = mistakes(&region, &[("READ_DATABASE_URL", &other.url("fn_query"))]).await;
    insta::assert_snapshot!(told, @r"
    cannot start:
      - READ_DATABASE_URL: it is no copy of the primary's database, but serves us-east1
    ");
    let told = mistakes(&region, &[("READ_DATABASE_URL", &region.url("nobody"))]).await;
    assert!(told.starts_with("cannot start:\n  - READ_DATABASE_URL: ") && told.lines().count() == 2, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_cannot_be_used_now_is_no_reason_not_to_start() {
    let region = TestRegion::apart().await;
    let standby = region.standby().await;
    let read = [("READ_DATABASE_URL", standby.url("fn_query"))];
    let read = read.each_ref().map(|(name, url)| (*name, url.as_str()));
    assert_eq!(mistakes(&region, &read).await, "");
    assert_eq!(mistakes(&region, &[("READ_DATABASE_URL", &region.url("fn_query"))]).await, "", "the primary itself");
    standby.promote().await;
    assert_eq!(mistakes(&region, &read).await, "", "promoted");
    standby.kill();
    assert_eq!(mistakes(&region, &read).await, "", "gone");
}
