//! The auditor's own connection: read-only, and with plans that walk indexes in order.

use sqlx::postgres::PgConnection;

use crate::database::Store;
use crate::error::Result;

/// Set for the whole connection. The tables may never have been analysed, and what is read must come
/// in the order of the index; a page is too small for workers or compiled plans.
const SETTINGS: &str = "SET default_transaction_read_only = on; SET enable_hashjoin = off; SET enable_mergejoin = off;
    SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off; SET max_parallel_workers_per_gather = 0; SET jit = off";

/// A connection that no pool gets back.
pub(super) struct Session(pub PgConnection);

impl Session {
    pub async fn open(store: &Store) -> Result<Self> {
        let mut connection = store.pool.acquire().await?.detach();
        sqlx::raw_sql(SETTINGS).execute(&mut connection).await?;
        Ok(Self(connection))
    }

    /// Row-level security would hide rows from any other role, and what is hidden looks like lost.
    pub async fn sees_everything(&mut self) -> Result<bool> {
        let sql =
            "SELECT current_user = 'fn_auditor' OR rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user";
        Ok(sqlx::query_scalar(sql).fetch_one(&mut self.0).await?)
    }
}
