//! The batcher that is killed: a run taken apart, down to each single write, or runs without end.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use cloud::bucket::{Bucket, Folder};
use cloud::clock::Clock;
use cloud::signer::Signer;
use proof_batcher::{Limits, Sealer};
use store::{Database, Store};
use test_support::{TestRegion, log_signer};
use truth_kernel::classification::Mode;

use crate::Failure;

/// Steps of a run.
pub const STEPS: u32 = 6;

/// What a batcher is told.
#[derive(Clone, Debug, Args)]
pub struct BatcherProcess {
    /// Address of the database, as the batcher's role.
    #[arg(long)]
    pub url: String,
    /// Folder of the bucket.
    #[arg(long)]
    pub bucket: PathBuf,
    /// Stands still after so many steps; without it runs again and again.
    #[arg(long)]
    pub steps: Option<u32>,
}

impl BatcherProcess {
    /// The arguments that tell it so.
    pub fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["--url".to_owned(), self.url.clone()];
        arguments.extend(["--bucket".to_owned(), self.bucket.to_string_lossy().into_owned()]);
        arguments.extend(self.steps.into_iter().flat_map(|steps| ["--steps".to_owned(), steps.to_string()]));
        arguments
    }

    /// Its sealer.
    pub fn sealer(&self) -> Result<Sealer, Failure> {
        let store = Store::open(Database::from_url(&self.url)?);
        let bucket = Bucket::Folder(Folder::open(&self.bucket, Clock::System)?);
        let signers = [Mode::Live, Mode::Test].map(|mode| Signer::KeyFile(log_signer(&TestRegion::log(mode))));
        let limits = Limits { pause: Duration::ZERO, ..Limits::default() };
        Ok(Sealer::new(store, bucket, signers.into()).with_limits(limits))
    }

    /// Seals until it is killed.
    pub async fn run(self) -> Result<(), Failure> {
        let sealer = self.sealer()?;
        let Some(steps) = self.steps else {
            loop {
                // A server that is killed beside it must not end it.
                let outcome = sealer.run().await;
                println!("run {outcome:?}");
            }
        };
        go(&sealer, steps).await?;
        println!("standing");
        std::future::pending().await
    }
}

/// The first steps of a run.
async fn go(sealer: &Sealer, steps: u32) -> Result<(), Failure> {
    let log = TestRegion::log(Mode::Test);
    let mut publication = None;
    for step in 0..steps {
        match (step, &publication) {
            (0, _) => drop(sealer.extend(&log).await?),
            (1, _) => sealer.sign(&log).await?,
            (2, _) => publication = sealer.prepare(&log).await?,
            (3, Some(publication)) => sealer.copy(publication).await?,
            (4, Some(publication)) => drop(sealer.announce(publication).await?),
            (5, Some(publication)) => sealer.record(publication).await?,
            _ => {}
        }
    }
    Ok(())
}
