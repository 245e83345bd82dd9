//! What a server must be to count as the replica: in recovery, of the primary's database, and on the primary's branch of history.

use quick_cache::sync::Cache;
use sqlx::postgres::{PgConnection, PgRow};
use truth_kernel::hash::Hash;
use truth_kernel::region::{LogOrigin, Region};

use super::Replica;
use crate::database::Store;
use crate::error::{Error, Result};
use crate::region::{CODE_VERSION, SchemaVersion};
use crate::row::{Columns, bigint};

/// Why a replica is not used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// Another cluster, or another database of the same one.
    #[error("it is no copy of the primary's database")]
    OtherDatabase,
    /// Another region's.
    #[error("it is no copy of the primary's database, but serves {0}")]
    OtherRegion(Region),
    /// It may have gone its own way.
    #[error("it is not in recovery: it was promoted, or is the primary itself")]
    NotInRecovery,
    /// It has not caught up with a migration, or this code is too old.
    #[error("its schema may not be served by this code")]
    OtherSchema,
    /// Its tree is not a beginning of the primary's, as far as the primary can tell.
    #[error("the primary has no checkpoint like its own of size {size} of {log}")]
    Unconfirmed {
        /// The log.
        log: LogOrigin,
        /// Leaves under the checkpoint.
        size: u64,
    },
    /// It may be overloaded, or out of reach.
    #[error("it did not answer in time")]
    Slow,
    /// It, or the primary that was asked about it, failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl Unusable {
    /// Whether it can only be a mistake in the configuration, which nothing but another configuration mends.
    pub fn is_mistake(&self) -> bool {
        match self {
            Self::OtherDatabase | Self::OtherRegion(_) => true,
            Self::Failed(error) => !error.is_transient(),
            Self::NotInRecovery | Self::OtherSchema | Self::Unconfirmed { .. } | Self::Slow => false,
        }
    }
}

impl From<sqlx::Error> for Unusable {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Names a database: a physical copy has both numbers of its original.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Server {
    system: i64,
    database: i64,
}

const SERVER: &str = "s.system_identifier AS system, pg_is_in_recovery() AS in_recovery,
    (SELECT d.oid::bigint FROM pg_database d WHERE d.datname = current_database()) AS database";

impl Server {
    fn read(row: &PgRow) -> Result<Self> {
        let row = Columns::of("pg_database", row);
        Ok(Self { system: row.get("system")?, database: row.get("database")? })
    }
}

/// Checkpoints of which the primary has said that it has them too.
#[derive(Debug)]
pub(super) struct Confirmed(Cache<(LogOrigin, u64), Hash>);

impl Default for Confirmed {
    /// A log or two, at the sizes at which several replicas stand.
    fn default() -> Self {
        Self(Cache::new(64))
    }
}

/// A log, and how much of it the replica has under a checkpoint.
#[derive(Debug)]
pub(super) struct Extent {
    pub log: LogOrigin,
    pub size: u64,
}

impl Replica {
    /// Compares the replica with the primary; tells another region's database apart, for whoever mistook it.
    pub(super) async fn check(&self, primary: &Store) -> Result<(), Unusable> {
        let mut connection = self.pool.acquire().await?;
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT {SERVER} FROM pg_control_system() s")))
            .fetch_one(&mut *connection)
            .await?;
        if Server::read(&row)? != self.original(primary).await? {
            let found: Result<Option<String>, _> =
                sqlx::query_scalar("SELECT serving FROM region_identity").fetch_optional(&mut *connection).await;
            let region = found.ok().flatten().and_then(|region| region.parse().ok());
            let here = primary.region_identity().await?.map(|identity| identity.serving);
            return Err(region
                .filter(|region| Some(region) != here.as_ref())
                .map_or(Unusable::OtherDatabase, Unusable::OtherRegion));
        }
        self.standing(&mut connection, primary).await.map(drop)
    }

    /// How much of each log the replica has for certain; asked first in each transaction, whose snapshot is then one of before a promotion.
    pub(super) async fn standing(&self, replica: &mut PgConnection, primary: &Store) -> Result<Vec<Extent>, Unusable> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {SERVER}, v.version, v.oldest_code, l.origin, l.published_size, c.root FROM pg_control_system() s CROSS JOIN schema_version v
             LEFT JOIN (logs l JOIN checkpoints c ON c.log = l.origin AND c.size = l.published_size) ON true",
        )))
        .fetch_all(replica)
        .await?;
        let original = self.original(primary).await?;
        let mut extents = Vec::new();
        for row in &rows {
            admit(row, original)?;
            if let Some((extent, root)) = extent(row)? {
                self.confirm(primary, &extent, root).await?;
                extents.push(extent);
            }
        }
        Ok(extents)
    }

    async fn original(&self, primary: &Store) -> Result<Server> {
        let read = async || {
            let sql = format!("SELECT {SERVER} FROM pg_control_system() s");
            let row = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_one(&primary.pool).await?;
            Server::read(&row)
        };
        self.original.get_or_try_init(read).await.copied()
    }

    /// Asks the primary, once per checkpoint, whether it has the same.
    async fn confirm(&self, primary: &Store, extent: &Extent, root: Hash) -> Result<(), Unusable> {
        let name = (extent.log.clone(), extent.size);
        if self.confirmed.0.get(&name) == Some(root) {
            return Ok(());
        }
        let found = sqlx::query("SELECT root FROM checkpoints WHERE log = $1 AND size = $2")
            .bind(extent.log.as_str())
            .bind(bigint(extent.size))
            .fetch_optional(&primary.pool)
            .await?;
        let found = found.map(|row| Columns::of("checkpoints", &row).hash("root")).transpose()?;
        if found != Some(root) {
            return Err(Unusable::Unconfirmed { log: name.0, size: name.1 });
        }
        self.confirmed.0.insert(name, root);
        Ok(())
    }
}

fn admit(row: &PgRow, original: Server) -> Result<(), Unusable> {
    let columns = Columns::of("schema_version", row);
    let schema = SchemaVersion { version: columns.get("version")?, oldest_code: columns.get("oldest_code")? };
    if Server::read(row)? != original {
        return Err(Unusable::OtherDatabase);
    }
    if !columns.get::<bool>("in_recovery")? {
        return Err(Unusable::NotInRecovery);
    }
    if schema.admits(CODE_VERSION) { Ok(()) } else { Err(Unusable::OtherSchema) }
}

/// None where nothing was published yet.
fn extent(row: &PgRow) -> Result<Option<(Extent, Hash)>> {
    let row = Columns::of("logs", row);
    if row.get::<Option<&str>>("origin")?.is_none() {
        return Ok(None);
    }
    let extent = Extent { log: row.parsed("origin")?, size: row.size("published_size")? };
    Ok(Some((extent, row.hash("root")?)))
}
