//! What an audit does to a database: reads every event in order, range by range in short transactions.

use sqlx::postgres::PgConnection;
use sqlx::{Connection, Row};
use test_support::TestRegion;
use tokio::task::JoinHandle;
use truth_kernel::hash::Hash;
use truth_kernel::header::event_hash;
use uuid::Uuid;

use crate::Failure;

const RANGE: &str = "SELECT seq, hash, header FROM ledger_events
    WHERE org = $1 AND mode = 'test' AND chain = 'ledger' AND seq > $2 ORDER BY seq LIMIT 1000";

/// Scans over and over until it is dropped.
pub struct Scan(JoinHandle<Failure>);

impl Scan {
    /// Starts, as the auditor's role.
    pub async fn start(region: &TestRegion) -> Result<Self, Failure> {
        let mut connection = PgConnection::connect(&region.url("fn_auditor")).await?;
        Ok(Self(tokio::spawn(async move {
            loop {
                if let Err(error) = once(&mut connection).await {
                    return error;
                }
            }
        })))
    }

    /// Stops; an audit that failed disturbed nobody, and is an error.
    pub async fn stop(self) -> Result<(), Failure> {
        if self.0.is_finished() {
            return Err(self.0.await?);
        }
        self.0.abort();
        Ok(())
    }
}

async fn once(connection: &mut PgConnection) -> Result<(), Failure> {
    let orgs: Vec<Uuid> =
        sqlx::query_scalar("SELECT org FROM chain_heads WHERE mode = 'test' AND chain = 'ledger' AND seq > 0")
            .fetch_all(&mut *connection)
            .await?;
    for org in orgs {
        let mut seq = 0_i64;
        loop {
            let rows = sqlx::query(RANGE).bind(org).bind(seq).fetch_all(&mut *connection).await?;
            for row in &rows {
                seq = row.get("seq");
                if event_hash(row.get::<&str, _>("header").as_bytes())
                    != Hash::from_bytes(row.get::<&[u8], _>("hash").try_into()?)
                {
                    return Err(format!("event {seq} of {org} has another hash").into());
                }
            }
            if rows.len() < 1000 {
                break;
            }
            // Many ranges of one chain follow each other without a wait: let the callers in.
            tokio::task::yield_now().await;
        }
    }
    Ok(())
}
