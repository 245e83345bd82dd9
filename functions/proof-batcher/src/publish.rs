//! Step three, *publish*: what a checkpoint commits to goes into the bucket, then the checkpoint, and then the database knows.

use cloud::bucket::{BucketError, Generation};
use store::seal::SignedCheckpoint;
use truth_kernel::region::LogOrigin;

use crate::error::SealError;
use crate::objects;
use crate::sealer::Sealer;

/// How often another batcher may be faster before this run gives up.
const ATTEMPTS: u32 = 8;

/// A checkpoint on its way into the bucket.
#[derive(Clone, Debug)]
pub struct Publication {
    pub(crate) origin: LogOrigin,
    pub(crate) checkpoint: SignedCheckpoint,
    /// The checkpoint that it is to replace: its size, and its generation in the bucket.
    replaces: Option<(u64, Generation)>,
}

impl Publication {
    /// Leaves that the bucket has already: everything below its checkpoint was there before it.
    pub(crate) fn from(&self) -> u64 {
        self.replaces.map_or(0, |(size, _)| size)
    }
}

impl Sealer {
    /// Publishes the largest signed checkpoint unless the bucket has it. A crash on the way leaves objects that the next run finds, or a
    /// checkpoint that the database learns of then. A batcher that was overtaken replaces nothing and looks again.
    pub async fn publish(&self, origin: &LogOrigin) -> Result<(), SealError> {
        for _ in 0..ATTEMPTS {
            let Some(publication) = self.prepare(origin).await? else { return Ok(()) };
            self.copy(&publication).await?;
            if self.announce(&publication).await? {
                return self.record(&publication).await;
            }
        }
        Err(BucketError::Changed.into())
    }

    /// What there is to publish, if anything.
    pub async fn prepare(&self, origin: &LogOrigin) -> Result<Option<Publication>, SealError> {
        let standing = self.standing(origin).await?;
        let in_bucket = standing.published.map_or(0, |(size, _)| size);
        let published = standing.log.published_size;
        // Also a checkpoint that the bucket has but the database has not heard of: announcing it again is finding it there.
        let newest = standing.newest.filter(|newest| newest.size > in_bucket || newest.size > published);
        Ok(newest.map(|checkpoint| Publication { origin: origin.clone(), checkpoint, replaces: standing.published }))
    }

    /// Makes it the bucket's checkpoint if the one that it is to replace is still there; whether it is.
    pub async fn announce(&self, publication: &Publication) -> Result<bool, SealError> {
        let path = objects::checkpoint_path(&publication.origin)?;
        let note = publication.checkpoint.note.clone().into_bytes();
        let written = match publication.replaces {
            Some((size, _)) if size >= publication.checkpoint.size => return Ok(true),
            Some((_, generation)) => self.bucket.replace(&path, note, generation).await,
            None => self.bucket.create(&path, note).await,
        };
        match written {
            Ok(_) => Ok(true),
            Err(BucketError::Changed | BucketError::Exists) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Notes in the database what the bucket serves: from now on evidence uses it, and those who follow the log go on.
    pub async fn record(&self, publication: &Publication) -> Result<(), SealError> {
        let mut tx = self.store.begin_system().await?;
        tx.record_published(&publication.origin, publication.checkpoint.size).await?;
        tx.commit().await?;
        self.nudge_followers().await;
        Ok(())
    }
}
