//! Which tiles a multiproof passes through, and what each contributes.

use rs_merkle::MerkleTree;

use crate::hash::Hash;
use crate::tile::{HEIGHT, Nodes, Range, TileError, TileId, Tiles, WIDTH};

/// The hashes one tile contributes to each of the eight layers it spans.
pub(super) type Layers = [Vec<Hash>; HEIGHT as usize];

/// One tile on the way up, with the places in it whose subtrees hold proven leaves.
pub(super) struct Step {
    tile: TileId,
    /// Hashes of the stored tile that the tree's size covers.
    stored: usize,
    /// The unfinished subtree that stands after them at the right edge of the tree, if any.
    tail: Option<Range>,
    targets: Vec<usize>,
}

/// The steps of each tile level from the leaves up, by index within a level.
pub(super) fn plan(indices: &[u64], size: u64) -> Vec<Vec<Step>> {
    let mut levels = Vec::new();
    let mut nodes = indices.to_vec();
    let mut count = size;
    for level in 0.. {
        if count <= 1 {
            break;
        }
        let tiles = nodes.chunk_by(|left, right| left >> HEIGHT == right >> HEIGHT);
        levels.push(tiles.map(|group| Step::new(level, size, group)).collect());
        nodes = parents(&nodes, HEIGHT);
        count = count.div_ceil(1 << HEIGHT);
    }
    levels
}

/// The distinct ancestors `levels` above ascending nodes.
fn parents(nodes: &[u64], levels: u8) -> Vec<u64> {
    let mut parents: Vec<_> = nodes.iter().map(|node| node >> levels).collect();
    parents.dedup();
    parents
}

impl Step {
    /// `group` is one tile's share of the nodes of its level, ascending and not empty.
    fn new(level: u8, size: u64, group: &[u64]) -> Self {
        let below = level * HEIGHT;
        let index = group[0] >> HEIGHT;
        let finished = size >> below;
        let stored = usize::try_from(finished - (index << HEIGHT)).map_or(WIDTH, |n| n.min(WIDTH));
        let rest = Range::new(finished << below, size);
        Self {
            tile: TileId { level, index },
            stored,
            tail: (stored < WIDTH && rest.begin < rest.end).then_some(rest),
            targets: group.iter().map(|node| usize::from(node.to_le_bytes()[0])).collect(),
        }
    }

    /// The tiles this step reads.
    pub(super) fn tiles(&self) -> impl Iterator<Item = TileId> {
        let own = (self.stored > 0).then_some(self.tile);
        own.into_iter().chain(self.tail.into_iter().flat_map(Range::tiles))
    }

    /// The proof within this tile, made by `rs_merkle` and taken apart by layer.
    pub(super) fn layers(&self, tiles: &Tiles) -> Result<Layers, TileError> {
        let entries = self.entries(tiles)?;
        let proof = MerkleTree::<Nodes>::from_leaves(&entries).proof(&self.targets);
        let mut hashes = proof.proof_hashes().iter().map(|hash| Hash::from_bytes(*hash));
        let mut nodes = self.targets.clone();
        let mut width = entries.len();
        Ok(std::array::from_fn(|_| {
            let beside = nodes.iter().map(|node| node ^ 1);
            let count = beside.filter(|node| *node < width && !nodes.contains(node)).count();
            nodes = nodes.iter().map(|node| node >> 1).collect();
            nodes.dedup();
            width = width.div_ceil(2);
            hashes.by_ref().take(count).collect()
        }))
    }

    fn entries(&self, tiles: &Tiles) -> Result<Vec<[u8; 32]>, TileError> {
        let stored = match self.stored {
            0 => &[],
            width => tiles.prefix(self.tile, width)?,
        };
        let tail = self.tail.map(|range| range.hash(tiles)).transpose()?;
        Ok(stored.iter().chain(&tail).map(|hash| *hash.as_bytes()).collect())
    }
}
