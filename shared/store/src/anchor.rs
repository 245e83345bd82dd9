//! Anchors of published checkpoints: reading them, for every role that may.

mod work;

use sqlx::postgres::PgRow;
use truth_kernel::region::LogOrigin;
use truth_kernel::time::Timestamp;

pub use self::work::AnchorWork;
use crate::error::Result;
use crate::log::{LogReader, Published, published};
use crate::row::{Columns, bigint};

/// A checkpoint with a third party's timestamp over it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The checkpoint.
    pub checkpoint: Published,
    /// The time in the token.
    pub time: Timestamp,
    /// The RFC 3161 token over the checkpoint's note, in DER.
    pub token: Vec<u8>,
}

/// How the anchorer stands with a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnchorState {
    /// Attempts that failed since the last one that did not.
    pub failures: u32,
    /// The kind of the last failure among these.
    pub last_error: Option<String>,
}

impl LogReader<'_> {
    /// The anchor of the largest anchored checkpoint.
    pub async fn newest_anchor(&mut self, origin: &LogOrigin) -> Result<Option<Anchor>> {
        let row = sqlx::query(
            "SELECT c.log, c.size, c.root, c.note, a.token, (extract(epoch FROM a.stamped_at) * 1000)::bigint AS time
             FROM anchors a JOIN checkpoints c USING (log, size) WHERE a.log = $1 ORDER BY a.size DESC LIMIT 1",
        )
        .bind(origin.as_str())
        .fetch_optional(&mut *self.0)
        .await?;
        row.as_ref().map(anchor).transpose()
    }

    /// The first anchor over a leaf: that of the smallest anchored checkpoint whose tree holds it. It never changes once there is one.
    pub async fn first_anchor_over(&mut self, origin: &LogOrigin, leaf: u64) -> Result<Option<Anchor>> {
        let row = sqlx::query(
            "SELECT c.log, c.size, c.root, c.note, a.token, (extract(epoch FROM a.stamped_at) * 1000)::bigint AS time
             FROM anchors a JOIN checkpoints c USING (log, size) WHERE a.log = $1 AND a.size > $2 ORDER BY a.size LIMIT 1",
        )
        .bind(origin.as_str())
        .bind(bigint(leaf))
        .fetch_optional(&mut *self.0)
        .await?;
        row.as_ref().map(anchor).transpose()
    }

    /// How the anchorer stands with a log; none before its first attempt.
    pub async fn anchor_state(&mut self, origin: &LogOrigin) -> Result<Option<AnchorState>> {
        let row = sqlx::query("SELECT failures, last_error FROM anchor_states WHERE log = $1")
            .bind(origin.as_str())
            .fetch_optional(&mut *self.0)
            .await?;
        row.map(|row| {
            let row = Columns::of("anchor_states", &row);
            Ok(AnchorState { failures: work::failures(&row)?, last_error: row.get("last_error")? })
        })
        .transpose()
    }
}

fn anchor(row: &PgRow) -> Result<Anchor> {
    let row = Columns::of("anchors", row);
    Ok(Anchor {
        checkpoint: published(&row)?,
        time: Timestamp::from_millis(row.get("time")?),
        token: row.get("token")?,
    })
}
