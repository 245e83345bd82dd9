//! Every tree is the beginning of every later one, and of no other.

use truth_kernel::hash::Hash;
use truth_kernel::tile::{TileError, consistency_proof, consistency_tiles};
use truth_kernel::tree::{ProofError, reference_root, verify_consistency};

use super::reference;
use crate::{leaves, n, only, tiles_of};

#[test]
fn every_pair_of_sizes_is_consistent_and_only_with_its_own_roots() {
    let all = leaves(131);
    let tiles = tiles_of(&all);
    let roots: Vec<_> = (0..=all.len()).map(|size| reference_root(&all[..size])).collect();
    for new in 0..=all.len() {
        for old in 0..=new {
            let named = only(&tiles, &consistency_tiles(n(old), n(new)));
            let proof = consistency_proof(&named, n(old), n(new)).unwrap();
            assert_eq!(proof, reference::proof(old, &all[..new]), "{old} to {new}");
            let verify = |old_root: &Hash, new_root: &Hash, proof: &[Hash]| {
                verify_consistency(n(old), n(new), old_root, new_root, proof)
            };
            assert_eq!(verify(&roots[old], &roots[new], &proof), Ok(()), "{old} to {new}");
            assert!(verify(&Hash::ZERO, &roots[new], &proof).is_err(), "{old} to {new}");
            let longer = [proof.as_slice(), &[Hash::ZERO]].concat();
            assert_eq!(verify(&roots[old], &roots[new], &longer), Err(ProofError::WrongLength));
            // Of nothing, every tree is a continuation, and its root is not looked at.
            if old > 0 {
                assert!(verify(&roots[old], &Hash::ZERO, &proof).is_err(), "{old} to {new}");
            }
            if let [shorter @ .., last] = proof.as_slice() {
                assert_eq!(verify(&roots[old], &roots[new], shorter), Err(ProofError::WrongLength));
                let forged = [shorter, &[node(last)]].concat();
                assert!(verify(&roots[old], &roots[new], &forged).is_err(), "{old} to {new}");
            }
        }
    }
}

fn node(hash: &Hash) -> Hash {
    truth_kernel::tree::node_hash(hash, hash)
}

#[test]
fn no_proof_holds_for_other_sizes() {
    let all = leaves(20);
    let tiles = tiles_of(&all);
    let roots: Vec<_> = (0..=20).map(|size| reference_root(&all[..size])).collect();
    for (old, new) in (1..=20).flat_map(|new| (1..new).map(move |old| (old, new))) {
        let proof = consistency_proof(&tiles, n(old), n(new)).unwrap();
        for (a, b) in (0..=20).flat_map(|a| (0..=20).map(move |b| (a, b))) {
            let holds = verify_consistency(n(a), n(b), &roots[a], &roots[b], &proof).is_ok();
            assert_eq!(holds, (a, b) == (old, new), "{old} to {new} taken for {a} to {b}");
        }
    }
}

#[test]
fn consistency_reaches_across_tile_levels() {
    let all = leaves(65_537);
    let tiles = tiles_of(&all);
    let sizes = [1, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537];
    for (old, new) in sizes.iter().flat_map(|new| sizes.iter().map(move |old| (*old, *new))) {
        if old > new {
            let refused = Err(TileError::OutOfRange { index: n(old), size: n(new) });
            assert_eq!(consistency_proof(&tiles, n(old), n(new)), refused);
            continue;
        }
        let named = only(&tiles, &consistency_tiles(n(old), n(new)));
        let proof = consistency_proof(&named, n(old), n(new)).unwrap();
        let (old_root, new_root) = (reference_root(&all[..old]), reference_root(&all[..new]));
        let verified = verify_consistency(n(old), n(new), &old_root, &new_root, &proof);
        assert_eq!(verified, Ok(()), "{old} to {new}");
    }
}

#[test]
fn a_shrinking_log_is_refused() {
    let refused = Err(ProofError::Shrinking { old: 4, new: 3 });
    assert_eq!(verify_consistency(4, 3, &Hash::ZERO, &Hash::ZERO, &[]), refused);
}
