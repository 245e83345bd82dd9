//! Tiles that are missing or too short never lead to a wrong answer.

use truth_kernel::hash::Hash;
use truth_kernel::multiproof::{MultiproofError, build, multiproof_tiles};
use truth_kernel::tile::{
    TileError, TileId, Tiles, consistency_proof, consistency_tiles, inclusion_proof, inclusion_tiles, root, root_tiles,
};

use crate::{leaves, only, tiles_of};

const SIZES: [u64; 6] = [1, 200, 256, 257, 513, 600];

/// Takes each named tile away, then leaves it one hash short, and expects to be told so.
fn each_is_missed<T: PartialEq + std::fmt::Debug>(
    whole: &Tiles,
    named: &[TileId],
    ask: impl Fn(&Tiles) -> Result<T, TileError>,
) {
    let answer = ask(whole).unwrap();
    assert_eq!(ask(&only(whole, named)), Ok(answer));
    for id in named {
        let others: Vec<_> = named.iter().copied().filter(|other| other != id).collect();
        let mut tiles = only(whole, &others);
        assert_eq!(ask(&tiles), Err(TileError::Missing(*id)));
        tiles.insert_bytes(*id, Hash::ZERO.as_bytes()).unwrap();
        if let Err(error) = ask(&tiles) {
            assert!(matches!(error, TileError::Short { id: short, held: 1, .. } if short == *id));
        }
    }
}

#[test]
fn every_named_tile_is_needed() {
    let whole = tiles_of(&leaves(601));
    for size in SIZES {
        each_is_missed(&whole, &root_tiles(size), |tiles| root(tiles, size));
        for index in [0, size / 2, size - 1] {
            let named = inclusion_tiles(index, size);
            each_is_missed(&whole, &named, |tiles| inclusion_proof(tiles, index, size));
            let named = consistency_tiles(index, size);
            each_is_missed(&whole, &named, |tiles| consistency_proof(tiles, index, size));
            let named = multiproof_tiles(&[index], size);
            each_is_missed(&whole, &named, |tiles| match build(tiles, &[index], size) {
                Err(MultiproofError::Tile(error)) => Err(error),
                answer => Ok(answer.unwrap()),
            });
        }
    }
}

#[test]
fn few_tiles_are_read_however_large_the_log_is() {
    for size in [1_000_000, 1 << 40, u64::MAX] {
        let levels = 8;
        for index in [0, size / 3, size - 1] {
            assert!(inclusion_tiles(index, size).len() <= 2 * levels, "{index} of {size}");
            assert!(consistency_tiles(index, size).len() <= 2 * levels, "{index} to {size}");
            assert!(multiproof_tiles(&[index], size).len() <= 2 * levels, "{index} of {size}");
        }
        assert!(root_tiles(size).len() <= levels);
    }
}

#[test]
fn stored_bytes_that_are_not_hashes_are_refused() {
    let id = TileId { level: 1, index: 2 };
    for length in [0, 31, 33, 257 * 32] {
        let refused = Tiles::from_bytes([(id, vec![0; length])]);
        assert_eq!(refused, Err(TileError::Malformed { id, length }));
    }
    assert!(Tiles::from_bytes([(id, [0; 256 * 32])]).is_ok());
}
