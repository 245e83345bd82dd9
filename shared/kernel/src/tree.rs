//! The Merkle tree of RFC 6962: node hashes and strict verification of inclusion and consistency.

use crate::hash::{Hash, sha256};

/// Why a proof was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The leaf's index is not below the tree's size.
    #[error("index {index} is outside a tree of {size} leaves")]
    OutOfRange {
        /// The index that was claimed.
        index: u64,
        /// The number of leaves in the tree.
        size: u64,
    },
    /// The older tree is larger than the newer one.
    #[error("a tree of {old} leaves cannot be the start of one of {new}")]
    Shrinking {
        /// Leaves in the older tree.
        old: u64,
        /// Leaves in the newer tree.
        new: u64,
    },
    /// The proof has too few or too many hashes for this index and size.
    #[error("the proof does not have the number of hashes this place in the tree needs")]
    WrongLength,
    /// The hashes lead to another root.
    #[error("the hashes lead to another root")]
    OtherRoot,
}

/// The root of a tree without leaves: SHA-256 of nothing (RFC 6962 §2.1).
pub fn empty_root() -> Hash {
    sha256(&[])
}

/// The hash of an inner node: SHA-256(0x01 ‖ left ‖ right) (RFC 6962 §2.1).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut node = [0x01; 65];
    node[1..33].copy_from_slice(left.as_bytes());
    node[33..].copy_from_slice(right.as_bytes());
    sha256(&[&node])
}

/// The largest power of two smaller than `leaves`: where RFC 6962 splits a tree of two or more.
pub(crate) const fn split(leaves: u64) -> u64 {
    1 << (leaves - 1).ilog2()
}

/// The root over leaf hashes, word for word the recursion of RFC 6962 §2.1.
///
/// It reads every leaf: the measure that tests and audits hold the tiles against.
pub fn reference_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(1 << (leaves.len() - 1).ilog2());
            node_hash(&reference_root(left), &reference_root(right))
        }
    }
}

/// Checks that `leaf` is number `index` of the tree with `size` leaves and this root, as RFC 9162
/// §2.1.3.2 does: neither a hash too few nor one too many.
pub fn verify_inclusion(index: u64, size: u64, leaf: &Hash, root: &Hash, proof: &[Hash]) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::OutOfRange { index, size });
    }
    let mut place = Place { node: index, last: size - 1 };
    let mut hash = *leaf;
    for sibling in proof {
        hash = match place.sibling()? {
            Side::Left => node_hash(sibling, &hash),
            Side::Right => node_hash(&hash, sibling),
        };
        place.climb();
    }
    place.finish()?;
    if hash == *root { Ok(()) } else { Err(ProofError::OtherRoot) }
}

/// Checks that the tree with `old` leaves is the beginning of the tree with `new` leaves, as RFC
/// 9162 §2.1.4.2 does. From an empty tree, and between equal sizes, the proof is empty.
pub fn verify_consistency(
    old: u64,
    new: u64,
    old_root: &Hash,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if old > new {
        return Err(ProofError::Shrinking { old, new });
    }
    if old == 0 || old == new {
        let known = if old == 0 { empty_root() } else { *new_root };
        return match (proof, known == *old_root) {
            ([], true) => Ok(()),
            ([], false) => Err(ProofError::OtherRoot),
            _ => Err(ProofError::WrongLength),
        };
    }
    let (start, rest) = if old.is_power_of_two() {
        (*old_root, proof)
    } else {
        let (first, rest) = proof.split_first().ok_or(ProofError::WrongLength)?;
        (*first, rest)
    };
    let ends = fold_consistency(old, new, start, rest)?;
    if ends == (*old_root, *new_root) { Ok(()) } else { Err(ProofError::OtherRoot) }
}

/// Folds both roots at once, starting from the last subtree that both trees share whole.
fn fold_consistency(old: u64, new: u64, start: Hash, proof: &[Hash]) -> Result<(Hash, Hash), ProofError> {
    let shared = (old - 1).trailing_ones();
    let mut place = Place { node: (old - 1) >> shared, last: (new - 1) >> shared };
    let (mut old_hash, mut new_hash) = (start, start);
    for sibling in proof {
        match place.sibling()? {
            Side::Left => {
                old_hash = node_hash(sibling, &old_hash);
                new_hash = node_hash(sibling, &new_hash);
            }
            Side::Right => new_hash = node_hash(&new_hash, sibling),
        }
        place.climb();
    }
    place.finish()?;
    Ok((old_hash, new_hash))
}

/// On which side of the walked path the next hash of the proof lies.
enum Side {
    Left,
    Right,
}

/// Where a walk from a leaf to the root stands: `fn` and `sn` of RFC 9162.
struct Place {
    node: u64,
    last: u64,
}

impl Place {
    fn sibling(&mut self) -> Result<Side, ProofError> {
        if self.last == 0 {
            return Err(ProofError::WrongLength);
        }
        if self.node & 1 == 0 && self.node < self.last {
            return Ok(Side::Right);
        }
        // A node without a right neighbour is promoted until it is a right child.
        let promoted = self.node.trailing_zeros();
        self.node >>= promoted;
        self.last >>= promoted;
        Ok(Side::Left)
    }

    const fn climb(&mut self) {
        self.node >>= 1;
        self.last >>= 1;
    }

    const fn finish(&self) -> Result<(), ProofError> {
        if self.last == 0 { Ok(()) } else { Err(ProofError::WrongLength) }
    }
}
