//! One proof for many leaves: the hashes they need beside themselves, each once.
//!
//! Layer by layer from the leaves up and by index within a layer, a lone node being promoted:
//! exactly what `rs_merkle`'s `proof(&indices)` over the whole tree returns. It is put together here
//! from proofs within single tiles, so that no more than the tiles concerned are read.

mod plan;
mod verify;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::hash::Hash;
use crate::tile::{TileError, TileId, Tiles};

pub use verify::verify;

/// A proof that the leaves with these indices are in the tree of `size` leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Multiproof {
    /// Leaves in the tree.
    pub size: u64,
    /// The proven leaves' indices, ascending.
    pub indices: Vec<u64>,
    /// The hashes beside them.
    #[serde(with = "crate::base64_hashes")]
    pub hashes: Vec<Hash>,
}

/// Why a multiproof cannot be made or is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MultiproofError {
    /// It would prove nothing.
    #[error("a multiproof needs at least one index")]
    NoIndices,
    /// The indices are not strictly ascending.
    #[error("the indices are not strictly ascending")]
    NotAscending,
    /// An index is not below the tree's size.
    #[error("index {index} is outside a tree of {size} leaves")]
    OutOfRange {
        /// The index.
        index: u64,
        /// The number of leaves in the tree.
        size: u64,
    },
    /// A tile cannot answer.
    #[error(transparent)]
    Tile(#[from] TileError),
    /// There are more or fewer leaves than indices.
    #[error("{leaves} leaves were given for {indices} indices")]
    LeafCount {
        /// Leaves given.
        leaves: usize,
        /// Indices in the proof.
        indices: usize,
    },
    /// The proof ends too early.
    #[error("the proof lacks a hash")]
    MissingHash,
    /// The proof has hashes that nothing needs.
    #[error("the proof has a hash too many")]
    SuperfluousHash,
    /// The hashes lead to another root.
    #[error("the hashes lead to another root")]
    OtherRoot,
}

/// The tiles that [`build`] reads.
pub fn multiproof_tiles(indices: &[u64], size: u64) -> Vec<TileId> {
    let Ok(()) = check_indices(indices, size) else {
        return Vec::new();
    };
    let plan = plan::plan(indices, size);
    let tiles: BTreeSet<_> = plan.iter().flatten().flat_map(plan::Step::tiles).collect();
    tiles.into_iter().collect()
}

/// Proves the leaves with these ascending indices in the tree with `size` leaves.
pub fn build(tiles: &Tiles, indices: &[u64], size: u64) -> Result<Multiproof, MultiproofError> {
    check_indices(indices, size)?;
    let mut hashes = Vec::new();
    for steps in plan::plan(indices, size) {
        let proofs = steps.iter().map(|step| step.layers(tiles));
        let proofs = proofs.collect::<Result<Vec<_>, _>>()?;
        for layer in 0..usize::from(crate::tile::HEIGHT) {
            hashes.extend(proofs.iter().flat_map(|layers| &layers[layer]));
        }
    }
    Ok(Multiproof { size, indices: indices.to_vec(), hashes })
}

fn check_indices(indices: &[u64], size: u64) -> Result<(), MultiproofError> {
    let last = *indices.last().ok_or(MultiproofError::NoIndices)?;
    if !indices.is_sorted_by(|left, right| left < right) {
        return Err(MultiproofError::NotAscending);
    }
    if last >= size {
        return Err(MultiproofError::OutOfRange { index: last, size });
    }
    Ok(())
}
