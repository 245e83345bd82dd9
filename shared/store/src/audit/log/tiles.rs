//! Stored tiles against grown ones.

use std::collections::HashMap;

use truth_kernel::audit::{Fault, FullTile, Growth, Place, compare_tile};
use truth_kernel::hash::Hash;
use truth_kernel::tile::{TileId, WIDTH};

use super::super::frontier::Log;
use super::super::session::Session;
use super::super::{Step, sound};
use crate::row::{Columns, bigint};

const TABLE: &str = "tiles";

/// The levels that the table has room for.
const LEVELS: std::ops::Range<u8> = 0..8;

/// The tiles that were filled since the last call.
pub(super) async fn compare_full(session: &mut Session, log: &Log, growth: &mut Growth) -> Step {
    let full = growth.take_full();
    for level in LEVELS {
        let mut tiles = full.iter().filter(|tile| tile.id.level == level).peekable();
        let Some(first) = tiles.peek().map(|tile| tile.id.index) else { continue };
        let stored = stored(session, log, level, first, growth.tiles_on(level)).await?;
        for FullTile { id, hashes } in tiles {
            // What was not full when the audit began was read then, and may have grown since.
            compare(log, *id, hashes, stored.get(&id.index).map(Vec::as_slice))?;
        }
    }
    Ok(())
}

async fn stored(session: &mut Session, log: &Log, level: u8, from: u64, to: u64) -> Step<HashMap<u64, Vec<u8>>> {
    let rows =
        sqlx::query("SELECT index, hashes FROM tiles WHERE log = $1 AND level = $2 AND index >= $3 AND index < $4")
            .bind(log.origin.as_str())
            .bind(i16::from(level))
            .bind(bigint(from))
            .bind(bigint(to))
            .fetch_all(&mut session.connection)
            .await?;
    let tile = |row| {
        let row = Columns::of(TABLE, row);
        Ok((row.size("index")?, row.get("hashes")?))
    };
    Ok(rows.iter().map(tile).collect::<crate::error::Result<_>>()?)
}

/// The tiles that are not full, as they were when the audit began; and that there are no others.
pub(super) fn compare_edge(log: &Log, growth: &Growth) -> Step {
    for (id, hashes) in growth.partial() {
        compare(log, id, hashes, log.edge.bytes(id).as_deref())?;
    }
    for level in LEVELS {
        let (stored, expected) = (log.tiles_on(level), growth.tiles_on(level));
        if stored > expected {
            let id = TileId { level, index: expected };
            let fault = Fault::Surplus("the tree does not reach it");
            return sound(Err(fault.at(TABLE, place(log, id))));
        }
    }
    Ok(())
}

fn compare(log: &Log, id: TileId, expected: &[Hash], stored: Option<&[u8]>) -> Step {
    let compared = match stored {
        Some(stored) => compare_tile(expected, stored),
        None => Err(Fault::Missing),
    };
    sound(compared.map_err(|fault| fault.at(TABLE, place(log, id))))
}

fn place(log: &Log, id: TileId) -> Place {
    Place { tile: Some(id.path(WIDTH)), ..Place::log(&log.origin) }
}
