//! What the dashboards show of what was appended: sums, soon after it was published, and nothing that is about few.

use local::founding::DATABASE;
use serde_json::json;
use sqlx::{Connection, PgConnection};
use stories::{Organization, Region, tell};
use truth_kernel::classification::Mode;

/// A connection as whoever looks at dashboards.
async fn dashboards(region: &Region) -> PgConnection {
    PgConnection::connect(&region.local.cluster.url(DATABASE, "dashboards")).await.unwrap()
}

/// How many events of an organization the dashboards show, by type.
async fn shown(dashboards: &mut PgConnection, org: &Organization) -> Vec<(String, i64)> {
    let sql = "SELECT type, sum(events)::bigint FROM analytics.events_per_hour WHERE org = $1 AND chain = 'ledger' GROUP BY type";
    sqlx::query_as(sql).bind(&org.id).fetch_all(dashboards).await.unwrap()
}

#[test]
fn the_dashboards_show_what_was_appended_and_no_small_group() {
    tell(async |regions| {
        let (region, org) = (&regions.eu, regions.eu.organization(Mode::Live).await);
        let claim = org.claim();
        // Enough for a group of ten in one of two hours, if it strikes in between.
        let filed = vec![org.filed(&claim); 20];
        assert_eq!(org.client.post_events_batch(&filed).await.status, 200);
        for _ in 0..9 {
            org.append(&org.paid(&claim, "700")).await;
        }
        region.everything_followed().await;
        let mut dashboards = dashboards(region).await;
        let shown = shown(&mut dashboards, &org).await;
        assert_eq!(shown.len(), 1, "nine payments are too few: {shown:?}");
        assert!(shown[0].0 == "claim.filed" && (10..=20).contains(&shown[0].1), "{shown:?}");
        let measured: i64 = sqlx::query_scalar(
            "SELECT count(provable_p99_ms) FROM analytics.provable_latency_per_hour WHERE type = 'claim.filed'",
        )
        .fetch_one(&mut dashboards)
        .await
        .unwrap();
        assert!(measured >= 1, "and how soon they were provable");
    });
}

#[test]
fn every_published_event_of_a_region_is_one_fact() {
    tell(async |regions| {
        let (region, org) = (&regions.us, regions.us.organization(Mode::Test).await);
        org.append(&json!({ "type": "claim.filed", "classification": "transactional", "claim_id": org.claim(), "payload": { "amount": "1" } }))
            .await;
        region.everything_followed().await;
        let mut superuser = region.superuser().await;
        let sql =
            "SELECT (SELECT count(*) FROM analytics.facts), (SELECT count(DISTINCT fact_id) FROM analytics.facts),
                   (SELECT sum(next_leaf)::bigint FROM cursors WHERE consumer = 'fn_analytics')";
        let told: (i64, i64, i64) = sqlx::query_as(sql).fetch_one(&mut superuser).await.unwrap();
        // Other stories may append meanwhile: one run may be between its rows and its cursor.
        assert!(told.0 == told.1 && told.0 >= told.2 && told.2 > 0, "{told:?}");
        let dead: i64 =
            sqlx::query_scalar("SELECT count(*) FROM analytics.dead_letters").fetch_one(&mut superuser).await.unwrap();
        assert_eq!(dead, 0);
    });
}
