//! The strict verifier: every hash is used, in its place, and none is missing.

use super::{Multiproof, MultiproofError, check_indices};
use crate::hash::Hash;
use crate::tree::node_hash;

/// Checks that `leaves`, in the order of the proof's indices, are in the tree with this root.
pub fn verify(proof: &Multiproof, leaves: &[Hash], root: &Hash) -> Result<(), MultiproofError> {
    check_indices(&proof.indices, proof.size)?;
    if leaves.len() != proof.indices.len() {
        return Err(MultiproofError::LeafCount { leaves: leaves.len(), indices: proof.indices.len() });
    }
    let mut layer: Vec<_> = proof.indices.iter().copied().zip(leaves.iter().copied()).collect();
    let mut hashes = proof.hashes.iter().copied();
    let mut width = proof.size;
    while width > 1 {
        layer = climb(&layer, width, &mut hashes)?;
        width = width.div_ceil(2);
    }
    if hashes.next().is_some() {
        return Err(MultiproofError::SuperfluousHash);
    }
    if layer == [(0, *root)] { Ok(()) } else { Err(MultiproofError::OtherRoot) }
}

/// The parents of a layer's known nodes; siblings that are not known come from the proof.
fn climb(
    layer: &[(u64, Hash)],
    width: u64,
    proof: &mut impl Iterator<Item = Hash>,
) -> Result<Vec<(u64, Hash)>, MultiproofError> {
    let mut parents = Vec::with_capacity(layer.len());
    let mut next_hash = || proof.next().ok_or(MultiproofError::MissingHash);
    for family in layer.chunk_by(|left, right| left.0 >> 1 == right.0 >> 1) {
        let (index, first) = family[0];
        let hash = match family.get(1) {
            Some((_, right)) => node_hash(&first, right),
            None if index & 1 == 1 => node_hash(&next_hash()?, &first),
            None if index + 1 < width => node_hash(&first, &next_hash()?),
            None => first,
        };
        parents.push((index >> 1, hash));
    }
    Ok(parents)
}
