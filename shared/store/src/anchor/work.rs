//! The anchorer's work: begun in the database before anything is asked, so that whoever comes after a crash finishes the same checkpoint.

use truth_kernel::region::LogOrigin;
use truth_kernel::time::Timestamp;

use crate::database::SystemTx;
use crate::error::{Error, Result};
use crate::follow::Consumer;
use crate::log::Published;
use crate::row::{Columns, bigint};

/// A checkpoint that is to be anchored, by whoever began it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnchorWork {
    /// The checkpoint.
    pub checkpoint: Published,
    /// Attempts that have failed before this one.
    pub failures: u32,
}

impl SystemTx {
    /// Begins to anchor a log, and keeps everybody else from it until `until`: the checkpoint that was begun and not finished, else the
    /// newest published one. None when there is none beyond the cursor, or when it is not yet time at `now`.
    pub async fn begin_anchor(
        &mut self,
        origin: &LogOrigin,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<AnchorWork>> {
        let begun = sqlx::query(
            "INSERT INTO anchor_states AS s (log, size, next_attempt_at)
             SELECT l.origin, l.published_size, to_timestamp($3 / 1000.0) FROM logs l LEFT JOIN cursors c ON c.log = l.origin AND c.consumer = $4
             WHERE l.origin = $1 AND l.published_size > coalesce(c.next_leaf, 0)
             ON CONFLICT (log) DO UPDATE SET size = coalesce(s.size, EXCLUDED.size), next_attempt_at = EXCLUDED.next_attempt_at
                 WHERE s.next_attempt_at <= to_timestamp($2 / 1000.0)
             RETURNING s.size, s.failures",
        )
        .bind(origin.as_str())
        .bind(now.millis())
        .bind(until.millis())
        .bind(Consumer::Anchorer.as_str())
        .fetch_optional(&mut *self.inner)
        .await?;
        let Some(row) = begun else { return Ok(None) };
        let row = Columns::of("anchor_states", &row);
        let checkpoint = self.logs().published_at(origin, row.size("size")?).await?;
        let checkpoint = checkpoint.ok_or(row.fault("a checkpoint that was not published"))?;
        Ok(Some(AnchorWork { checkpoint, failures: failures(&row)? }))
    }

    /// Keeps the token of a checkpoint, moves the cursor and ends the work; nobody begins the next before `next`. Whoever comes second
    /// with the same token changes nothing.
    pub async fn record_anchor(
        &mut self,
        checkpoint: &Published,
        time: Timestamp,
        token: &[u8],
        next: Timestamp,
    ) -> Result<()> {
        let (origin, size) = (&checkpoint.origin, checkpoint.size);
        self.insert_anchor(checkpoint, time, token).await?;
        let ended = sqlx::query(
            "UPDATE anchor_states SET size = NULL, failures = 0, last_error = NULL, next_attempt_at = to_timestamp($3 / 1000.0)
             WHERE log = $1 AND size = $2",
        )
        .bind(origin.as_str())
        .bind(bigint(size))
        .bind(next.millis())
        .execute(&mut *self.inner)
        .await?;
        // From here on the row is locked, and nobody else ends work on this log.
        let cursor = self.cursor(Consumer::Anchorer, origin).await?;
        if ended.rows_affected() == 1
            && cursor < size
            && !self.advance(Consumer::Anchorer, origin, cursor, size).await?
        {
            return Err(Error::Inconsistent { table: "cursors", fault: "a cursor that moved without its lock" });
        }
        Ok(())
    }

    /// Notes that an attempt failed, by the kind of the failure; nobody tries again before `next`.
    pub async fn record_anchor_failure(&mut self, checkpoint: &Published, kind: &str, next: Timestamp) -> Result<()> {
        sqlx::query(
            "UPDATE anchor_states SET failures = failures + 1, last_error = $3, next_attempt_at = to_timestamp($4 / 1000.0)
             WHERE log = $1 AND size = $2",
        )
        .bind(checkpoint.origin.as_str())
        .bind(bigint(checkpoint.size))
        .bind(kind)
        .bind(next.millis())
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// The first token of a checkpoint stays; another one is refused.
    async fn insert_anchor(&mut self, checkpoint: &Published, time: Timestamp, token: &[u8]) -> Result<()> {
        sqlx::query(
            "INSERT INTO anchors (log, size, stamped_at, token) VALUES ($1, $2, to_timestamp($3 / 1000.0), $4) ON CONFLICT DO NOTHING",
        )
        .bind(checkpoint.origin.as_str())
        .bind(bigint(checkpoint.size))
        .bind(time.millis())
        .bind(token)
        .execute(&mut *self.inner)
        .await?;
        let stored: Vec<u8> = sqlx::query_scalar("SELECT token FROM anchors WHERE log = $1 AND size = $2")
            .bind(checkpoint.origin.as_str())
            .bind(bigint(checkpoint.size))
            .fetch_one(&mut *self.inner)
            .await?;
        let same = stored == token;
        same.then_some(()).ok_or(Error::Inconsistent { table: "anchors", fault: "another token of this checkpoint" })
    }
}

pub(super) fn failures(row: &Columns<'_>) -> Result<u32> {
    row.get::<i32>("failures")?.try_into().map_err(|_| row.fault("a negative number"))
}
