//! Signed checkpoints, and how far the bucket is.

use sqlx::postgres::PgRow;
use truth_kernel::hash::Hash;
use truth_kernel::region::LogOrigin;

use crate::database::SystemTx;
use crate::error::Result;
use crate::row::{Columns, bigint};

/// A checkpoint that was signed and stored, whether published or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    /// Leaves in the tree.
    pub size: u64,
    /// Their root.
    pub root: Hash,
    /// The signed note, byte for byte.
    pub note: String,
}

impl SystemTx {
    /// The largest signed checkpoint of a log.
    pub async fn newest_checkpoint(&mut self, origin: &LogOrigin) -> Result<Option<SignedCheckpoint>> {
        let row = sqlx::query("SELECT size, root, note FROM checkpoints WHERE log = $1 ORDER BY size DESC LIMIT 1")
            .bind(origin.as_str())
            .fetch_optional(&mut *self.inner)
            .await?;
        row.as_ref().map(signed_checkpoint).transpose()
    }

    /// The signed checkpoint of exactly this size.
    pub async fn checkpoint_at(&mut self, origin: &LogOrigin, size: u64) -> Result<Option<SignedCheckpoint>> {
        let row = sqlx::query("SELECT size, root, note FROM checkpoints WHERE log = $1 AND size = $2")
            .bind(origin.as_str())
            .bind(bigint(size))
            .fetch_optional(&mut *self.inner)
            .await?;
        row.as_ref().map(signed_checkpoint).transpose()
    }

    /// Stores a signed checkpoint; the first one of a size stays.
    pub async fn record_checkpoint(&mut self, origin: &LogOrigin, checkpoint: &SignedCheckpoint) -> Result<()> {
        sqlx::query("INSERT INTO checkpoints (log, size, root, note) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING")
            .bind(origin.as_str())
            .bind(bigint(checkpoint.size))
            .bind(checkpoint.root.as_bytes().as_slice())
            .bind(&checkpoint.note)
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }

    /// Notes that the bucket serves the checkpoint of this size; never goes back.
    pub async fn record_published(&mut self, origin: &LogOrigin, size: u64) -> Result<()> {
        sqlx::query("UPDATE logs SET published_size = $2 WHERE origin = $1 AND published_size < $2")
            .bind(origin.as_str())
            .bind(bigint(size))
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }
}

fn signed_checkpoint(row: &PgRow) -> Result<SignedCheckpoint> {
    let row = Columns::of("checkpoints", row);
    Ok(SignedCheckpoint { size: row.size("size")?, root: row.hash("root")?, note: row.get("note")? })
}
