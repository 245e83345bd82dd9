//! Subtrees of the log as ranges of leaves, and their hashes from stored tiles.

use super::{HEIGHT, TileError, TileId, Tiles};
use crate::hash::Hash;
use crate::tree::{empty_root, node_hash};

/// The leaves of one RFC 6962 subtree: `begin` is a multiple of the power of two that covers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    pub begin: u64,
    pub end: u64,
}

/// A complete subtree of 2^`level` leaves: `width` neighbours of one tile, from `offset` on.
struct Complete {
    tile: TileId,
    offset: usize,
    width: usize,
}

impl Range {
    pub(crate) const fn new(begin: u64, end: u64) -> Self {
        Self { begin, end }
    }

    /// The tiles that [`Range::hash`] reads.
    pub(crate) fn tiles(self) -> impl Iterator<Item = TileId> {
        self.complete().map(|subtree| subtree.tile)
    }

    /// The subtree's root, folded from its complete parts; that of no leaves is the empty root.
    pub(crate) fn hash(self, tiles: &Tiles) -> Result<Hash, TileError> {
        let parts = self.complete().map(|subtree| subtree.hash(tiles));
        let parts = parts.collect::<Result<Vec<_>, _>>()?;
        let root = parts.into_iter().rev().reduce(|right, left| node_hash(&left, &right));
        Ok(root.unwrap_or_else(empty_root))
    }

    /// The complete subtrees that make up the range, largest first: one for each bit of its length.
    fn complete(self) -> impl Iterator<Item = Complete> {
        let length = self.end - self.begin;
        let levels = (0..64_u8).rev().filter(move |level| length >> level & 1 == 1);
        levels.scan(self.begin, |begin, level| {
            let subtree = Complete::new(level, *begin >> level);
            *begin = begin.wrapping_add(1 << level);
            Some(subtree)
        })
    }
}

impl Complete {
    /// The subtree number `index` from the left among those with 2^`level` leaves.
    fn new(level: u8, index: u64) -> Self {
        let within = level % HEIGHT;
        let first = index << within;
        Self {
            tile: TileId { level: level / HEIGHT, index: first >> HEIGHT },
            offset: usize::from(first.to_le_bytes()[0]),
            width: 1 << within,
        }
    }

    fn hash(&self, tiles: &Tiles) -> Result<Hash, TileError> {
        let hashes = tiles.prefix(self.tile, self.offset + self.width)?;
        let mut layer = hashes[self.offset..].to_vec();
        while layer.len() > 1 {
            let (pairs, _) = layer.as_chunks::<2>();
            layer = pairs.iter().map(|[left, right]| node_hash(left, right)).collect();
        }
        Ok(layer[0])
    }
}
