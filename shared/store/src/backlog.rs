//! What the proof batcher should have done by now: for the sweep of the timekeeper.

use truth_kernel::time::Timestamp;

use crate::database::SystemTx;
use crate::error::Result;

/// What waits in the logs of the region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// Time of the oldest event that is in no log yet.
    pub oldest_pending: Option<Timestamp>,
    /// Leaves that are in a log, but under no published checkpoint yet.
    pub unpublished: u64,
}

impl SystemTx {
    /// What waits, in all logs of the region.
    pub async fn backlog(&mut self) -> Result<Backlog> {
        let (oldest, unpublished): (Option<i64>, i64) = sqlx::query_as(
            "SELECT (SELECT (extract(epoch FROM min(e.time)) * 1000)::bigint
                     FROM chain_heads h LEFT JOIN chain_seals s USING (org, mode, chain),
                         LATERAL (SELECT e.time FROM ledger_events e WHERE e.org = h.org AND e.mode = h.mode AND e.chain = h.chain
                                  AND e.seq = coalesce(s.seq, 0) + 1 LIMIT 1) e
                     WHERE h.seq > coalesce(s.seq, 0)),
                    (SELECT coalesce(sum(size - published_size), 0)::bigint FROM logs)",
        )
        .fetch_one(&mut *self.inner)
        .await?;
        Ok(Backlog {
            oldest_pending: oldest.map(Timestamp::from_millis),
            unpublished: u64::try_from(unpublished).unwrap_or(0),
        })
    }
}
