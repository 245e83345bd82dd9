//! Where a log stands in the bucket and in the database, and whether these are one history.

use cloud::bucket::Generation;
use store::SystemTx;
use store::log::LogState;
use store::seal::SignedCheckpoint;
use truth_kernel::checkpoint::{Checkpoint, CheckpointError};
use truth_kernel::region::LogOrigin;

use crate::error::SealError;
use crate::objects;
use crate::sealer::Sealer;

/// A log in the bucket and in the database.
pub(crate) struct Standing {
    /// The database's log.
    pub log: LogState,
    /// The largest signed checkpoint.
    pub newest: Option<SignedCheckpoint>,
    /// The bucket's checkpoint: its size, and the generation to replace.
    pub published: Option<(u64, Generation)>,
}

impl Sealer {
    /// Reads the bucket first and the database after it: whatever was published had been committed before, so a bucket that is ahead, or
    /// that serves what the database never signed, is another history. Then nothing may be sealed any more.
    pub(crate) async fn standing(&self, origin: &LogOrigin) -> Result<Standing, SealError> {
        let object = self.bucket.get(&objects::checkpoint_path(origin)?).await?;
        let claimed =
            object.as_ref().map(|object| claimed(&object.bytes)).transpose().map_err(SealError::NotACheckpoint)?;
        let mut tx = self.store.begin_system().await?;
        if let Some(claimed) = &claimed {
            check_signed(&mut tx, origin, claimed).await?;
        }
        let (log, newest) = (stored_log(&mut tx, origin).await?, tx.newest_checkpoint(origin).await?);
        let published = claimed.zip(object).map(|(claimed, object)| (claimed.size, object.generation));
        Ok(Standing { log, newest, published })
    }
}

/// The database's log.
pub(crate) async fn stored_log(tx: &mut SystemTx, origin: &LogOrigin) -> Result<LogState, SealError> {
    const MISSING: store::Error = store::Error::Inconsistent { table: "logs", fault: "no row for this log" };
    Ok(tx.logs().state(origin).await?.ok_or(MISSING)?)
}

async fn check_signed(tx: &mut SystemTx, origin: &LogOrigin, claimed: &Checkpoint) -> Result<(), SealError> {
    let log = stored_log(tx, origin).await?;
    if claimed.size > log.size {
        return Err(SealError::BucketAhead { origin: origin.clone(), published: claimed.size, stored: log.size });
    }
    let signed = tx.checkpoint_at(origin, claimed.size).await?;
    if claimed.origin == origin.as_str() && signed.is_some_and(|signed| signed.root == claimed.root) {
        Ok(())
    } else {
        Err(SealError::Forked { origin: origin.clone(), size: claimed.size })
    }
}

fn claimed(bytes: &[u8]) -> Result<Checkpoint, CheckpointError> {
    let note = str::from_utf8(bytes).map_err(|_| CheckpointError::Malformed("not UTF-8"))?;
    Checkpoint::claimed(note)
}
