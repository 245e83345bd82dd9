//! Following the published log: a cursor per consumer and log, in leaves.

use std::fmt;

use truth_kernel::region::LogOrigin;

use crate::database::SystemTx;
use crate::error::Result;
use crate::row::bigint;

/// Who follows the log. Each serves as a role of its own name, which can move no other cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consumer {
    /// Anonymised facts for the warehouse.
    Analytics,
    /// Timestamps and locked copies of checkpoints.
    Anchorer,
    /// Notifications to partners.
    Webhooks,
}

impl Consumer {
    const ALL: [Self; 3] = [Self::Analytics, Self::Anchorer, Self::Webhooks];

    /// Its name, which is that of its role.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Analytics => "fn_analytics",
            Self::Anchorer => "fn_anchorer",
            Self::Webhooks => "fn_webhooks",
        }
    }
}

impl fmt::Display for Consumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl SystemTx {
    /// The first leaf of a log that a consumer has not dealt with; 0 when it has never followed this log.
    pub async fn cursor(&mut self, consumer: Consumer, origin: &LogOrigin) -> Result<u64> {
        let next: Option<i64> = sqlx::query_scalar("SELECT next_leaf FROM cursors WHERE consumer = $1 AND log = $2")
            .bind(consumer.as_str())
            .bind(origin.as_str())
            .fetch_optional(&mut *self.inner)
            .await?;
        Ok(next.and_then(|next| u64::try_from(next).ok()).unwrap_or(0))
    }

    /// Moves a consumer's cursor from where it was read to `to`, which must be published; whether it did. It does not when another run
    /// was faster: then nothing that this transaction did may be committed.
    pub async fn advance(&mut self, consumer: Consumer, origin: &LogOrigin, from: u64, to: u64) -> Result<bool> {
        let moved = sqlx::query(
            "INSERT INTO cursors AS c (consumer, log, next_leaf)
             SELECT $1, l.origin, $4 FROM logs l WHERE l.origin = $2 AND l.published_size >= $4
                 AND ($3 = 0 OR EXISTS (SELECT 1 FROM cursors WHERE consumer = $1 AND log = $2))
             ON CONFLICT (consumer, log) DO UPDATE SET next_leaf = EXCLUDED.next_leaf WHERE c.next_leaf = $3",
        )
        .bind(consumer.as_str())
        .bind(origin.as_str())
        .bind(bigint(from))
        .bind(bigint(to))
        .execute(&mut *self.inner)
        .await?;
        Ok(moved.rows_affected() == 1)
    }

    /// Leaves that are published but not dealt with, by the consumer that is furthest behind.
    pub async fn furthest_behind(&mut self) -> Result<u64> {
        let behind: Option<i64> = sqlx::query_scalar(
            "SELECT max(l.published_size - coalesce(c.next_leaf, 0)) FROM logs l CROSS JOIN unnest($1::text[]) f(consumer)
             LEFT JOIN cursors c ON c.log = l.origin AND c.consumer = f.consumer",
        )
        .bind(Consumer::ALL.map(Consumer::as_str).as_slice())
        .fetch_one(&mut *self.inner)
        .await?;
        Ok(behind.and_then(|behind| u64::try_from(behind).ok()).unwrap_or(0))
    }
}
