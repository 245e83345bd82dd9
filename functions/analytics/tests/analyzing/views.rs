//! The dashboards' views: the same facts give the same figures in `PostgreSQL`, in what `BigQuery` is given, and by hand.

use std::collections::BTreeMap;

use analytics::Warehouse;
use analytics::facts::FACTS;
use cloud::warehouse::{Row, Value};
use private_postgres::skip;
use serde_json::{Value as Json, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use test_support::TestRegion;
use truth_kernel::time::Timestamp;

use crate::bigquery;

/// The views in the order in which they are made.
const VIEWS: [(&str, &str); 5] = [
    ("events", include_str!("../../sql/bigquery/events.sql")),
    ("events_per_hour", include_str!("../../sql/bigquery/events_per_hour.sql")),
    ("provable_latency_per_hour", include_str!("../../sql/bigquery/provable_latency_per_hour.sql")),
    ("volume_per_day", include_str!("../../sql/bigquery/volume_per_day.sql")),
    ("decisions_per_day", include_str!("../../sql/bigquery/decisions_per_day.sql")),
];

const HOUR: i64 = 3_600_000;
/// 2026-11-20T22:00:00Z: the hours after it reach into the next day.
const FIRST_HOUR: i64 = 1_795_212_000_000;

/// The rows: groups of every size from 1 to 14, each with its own latencies; a few of them not yet published.
fn facts() -> Vec<Row> {
    let mut rows = Vec::new();
    for group in 0..28_i64 {
        for member in 0..=(group % 14) {
            rows.push(fact(group, member));
        }
    }
    rows
}

fn fact(group: i64, member: i64) -> Row {
    let of = |words: [&str; 2], at: i64| Value::Text(words[usize::try_from(at % 2).unwrap()].to_owned());
    let text = |text: &str| Value::Text(text.to_owned());
    let sealed = 100 + (member * 7_919 + group) % 1_000;
    let mut values = vec![
        ("fact_id", Value::Text(format!("{:032x}", group * 100 + member))),
        ("region", text("europe-west1")),
        ("log", of(["1", "test-1"], group / 14)),
        ("mode", of(["live", "test"], group / 14)),
        ("chain", of(["ledger", "audit"], i64::from(group % 14 == 13))),
        ("type", of(["claim.filed", "payment.made"], group)),
        ("class", of(["transactional", "identity"], group / 5)),
        ("org", Value::Text(format!("org_01890a5d0000700080000000000000{:02}", group % 14))),
        ("decided", Value::Boolean(member % 3 == 0)),
        ("hour", Value::Time(Timestamp::from_millis(FIRST_HOUR + group % 3 * HOUR))),
        ("sealed_ms", Value::Integer(sealed)),
    ];
    if member != 11 {
        values.push(("published_ms", Value::Integer(sealed * 31 % 97)));
    }
    Row { insert_id: format!("evt_{group}_{member}"), values }
}

/// What the views of `PostgreSQL` show to dashboards.
async fn by_postgres(rows: &[Row]) -> BTreeMap<String, Vec<Json>> {
    let region = TestRegion::new().await;
    let warehouse = Warehouse::Postgres(store::analytics::Warehouse::new(region.store("fn_analytics")));
    assert_eq!(warehouse.insert(&FACTS, rows).await.unwrap(), []);
    let mut dashboards = PgConnection::connect(&region.url("dashboards")).await.unwrap();
    sqlx::query("SET TIME ZONE 'UTC'").execute(&mut dashboards).await.unwrap();
    let mut shown = BTreeMap::new();
    // The first one only serves the others.
    for (view, _) in &VIEWS[1..] {
        let sql = AssertSqlSafe(format!("SELECT to_jsonb(v)::text FROM analytics.{view} v"));
        let lines: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut dashboards).await.unwrap();
        shown
            .insert((*view).to_owned(), sorted(lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()));
    }
    shown
}

fn sorted(mut rows: Vec<Json>) -> Vec<Json> {
    rows.sort_by_key(Json::to_string);
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn both_engines_show_the_same_figures() {
    let test = "both_engines_show_the_same_figures";
    let rows = facts();
    // BigQuery may hold a row several times.
    let repeated: Vec<Json> = rows.iter().chain(rows.iter().step_by(3)).map(Row::to_json).collect();
    let views = VIEWS.map(|(name, sql)| (name, sql.replace("${dataset}", "analytics")));
    match bigquery::run(&repeated, &views).await {
        Err(missing) => skip(test, &missing),
        Ok(mut shown) => {
            assert_eq!(shown.remove("events").unwrap().len(), rows.len());
            let shown: BTreeMap<_, _> = shown.into_iter().map(|(view, rows)| (view, sorted(rows))).collect();
            let expected = by_postgres(&rows).await;
            for (view, rows) in &expected {
                assert!(!rows.is_empty(), "{view} shows something");
                assert_eq!(&shown[view], rows, "{view}");
            }
            assert_eq!(shown.len(), expected.len());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_of_nine_is_hidden_and_one_of_ten_is_shown() {
    let rows = facts();
    let shown = by_postgres(&rows).await;
    let mut sizes: Vec<_> = shown["events_per_hour"].iter().map(|row| row["events"].as_i64().unwrap()).collect();
    sizes.sort_unstable();
    // Each group of the fixture is one of the view: an organization has one type and hour in each mode.
    assert_eq!(sizes, [10, 10, 11, 11, 12, 12, 13, 13, 14, 14]);
    for (view, rows) in shown {
        assert!(rows.iter().all(|row| row["events"].as_i64().unwrap() >= 10), "{view}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn percentiles_are_those_of_the_nearest_rank() {
    let rows = facts();
    let number = |row: &Row, column: &str| row.to_json().get(column).and_then(Json::as_i64);
    let mut by_group = BTreeMap::<String, Vec<i64>>::new();
    for row in &rows {
        if let (Some(sealed), Some(published)) = (number(row, "sealed_ms"), number(row, "published_ms")) {
            let row = row.to_json();
            let group = ["hour", "region", "mode", "type"].map(|column| row[column].as_str().unwrap()).join(" ");
            by_group.entry(group).or_default().push(sealed + published);
        }
    }
    let shown = &by_postgres(&rows).await["provable_latency_per_hour"];
    assert!(!shown.is_empty());
    for row in shown {
        let hour = row["hour"].as_str().unwrap().replace("+00:00", ".000Z");
        let rest = ["region", "mode", "type"].map(|column| row[column].as_str().unwrap()).join(" ");
        let latencies = by_group.get_mut(&format!("{hour} {rest}")).unwrap();
        latencies.sort_unstable();
        // The smallest value that at least so many percent do not exceed.
        let rank = |percent: usize| latencies[(latencies.len() * percent).div_ceil(100) - 1];
        assert_eq!(row["events"], latencies.len());
        assert_eq!(
            json!([row["provable_p50_ms"], row["provable_p95_ms"], row["provable_p99_ms"]]),
            json!([rank(50), rank(95), rank(99)])
        );
    }
}
