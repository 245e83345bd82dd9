//! Growing the log piece by piece.

use std::collections::BTreeMap;

use proptest::prelude::*;
use truth_kernel::hash::Hash;
use truth_kernel::tile::{AppendError, Appended, TileError, TileId, Tiles, append, edge_tiles, root};
use truth_kernel::tree::{empty_root, reference_root};

use crate::{leaves, n, only, tiles_of};

type Store = BTreeMap<TileId, Vec<u8>>;

/// Every tile of the log, straight from the definition: each hash the root over 256^level leaves.
fn reference_tiles(leaves: &[Hash]) -> Store {
    let mut tiles = Store::new();
    for level in 0..3_u8 {
        for (index, group) in (0..).zip(leaves.chunks(256_usize.pow(u32::from(level) + 1))) {
            let roots: Vec<_> = group
                .chunks_exact(256_usize.pow(u32::from(level)))
                .flat_map(|subtree| *reference_root(subtree).as_bytes())
                .collect();
            if !roots.is_empty() {
                tiles.insert(TileId { level, index }, roots);
            }
        }
    }
    tiles
}

/// Appends as the batcher does: with the edge tiles alone, storing what changed.
fn append_stored(store: &mut Store, size: u64, new: &[Hash]) -> Appended {
    let edge = edge_tiles(size).into_iter().map(|id| (id, store[&id].clone()));
    let mut tiles = Tiles::from_bytes(edge).unwrap();
    let appended = append(&mut tiles, size, new).unwrap();
    for id in &appended.changed {
        store.insert(*id, tiles.bytes(*id).unwrap());
    }
    appended
}

#[test]
fn an_empty_log_has_the_empty_root_and_no_tiles() {
    let appended = append(&mut Tiles::new(), 0, &[]).unwrap();
    assert_eq!(appended, Appended { size: 0, root: empty_root(), changed: Vec::new() });
    assert_eq!(edge_tiles(0), []);
}

#[test]
fn tiles_of_two_full_levels_and_their_neighbours_are_those_of_the_definition() {
    let leaves = leaves(65_537);
    let mut store = Store::new();
    let mut size = 0;
    for next in [65_279, 65_280, 65_535, 65_536, 65_537] {
        let appended = append_stored(&mut store, n(size), &leaves[size..next]);
        size = next;
        assert_eq!(appended.root, reference_root(&leaves[..size]), "{size}");
        assert_eq!(appended.size, n(size));
    }
    assert_eq!(store, reference_tiles(&leaves));
}

#[test]
fn an_append_without_its_edge_changes_nothing() {
    let all = leaves(600);
    let whole = tiles_of(&all);
    for size in [1, 255, 257, 511, 513, 600] {
        for id in edge_tiles(size) {
            let others: Vec<_> = edge_tiles(size).into_iter().filter(|other| *other != id).collect();
            let before = only(&whole, &others);
            let mut tiles = before.clone();
            let refused = append(&mut tiles, size, &all[..5]);
            assert_eq!(refused, Err(AppendError::Tile(TileError::Missing(id))));
            assert_eq!(tiles, before);
        }
    }
}

#[test]
fn a_log_cannot_outgrow_its_counter() {
    let refused = append(&mut Tiles::new(), u64::MAX, &leaves(1));
    assert_eq!(refused, Err(AppendError::Full));
}

#[test]
fn hashes_left_over_from_a_run_that_was_cut_short_are_dropped() {
    let all = leaves(700);
    let mut tiles = tiles_of(&[&all[..300], &leaves(999)[900..]].concat());
    let appended = append(&mut tiles, 300, &all[300..]).unwrap();
    assert_eq!(appended.root, reference_root(&all));
    assert_eq!(tiles, tiles_of(&all));
}

proptest! {
    #[test]
    fn any_split_gives_the_tiles_and_roots_of_the_definition(
        pieces in prop::collection::vec(prop_oneof![0_usize..4, 0_usize..300, 250_usize..260], 1..12),
    ) {
        let all = leaves(pieces.iter().sum());
        let mut store = Store::new();
        let mut size = 0;
        for piece in pieces {
            let appended = append_stored(&mut store, n(size), &all[size..size + piece]);
            size += piece;
            prop_assert_eq!(appended.root, reference_root(&all[..size]));
            let edge = edge_tiles(n(size)).into_iter().map(|id| (id, store[&id].clone()));
            let edge = Tiles::from_bytes(edge).unwrap();
            prop_assert_eq!(root(&edge, n(size)).unwrap(), appended.root);
        }
        prop_assert_eq!(store, reference_tiles(&all));
    }
}
