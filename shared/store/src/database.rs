//! The pool, and the only doors to it.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection, Postgres, Transaction};
use truth_kernel::id::OrgId;

use crate::error::Result;
use crate::replica::Replica;

/// How to reach a database.
#[derive(Clone, Debug)]
pub struct Database {
    options: PgConnectOptions,
    connections: u32,
}

impl Database {
    /// A database by its `postgres://` URL; the URL's user is the function's own role.
    pub fn from_url(url: &str) -> Result<Self> {
        // The parser takes any scheme, and would look for a server of ours where the URL of another kind leads.
        if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(sqlx::Error::Configuration("not a postgres:// URL".into()).into());
        }
        Ok(Self { options: url.parse()?, connections: 4 })
    }

    /// With at most this many connections (4 unless told).
    #[must_use]
    pub fn connections(mut self, connections: u32) -> Self {
        self.connections = connections;
        self
    }

    /// As another role of the same database.
    #[must_use]
    pub fn role(mut self, role: &str) -> Self {
        self.options = self.options.username(role);
        self
    }

    /// Connections that are made when they are needed, each waited for so long.
    pub(crate) fn pool(self, patience: Duration) -> PgPool {
        PgPoolOptions::new()
            .max_connections(self.connections)
            .acquire_timeout(patience)
            // A ping before each use would double the round trips.
            .test_before_acquire(false)
            .before_acquire(|connection, about| {
                Box::pin(async move {
                    if about.idle_for > DOUBTFUL {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(self.options)
    }
}

/// A connection that has been idle for so long is asked first whether it is still there: after an outage nobody should meet the dead ones.
const DOUBTFUL: Duration = Duration::from_secs(1);

/// How long a connection is waited for.
const ACQUIRED: Duration = Duration::from_secs(5);

/// A function's connection to its region's database, and to a replica of it if there is one.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) pool: PgPool,
    /// Reached by no door but `begin_sealed`.
    pub(crate) replica: Option<Arc<Replica>>,
}

impl Store {
    /// Opens lazily: no connection is made before the first query, so that a cold start waits for nothing.
    pub fn open(database: Database) -> Self {
        Self { pool: database.pool(ACQUIRED), replica: None }
    }

    /// The same database over one connection of its own: for a loop that never stops asking, which so neither waits for others nor takes
    /// their connections, and whose plans and caches stay in one backend.
    pub(crate) fn apart(&self) -> Self {
        let options = (*self.pool.connect_options()).clone();
        Self::open(Database { options, connections: 1 })
    }

    /// A transaction that speaks for one organization: row-level security hides every other one.
    pub async fn begin(&self, org: OrgId) -> Result<Tx> {
        // Both in one round trip; a UUID's text needs no escaping.
        let begin = format!("BEGIN; SELECT set_config('app.orgs', '{}', true)", org.as_uuid());
        let inner = self.pool.begin_with(sqlx::AssertSqlSafe(begin)).await?;
        Ok(Tx { inner, org })
    }

    /// A transaction with what the function's own role may see across organizations.
    pub async fn begin_system(&self) -> Result<SystemTx> {
        Ok(SystemTx { inner: self.pool.begin().await? })
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.pool.close().await;
        if let Some(replica) = &self.replica {
            replica.close().await;
        }
    }
}

/// A transaction that speaks for one organization. Rolls back unless committed.
#[derive(Debug)]
pub struct Tx {
    pub(crate) inner: Transaction<'static, Postgres>,
    pub(crate) org: OrgId,
}

impl Tx {
    /// The organization.
    pub fn org(&self) -> OrgId {
        self.org
    }

    /// Makes the changes durable.
    pub async fn commit(self) -> Result<()> {
        Ok(self.inner.commit().await?)
    }

    /// Ends a transaction that has only read, when everything that it saw is on disk: appends commit asynchronously, and what is
    /// signed must not be lost with the server afterwards.
    pub async fn settle(mut self) -> Result<()> {
        sqlx::query("SELECT pg_logical_emit_message(true, 'barrier', '')").execute(&mut *self.inner).await?;
        self.commit().await
    }
}

/// A transaction of the system, bounded by the grants of the function's role. Rolls back unless committed.
#[derive(Debug)]
pub struct SystemTx {
    pub(crate) inner: Transaction<'static, Postgres>,
}

impl SystemTx {
    /// Makes the changes durable.
    pub async fn commit(self) -> Result<()> {
        Ok(self.inner.commit().await?)
    }
}
