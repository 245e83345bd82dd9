//! Reading the transparency log: states, checkpoints, tiles. Available to every role: nothing of it belongs to an organization.

use sqlx::postgres::PgConnection;
use truth_kernel::classification::Mode;
use truth_kernel::hash::Hash;
use truth_kernel::region::LogOrigin;
use truth_kernel::tile::{TileId, Tiles};

use crate::database::{SystemTx, Tx};
use crate::error::{Error, Result};
use crate::row::{Columns, bigint};

/// Where a log stands.
#[derive(Clone, Debug)]
pub struct LogState {
    /// Its origin.
    pub origin: LogOrigin,
    /// Live or test.
    pub mode: Mode,
    /// Leaves in the stored tiles.
    pub size: u64,
    /// Their root.
    pub root: Hash,
    /// Size of the largest published checkpoint; 0 before the first.
    pub published_size: u64,
}

/// A published checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The log.
    pub origin: LogOrigin,
    /// Size of the published tree.
    pub size: u64,
    /// Its root.
    pub root: Hash,
    /// The signed note, byte for byte.
    pub note: String,
}

/// Reads logs within a transaction.
#[derive(Debug)]
pub struct LogReader<'t>(pub(crate) &'t mut PgConnection);

impl Tx {
    /// The logs.
    pub fn logs(&mut self) -> LogReader<'_> {
        LogReader(&mut self.inner)
    }
}

impl SystemTx {
    /// The logs.
    pub fn logs(&mut self) -> LogReader<'_> {
        LogReader(&mut self.inner)
    }
}

impl LogReader<'_> {
    /// Every log of the region.
    pub async fn all(&mut self) -> Result<Vec<LogState>> {
        let rows = sqlx::query("SELECT origin, mode, size, root, published_size FROM logs ORDER BY origin")
            .fetch_all(&mut *self.0)
            .await?;
        rows.iter().map(|row| state(&Columns::of("logs", row))).collect()
    }

    /// One log.
    pub async fn state(&mut self, origin: &LogOrigin) -> Result<Option<LogState>> {
        let row = sqlx::query("SELECT origin, mode, size, root, published_size FROM logs WHERE origin = $1")
            .bind(origin.as_str())
            .fetch_optional(&mut *self.0)
            .await?;
        row.map(|row| state(&Columns::of("logs", &row))).transpose()
    }

    /// The newest log of a mode: the one that new organizations write to.
    pub async fn newest(&mut self, mode: Mode) -> Result<Option<LogState>> {
        let row = sqlx::query(
            "SELECT origin, mode, size, root, published_size FROM logs WHERE mode = $1 ORDER BY created_at DESC, origin DESC LIMIT 1",
        )
        .bind(mode.as_str())
        .fetch_optional(&mut *self.0)
        .await?;
        row.map(|row| state(&Columns::of("logs", &row))).transpose()
    }

    /// The newest published checkpoint.
    pub async fn published(&mut self, origin: &LogOrigin) -> Result<Option<Published>> {
        let row = sqlx::query(
            "SELECT c.log, c.size, c.root, c.note FROM logs l JOIN checkpoints c ON c.log = l.origin AND c.size = l.published_size
             WHERE l.origin = $1",
        )
        .bind(origin.as_str())
        .fetch_optional(&mut *self.0)
        .await?;
        row.map(|row| published(&Columns::of("checkpoints", &row))).transpose()
    }

    /// The root at a size at which a checkpoint was published.
    pub async fn published_at(&mut self, origin: &LogOrigin, size: u64) -> Result<Option<Published>> {
        let row = sqlx::query(
            "SELECT c.log, c.size, c.root, c.note FROM logs l JOIN checkpoints c ON c.log = l.origin
             WHERE l.origin = $1 AND c.size = $2 AND c.size <= l.published_size",
        )
        .bind(origin.as_str())
        .bind(bigint(size))
        .fetch_optional(&mut *self.0)
        .await?;
        row.map(|row| published(&Columns::of("checkpoints", &row))).transpose()
    }

    /// The stored tiles among `ids`; one that is missing is left out, and whoever needs it says so.
    pub async fn tiles(&mut self, origin: &LogOrigin, ids: &[TileId]) -> Result<Tiles> {
        let rows = sqlx::query(
            "SELECT t.level, t.index, t.hashes FROM unnest($2::smallint[], $3::bigint[]) i(level, index),
                 LATERAL (SELECT * FROM tiles t WHERE t.log = $1 AND t.level = i.level AND t.index = i.index LIMIT 1) t",
        )
        .bind(origin.as_str())
        .bind(ids.iter().map(|id| i16::from(id.level)).collect::<Vec<_>>())
        .bind(ids.iter().map(|id| bigint(id.index)).collect::<Vec<_>>())
        .fetch_all(&mut *self.0)
        .await?;
        let mut tiles = Tiles::new();
        for row in &rows {
            let row = Columns::of("tiles", row);
            let level = u8::try_from(row.get::<i16>("level")?).map_err(|_| row.fault("a level below 0"))?;
            let id = TileId { level, index: row.size("index")? };
            tiles.insert_bytes(id, row.get("hashes")?).map_err(|_| TILE_FAULT)?;
        }
        Ok(tiles)
    }
}

const TILE_FAULT: Error = Error::Inconsistent { table: "tiles", fault: "a tile of another form" };

fn state(row: &Columns<'_>) -> Result<LogState> {
    Ok(LogState {
        origin: row.parsed("origin")?,
        mode: row.parsed("mode")?,
        size: row.size("size")?,
        root: row.hash("root")?,
        published_size: row.size("published_size")?,
    })
}

pub(crate) fn published(row: &Columns<'_>) -> Result<Published> {
    Ok(Published {
        origin: row.parsed("log")?,
        size: row.size("size")?,
        root: row.hash("root")?,
        note: row.get("note")?,
    })
}
