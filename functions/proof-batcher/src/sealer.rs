//! A run: for every log of the region, finish what is left, then seal what is pending until nothing is.

use std::sync::Arc;
use std::time::Duration;

use cloud::bucket::Bucket;
use cloud::signer::Signer;
use cloud::topic::{Message, Topic};
use store::Store;
use tokio::task::JoinSet;
use truth_kernel::region::LogOrigin;
use web::telemetry::{carried, traced};

use crate::error::SealError;

/// Seals the logs of one region. Clones are the same sealer; any number of them, anywhere, may run at once.
#[derive(Clone, Debug)]
pub struct Sealer {
    pub(crate) store: Store,
    pub(crate) bucket: Bucket,
    signers: Arc<[Signer]>,
    followers: Option<Topic>,
    pub(crate) limits: Limits,
}

/// How much a run does.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Leaves that one extension adds at most: bounds its memory (some 100 bytes each) and the time that it holds the log's lock.
    pub leaves: u64,
    /// Extensions of a log within one run. Beyond them, younger events have their own nudges, and `timekeeper` sweeps.
    pub rounds: u32,
    /// Pause between two of them, so that a busy log gets a few checkpoints a second and not dozens.
    pub pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { leaves: 1 << 17, rounds: 16, pause: Duration::from_millis(250) }
    }
}

impl Sealer {
    /// Seals with the store as `fn_proof_batcher`. Each signer is named like the log whose checkpoints it signs.
    pub fn new(store: Store, bucket: Bucket, signers: Vec<Signer>) -> Self {
        Self { store, bucket, signers: signers.into(), followers: None, limits: Limits::default() }
    }

    /// With other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Tells those who follow the log of every checkpoint that it publishes.
    #[must_use]
    pub fn with_followers(mut self, followers: Option<Topic>) -> Self {
        self.followers = followers;
        self
    }

    /// One run over all logs at once. One that fails does not keep the others from being sealed. Answers with the events sealed.
    pub async fn run(&self) -> Result<u64, SealError> {
        let mut running = JoinSet::new();
        for log in self.store.begin_system().await?.logs().all().await? {
            let sealer = self.clone();
            running.spawn(carried(async move { sealer.seal(&log.origin).await }));
        }
        let sealed = running.join_all().await;
        sealed.into_iter().sum()
    }

    /// One run over one log: finishes what an earlier run left, then seals until it has looked and found nothing pending.
    pub async fn seal(&self, origin: &LogOrigin) -> Result<u64, SealError> {
        let mut sealed = 0;
        self.finish(origin).await?;
        for round in 0..self.limits.rounds {
            if round > 0 {
                tokio::time::sleep(self.limits.pause).await;
            }
            let Some(extension) = self.extend(origin).await? else { return Ok(sealed) };
            self.finish(origin).await?;
            sealed += extension.leaves;
            tracing::info!(
                log.origin = origin.as_str(),
                log.size = extension.size,
                log.leaves = extension.leaves,
                "sealed"
            );
        }
        Ok(sealed)
    }

    async fn finish(&self, origin: &LogOrigin) -> Result<(), SealError> {
        self.sign(origin).await?;
        self.publish(origin).await
    }

    /// A lost nudge costs the followers seconds: the timekeeper sweeps.
    pub(crate) async fn nudge_followers(&self) {
        if let Some(followers) = &self.followers
            && let Err(error) = followers.publish(traced(Message::nudge())).await
        {
            tracing::warn!(error = %error, "the followers of the log were not nudged");
        }
    }

    pub(crate) fn signer(&self, origin: &LogOrigin) -> Result<&Signer, SealError> {
        let of_this_log = |signer: &&Signer| signer.verifier().name() == origin.as_str();
        self.signers.iter().find(of_this_log).ok_or_else(|| SealError::NoSigner(origin.clone()))
    }
}
