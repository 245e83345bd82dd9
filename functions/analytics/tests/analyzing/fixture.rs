//! A region with events, and analysts of it.

use analytics::{Analyst, Limits, Warehouse};
use sqlx::{AssertSqlSafe, PgConnection};
use store::append::{Appender, Draft, Outcome};
use test_support::TestRegion;
use test_support::draft::claim_filed;
use truth_kernel::classification::Mode;
use truth_kernel::id::OrgId;

pub struct Ledger {
    pub region: TestRegion,
    pub org: OrgId,
    appender: Appender,
}

impl Ledger {
    pub async fn new() -> Self {
        let region = TestRegion::new().await;
        let (org, appender) = (region.organization().await, region.appender());
        Self { region, org, appender }
    }

    /// Events in the test log's chain, not yet in the log.
    pub async fn append(&self, count: usize) {
        for _ in 0..count {
            self.append_draft(claim_filed(self.org, 1, None)).await;
        }
    }

    pub async fn append_draft(&self, draft: Draft) {
        assert!(matches!(self.appender.append(draft).await.unwrap(), Outcome::Appended(_)));
    }

    /// With these events published.
    pub async fn published(count: usize) -> Self {
        let ledger = Self::new().await;
        ledger.append(count).await;
        ledger.region.seal(Mode::Test).await;
        ledger
    }

    /// An analyst of its own, with its own connections, that takes few leaves at once.
    pub fn analyst(&self) -> Analyst {
        let store = self.region.store("fn_analytics");
        let warehouse = Warehouse::Postgres(store::analytics::Warehouse::new(store.clone()));
        Analyst::new(store, warehouse).with_limits(Limits { leaves: 3, ranges: 1_000 })
    }

    /// The ids of all facts.
    pub async fn facts(&self) -> Vec<String> {
        let sql = "SELECT fact_id FROM analytics.facts ORDER BY fact_id";
        sqlx::query_scalar(sql).fetch_all(&mut self.region.superuser().await).await.unwrap()
    }

    /// Leaves that have no row, and why.
    pub async fn dead_letters(&self) -> Vec<(i64, String)> {
        let sql = "SELECT leaf, reason FROM analytics.dead_letters ORDER BY leaf";
        sqlx::query_as(sql).fetch_all(&mut self.region.superuser().await).await.unwrap()
    }

    pub async fn cursor(&self) -> i64 {
        self.number("SELECT coalesce(sum(next_leaf), 0)::bigint FROM cursors WHERE consumer = 'fn_analytics'").await
    }

    pub async fn number(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&mut self.region.superuser().await).await.unwrap()
    }

    /// Changes the database behind everybody's back.
    pub async fn change(&self, sql: &str) {
        execute(&mut self.region.superuser().await, sql).await.unwrap();
    }

    /// What holds at the end of every test without poison: each published event is one row, and the cursor is behind the last.
    pub async fn is_all_told(&self, events: usize) {
        let facts = self.facts().await;
        assert_eq!(facts.len(), events);
        assert_eq!(self.cursor().await, i64::try_from(events).unwrap());
        assert_eq!(self.dead_letters().await, []);
    }
}

pub async fn execute(connection: &mut PgConnection, sql: &str) -> Result<u64, sqlx::Error> {
    let statements = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
    Ok(statements.execute(connection).await?.rows_affected())
}
