//! A run: for every log of the region, the four steps, if it is time.

use std::time::Duration;

use cloud::bucket::Bucket;
use cloud::clock::Clock;
use cloud::random::Random;
use store::anchor::AnchorWork;
use store::log::Published;
use store::{Error, Store};
use timestamp::Token;
use tokio::task::JoinSet;
use truth_kernel::region::LogOrigin;
use truth_kernel::time::Timestamp;

use crate::authority::Authority;
use crate::backoff;
use crate::error::AnchorError;

/// How long nobody else touches work that was begun: longer than the authority and the bucket may take together.
const LEASE: Duration = Duration::from_secs(30);

/// Anchors the logs of one region. Clones are the same anchorer; any number of them, anywhere, may run at once.
#[derive(Clone, Debug)]
pub struct Anchorer {
    store: Store,
    pub(crate) bucket: Bucket,
    pub(crate) authority: Authority,
    clock: Clock,
    interval: Duration,
}

/// A verified token over a checkpoint's note, and the time in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamped {
    /// The token.
    pub token: Token,
    /// Its `genTime`.
    pub time: Timestamp,
}

impl Anchorer {
    /// Anchors with the store as `fn_anchorer`, once a minute.
    pub const fn new(store: Store, bucket: Bucket, authority: Authority, clock: Clock) -> Self {
        Self { store, bucket, authority, clock, interval: Duration::from_mins(1) }
    }

    /// With another time between two anchors of a log.
    #[must_use]
    pub fn with_interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// One run over all logs at once. Answers with the checkpoints anchored. A failure of the authority or the bucket is noted; only one
    /// of the database ends in an error.
    pub async fn run(&self) -> Result<u64, Error> {
        let mut running = JoinSet::new();
        for log in self.store.begin_system().await?.logs().all().await? {
            let anchorer = self.clone();
            running.spawn(async move { anchorer.anchor(&log.origin).await.map(u64::from) });
        }
        running.join_all().await.into_iter().sum()
    }

    /// One run over one log; whether it anchored a checkpoint.
    pub async fn anchor(&self, origin: &LogOrigin) -> Result<bool, Error> {
        let Some(work) = self.begin(origin).await? else { return Ok(false) };
        match self.stamped_copy(&work.checkpoint).await {
            Ok(stamped) => self.record(&work.checkpoint, &stamped).await.map(|()| true),
            Err(error) => self.note_failure(&work, &error).await.map(|()| false),
        }
    }

    /// Step one: the checkpoint that is to be anchored now, if any. A crash from here on leaves it for whoever comes after the lease.
    pub async fn begin(&self, origin: &LogOrigin) -> Result<Option<AnchorWork>, Error> {
        let mut tx = self.store.begin_system().await?;
        let work = tx.begin_anchor(origin, self.clock.now(), self.after(LEASE)).await?;
        tx.commit().await?;
        Ok(work)
    }

    /// Steps two and three. A token that an earlier attempt has left in the bucket is taken instead of a new one.
    async fn stamped_copy(&self, checkpoint: &Published) -> Result<Stamped, AnchorError> {
        let stamped = match self.find_copy(checkpoint).await? {
            Some(stamped) => stamped,
            None => self.stamp(checkpoint).await?,
        };
        self.copy(checkpoint, stamped).await
    }

    /// Step two: a new token of the authority, verified.
    pub async fn stamp(&self, checkpoint: &Published) -> Result<Stamped, AnchorError> {
        let nonce = u64::from_be_bytes(Random::system().bytes());
        self.authority.stamp(checkpoint.note.as_bytes(), nonce, &self.clock).await
    }

    /// Step four: token, cursor and state in one transaction.
    pub async fn record(&self, checkpoint: &Published, stamped: &Stamped) -> Result<(), Error> {
        let mut tx = self.store.begin_system().await?;
        let token = stamped.token.as_der();
        tx.record_anchor(checkpoint, stamped.time, token, self.after(self.interval)).await?;
        tx.commit().await?;
        tracing::info!(
            log.origin = checkpoint.origin.as_str(),
            checkpoint.size = checkpoint.size,
            anchor.time = %stamped.time,
            "anchored"
        );
        Ok(())
    }

    async fn note_failure(&self, work: &AnchorWork, error: &AnchorError) -> Result<(), Error> {
        let checkpoint = &work.checkpoint;
        let mut tx = self.store.begin_system().await?;
        let newest = tx.logs().newest_anchor(&checkpoint.origin).await?;
        tx.record_anchor_failure(checkpoint, error.kind(), self.after(backoff::pause(work.failures))).await?;
        tx.commit().await?;
        let age = newest.map(|anchor| (self.clock.now().millis() - anchor.time.millis()) / 1000);
        tracing::warn!(
            error = %error,
            log.origin = checkpoint.origin.as_str(),
            checkpoint.size = checkpoint.size,
            failures = work.failures + 1,
            anchor.age_seconds = age,
            "not anchored"
        );
        Ok(())
    }

    fn after(&self, pause: Duration) -> Timestamp {
        let pause = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millis(self.clock.now().millis().saturating_add(pause))
    }
}
