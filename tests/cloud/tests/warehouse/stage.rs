//! A warehouse of either engine, and a look behind it.

use std::time::Duration;

use analytics::Warehouse;
use analytics::facts::FACTS;
use cloud::warehouse::{Access, BigQuery, Patience, Row, Value};
use cloud_tests::bigquery::{DATASET, FakeBigQuery, Field, PROJECT, TOKEN};
use sqlx::AssertSqlSafe;
use test_support::TestRegion;
use truth_kernel::time::Timestamp;

pub struct Stage {
    pub warehouse: Warehouse,
    engine: Engine,
}

enum Engine {
    Postgres(TestRegion),
    BigQuery(FakeBigQuery),
}

/// The real client for a fake, which does not wait for long.
pub fn client(fake: &FakeBigQuery) -> BigQuery {
    let (answer_within, first_pause) = (Duration::from_millis(700), Duration::from_millis(1));
    BigQuery::new(PROJECT, DATASET, fake.url(), Access::Token(TOKEN.to_owned())).with_patience(Patience {
        attempts: 2,
        answer_within,
        first_pause,
    })
}

/// A row of the facts.
pub fn row(number: u32) -> Row {
    let text = |text: &str| Value::Text(text.to_owned());
    let values = vec![
        ("fact_id", Value::Text(format!("{number:032x}"))),
        ("region", text("europe-west1")),
        ("log", text("test-1")),
        ("mode", text("test")),
        ("chain", text("ledger")),
        ("type", text("claim.filed")),
        ("class", text("transactional")),
        ("org", text("org_01890a5d000070008000000000000002")),
        ("decided", Value::Boolean(false)),
        ("hour", Value::Time(Timestamp::from_millis(1_795_000_000_000 / 3_600_000 * 3_600_000))),
        ("sealed_ms", Value::Integer(i64::from(number))),
    ];
    Row { insert_id: format!("evt_{number:032x}"), values }
}

/// The same with another value in a column, or none.
pub fn with(mut row: Row, column: &'static str, value: Option<Value>) -> Row {
    row.values.retain(|(name, _)| *name != column);
    row.values.extend(value.map(|value| (column, value)));
    row
}

impl Stage {
    pub async fn postgres() -> Self {
        let region = TestRegion::new().await;
        let warehouse = Warehouse::Postgres(store::analytics::Warehouse::new(region.store("fn_analytics")));
        Self { warehouse, engine: Engine::Postgres(region) }
    }

    pub async fn bigquery() -> Self {
        let fake = FakeBigQuery::start("europe-west1").await;
        Self { warehouse: Warehouse::BigQuery(client(&fake)), engine: Engine::BigQuery(fake) }
    }

    /// With the table as it should be.
    pub async fn ensured(self) -> Self {
        self.warehouse.ensure(&FACTS).await.unwrap();
        self
    }

    /// The names and types of the table's columns.
    pub async fn columns(&self) -> Vec<(String, String)> {
        match &self.engine {
            Engine::BigQuery(fake) => fake.fields("facts").into_iter().map(|field| (field.name, field.kind)).collect(),
            Engine::Postgres(region) => sqlx::query_as(
                "SELECT column_name::text, data_type::text FROM information_schema.columns
                 WHERE table_schema = 'analytics' AND table_name = 'facts' ORDER BY ordinal_position",
            )
            .fetch_all(&mut region.superuser().await)
            .await
            .unwrap(),
        }
    }

    /// Adds a column of text behind everybody's back.
    pub async fn add_text(&self, column: &'static str) {
        match &self.engine {
            Engine::BigQuery(fake) => {
                fake.change("facts", |table| table.fields.push(Field::nullable(column, "STRING")));
            }
            Engine::Postgres(region) => {
                let sql = format!("ALTER TABLE analytics.facts ADD COLUMN {column} text");
                sqlx::query(AssertSqlSafe(sql)).execute(&mut region.superuser().await).await.unwrap();
            }
        }
    }

    /// What whoever reads one row per value of the first column sees: the numbers of the rows.
    pub async fn shown(&self) -> Vec<u32> {
        let ids: Vec<String> = match &self.engine {
            Engine::BigQuery(fake) => {
                let id = |row: &serde_json::Map<String, serde_json::Value>| row["fact_id"].as_str().unwrap().to_owned();
                fake.rows("facts").iter().map(id).collect()
            }
            Engine::Postgres(region) => sqlx::query_scalar("SELECT fact_id FROM analytics.facts")
                .fetch_all(&mut region.superuser().await)
                .await
                .unwrap(),
        };
        let mut numbers: Vec<_> = ids.iter().map(|id| u32::from_str_radix(id, 16).unwrap()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}
