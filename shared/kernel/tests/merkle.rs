//! Laws of the tree, held against the recursions of RFC 6962 and against `rs_merkle` over whole trees.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use truth_kernel::hash::{Hash, sha256};
use truth_kernel::tile::{TileId, Tiles, append};

mod merkle {
    pub mod appending;
    pub mod consistency;
    pub mod inclusion;
    pub mod multiproofs;
    pub mod reference;
    pub mod tiles;
}

/// Distinct leaf hashes.
fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|index| sha256(&[b"leaf", &index.to_le_bytes()])).collect()
}

/// All tiles of the log with these leaves.
fn tiles_of(leaves: &[Hash]) -> Tiles {
    let mut tiles = Tiles::new();
    append(&mut tiles, 0, leaves).unwrap();
    tiles
}

/// What a caller fetches: the named tiles and no other.
fn only(tiles: &Tiles, named: &[TileId]) -> Tiles {
    Tiles::from_bytes(named.iter().map(|id| (*id, tiles.bytes(*id).unwrap()))).unwrap()
}

/// A count as the kernel counts leaves.
fn n(count: usize) -> u64 {
    u64::try_from(count).unwrap()
}
