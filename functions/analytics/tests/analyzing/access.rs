//! Who may see what.

use sqlx::{Connection, PgConnection};

use crate::fixture::{Ledger, execute};

async fn role(ledger: &Ledger, role: &str) -> PgConnection {
    PgConnection::connect(&ledger.region.url(role)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn dashboards_see_sums_and_never_a_row() {
    let ledger = Ledger::published(10).await;
    ledger.analyst().run().await.unwrap();
    let mut dashboards = role(&ledger, "dashboards").await;
    let events: i64 = sqlx::query_scalar("SELECT sum(events)::bigint FROM analytics.events_per_hour")
        .fetch_one(&mut dashboards)
        .await
        .unwrap();
    assert!(events >= 10 || events == 0, "unless the events fell into two hours");
    for table in [
        "analytics.facts",
        "analytics.fact_key",
        "analytics.dead_letters",
        "public.ledger_events",
        "public.organizations",
    ] {
        let refused = execute(&mut dashboards, &format!("SELECT * FROM {table}")).await.unwrap_err();
        assert_eq!(refused.as_database_error().unwrap().code().unwrap(), "42501", "{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_function_adds_and_cannot_take_away() {
    let ledger = Ledger::published(2).await;
    ledger.analyst().run().await.unwrap();
    let mut function = role(&ledger, "fn_analytics").await;
    for sql in [
        "SELECT type FROM analytics.facts",
        "UPDATE analytics.facts SET type = 'x'",
        "DELETE FROM analytics.facts",
        "TRUNCATE analytics.facts",
        "ALTER TABLE analytics.facts DROP COLUMN org",
        "ALTER TABLE analytics.facts ADD COLUMN claim_id text",
        "CREATE TABLE analytics.more (a text)",
        "DELETE FROM analytics.dead_letters",
        "UPDATE analytics.fact_key SET key = sha256('')",
        "INSERT INTO publications (log, size) SELECT origin, 1 FROM logs",
        "SELECT * FROM event_payloads",
        "SELECT * FROM organizations",
    ] {
        let refused = execute(&mut function, sql).await.unwrap_err();
        assert_eq!(refused.as_database_error().unwrap().code().unwrap(), "42501", "{sql}");
    }
    for (column, kind) in
        [("a\" text; --", "text"), ("Type", "text"), ("extra", "text DEFAULT 'x'"), ("extra", "jsonb")]
    {
        let added = sqlx::query("SELECT analytics.add_column_v1($1, $2)").bind(column).bind(kind);
        let refused = added.execute(&mut function).await.unwrap_err();
        assert_eq!(refused.as_database_error().unwrap().code().unwrap(), "22023", "{column} {kind}");
    }
}
