//! The whole log, checked from the bucket: what is published is consistent in itself, with every earlier checkpoint, and with the database.

use cloud::bucket::ObjectPath;
use proof_batcher::objects::{bundle_path, checkpoint_path, tile_path};
use proof_batcher::range::{SizedTile, grown_tiles};
use truth_kernel::checkpoint::Checkpoint;
use truth_kernel::hash::Hash;
use truth_kernel::header::{Header, event_hash};
use truth_kernel::region::LogOrigin;
use truth_kernel::tile::{Tiles, consistency_proof, inclusion_proof};
use truth_kernel::tree::{reference_root, verify_consistency, verify_inclusion};

use crate::ledger::{Ledger, key, test_log};

/// A log as a stranger reads it from the bucket.
struct Published {
    checkpoint: Checkpoint,
    tiles: Tiles,
    headers: Vec<String>,
}

impl Ledger {
    /// Checks the test log and answers with its size.
    pub async fn verify(&self) -> u64 {
        self.verify_log(&test_log(), 1).await
    }

    /// Checks a log, with the inclusion proof of every `step`-th leaf.
    pub async fn verify_log(&self, origin: &LogOrigin, step: usize) -> u64 {
        let log = self.published(origin).await;
        let leaves: Vec<Hash> = log.headers.iter().map(|header| event_hash(header.as_bytes())).collect();
        let Checkpoint { size, root, .. } = log.checkpoint;
        assert_eq!(reference_root(&leaves), root, "the entries have the checkpoint's root");
        for (index, leaf) in (0..).zip(&leaves).step_by(step) {
            let proof = inclusion_proof(&log.tiles, index, size).unwrap();
            assert_eq!(verify_inclusion(index, size, leaf, &root, &proof), Ok(()));
        }
        for earlier in self.checkpoints(origin).await {
            assert_eq!(reference_root(&leaves[..usize::try_from(earlier.size).unwrap()]), earlier.root);
            let proof = consistency_proof(&log.tiles, earlier.size, size).unwrap();
            assert_eq!(verify_consistency(earlier.size, size, &earlier.root, &root, &proof), Ok(()));
        }
        self.compare_with_database(origin, &log).await;
        size
    }

    pub async fn checkpoint(&self, origin: &LogOrigin) -> Option<String> {
        let object = self.bucket.get(&checkpoint_path(origin).unwrap()).await.unwrap()?;
        Some(String::from_utf8(object.bytes).unwrap())
    }

    async fn published(&self, origin: &LogOrigin) -> Published {
        let note = self.checkpoint(origin).await.expect("a published checkpoint");
        let checkpoint = Checkpoint::open(&note, &[key(origin).verifier().clone()]).unwrap();
        let (mut tiles, mut headers) = (Tiles::new(), Vec::new());
        for tile in grown_tiles(0, checkpoint.size) {
            tiles.insert_bytes(tile.id, &self.object(tile_path(origin, tile).unwrap()).await).unwrap();
            if tile.id.level == 0 {
                entries(&self.object(bundle_path(origin, tile).unwrap()).await, tile, &mut headers);
            }
        }
        Published { checkpoint, tiles, headers }
    }

    async fn object(&self, path: ObjectPath) -> Vec<u8> {
        self.bucket.get(&path).await.unwrap().unwrap_or_else(|| panic!("{path} is not in the bucket")).bytes
    }

    /// Every signed checkpoint, each opened with the log's key.
    async fn checkpoints(&self, origin: &LogOrigin) -> Vec<Checkpoint> {
        let notes: Vec<String> = sqlx::query_scalar("SELECT note FROM checkpoints WHERE log = $1 ORDER BY size")
            .bind(origin.as_str())
            .fetch_all(&mut self.region.superuser().await)
            .await
            .unwrap();
        notes.iter().map(|note| Checkpoint::open(note, &[key(origin).verifier().clone()]).unwrap()).collect()
    }

    /// The bucket holds the tiles that the database does, and every event of the log exactly once.
    async fn compare_with_database(&self, origin: &LogOrigin, log: &Published) {
        let store = self.region.store("fn_proof_batcher");
        let mut tx = store.begin_system().await.unwrap();
        let state = tx.logs().state(origin).await.unwrap().unwrap();
        let expected = (log.checkpoint.size, log.checkpoint.size, log.checkpoint.root);
        assert_eq!((state.published_size, state.size, state.root), expected);
        let ids: Vec<_> = log.tiles.iter().map(|(id, _)| id).collect();
        assert_eq!(tx.logs().tiles(origin, &ids).await.unwrap(), log.tiles);
        let mut connection = self.region.superuser().await;
        let all: Vec<String> =
            sqlx::query_scalar("SELECT header FROM ledger_events").fetch_all(&mut connection).await.unwrap();
        let is_of_log = |header: &String| Header::parse(header).unwrap().log == *origin;
        let mut stored: Vec<String> = all.into_iter().filter(is_of_log).collect();
        let mut sealed = log.headers.clone();
        stored.sort_unstable();
        sealed.sort_unstable();
        assert!(stored == sealed, "{} events, {} leaves", stored.len(), sealed.len());
    }
}

fn entries(mut bundle: &[u8], tile: SizedTile, headers: &mut Vec<String>) {
    for _ in 0..tile.width {
        let (length, rest) = bundle.split_first_chunk::<2>().unwrap();
        let (entry, rest) = rest.split_at(usize::from(u16::from_be_bytes(*length)));
        headers.push(String::from_utf8(entry.to_vec()).unwrap());
        bundle = rest;
    }
    assert!(bundle.is_empty(), "nothing follows the last entry");
}
