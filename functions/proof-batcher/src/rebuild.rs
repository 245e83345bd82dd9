//! Before a checkpoint is signed, the tree is computed anew: from the stored leaves alone, on top of the last signed root.

use std::collections::BTreeSet;

use truth_kernel::hash::Hash;
use truth_kernel::tile::{self, TileError, TileId, Tiles};

use crate::error::Fault;
use crate::range::{SizedTile, grown_tiles};

/// A tree's size and root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tree {
    /// Leaves.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// The tiles that [`check`] reads.
pub fn needed_tiles(from: u64, to: u64) -> Vec<TileId> {
    let grown = grown_tiles(from, to).into_iter().map(|tile| tile.id);
    let needed: BTreeSet<TileId> = tile::edge_tiles(from).into_iter().chain(grown).collect();
    needed.into_iter().collect()
}

/// Whether the stored tiles hold the tree `to`, and it extends the tree `from`. Tiles may be wider than `to` needs.
pub fn check(stored: &Tiles, from: Tree, to: Tree) -> Result<(), Fault> {
    if tile::root(stored, from.size)? != from.root {
        return Err(Fault::SignedRoot);
    }
    let grown = grown_tiles(from.size, to.size);
    let leaves = new_leaves(stored, &grown, from.size)?;
    let mut rebuilt = stored.clone();
    let appended = tile::append(&mut rebuilt, from.size, &leaves).map_err(|_| Fault::Root)?;
    if (Tree { size: appended.size, root: appended.root }) != to {
        return Err(Fault::Root);
    }
    match grown.iter().find(|tile| rebuilt.get(tile.id) != prefix(stored, tile).ok()) {
        Some(tile) => Err(Fault::Inner(tile.id)),
        None => Ok(()),
    }
}

/// The leaf hashes from number `from` on.
fn new_leaves(stored: &Tiles, grown: &[SizedTile], from: u64) -> Result<Vec<Hash>, TileError> {
    let mut leaves = Vec::new();
    for tile in grown.iter().take_while(|tile| tile.id.level == 0) {
        leaves.extend_from_slice(prefix(stored, tile)?);
    }
    let known = usize::from(from.to_le_bytes()[0]).min(leaves.len());
    Ok(leaves.split_off(known))
}

fn prefix<'t>(tiles: &'t Tiles, tile: &SizedTile) -> Result<&'t [Hash], TileError> {
    let hashes = tiles.get(tile.id).ok_or(TileError::Missing(tile.id))?;
    hashes.get(..tile.width).ok_or(TileError::Short { id: tile.id, held: hashes.len(), needed: tile.width })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use proptest::prelude::*;
    use truth_kernel::hash::sha256;
    use truth_kernel::tile::append;

    use super::*;

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|leaf| sha256(&[&leaf.to_be_bytes()])).collect()
    }

    fn tree(tiles: &mut Tiles, size: u64, more: u64) -> Tree {
        let all = leaves(size + more);
        let appended = append(tiles, size, &all[usize::try_from(size).unwrap()..]).unwrap();
        Tree { size: appended.size, root: appended.root }
    }

    fn stored(from: u64, more: u64) -> (Tiles, Tree, Tree) {
        let mut tiles = Tiles::new();
        let (before, after) = (tree(&mut tiles, 0, from), tree(&mut tiles, from, more));
        (tiles, before, after)
    }

    /// What the database would answer.
    fn fetched(tiles: &Tiles, from: u64, to: u64) -> Tiles {
        let ids = needed_tiles(from, to).into_iter();
        Tiles::from_bytes(ids.filter_map(|id| Some((id, tiles.bytes(id)?)))).unwrap()
    }

    #[test]
    fn what_was_appended_passes_also_when_the_tiles_have_grown_since() {
        for (from, more) in [(0, 1), (0, 256), (1, 255), (255, 2), (256, 1), (300, 70_000), (65_536, 1)] {
            let (mut tiles, before, after) = stored(from, more);
            assert_eq!(check(&fetched(&tiles, from, from + more), before, after), Ok(()), "{from} + {more}");
            tree(&mut tiles, from + more, 1000);
            assert_eq!(check(&fetched(&tiles, from, from + more), before, after), Ok(()), "{from} + {more}, then more");
        }
    }

    #[test]
    fn a_missing_or_short_tile_is_named() {
        let (tiles, before, after) = stored(300, 300);
        let id = TileId { level: 0, index: 1 };
        let without = tiles.iter().filter(|(other, _)| *other != id).map(|(id, _)| (id, tiles.bytes(id).unwrap()));
        let missing = Tiles::from_bytes(without).unwrap();
        assert_eq!(check(&missing, before, after), Err(Fault::Tile(TileError::Missing(id))));
        let mut short = tiles.clone();
        short.insert_bytes(id, &tiles.bytes(id).unwrap()[..32 * 50]).unwrap();
        assert!(matches!(check(&short, before, after), Err(Fault::Tile(TileError::Short { .. }))));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_changed_byte_among_the_new_hashes_is_noticed(from in 0_u64..700, more in 1_u64..700, pick: prop::sample::Index, byte in 0_usize..32) {
            let (mut tiles, before, after) = stored(from, more);
            let new: Vec<(TileId, usize)> = grown_tiles(from, from + more).iter()
                .flat_map(|tile| (0..tile.width).map(|place| (tile.id, place)))
                .filter(|(id, place)| (id.index * 256 + *place as u64) >= (from >> (8 * id.level)))
                .collect();
            let (id, place) = new[pick.index(new.len())];
            let mut bytes = tiles.bytes(id).unwrap();
            bytes[32 * place + byte] ^= 1;
            tiles.insert_bytes(id, &bytes).unwrap();
            prop_assert!(check(&fetched(&tiles, from, from + more), before, after).is_err());
        }
    }
}
