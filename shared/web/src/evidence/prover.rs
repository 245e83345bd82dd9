//! Proofs from stored tiles. What is cached never changes: full tiles, and the path of a leaf in a tree of one size.

use std::collections::BTreeSet;
use std::sync::Arc;

use quick_cache::sync::Cache;
use store::log::Published;
use store::{Error, Tx};
use truth_kernel::evidence::Inclusion;
use truth_kernel::hash::Hash;
use truth_kernel::region::LogOrigin;
use truth_kernel::tile::{self, TileError, TileId, Tiles, WIDTH};
use truth_kernel::tree::verify_inclusion;

/// 8 KiB each: 4 MiB at most.
const TILES: usize = 512;
/// A path has at most 64 hashes, some 20 in a log of a million leaves: 4 MiB at most.
const PATHS: usize = 4_096;

type Path = Arc<[Hash]>;

/// Proves places in published trees. Clones share their caches.
#[derive(Clone, Debug)]
pub struct Prover(Arc<Caches>);

#[derive(Debug)]
struct Caches {
    tiles: Cache<(LogOrigin, TileId), Arc<[u8]>>,
    paths: Cache<(LogOrigin, u64, u64), Path>,
}

impl Default for Prover {
    fn default() -> Self {
        Self(Arc::new(Caches { tiles: Cache::new(TILES), paths: Cache::new(PATHS) }))
    }
}

impl Prover {
    /// The place of leaf `index`, which is `leaf`, under a published checkpoint. Never hands out a path that does not verify.
    pub async fn inclusion(
        &self,
        tx: &mut Tx,
        published: &Published,
        index: u64,
        leaf: &Hash,
    ) -> Result<Inclusion, Error> {
        let mut proven = self.inclusions(tx, published, &[(index, *leaf)]).await?;
        proven.pop().ok_or(FAULT)
    }

    /// The places of several leaves, in their order.
    pub async fn inclusions(
        &self,
        tx: &mut Tx,
        published: &Published,
        leaves: &[(u64, Hash)],
    ) -> Result<Vec<Inclusion>, Error> {
        let cached = leaves.iter().map(|(index, _)| self.cached(published, *index));
        let cached: Vec<Option<Path>> = cached.collect();
        let missing = leaves.iter().zip(&cached).filter(|(_, path)| path.is_none());
        let needed: BTreeSet<TileId> =
            missing.flat_map(|((index, _), _)| tile::inclusion_tiles(*index, published.size)).collect();
        let needed: Vec<TileId> = needed.into_iter().collect();
        let tiles = self.tiles(tx, &published.origin, &needed).await?;
        let leaves = leaves.iter().zip(&cached);
        leaves.map(|((index, leaf), path)| self.prove(&tiles, published, *index, leaf, path.as_ref())).collect()
    }

    /// Tiles of a log: full ones from memory, the others in one query.
    pub async fn tiles(&self, tx: &mut Tx, origin: &LogOrigin, ids: &[TileId]) -> Result<Tiles, Error> {
        let (mut held, mut missing) = (Vec::new(), Vec::new());
        for id in ids {
            match self.0.tiles.get(&(origin.clone(), *id)) {
                Some(bytes) => held.push((*id, bytes)),
                None => missing.push(*id),
            }
        }
        let mut tiles = match missing.as_slice() {
            [] => Tiles::new(),
            missing => tx.logs().tiles(origin, missing).await?,
        };
        for id in missing {
            if let Some(bytes) = full(&tiles, id) {
                self.0.tiles.insert((origin.clone(), id), bytes.into());
            }
        }
        for (id, bytes) in held {
            tiles.insert_bytes(id, &bytes).map_err(fault)?;
        }
        Ok(tiles)
    }

    fn cached(&self, published: &Published, index: u64) -> Option<Path> {
        self.0.paths.get(&(published.origin.clone(), index, published.size))
    }

    fn prove(
        &self,
        tiles: &Tiles,
        published: &Published,
        index: u64,
        leaf: &Hash,
        cached: Option<&Path>,
    ) -> Result<Inclusion, Error> {
        let path = match cached {
            Some(path) => path.to_vec(),
            None => tile::inclusion_proof(tiles, index, published.size).map_err(fault)?,
        };
        verify_inclusion(index, published.size, leaf, &published.root, &path).map_err(|error| {
            tracing::error!(log = %published.origin, leaf = index, error = %error, "a leaf does not prove");
            // Whatever misled us is read again once somebody has mended it.
            self.0.tiles.clear();
            self.0.paths.clear();
            FAULT
        })?;
        if cached.is_none() {
            let name = (published.origin.clone(), index, published.size);
            self.0.paths.insert(name, path.as_slice().into());
        }
        Ok(Inclusion { index, hashes: path })
    }
}

/// The bytes of a tile that will never grow again.
fn full(tiles: &Tiles, id: TileId) -> Option<Vec<u8>> {
    let is_full = tiles.get(id)?.len() == WIDTH;
    is_full.then(|| tiles.bytes(id)).flatten()
}

const FAULT: Error =
    Error::Inconsistent { table: "tiles", fault: "hashes that do not lead from the event to the published root" };

fn fault(error: TileError) -> Error {
    tracing::error!(error = %error, "a stored tile cannot answer");
    FAULT
}
