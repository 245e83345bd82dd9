//! Sealing without the proof batcher: what is pending goes into the log, and its checkpoint counts as published.

use store::seal::SignedCheckpoint;
use truth_kernel::checkpoint::Checkpoint;
use truth_kernel::classification::Mode;
use truth_kernel::note::NoteSigner;
use truth_kernel::region::LogOrigin;
use truth_kernel::signature::SigningKey;

use crate::region::{RECEIPT_KEY, TestRegion};

/// The key that signs a test log's checkpoints.
pub fn log_signer(origin: &LogOrigin) -> NoteSigner {
    NoteSigner::new(origin.as_str(), SigningKey::from_seed(&[1; 32])).expect("a log's key")
}

/// The key that signs receipts and stream heads of test regions.
pub fn receipt_signer() -> NoteSigner {
    NoteSigner::new(RECEIPT_KEY, SigningKey::from_seed(&[2; 32])).expect("a receipt key")
}

impl TestRegion {
    /// The name of the region's first log of a mode.
    pub fn log(mode: Mode) -> LogOrigin {
        let founding = Self::founding();
        LogOrigin::new(&founding.domain, &founding.region, mode, std::num::NonZeroU32::MIN).expect("a log's name")
    }

    /// Seals everything that is pending in the log of a mode and publishes a checkpoint over it in the database; answers with its size.
    pub async fn seal(&self, mode: Mode) -> u64 {
        let origin = Self::log(mode);
        let batcher = self.store("fn_proof_batcher");
        let mut tx = batcher.begin_system().await.expect("a transaction");
        let mut log = tx.lock_log(&origin).await.expect("the log's lock");
        while let Some(extended) = tx.extend(&log, 1_000_000).await.expect("an extended log") {
            log = extended;
        }
        let note = Checkpoint::new(&origin, log.size, log.root).sign(&log_signer(&origin));
        let checkpoint = SignedCheckpoint { size: log.size, root: log.root, note };
        tx.record_checkpoint(&origin, &checkpoint).await.expect("a recorded checkpoint");
        tx.record_published(&origin, log.size).await.expect("a published checkpoint");
        tx.commit().await.expect("a commit");
        batcher.close().await;
        log.size
    }
}
