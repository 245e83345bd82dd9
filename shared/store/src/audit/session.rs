//! The auditor's own connection: read-only, and with plans that walk indexes in order.

use sqlx::postgres::PgConnection;
use tokio::time::{Instant, sleep};

use super::Pace;
use crate::database::Store;
use crate::error::Result;

/// Set for the whole connection. The tables may never have been analysed, and what is read must come
/// in the order of the index; a page is too small for workers or compiled plans.
const SETTINGS: &str = "SET default_transaction_read_only = on; SET enable_hashjoin = off; SET enable_mergejoin = off;
    SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off; SET max_parallel_workers_per_gather = 0; SET jit = off";

pub(super) struct Session {
    /// One that no pool gets back.
    pub connection: PgConnection,
    breaks: Breaks,
}

impl Session {
    pub async fn open(store: &Store, pace: Pace) -> Result<Self> {
        let mut connection = store.pool.acquire().await?.detach();
        sqlx::raw_sql(SETTINGS).execute(&mut connection).await?;
        Ok(Self { connection, breaks: Breaks { pace, since: Instant::now() } })
    }

    /// Row-level security would hide rows from any other role, and what is hidden looks like lost.
    pub async fn sees_everything(&mut self) -> Result<bool> {
        let sql =
            "SELECT current_user = 'fn_auditor' OR rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user";
        Ok(sqlx::query_scalar(sql).fetch_one(&mut self.connection).await?)
    }

    /// Leaves the database to others for a while: after each page.
    pub async fn rest(&mut self) {
        self.breaks.take().await;
    }
}

/// When the audit works and when it does not.
struct Breaks {
    pace: Pace,
    /// The end of the last one.
    since: Instant,
}

impl Breaks {
    async fn take(&mut self) {
        if self.pace == Pace::HalfTime {
            sleep(self.since.elapsed()).await;
            self.since = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn half_time_rests_as_long_as_it_has_worked() {
        let began = Instant::now();
        for (pace, work, after) in [(Pace::HalfTime, 30, 60), (Pace::HalfTime, 5, 70), (Pace::Full, 10, 80)] {
            let mut breaks = Breaks { pace, since: Instant::now() };
            sleep(Duration::from_millis(work)).await;
            breaks.take().await;
            assert_eq!(began.elapsed(), Duration::from_millis(after));
        }
    }
}
