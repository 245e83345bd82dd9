//! Inclusion in the published tree of a log.

use std::collections::HashMap;

use store::Tx;
use store::event::StoredEvent;
use store::log::Published;
use truth_kernel::checkpoint::{Checkpoint, CheckpointError};
use truth_kernel::region::LogOrigin;
use truth_kernel::tile::{TileId, Tiles, inclusion_proof, inclusion_tiles};
use truth_kernel::tree::verify_inclusion;
use web::evidence::Keyring;

/// The published trees of the logs that a history's events are in, each as it was when it was first met, and the tiles needed now.
#[derive(Default)]
pub(super) struct Trees(HashMap<LogOrigin, Tree>);

struct Tree {
    published: Published,
    tiles: Tiles,
}

impl Trees {
    /// Reads what the proofs of these events take.
    pub async fn read(&mut self, tx: &mut Tx, events: &[StoredEvent]) -> Result<(), store::Error> {
        let mut wanted = HashMap::<LogOrigin, Vec<TileId>>::new();
        for event in events {
            let log = &event.header.log;
            if !self.0.contains_key(log) {
                let Some(published) = tx.logs().published(log).await? else { continue };
                self.0.insert(log.clone(), Tree { published, tiles: Tiles::new() });
            }
            let size = self.0.get(log).map_or(0, |tree| tree.published.size);
            if let Some(leaf) = event.leaf.filter(|leaf| *leaf < size) {
                wanted.entry(log.clone()).or_default().extend(inclusion_tiles(leaf, size));
            }
        }
        for (log, mut ids) in wanted {
            ids.sort_unstable();
            ids.dedup();
            let tiles = tx.logs().tiles(&log, &ids).await?;
            if let Some(tree) = self.0.get_mut(&log) {
                tree.tiles = tiles;
            }
        }
        Ok(())
    }

    /// Whether an event is under the published root; an error if it should be and is not.
    pub fn is_included(&self, event: &StoredEvent, keys: &Keyring) -> Result<bool, &'static str> {
        let (Some(leaf), Some(tree)) = (event.leaf, self.0.get(&event.header.log)) else { return Ok(false) };
        let Published { size, root, .. } = tree.published;
        if leaf >= size {
            return Ok(false);
        }
        tree.is_signed(keys)?;
        let path = inclusion_proof(&tree.tiles, leaf, size).map_err(|_| "a tile of the tree is missing")?;
        verify_inclusion(leaf, size, &event.hash, &root, &path)
            .map_err(|_| "the event is not under the published root")?;
        Ok(true)
    }

    /// The size of the largest tree that was met.
    pub fn size(&self) -> Option<u64> {
        self.0.values().map(|tree| tree.published.size).max()
    }
}

impl Tree {
    /// The signed note says the same size and root, as far as the log's keys are known here.
    fn is_signed(&self, keys: &Keyring) -> Result<(), &'static str> {
        let Published { origin, size, root, note } = &self.published;
        let checkpoint = match Checkpoint::open(note, &keys.log(origin).keys) {
            Err(CheckpointError::NoTrustedKey(_)) => Checkpoint::claimed(note),
            opened => opened,
        };
        let checkpoint = checkpoint.map_err(|_| "the checkpoint's note is broken or not signed by the log")?;
        if checkpoint == Checkpoint::new(origin, *size, *root) {
            Ok(())
        } else {
            Err("the checkpoint's note says another size or root")
        }
    }
}
