//! Following the published log, as the consumers' own roles.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use store::append::Outcome;
use store::follow::Consumer;
use store::{Error, Store};
use test_support::TestRegion;
use test_support::draft::claim_filed;
use truth_kernel::classification::Mode;

/// A region with five published events.
async fn region() -> TestRegion {
    let region = TestRegion::new().await;
    let (org, appender) = (region.organization().await, region.appender());
    for _ in 0..5 {
        assert!(matches!(appender.append(claim_filed(org, 1, None)).await.unwrap(), Outcome::Appended(_)));
    }
    assert_eq!(region.seal(Mode::Test).await, 5);
    region
}

async fn advance(store: &Store, consumer: Consumer, from: u64, to: u64) -> Result<bool, Error> {
    let mut tx = store.begin_system().await?;
    let moved = tx.advance(consumer, &TestRegion::log(Mode::Test), from, to).await?;
    tx.commit().await?;
    Ok(moved)
}

async fn cursor(store: &Store, consumer: Consumer) -> u64 {
    store.begin_system().await.unwrap().cursor(consumer, &TestRegion::log(Mode::Test)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_moves_from_where_it_was_read_up_to_what_is_published() {
    let region = region().await;
    let store = region.store("fn_analytics");
    let consumer = Consumer::Analytics;
    for (from, to, moved) in
        [(1, 2, false), (0, 6, false), (0, 2, true), (0, 3, false), (2, 5, true), (2, 5, false), (5, 6, false)]
    {
        assert_eq!(advance(&store, consumer, from, to).await.unwrap(), moved, "{from} to {to}");
    }
    assert_eq!(cursor(&store, consumer).await, 5);
    assert!(advance(&store, consumer, 5, 4).await.is_err(), "it never goes back");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_runs_one_moves_the_cursor() {
    let region = region().await;
    for from in 0..5 {
        let stores: Vec<_> = (0..4).map(|_| region.store("fn_webhooks")).collect();
        let runs = stores.iter().map(|store| advance(store, Consumer::Webhooks, from, from + 1));
        let (a, b, c, d) = {
            let mut runs = runs.into_iter();
            let mut next = || runs.next().unwrap();
            tokio::join!(next(), next(), next(), next())
        };
        let moved = [a, b, c, d].into_iter().filter(|run| *run.as_ref().unwrap()).count();
        assert_eq!(moved, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_moves_only_its_own_cursor_and_reads_headers_only() {
    let region = region().await;
    let analytics = region.store("fn_analytics");
    assert!(advance(&analytics, Consumer::Webhooks, 0, 1).await.is_err());
    let mut tx = analytics.begin_system().await.unwrap();
    assert_eq!(tx.entries(&TestRegion::log(Mode::Test), 1, 3).await.unwrap().len(), 3);
    for secret in ["event_payloads", "data_keys", "streams", "api_keys", "idempotency_keys"] {
        for role in ["fn_analytics", "fn_webhooks", "fn_anchorer"] {
            let sql = format!("SELECT has_table_privilege('{role}', '{secret}', 'SELECT')");
            let mut connection = region.superuser().await;
            let may: bool = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&mut connection).await.unwrap();
            assert!(!may, "{role} reads {secret}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_furthest_behind_counts_also_who_never_came() {
    let region = region().await;
    let timekeeper = region.store("fn_timekeeper");
    let behind = async || timekeeper.begin_system().await.unwrap().furthest_behind().await.unwrap();
    assert_eq!(behind().await, 5);
    for (role, consumer, then) in [
        ("fn_analytics", Consumer::Analytics, 5),
        ("fn_anchorer", Consumer::Anchorer, 5),
        ("fn_webhooks", Consumer::Webhooks, 1),
    ] {
        let to = 5 - u64::from(consumer == Consumer::Webhooks);
        assert!(advance(&region.store(role), consumer, 0, to).await.unwrap());
        assert_eq!(behind().await, then, "{role}");
    }
}
