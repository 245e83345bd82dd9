//! Step one, *extend*: what each chain has beyond its sealed events becomes leaves of the log.

use truth_kernel::region::LogOrigin;

use crate::error::SealError;
use crate::sealer::Sealer;

/// What an extension did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Leaves that it added.
    pub leaves: u64,
    /// Leaves in the log now.
    pub size: u64,
}

impl Sealer {
    /// One synchronous transaction under the log row's lock: segments, tiles, size and root, unsigned. A crash before its commit leaves
    /// nothing, one after it an unsigned log for the next run. Answers none when nothing was pending.
    pub async fn extend(&self, origin: &LogOrigin) -> Result<Option<Extension>, SealError> {
        self.standing(origin).await?;
        let mut tx = self.store.begin_system().await?;
        let log = tx.lock_log(origin).await?;
        let Some(extended) = tx.extend(&log, self.limits.leaves).await? else { return Ok(None) };
        self.signer(origin)?;
        tx.commit().await?;
        Ok(Some(Extension { leaves: extended.size - log.size, size: extended.size }))
    }
}
