//! Roots, audit paths and consistency proofs from stored tiles, in O(log n) tiles.

use std::collections::BTreeSet;

use super::{Range, TileError, TileId, Tiles};
use crate::hash::Hash;
use crate::tree::split;

/// The tiles that [`root`] reads: those on the right edge of the tree.
pub fn root_tiles(size: u64) -> Vec<TileId> {
    needed(&[Range::new(0, size)])
}

/// The root of the tree with `size` leaves, computed anew from the tiles on its right edge.
pub fn root(tiles: &Tiles, size: u64) -> Result<Hash, TileError> {
    Range::new(0, size).hash(tiles)
}

/// The tiles that [`inclusion_proof`] reads.
pub fn inclusion_tiles(index: u64, size: u64) -> Vec<TileId> {
    inclusion_plan(index, size).map_or_else(|_| Vec::new(), |plan| needed(&plan))
}

/// The audit path of leaf `index` in the tree with `size` leaves (RFC 9162 §2.1.3.1).
pub fn inclusion_proof(tiles: &Tiles, index: u64, size: u64) -> Result<Vec<Hash>, TileError> {
    hashes(tiles, &inclusion_plan(index, size)?)
}

/// The tiles that [`consistency_proof`] reads.
pub fn consistency_tiles(old: u64, new: u64) -> Vec<TileId> {
    consistency_plan(old, new).map_or_else(|_| Vec::new(), |plan| needed(&plan))
}

/// The proof that the tree with `old` leaves is the beginning of the one with `new` (RFC 9162
/// §2.1.4.1); empty from an empty tree and between equal sizes.
pub fn consistency_proof(tiles: &Tiles, old: u64, new: u64) -> Result<Vec<Hash>, TileError> {
    hashes(tiles, &consistency_plan(old, new)?)
}

/// The subtrees beside the way from leaf `index` to the root, from the leaf up.
fn inclusion_plan(index: u64, size: u64) -> Result<Vec<Range>, TileError> {
    if index >= size {
        return Err(TileError::OutOfRange { index, size });
    }
    let mut plan = Vec::new();
    let mut rest = Range::new(0, size);
    while rest.end - rest.begin > 1 {
        let (left, right) = halves(rest);
        let (next, beside) = if index < left.end { (left, right) } else { (right, left) };
        plan.push(beside);
        rest = next;
    }
    plan.reverse();
    Ok(plan)
}

/// The subtrees that SUBPROOF of RFC 9162 §2.1.4.1 names, from the bottom up.
fn consistency_plan(old: u64, new: u64) -> Result<Vec<Range>, TileError> {
    if old > new {
        return Err(TileError::OutOfRange { index: old, size: new });
    }
    if old == 0 {
        return Ok(Vec::new());
    }
    let mut plan = Vec::new();
    let mut rest = Range::new(0, new);
    while old < rest.end {
        let (left, right) = halves(rest);
        let (next, beside) = if old <= left.end { (left, right) } else { (right, left) };
        plan.push(beside);
        rest = next;
    }
    // The verifier knows the old root, and so a subtree that is the whole old tree.
    if rest.begin > 0 {
        plan.push(rest);
    }
    plan.reverse();
    Ok(plan)
}

fn halves(range: Range) -> (Range, Range) {
    let middle = range.begin + split(range.end - range.begin);
    (Range::new(range.begin, middle), Range::new(middle, range.end))
}

fn hashes(tiles: &Tiles, plan: &[Range]) -> Result<Vec<Hash>, TileError> {
    plan.iter().map(|range| range.hash(tiles)).collect()
}

fn needed(plan: &[Range]) -> Vec<TileId> {
    let tiles: BTreeSet<_> = plan.iter().flat_map(|range| range.tiles()).collect();
    tiles.into_iter().collect()
}
