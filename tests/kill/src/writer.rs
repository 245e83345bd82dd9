//! The process that is killed: an appender with many callers, who say what became of their drafts.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clap::Args;
use cloud::key_wrapper::{Folder, KeyWrapper};
use cloud::random::Random;
use store::append::{AppendError, Appender, Outcome};
use store::vault::Vault;
use store::{Database, Store};
use test_support::receipt_signer;
use tokio::task::JoinSet;
use truth_kernel::id::OrgId;

use crate::Failure;
use crate::load::Load;
use crate::said::Said;

/// What a writer is told.
#[derive(Clone, Debug, Args)]
pub struct Writer {
    /// Address of the database, as the ledger writer's role.
    #[arg(long)]
    pub url: String,
    /// Folder of the wrapping keys.
    #[arg(long)]
    pub keys: PathBuf,
    /// The region's seed.
    #[arg(long)]
    pub seed: u64,
    /// Organizations, in turn.
    #[arg(long = "org")]
    pub orgs: Vec<OrgId>,
    /// Number of the first draft.
    #[arg(long)]
    pub first: u64,
    /// Callers at once.
    #[arg(long)]
    pub callers: u64,
    /// Connections at most.
    #[arg(long)]
    pub connections: u32,
}

impl Writer {
    /// The arguments that tell it so.
    pub fn arguments(&self) -> Vec<String> {
        let pairs = [
            ("--url", self.url.clone()),
            ("--keys", self.keys.to_string_lossy().into_owned()),
            ("--seed", self.seed.to_string()),
            ("--first", self.first.to_string()),
            ("--callers", self.callers.to_string()),
            ("--connections", self.connections.to_string()),
        ];
        let orgs = self.orgs.iter().map(|org| ("--org", org.to_string()));
        pairs.into_iter().chain(orgs).flat_map(|(name, value)| [name.to_owned(), value]).collect()
    }

    /// The appender that it runs.
    pub fn appender(&self) -> Result<Appender, Failure> {
        let store = || Ok::<_, Failure>(Store::open(Database::from_url(&self.url)?.connections(self.connections)));
        let vault = Vault::new(store()?, KeyWrapper::Folder(Folder::open(&self.keys, Random::system())?));
        Ok(Appender::start(&store()?, vault, &receipt_signer().verifier().to_string()))
    }

    /// Appends until it is killed.
    pub async fn run(self) -> Result<(), Failure> {
        let appender = self.appender()?;
        let load = Load { seed: self.seed, orgs: self.orgs };
        let next = Arc::new(AtomicU64::new(self.first));
        let mut callers = JoinSet::new();
        for _ in 0..self.callers {
            let caller = Caller { appender: appender.clone(), load: load.clone() };
            let next = Arc::clone(&next);
            callers.spawn(async move {
                loop {
                    caller.send(next.fetch_add(1, Ordering::Relaxed)).await?;
                }
            });
        }
        callers.join_next().await.unwrap_or(Ok(Ok(())))?
    }
}

/// One that calls the appender.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The appender.
    pub appender: Appender,
    /// The drafts.
    pub load: Load,
}

impl Caller {
    /// Sends a draft until it is answered for; every eighth one twice at the same time.
    async fn send(&self, number: u64) -> Result<(), Failure> {
        if number.is_multiple_of(8) {
            tokio::try_join!(self.insist(number), self.insist(number)).map(|_| ())
        } else {
            self.insist(number).await
        }
    }

    async fn insist(&self, number: u64) -> Result<(), Failure> {
        loop {
            let said = self.once(number).await?;
            println!("{said}");
            if said.is_acknowledgement() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Sends a draft once.
    pub async fn once(&self, number: u64) -> Result<Said, Failure> {
        Ok(match self.appender.append(self.load.draft(number)?).await {
            Ok(Outcome::Appended(event)) => {
                Said::Appended { number, event: event.header.id, seq: event.header.seq, hash: event.hash }
            }
            Ok(Outcome::Replayed(event)) => Said::Replayed { number, event },
            Ok(Outcome::Stale) => Said::Unknown { number, reason: "stale".to_owned() },
            Err(AppendError::Unknown(reason)) => Said::Unknown { number, reason },
            Err(AppendError::Refused(error)) if error.is_transient() => {
                Said::Unknown { number, reason: error.to_string() }
            }
            Err(AppendError::Refused(error)) => Said::Refused { number, reason: error.to_string() },
        })
    }
}
