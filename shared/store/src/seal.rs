//! Sealing: what the chains have beyond their sealed sequence numbers goes into the log.
//!
//! Pending is derived, not queued: chains are gapless, so it is `head − sealed` of each. The log's row is the lock. All of it is for
//! the role of the proof batcher.

use sqlx::postgres::PgRow;
use truth_kernel::hash::Hash;
use truth_kernel::region::LogOrigin;
use truth_kernel::tile::{self, TileId, Tiles};
use uuid::Uuid;

use crate::database::SystemTx;
use crate::error::{Error, Result};
use crate::log::LogState;
use crate::row::{Columns, bigint, hash};

/// A piece of a chain on its way into the log.
struct Piece {
    org: Uuid,
    mode: String,
    chain: String,
    first_seq: i64,
    count: i64,
}

impl SystemTx {
    /// Locks the log's row until the transaction ends, and answers with its state.
    pub async fn lock_log(&mut self, origin: &LogOrigin) -> Result<LogState> {
        sqlx::query("SELECT 1 FROM logs WHERE origin = $1 FOR NO KEY UPDATE").bind(origin.as_str()).execute(&mut *self.inner).await?;
        self.logs().state(origin).await?.ok_or(Error::Inconsistent { table: "logs", fault: "no row for this log" })
    }

    /// Extends a locked log by at most `most` pending events: segments, tiles, size and root, unsigned. Answers with the new state,
    /// or none when nothing was pending.
    pub async fn extend(&mut self, log: &LogState, most: u64) -> Result<Option<LogState>> {
        let pieces = self.pending(&log.origin, bigint(most)).await?;
        if pieces.is_empty() {
            return Ok(None);
        }
        let leaves = self.leaves_of(&pieces).await?;
        let mut tiles = self.logs().tiles(&log.origin, &tile::edge_tiles(log.size)).await?;
        let stored_root = tile::root(&tiles, log.size).map_err(tile_fault)?;
        if stored_root != log.root {
            return Err(Error::Inconsistent { table: "tiles", fault: "tiles that do not add up to the root of the log" });
        }
        let appended = tile::append(&mut tiles, log.size, &leaves).map_err(append_fault)?;
        self.write_segments(log, &pieces).await?;
        self.write_tiles(&log.origin, &tiles, &appended.changed).await?;
        sqlx::query("UPDATE logs SET size = $2, root = $3 WHERE origin = $1")
            .bind(log.origin.as_str())
            .bind(bigint(appended.size))
            .bind(appended.root.as_bytes().as_slice())
            .execute(&mut *self.inner)
            .await?;
        Ok(Some(LogState { size: appended.size, root: appended.root, ..log.clone() }))
    }

    /// Whether any chain of the log has events beyond its sealed ones.
    pub async fn has_pending(&mut self, origin: &LogOrigin) -> Result<Pending> {
        let count: i64 = sqlx::query_scalar(
            "SELECT coalesce(sum(h.seq - coalesce(s.seq, 0)), 0)::bigint FROM chain_heads h LEFT JOIN chain_seals s USING (org, mode, chain)
             WHERE h.log = $1",
        )
        .bind(origin.as_str())
        .fetch_one(&mut *self.inner)
        .await?;
        Ok(Pending { events: u64::try_from(count).unwrap_or(0) })
    }

    async fn pending(&mut self, origin: &LogOrigin, most: i64) -> Result<Vec<Piece>> {
        let rows = sqlx::query(
            "SELECT h.org, h.mode, h.chain, coalesce(s.seq, 0) + 1 AS first_seq, h.seq - coalesce(s.seq, 0) AS count
             FROM chain_heads h LEFT JOIN chain_seals s USING (org, mode, chain)
             WHERE h.log = $1 AND h.seq > coalesce(s.seq, 0) ORDER BY h.org, h.mode, h.chain",
        )
        .bind(origin.as_str())
        .fetch_all(&mut *self.inner)
        .await?;
        let mut room = most;
        let pieces: Result<Vec<Piece>> = rows.iter().map(|row| piece(row, &mut room)).collect();
        Ok(pieces?.into_iter().filter(|piece| piece.count > 0).collect())
    }

    /// The event hashes of the pieces, in leaf order, every one of them.
    async fn leaves_of(&mut self, pieces: &[Piece]) -> Result<Vec<Hash>> {
        // The table may never have been analysed: ranges of the primary key are ever right here.
        sqlx::query("SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)")
            .execute(&mut *self.inner)
            .await?;
        let hashes: Vec<Vec<u8>> = sqlx::query_scalar(
            "SELECT e.hash FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])
                 WITH ORDINALITY p(org, mode, chain, first_seq, count, position),
                 LATERAL (SELECT e.hash, e.seq FROM ledger_events e WHERE e.org = p.org AND e.mode = p.mode AND e.chain = p.chain
                          AND e.seq >= p.first_seq AND e.seq < p.first_seq + p.count ORDER BY e.seq) e
             ORDER BY p.position, e.seq",
        )
        .bind(pieces.iter().map(|piece| piece.org).collect::<Vec<_>>())
        .bind(pieces.iter().map(|piece| piece.mode.as_str()).collect::<Vec<_>>())
        .bind(pieces.iter().map(|piece| piece.chain.as_str()).collect::<Vec<_>>())
        .bind(pieces.iter().map(|piece| piece.first_seq).collect::<Vec<_>>())
        .bind(pieces.iter().map(|piece| piece.count).collect::<Vec<_>>())
        .fetch_all(&mut *self.inner)
        .await?;
        let wanted: i64 = pieces.iter().map(|piece| piece.count).sum();
        if i64::try_from(hashes.len()) != Ok(wanted) {
            return Err(Error::Inconsistent { table: "ledger_events", fault: "a gap in a chain" });
        }
        hashes.iter().map(|bytes| hash("ledger_events", bytes)).collect()
    }

    async fn write_segments(&mut self, log: &LogState, pieces: &[Piece]) -> Result<()> {
        let mut next = bigint(log.size);
        let mut first_leaf = |piece: &Piece| {
            next += piece.count;
            next - piece.count
        };
        let first_leaves: Vec<i64> = pieces.iter().map(&mut first_leaf).collect();
        sqlx::query(
            "WITH pieces AS (SELECT * FROM unnest($2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])
                                 p(first_leaf, org, mode, chain, first_seq, count)),
                  sealed AS (INSERT INTO chain_seals (org, mode, chain, seq) SELECT org, mode, chain, first_seq + count - 1 FROM pieces
                             ON CONFLICT (org, mode, chain) DO UPDATE SET seq = EXCLUDED.seq)
             INSERT INTO segments (log, first_leaf, org, mode, chain, first_seq, count) SELECT $1, p.* FROM pieces p",
        )
        .bind(log.origin.as_str())
        .bind(first_leaves)
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

    /// Whether the size of a log has a signed checkpoint already.
    pub async fn checkpoint_note(&mut self, origin: &LogOrigin, size: u64) -> Result<Option<String>> {
        Ok(sqlx::query_scalar("SELECT note FROM checkpoints WHERE log = $1 AND size = $2")
            .bind(origin.as_str())
            .bind(bigint(size))
            .fetch_optional(&mut *self.inner)
            .await?)
    }

    /// Stores a signed checkpoint of exactly the stored size and root.
    pub async fn record_checkpoint(&mut self, log: &LogState, note: &str) -> Result<()> {
        sqlx::query("INSERT INTO checkpoints (log, size, root, note) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING")
            .bind(log.origin.as_str())
            .bind(bigint(log.size))
            .bind(log.root.as_bytes().as_slice())
            .bind(note)
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

    /// The headers of leaves `first .. first + count`, for entry bundles.
    pub async fn entries(&mut self, origin: &LogOrigin, first: u64, count: u64) -> Result<Vec<String>> {
        let headers: Vec<String> = sqlx::query_scalar(
            "SELECT e.header FROM segments g,
                 LATERAL (SELECT e.header, e.seq FROM ledger_events e WHERE e.org = g.org AND e.mode = g.mode AND e.chain = g.chain
                          AND e.seq >= g.first_seq + greatest($2 - g.first_leaf, 0)
                          AND e.seq < g.first_seq + least($2 + $3 - g.first_leaf, g.count) ORDER BY e.seq) e
             WHERE g.log = $1 AND g.first_leaf < $2 + $3
               AND g.first_leaf >= (SELECT max(first_leaf) FROM segments WHERE log = $1 AND first_leaf <= $2)
             ORDER BY g.first_leaf, e.seq",
        )
        .bind(origin.as_str())
        .bind(bigint(first))
        .bind(bigint(count))
        .fetch_all(&mut *self.inner)
        .await?;
        if headers.len() as u64 == count {
            Ok(headers)
        } else {
            Err(Error::Inconsistent { table: "segments", fault: "leaves without an event" })
        }
    }
}

/// What waits to be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// How many events.
    pub events: u64,
}

fn piece(row: &PgRow, room: &mut i64) -> Result<Piece> {
    let row = Columns::of("chain_heads", row);
    let count = row.get::<i64>("count")?.min(*room);
    *room -= count;
    Ok(Piece { org: row.get("org")?, mode: row.get("mode")?, chain: row.get("chain")?, first_seq: row.get("first_seq")?, count })
}

fn tile_fault(_: tile::TileError) -> Error {
    Error::Inconsistent { table: "tiles", fault: "a tile that is missing or too short" }
}

fn append_fault(_: tile::AppendError) -> Error {
    Error::Inconsistent { table: "tiles", fault: "edge tiles that cannot be appended to" }
}
