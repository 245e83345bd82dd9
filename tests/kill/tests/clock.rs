//! A database whose clock jumps: times of a chain never go back, and appends go on.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use kill::check::audit;
use kill::ground::Ground;
use kill::said::Said;
use kill::seeded::Seeded;
use kill::writer::Caller;
use private_postgres::test_cluster;
use sqlx::{PgConnection, raw_sql};

/// A clock of our own in front of the server's, for `append_v1` alone.
const CLOCK: &str = "CREATE SCHEMA jumping;
    CREATE TABLE jumping.jump (by interval NOT NULL);
    INSERT INTO jumping.jump VALUES ('0');
    CREATE FUNCTION jumping.clock_timestamp() RETURNS timestamptz LANGUAGE sql
        AS 'SELECT pg_catalog.clock_timestamp() + by FROM jumping.jump';
    GRANT USAGE ON SCHEMA jumping TO ledger_owner;
    GRANT SELECT ON jumping.jump TO ledger_owner;
    ALTER FUNCTION append_v1 SET search_path = jumping, pg_catalog, public";

async fn jump(superuser: &mut PgConnection, by: &str) {
    sqlx::query("UPDATE jumping.jump SET by = $1::text::interval").bind(by).execute(superuser).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn times_never_go_back_when_the_clock_does() {
    let mut chance = Seeded::of_round(1, 0);
    let ground = Ground::new(test_cluster().unwrap(), &mut chance).await;
    let mut superuser = ground.region.superuser().await;
    raw_sql(CLOCK).execute(&mut superuser).await.unwrap();
    let caller = Caller { appender: ground.writer(1, 2).appender().unwrap(), load: ground.load.clone() };
    for (part, by) in (0..).zip(["0", "1 day", "-2 days", "1 hour", "3 days", "-10 years"]) {
        jump(&mut superuser, by).await;
        for number in 20 * part..20 * (part + 1) {
            let said = caller.once(number).await.unwrap();
            assert!(matches!(said, Said::Appended { .. }), "{by}: {said}");
        }
    }
    let (back, ahead): (bool, bool) = sqlx::query_as(
        "SELECT bool_or(time < before), max(time) > pg_catalog.clock_timestamp() + interval '2 days'
         FROM (SELECT time, lag(time) OVER (PARTITION BY org, mode, chain ORDER BY seq) AS before FROM ledger_events) e",
    )
    .fetch_one(&mut superuser)
    .await
    .unwrap();
    assert!(ahead, "the clock jumped");
    assert!(!back, "times go back");
    audit(&ground).await.unwrap();
}
