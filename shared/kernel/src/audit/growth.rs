//! The tree, grown anew leaf by leaf: the tiles it fills and its root at any size.

use super::Fault;
use crate::hash::Hash;
use crate::tile::{HEIGHT, TileId, WIDTH};
use crate::tree::{empty_root, node_hash};

/// A tree that keeps only its right edge.
#[derive(Debug, Default)]
pub struct Growth {
    size: u64,
    /// Roots of the complete subtrees, largest first: one for each bit of the size.
    subtrees: Vec<Hash>,
    /// The unfinished tile of each level, with how many of that level are finished.
    edge: Vec<(u64, Vec<Hash>)>,
    full: Vec<FullTile>,
}

/// A tile that will never change again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullTile {
    /// Which.
    pub id: TileId,
    /// Its 256 hashes.
    pub hashes: Vec<Hash>,
}

impl Growth {
    /// Leaves so far.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Takes the next leaf.
    pub fn push(&mut self, leaf: Hash) {
        let mut level = 0;
        let mut node = leaf;
        self.note(level, node);
        // Each low 1 of the size is a complete subtree that now gets its right neighbour.
        while self.size >> level & 1 == 1 {
            let Some(left) = self.subtrees.pop() else {
                break;
            };
            node = node_hash(&left, &node);
            level += 1;
            if level % HEIGHT == 0 {
                self.note(level / HEIGHT, node);
            }
        }
        self.subtrees.push(node);
        self.size += 1;
    }

    /// The root over the leaves so far (RFC 6962 §2.1).
    pub fn root(&self) -> Hash {
        let parts = self.subtrees.iter().rev().copied();
        let root = parts.reduce(|right, left| node_hash(&left, &right));
        root.unwrap_or_else(empty_root)
    }

    /// The tiles that were filled since this was last asked.
    pub fn take_full(&mut self) -> Vec<FullTile> {
        std::mem::take(&mut self.full)
    }

    /// The tiles that are not full yet and not empty.
    pub fn partial(&self) -> impl Iterator<Item = (TileId, &[Hash])> {
        let levels = (0..).zip(&self.edge);
        let tiles = levels.map(|(level, (index, hashes))| {
            let index = *index;
            (TileId { level, index }, hashes.as_slice())
        });
        tiles.filter(|(_, hashes)| !hashes.is_empty())
    }

    /// How many tiles the tree has on this level, full or not.
    pub fn tiles_on(&self, level: u8) -> u64 {
        let edge = self.edge.get(usize::from(level));
        edge.map_or(0, |(index, hashes)| index + u64::from(!hashes.is_empty()))
    }

    fn note(&mut self, level: u8, node: Hash) {
        if self.edge.len() <= usize::from(level) {
            self.edge.push((0, Vec::with_capacity(WIDTH)));
        }
        let (index, hashes) = &mut self.edge[usize::from(level)];
        hashes.push(node);
        if hashes.len() == WIDTH {
            let hashes = std::mem::replace(hashes, Vec::with_capacity(WIDTH));
            let index = std::mem::replace(index, *index + 1);
            let id = TileId { level, index };
            self.full.push(FullTile { id, hashes });
        }
    }
}

/// Holds a stored tile against the hashes that it must have.
pub fn compare_tile(expected: &[Hash], stored: &[u8]) -> Result<(), Fault> {
    let (hashes, rest) = stored.as_chunks::<32>();
    for (index, (stored, expected)) in hashes.iter().zip(expected).enumerate() {
        let stored = Hash::from_bytes(*stored);
        if stored != *expected {
            return Err(Fault::Other(format!("hash {index} is {stored}, where {expected} is expected")));
        }
    }
    if !rest.is_empty() || hashes.len() != expected.len() {
        let (bytes, hashes) = (stored.len(), expected.len());
        return Err(Fault::Other(format!("the tile has {bytes} bytes, where {hashes} hashes of 32 are expected")));
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;
    use crate::hash::sha256;
    use crate::tile::{Tiles, append};
    use crate::tree::reference_root;
    use proptest::prelude::*;

    fn leaves(count: u32) -> Vec<Hash> {
        (0..count).map(|leaf| sha256(&[&leaf.to_le_bytes()])).collect()
    }

    #[test]
    fn the_root_is_right_at_every_size() {
        let leaves = leaves(600);
        let mut growth = Growth::default();
        assert_eq!(growth.root(), reference_root(&[]));
        for (size, leaf) in (1..).zip(&leaves) {
            growth.push(*leaf);
            assert_eq!(growth.root(), reference_root(&leaves[..size]));
        }
    }

    #[test]
    fn the_tiles_are_those_that_appending_stores() {
        let leaves = leaves(256 * 256 + 256 * 3 + 17);
        let mut stored = Tiles::new();
        append(&mut stored, 0, &leaves).unwrap();
        let mut growth = Growth::default();
        for leaf in &leaves {
            growth.push(*leaf);
        }
        let mut grown = Tiles::new();
        let bytes = |hashes: &[Hash]| hashes.iter().flat_map(|hash| *hash.as_bytes()).collect::<Vec<_>>();
        for FullTile { id, hashes } in growth.take_full() {
            grown.insert_bytes(id, &bytes(&hashes)).unwrap();
        }
        for (id, hashes) in growth.partial() {
            grown.insert_bytes(id, &bytes(hashes)).unwrap();
        }
        assert_eq!(grown, stored);
        assert_eq!([0, 1, 2, 3].map(|level| growth.tiles_on(level)), [260, 2, 1, 0]);
    }

    proptest! {
        #[test]
        fn every_changed_byte_of_a_tile_is_named(width in 1_usize..=256, at: proptest::sample::Index, change in 1_u8..) {
            let expected = leaves(256);
            let mut stored: Vec<u8> = expected[..width].iter().flat_map(|hash| *hash.as_bytes()).collect();
            compare_tile(&expected[..width], &stored).unwrap();
            let at = at.index(stored.len());
            stored[at] ^= change;
            let fault = compare_tile(&expected[..width], &stored).unwrap_err().to_string();
            let named = format!("hash {} is ", at / 32);
            prop_assert!(fault.starts_with(&named));
        }
    }

    #[test]
    fn a_tile_of_another_width_is_refused() {
        let expected = leaves(3);
        let stored: Vec<u8> = expected.iter().flat_map(|hash| *hash.as_bytes()).collect();
        assert!(compare_tile(&expected, &stored).is_ok());
        for (width, bytes) in [(3, 64), (2, 96), (3, 95), (3, 0)] {
            assert!(compare_tile(&expected[..width], &stored[..bytes]).is_err());
        }
    }
}
