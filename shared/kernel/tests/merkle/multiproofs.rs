//! Multiproofs from tiles are those of `rs_merkle` over the whole tree, and verify strictly.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;
use rs_merkle::{Hasher, MerkleTree};
use truth_kernel::hash::{Hash, sha256};
use truth_kernel::multiproof::{Multiproof, MultiproofError, build, multiproof_tiles, verify};
use truth_kernel::tile::{Tiles, root};
use truth_kernel::tree::node_hash;

use crate::{leaves, n, only, tiles_of};

/// The RFC 6962 tree, stated independently of the kernel's own hasher.
#[derive(Clone)]
struct Rfc6962;

impl Hasher for Rfc6962 {
    type Hash = [u8; 32];

    fn hash(data: &[u8]) -> [u8; 32] {
        *sha256(&[data]).as_bytes()
    }

    fn concat_and_hash(left: &[u8; 32], right: Option<&[u8; 32]>) -> [u8; 32] {
        right.map_or(*left, |right| Self::hash(&[&[1], left.as_slice(), right].concat()))
    }
}

fn whole_tree(leaves: &[Hash]) -> MerkleTree<Rfc6962> {
    let leaves: Vec<_> = leaves.iter().map(|leaf| *leaf.as_bytes()).collect();
    MerkleTree::from_leaves(&leaves)
}

fn reference(tree: &MerkleTree<Rfc6962>, indices: &BTreeSet<usize>) -> Vec<Hash> {
    let indices: Vec<_> = indices.iter().copied().collect();
    tree.proof(&indices).proof_hashes().iter().map(|hash| Hash::from_bytes(*hash)).collect()
}

fn prove(tiles: &Tiles, indices: &BTreeSet<usize>, size: usize) -> Multiproof {
    let indices: Vec<_> = indices.iter().map(|index| n(*index)).collect();
    let named = only(tiles, &multiproof_tiles(&indices, n(size)));
    build(&named, &indices, n(size)).unwrap()
}

struct Log {
    leaves: Vec<Hash>,
    tiles: Tiles,
    tree: MerkleTree<Rfc6962>,
}

impl Log {
    fn new(size: usize) -> Self {
        let leaves = leaves(size);
        let (tiles, tree) = (tiles_of(&leaves), whole_tree(&leaves));
        Self { leaves, tiles, tree }
    }

    fn check(&self, indices: &BTreeSet<usize>) -> Result<(), TestCaseError> {
        let size = self.leaves.len();
        let proof = prove(&self.tiles, indices, size);
        prop_assert_eq!(&proof.hashes, &reference(&self.tree, indices));
        let known: Vec<_> = indices.iter().map(|index| self.leaves[*index]).collect();
        let root = root(&self.tiles, n(size)).unwrap();
        prop_assert_eq!(Some(*root.as_bytes()), self.tree.root());
        prop_assert_eq!(verify(&proof, &known, &root), Ok(()));
        Ok(())
    }
}

/// Trees that end just before, at and after the end of a level-1 tile.
static LARGE: LazyLock<[Log; 3]> = LazyLock::new(|| [65_535, 65_536, 65_537].map(Log::new));

#[test]
fn small_trees_prove_every_subset_of_their_leaves() {
    for size in 1..=9_usize {
        let log = Log::new(size);
        for subset in 1_usize..1 << size {
            let indices = (0..size).filter(|index| subset >> index & 1 == 1).collect();
            log.check(&indices).unwrap();
        }
    }
}

#[test]
fn the_last_leaf_proves_at_every_size_around_tile_ends() {
    for size in [255, 256, 257, 258, 511, 512, 513, 600] {
        let log = Log::new(size);
        log.check(&[size - 1].into()).unwrap();
        log.check(&[0, size - 1].into()).unwrap();
        log.check(&(0..size).collect()).unwrap();
    }
}

#[test]
fn indices_that_are_not_ascending_leaves_are_refused() {
    let log = Log::new(10);
    let range = |index, size| MultiproofError::OutOfRange { index, size };
    for (indices, refusal) in [
        (vec![], MultiproofError::NoIndices),
        (vec![3, 3], MultiproofError::NotAscending),
        (vec![3, 2], MultiproofError::NotAscending),
        (vec![3, 10], range(10, 10)),
        (vec![u64::MAX], range(u64::MAX, 10)),
    ] {
        assert_eq!(build(&log.tiles, &indices, 10), Err(refusal));
        assert_eq!(multiproof_tiles(&indices, 10), []);
        let known = vec![Hash::ZERO; indices.len()];
        let proof = Multiproof { size: 10, indices, hashes: Vec::new() };
        assert_eq!(verify(&proof, &known, &Hash::ZERO), Err(refusal));
    }
}

fn indices(most: usize) -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![
        prop::collection::vec(any::<usize>(), 1..most),
        // A run, as a range of a chain has it.
        (any::<u16>(), 1..most)
            .prop_map(|(start, count)| { (usize::from(start)..usize::from(start) + count).collect() }),
    ]
}

proptest! {
    #[test]
    fn a_proof_from_tiles_is_that_of_the_whole_tree(size in 1_usize..1500, indices in indices(60)) {
        let indices = indices.iter().map(|index| index % size).collect();
        Log::new(size).check(&indices)?;
    }

    #[test]
    fn proofs_reach_across_tile_levels(which in 0_usize..3, indices in indices(20), last: bool) {
        let log = &LARGE[which];
        let size = log.leaves.len();
        let mut indices: BTreeSet<_> = indices.iter().map(|index| index % size).collect();
        if last {
            indices.insert(size - 1);
        }
        log.check(&indices)?;
    }

    #[test]
    fn a_proof_with_any_change_is_refused(size in 2_usize..600, indices in indices(20), at: usize, bit in 0_usize..256) {
        let log = Log::new(size);
        let indices: BTreeSet<_> = indices.iter().map(|index| index % size).collect();
        let proof = prove(&log.tiles, &indices, size);
        let root = root(&log.tiles, n(size)).unwrap();
        let known: Vec<_> = indices.iter().map(|index| log.leaves[*index]).collect();
        let with = |hashes: Vec<Hash>| verify(&Multiproof { hashes, ..proof.clone() }, &known, &root);

        let mut longer = proof.hashes.clone();
        longer.insert(at % (longer.len() + 1), root);
        prop_assert!(with(longer).is_err());
        if !proof.hashes.is_empty() {
            let at = at % proof.hashes.len();
            let mut shorter = proof.hashes.clone();
            shorter.remove(at);
            prop_assert!(with(shorter).is_err());
            let mut flipped = proof.hashes.clone();
            let mut bytes = *flipped[at].as_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            flipped[at] = Hash::from_bytes(bytes);
            prop_assert_eq!(with(flipped), Err(MultiproofError::OtherRoot));
        }
        if proof.hashes.len() > 1 {
            let mut swapped = proof.hashes.clone();
            let at = at % (swapped.len() - 1);
            swapped.swap(at, at + 1);
            prop_assert_eq!(with(swapped), Err(MultiproofError::OtherRoot));
        }
        let few = MultiproofError::LeafCount { leaves: known.len() - 1, indices: known.len() };
        prop_assert_eq!(verify(&proof, &known[1..], &root), Err(few));
        let mut others = known.clone();
        let changed = at % others.len();
        others[changed] = node_hash(&others[changed], &root);
        prop_assert_eq!(verify(&proof, &others, &root), Err(MultiproofError::OtherRoot));
    }

    #[test]
    fn foreign_proofs_never_panic(size: u64, indices in prop::collection::btree_set(any::<u64>(), 1..5), count in 0_usize..300) {
        let known = leaves(indices.len());
        let hashes = leaves(count);
        let proof = Multiproof { size, indices: indices.into_iter().collect(), hashes };
        let refused = verify(&proof, &known, &Hash::ZERO).is_err();
        prop_assert!(refused);
    }
}
