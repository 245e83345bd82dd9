//! A streaming standby of a test's region, which lags when told and in no other way.

use std::time::Duration;

use private_postgres::{Cluster, SUPERUSER, Settings, Shutdown};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use store::{Database, Store};

use crate::region::TestRegion;

/// A standby of the region's cluster; stopped and deleted with this value.
#[derive(Debug)]
pub struct Standby {
    cluster: Cluster,
    database: String,
    primary: String,
}

impl TestRegion {
    /// A standby of the region's cluster, caught up. For a region that is [`TestRegion::apart`]: the whole cluster is copied.
    pub async fn standby(&self) -> Standby {
        Standby::of(self.cluster(), self.database()).await
    }
}

impl Standby {
    async fn of(primary: &Cluster, database: &str) -> Self {
        let cluster = primary.standby(&Settings::scratch().volatile()).expect("a standby");
        let standby = Self { cluster, database: database.to_owned(), primary: primary.url(database, SUPERUSER) };
        standby.catch_up().await;
        standby
    }

    /// A standby of this one, once it was promoted.
    pub async fn standby(&self) -> Self {
        Self::of(&self.cluster, &self.database).await
    }

    /// The address of its copy of the region's database for a role.
    pub fn url(&self, role: &str) -> String {
        self.cluster.url(&self.database, role)
    }

    /// Its copy of the region's database, as one function's role.
    pub fn database(&self, role: &str) -> Database {
        Database::from_url(&self.url(role)).expect("a database URL")
    }

    /// The region's store as one function's role, which reads here what is sealed.
    pub fn store(&self, region: &TestRegion, role: &str) -> Store {
        region.store(role).with_replica(self.database(role))
    }

    /// Returns once everything is applied that was written on the primary before.
    pub async fn catch_up(&self) {
        let mut primary = PgConnection::connect(&self.primary).await.expect("a connection to the primary");
        sqlx::query("SET synchronous_commit = on").execute(&mut primary).await.expect("commits that are flushed");
        // Behind everything that was committed, asynchronously or not.
        let mark = "SELECT pg_logical_emit_message(true, 'mark', '')::text";
        let mark: String = sqlx::query_scalar(mark).fetch_one(&mut primary).await.expect("a mark in the log");
        self.until(&format!("SELECT pg_last_wal_replay_lsn() >= '{mark}'")).await;
    }

    /// Applies nothing any more from when this returns, until [`Standby::resume`].
    pub async fn pause(&self) {
        self.execute("SELECT pg_wal_replay_pause()").await;
        self.until("SELECT pg_get_wal_replay_pause_state() = 'paused'").await;
    }

    /// Goes on, and catches up.
    pub async fn resume(&self) {
        self.execute("SELECT pg_wal_replay_resume()").await;
        self.catch_up().await;
    }

    /// Makes it a primary of its own.
    pub async fn promote(&self) {
        self.execute("SELECT pg_promote()").await;
    }

    /// Ends it as if its machine had failed.
    pub fn kill(&self) {
        self.cluster.kill().expect("a killed standby");
    }

    /// Starts it again after [`Standby::kill`].
    pub async fn restart(&self) {
        self.cluster.stop(Shutdown::Immediate).expect("a stopped standby");
        self.cluster.restart().expect("a standby that starts");
        self.catch_up().await;
    }

    /// A connection that may read everything.
    pub async fn superuser(&self) -> PgConnection {
        PgConnection::connect(&self.url(SUPERUSER)).await.expect("a superuser's connection to the standby")
    }

    async fn execute(&self, sql: &'static str) {
        sqlx::query(sql).execute(&mut self.superuser().await).await.expect("an order to the standby");
    }

    /// Asks until the answer is yes.
    async fn until(&self, sql: &str) {
        let mut connection = self.superuser().await;
        for _ in 0..6_000 {
            let sql = AssertSqlSafe(sql.to_owned());
            if sqlx::query_scalar(sql).fetch_one(&mut connection).await.expect("an answer of the standby") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("the standby never answers yes: {sql}");
    }
}
