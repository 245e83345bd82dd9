//! The tiles a caller has at hand.

use std::collections::BTreeMap;

use super::{TileId, WIDTH};
use crate::hash::Hash;

/// Tiles by name, each with the hashes it holds so far (at most 256).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tiles(BTreeMap<TileId, Vec<Hash>>);

/// A tile that cannot answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// The tile was not given.
    #[error("tile {} is missing", .0.path(WIDTH))]
    Missing(TileId),
    /// The tile holds fewer hashes than the tree's size demands.
    #[error("tile {} holds {held} hashes where {needed} are needed", .id.path(WIDTH))]
    Short {
        /// The tile.
        id: TileId,
        /// Hashes it holds.
        held: usize,
        /// Hashes the question needs.
        needed: usize,
    },
    /// The stored bytes are not 1 to 256 hashes.
    #[error("tile {} has {length} bytes, which are not 1 to 256 hashes", .id.path(WIDTH))]
    Malformed {
        /// The tile.
        id: TileId,
        /// Bytes that were stored for it.
        length: usize,
    },
    /// The index is not below the size, or the older size is above the newer one.
    #[error("{index} is outside a tree of {size} leaves")]
    OutOfRange {
        /// The leaf or older size that was asked for.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
}

impl Tiles {
    /// No tiles: all that a tree without leaves has.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tile from its stored bytes, 32 for each hash.
    pub fn insert_bytes(&mut self, id: TileId, bytes: &[u8]) -> Result<(), TileError> {
        let (hashes, rest) = bytes.as_chunks::<32>();
        if !rest.is_empty() || hashes.is_empty() || hashes.len() > WIDTH {
            return Err(TileError::Malformed { id, length: bytes.len() });
        }
        let hashes = hashes.iter().map(|hash| Hash::from_bytes(*hash)).collect();
        self.0.insert(id, hashes);
        Ok(())
    }

    /// Tiles from their stored bytes, 32 for each hash.
    pub fn from_bytes<B: AsRef<[u8]>>(stored: impl IntoIterator<Item = (TileId, B)>) -> Result<Self, TileError> {
        let mut tiles = Self::new();
        for (id, bytes) in stored {
            tiles.insert_bytes(id, bytes.as_ref())?;
        }
        Ok(tiles)
    }

    /// The hashes of a tile, when it is here.
    pub fn get(&self, id: TileId) -> Option<&[Hash]> {
        self.0.get(&id).map(Vec::as_slice)
    }

    /// The bytes to store for a tile, when it is here.
    pub fn bytes(&self, id: TileId) -> Option<Vec<u8>> {
        let hashes = self.0.get(&id)?;
        Some(hashes.iter().flat_map(|hash| *hash.as_bytes()).collect())
    }

    /// All tiles here, level by level and from the left.
    pub fn iter(&self) -> impl Iterator<Item = (TileId, &[Hash])> {
        self.0.iter().map(|(id, hashes)| (*id, hashes.as_slice()))
    }

    /// The first `width` hashes of a tile.
    pub(crate) fn prefix(&self, id: TileId, width: usize) -> Result<&[Hash], TileError> {
        let hashes = self.0.get(&id).ok_or(TileError::Missing(id))?;
        hashes.get(..width).ok_or(TileError::Short { id, held: hashes.len(), needed: width })
    }

    /// The hashes of a tile to add to; a new tile starts empty.
    pub(super) fn entry(&mut self, id: TileId) -> &mut Vec<Hash> {
        self.0.entry(id).or_default()
    }
}
