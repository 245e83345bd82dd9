//! What waits to be sealed, and its leaf hashes.

use sqlx::postgres::PgRow;
use truth_kernel::hash::Hash;
use truth_kernel::region::LogOrigin;
use uuid::Uuid;

use crate::database::SystemTx;
use crate::error::Result;
use crate::row::{Columns, bigint};

/// A piece of a chain on its way into the log.
pub(super) struct Piece {
    pub org: Uuid,
    pub mode: String,
    pub chain: String,
    pub first_seq: i64,
    pub count: i64,
}

impl SystemTx {
    /// Pieces of at most `most` events together; short ones first, so that one long import keeps nobody waiting.
    pub(super) async fn pending(&mut self, origin: &LogOrigin, most: u64) -> Result<Vec<Piece>> {
        let rows = sqlx::query(
            "SELECT h.org, h.mode, h.chain, coalesce(s.seq, 0) + 1 AS first_seq, h.seq - coalesce(s.seq, 0) AS count
             FROM chain_heads h LEFT JOIN chain_seals s USING (org, mode, chain)
             WHERE h.log = $1 AND h.seq > coalesce(s.seq, 0) ORDER BY count, h.org, h.mode, h.chain",
        )
        .bind(origin.as_str())
        .fetch_all(&mut *self.inner)
        .await?;
        let mut room = bigint(most);
        let pieces: Result<Vec<Piece>> = rows.iter().map(|row| piece(row, &mut room)).collect();
        Ok(pieces?.into_iter().filter(|piece| piece.count > 0).collect())
    }

    /// The event hashes of the pieces, in leaf order: every one of them, and each the hash of its header's stored bytes.
    pub(super) async fn leaves_of(&mut self, pieces: &[Piece]) -> Result<Vec<Hash>> {
        // One value per piece: the inner order is that of the index.
        let rows = sqlx::query(
            "SELECT l.hashes, l.whole FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])
                 WITH ORDINALITY p(org, mode, chain, first_seq, count, position),
                 LATERAL (SELECT string_agg(e.hash, '') AS hashes, bool_and(e.hash = sha256('\\x00' || convert_to(e.header, 'UTF8'))) AS whole
                          FROM (SELECT e.hash, e.header FROM ledger_events e WHERE e.org = p.org AND e.mode = p.mode AND e.chain = p.chain
                                AND e.seq >= p.first_seq AND e.seq < p.first_seq + p.count ORDER BY e.seq) e) l
             ORDER BY p.position",
        )
        .bind(pieces.iter().map(|piece| piece.org).collect::<Vec<_>>())
        .bind(pieces.iter().map(|piece| piece.mode.as_str()).collect::<Vec<_>>())
        .bind(pieces.iter().map(|piece| piece.chain.as_str()).collect::<Vec<_>>())
        .bind(pieces.iter().map(|piece| piece.first_seq).collect::<Vec<_>>())
        .bind(pieces.iter().map(|piece| piece.count).collect::<Vec<_>>())
        .fetch_all(&mut *self.inner)
        .await?;
        let mut leaves = Vec::new();
        for (row, piece) in rows.iter().zip(pieces) {
            leaves_of_piece(&Columns::of("ledger_events", row), piece.count, &mut leaves)?;
        }
        Ok(leaves)
    }
}

fn leaves_of_piece(row: &Columns<'_>, count: i64, leaves: &mut Vec<Hash>) -> Result<()> {
    let bytes: &[u8] = row.get::<Option<&[u8]>>("hashes")?.unwrap_or_default();
    let (hashes, rest) = bytes.as_chunks::<32>();
    if !rest.is_empty() || i64::try_from(hashes.len()) != Ok(count) {
        return Err(row.fault("a gap in a chain"));
    }
    if row.get("whole")? {
        leaves.extend(hashes.iter().map(|hash| Hash::from_bytes(*hash)));
        Ok(())
    } else {
        Err(row.fault("an event whose hash is not that of its header"))
    }
}

fn piece(row: &PgRow, room: &mut i64) -> Result<Piece> {
    let row = Columns::of("chain_heads", row);
    let count = row.get::<i64>("count")?.min(*room);
    *room -= count;
    Ok(Piece {
        org: row.get("org")?,
        mode: row.get("mode")?,
        chain: row.get("chain")?,
        first_seq: row.get("first_seq")?,
        count,
    })
}
