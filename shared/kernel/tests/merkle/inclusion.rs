//! Every leaf of every size proves, and no other does.

use proptest::prelude::*;
use truth_kernel::hash::{Hash, sha256};
use truth_kernel::tile::{TileError, Tiles, inclusion_proof, inclusion_tiles, root};
use truth_kernel::tree::{ProofError, reference_root, verify_inclusion};

use super::reference;
use crate::{leaves, n, only, tiles_of};

fn prove(tiles: &Tiles, index: usize, size: usize) -> Vec<Hash> {
    let named = only(tiles, &inclusion_tiles(n(index), n(size)));
    inclusion_proof(&named, n(index), n(size)).unwrap()
}

#[test]
fn every_leaf_proves_at_every_size_from_tiles_of_a_larger_tree() {
    let all = leaves(601);
    let tiles = tiles_of(&all);
    for size in (1..=70).chain([127, 128, 129, 255, 256, 257, 511, 512, 513, 600, 601]) {
        let root = reference_root(&all[..size]);
        for index in 0..size {
            let proof = prove(&tiles, index, size);
            let verified = verify_inclusion(n(index), n(size), &all[index], &root, &proof);
            assert_eq!(verified, Ok(()), "{index} of {size}");
            if size <= 70 || index % 37 == 0 {
                assert_eq!(proof, reference::path(index, &all[..size]), "{index} of {size}");
            }
        }
    }
}

#[test]
fn leaves_around_two_full_levels_prove() {
    let all = leaves(65_537);
    let tiles = tiles_of(&all);
    for size in [65_535, 65_536, 65_537] {
        let root = root(&tiles, n(size)).unwrap();
        assert_eq!(root, reference_root(&all[..size]));
        for index in [0, 1, 255, 256, 32_767, 65_279, 65_280, size - 2, size - 1] {
            let proof = prove(&tiles, index, size);
            let verified = verify_inclusion(n(index), n(size), &all[index], &root, &proof);
            assert_eq!(verified, Ok(()), "{index} of {size}");
        }
    }
}

#[test]
fn no_proof_holds_for_another_leaf_index_or_tree() {
    let all = leaves(24);
    let tiles = tiles_of(&all);
    let roots: Vec<_> = (0..=24).map(|size| reference_root(&all[..size])).collect();
    for size in 1..=24 {
        for index in 0..size {
            let proof = prove(&tiles, index, size);
            for (other_size, other_root) in roots.iter().enumerate() {
                for (other, leaf) in all.iter().enumerate() {
                    let verify = |leaf| verify_inclusion(n(other), n(other_size), leaf, other_root, &proof).is_ok();
                    let is_same = (other, other_size) == (index, size);
                    assert_eq!(verify(&all[index]), is_same, "{index}/{size} {other}/{other_size}");
                    assert_eq!(verify(leaf), is_same, "{index}/{size} {other}/{other_size}");
                }
            }
        }
    }
}

#[test]
fn an_index_outside_the_tree_is_refused() {
    let tiles = tiles_of(&leaves(3));
    for (index, size) in [(0, 0), (3, 3), (u64::MAX, 3), (u64::MAX, u64::MAX)] {
        let refused = Err(TileError::OutOfRange { index, size });
        assert_eq!(inclusion_proof(&tiles, index, size), refused);
        assert_eq!(inclusion_tiles(index, size), []);
        let refused = Err(ProofError::OutOfRange { index, size });
        let leaf = leaves(1)[0];
        assert_eq!(verify_inclusion(index, size, &leaf, &leaf, &[]), refused);
    }
}

proptest! {
    #[test]
    fn a_proof_with_any_change_is_refused(size in 2_usize..600, index: usize, at: usize, bit in 0_usize..256) {
        let all = leaves(size);
        let index = index % size;
        let root = reference_root(&all);
        let proof = prove(&tiles_of(&all), index, size);
        let verify = |proof: &[Hash]| verify_inclusion(n(index), n(size), &all[index], &root, proof);
        prop_assert_eq!(verify(&proof), Ok(()));

        let at = at % proof.len();
        let mut changed = proof.clone();
        let mut bytes = *changed[at].as_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        changed[at] = Hash::from_bytes(bytes);
        prop_assert_eq!(verify(&changed), Err(ProofError::OtherRoot));

        prop_assert_eq!(verify(&proof[1..]), Err(ProofError::WrongLength));
        prop_assert_eq!(verify(&proof[..proof.len() - 1]), Err(ProofError::WrongLength));
        let longer = [proof.as_slice(), &[root]].concat();
        prop_assert_eq!(verify(&longer), Err(ProofError::WrongLength));
        let other_root = sha256(&[root.as_bytes()]);
        let refused = verify_inclusion(n(index), n(size), &all[index], &other_root, &proof);
        prop_assert_eq!(refused, Err(ProofError::OtherRoot));
    }

    #[test]
    fn numbers_of_any_size_never_panic(index: u64, size: u64, count in 0_usize..70) {
        let hashes = leaves(count);
        let hash = Hash::ZERO;
        let _ = verify_inclusion(index, size, &hash, &hash, &hashes);
        let _ = verify_inclusion(index % size.max(1), size, &hash, &hash, &hashes);
        let _ = truth_kernel::tree::verify_consistency(index, size, &hash, &hash, &hashes);
    }
}
