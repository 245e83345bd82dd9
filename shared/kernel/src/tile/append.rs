//! Growing the tree: from the tiles on its right edge, in O(log n + new leaves).

use rs_merkle::PartialTree;

use super::nodes::Nodes;
use super::{HEIGHT, TileError, TileId, Tiles, WIDTH, root, root_tiles};
use crate::hash::Hash;

/// What an append did. The tiles' full contents stand in the [`Tiles`] that were appended to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// Leaves in the tree now.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// The tiles to store, new or grown, level by level and from the left.
    pub changed: Vec<TileId>,
}

/// Why nothing was appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// A tile of the right edge is missing or too short.
    #[error(transparent)]
    Tile(#[from] TileError),
    /// The tree would have more leaves than can be counted.
    #[error("a tree cannot have 2^64 leaves")]
    Full,
}

/// The tiles [`append`] must be given: the unfinished ones on the right edge of the tree.
pub fn edge_tiles(size: u64) -> Vec<TileId> {
    root_tiles(size)
}

/// Adds leaf hashes to the tree with `size` leaves; on an error the tiles are as before.
///
/// Hashes that a stored tile of the edge holds beyond `size`, from a run that was cut short, are
/// dropped.
pub fn append(tiles: &mut Tiles, size: u64, leaves: &[Hash]) -> Result<Appended, AppendError> {
    let new_size =
        u64::try_from(leaves.len()).ok().and_then(|count| size.checked_add(count)).ok_or(AppendError::Full)?;
    for id in edge_tiles(size) {
        tiles.prefix(id, edge(id.level, size).1)?;
    }
    let mut changed = Vec::new();
    let mut level = 0;
    let mut added = leaves.to_vec();
    while !added.is_empty() {
        added = extend(tiles, level, size, &added, &mut changed);
        level += 1;
    }
    Ok(Appended { size: new_size, root: root(tiles, new_size)?, changed })
}

/// The tile of this level that grows next, and the number of hashes it holds at this size.
fn edge(level: u8, size: u64) -> (TileId, usize) {
    let hashes = size.unbounded_shr(u32::from(level * HEIGHT));
    let id = TileId { level, index: hashes >> HEIGHT };
    (id, usize::from(hashes.to_le_bytes()[0]))
}

/// Fills the tiles of one level and returns the roots of those that became full.
fn extend(tiles: &mut Tiles, level: u8, size: u64, added: &[Hash], changed: &mut Vec<TileId>) -> Vec<Hash> {
    let (mut id, mut held) = edge(level, size);
    let (first, rest) = added.split_at(added.len().min(WIDTH - held));
    let mut full = Vec::new();
    for hashes in std::iter::once(first).chain(rest.chunks(WIDTH)) {
        let tile = tiles.entry(id);
        tile.truncate(held);
        tile.extend_from_slice(hashes);
        if tile.len() == WIDTH {
            full.extend(tile_root(tile));
        }
        changed.push(id);
        (id.index, held) = (id.index + 1, 0);
    }
    full
}

/// The root of one tile, built by `rs_merkle`; a tile without hashes has none.
fn tile_root(hashes: &[Hash]) -> Option<Hash> {
    let leaves: Vec<_> = hashes.iter().map(|hash| *hash.as_bytes()).collect();
    let tree = PartialTree::<Nodes>::from_leaves(&leaves).ok()?;
    tree.root().map(|root| Hash::from_bytes(*root))
}
