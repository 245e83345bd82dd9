//! Sealing: what the chains have beyond their sealed sequence numbers goes into the log.
//!
//! Pending is derived, not queued: chains are gapless, so it is `head − sealed` of each. The log's row is the lock. All of it is for
//! the role of the proof batcher.

mod checkpoint;
mod entries;
mod pending;

use truth_kernel::region::LogOrigin;
use truth_kernel::tile::{self, TileId, Tiles};

pub use self::checkpoint::SignedCheckpoint;
use self::pending::Piece;
use crate::database::SystemTx;
use crate::error::{Error, Result};
use crate::log::LogState;
use crate::row::bigint;

impl SystemTx {
    /// Locks the log's row until the transaction ends, and answers with its state. Its commit will be synchronous: an event that is
    /// visible but not yet on disk gets there before the segment that names it.
    pub async fn lock_log(&mut self, origin: &LogOrigin) -> Result<LogState> {
        self.only_probes().await?;
        sqlx::query("SELECT set_config('synchronous_commit', 'on', true)").execute(&mut *self.inner).await?;
        sqlx::query("SELECT 1 FROM logs WHERE origin = $1 FOR NO KEY UPDATE")
            .bind(origin.as_str())
            .execute(&mut *self.inner)
            .await?;
        self.logs().state(origin).await?.ok_or(Error::Inconsistent { table: "logs", fault: "no row for this log" })
    }

    /// Extends a locked log by at most `most` pending events: segments, tiles, size and root, unsigned. Answers with the new state,
    /// or none when nothing was pending.
    pub async fn extend(&mut self, log: &LogState, most: u64) -> Result<Option<LogState>> {
        let pieces = self.pending(&log.origin, most).await?;
        if pieces.is_empty() {
            return Ok(None);
        }
        let leaves = self.leaves_of(&pieces).await?;
        let mut tiles = self.logs().tiles(&log.origin, &tile::edge_tiles(log.size)).await?;
        let stored_root = tile::root(&tiles, log.size).map_err(|_| SHORT_TILE)?;
        if stored_root != log.root {
            return Err(Error::Inconsistent {
                table: "tiles",
                fault: "tiles that do not add up to the root of the log",
            });
        }
        let appended = tile::append(&mut tiles, log.size, &leaves).map_err(|_| SHORT_TILE)?;
        self.write_segments(log, &pieces).await?;
        self.write_tiles(&log.origin, &tiles, &appended.changed).await?;
        let extended = LogState { size: appended.size, root: appended.root, ..log.clone() };
        self.write_state(&extended).await?;
        Ok(Some(extended))
    }

    /// The tables may never have been analysed, or long ago: ranges and probes of primary keys are ever right for sealing.
    async fn only_probes(&mut self) -> Result<()> {
        sqlx::query("SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)")
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }

    async fn write_segments(&mut self, log: &LogState, pieces: &[Piece]) -> Result<()> {
        let first_leaves = pieces.iter().scan(bigint(log.size), |next, piece| {
            *next += piece.count;
            Some(*next - piece.count)
        });
        sqlx::query(
            "WITH pieces AS (SELECT * FROM unnest($2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])
                                 p(first_leaf, org, mode, chain, first_seq, count)),
                  sealed AS (INSERT INTO chain_seals (org, mode, chain, seq) SELECT org, mode, chain, first_seq + count - 1 FROM pieces
                             ON CONFLICT (org, mode, chain) DO UPDATE SET seq = EXCLUDED.seq)
             INSERT INTO segments (log, first_leaf, org, mode, chain, first_seq, count) SELECT $1, p.* FROM pieces p",
        )
        .bind(log.origin.as_str())
        .bind(first_leaves.collect::<Vec<_>>())
        .bind(pieces.iter().map(|piece| piece.org).collect::<Vec<_>>())
        .bind(pieces.iter().map(|piece| piece.mode.as_str()).collect::<Vec<_>>())
        .bind(pieces.iter().map(|piece| piece.chain.as_str()).collect::<Vec<_>>())
        .bind(pieces.iter().map(|piece| piece.first_seq).collect::<Vec<_>>())
        .bind(pieces.iter().map(|piece| piece.count).collect::<Vec<_>>())
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    async fn write_tiles(&mut self, origin: &LogOrigin, tiles: &Tiles, changed: &[TileId]) -> Result<()> {
        let contents = changed.iter().filter_map(|id| Some((id, tiles.bytes(*id)?)));
        let (ids, bytes): (Vec<&TileId>, Vec<Vec<u8>>) = contents.unzip();
        sqlx::query(
            "INSERT INTO tiles (log, level, index, hashes)
             SELECT $1, t.* FROM unnest($2::smallint[], $3::bigint[], $4::bytea[]) t(level, index, hashes)
             ON CONFLICT (log, level, index) DO UPDATE SET hashes = EXCLUDED.hashes",
        )
        .bind(origin.as_str())
        .bind(ids.iter().map(|id| i16::from(id.level)).collect::<Vec<_>>())
        .bind(ids.iter().map(|id| bigint(id.index)).collect::<Vec<_>>())
        .bind(bytes)
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    async fn write_state(&mut self, log: &LogState) -> Result<()> {
        sqlx::query("UPDATE logs SET size = $2, root = $3 WHERE origin = $1")
            .bind(log.origin.as_str())
            .bind(bigint(log.size))
            .bind(log.root.as_bytes().as_slice())
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }
}

const SHORT_TILE: Error = Error::Inconsistent { table: "tiles", fault: "a tile that is missing or too short" };
