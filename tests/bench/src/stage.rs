//! A region to measure: its database in the machine's cluster, its bucket and keys in a folder beside it.

use local::folder::RegionFolder;
use proof_batcher::Sealer;
use store::append::Appender;
use test_support::{DOMAIN, RECEIPT_KEY, TestRegion};
use tokio::task::JoinSet;

use crate::Failure;
use crate::load::Caller;
use crate::machine::Machine;
use crate::store_bench::workload::{Manners, Workload};

/// Callers that fill a log.
const CALLERS: usize = 256;

/// A region with organizations, ready to serve.
#[derive(Debug)]
pub struct Stage {
    /// Its database.
    pub region: TestRegion,
    /// Its organizations, and what they append.
    pub workload: Workload,
    /// Its bucket and keys.
    pub folder: RegionFolder,
    /// The vkeys of its logs and receipts.
    pub keys: Vec<String>,
}

impl Stage {
    /// A region without events; `name` tells its folder from those of others.
    pub async fn prepare(machine: &Machine, name: &str) -> Result<Self, Failure> {
        let region = TestRegion::within(machine.cluster).await;
        let code = TestRegion::founding().region;
        let folder = RegionFolder::prepare(&machine.cluster.data_dir().with_file_name(name), &code)?;
        let keys = folder.verifier_keys(DOMAIN, &code)?;
        Ok(Self { workload: Workload::new(&region).await?, region, folder, keys })
    }

    /// A region with so many events in its log.
    pub async fn filled(machine: &Machine, events: usize) -> Result<Self, Failure> {
        let stage = Self::prepare(machine, "log").await?;
        let appending = std::time::Instant::now();
        stage.append(events).await?;
        let sealing = std::time::Instant::now();
        let sealed = stage.sealer().await?.run().await?;
        println!(
            "\nA log of {sealed} leaves: appended in {:.1} s, sealed in {:.1} s",
            (sealing - appending).as_secs_f64(),
            sealing.elapsed().as_secs_f64()
        );
        Ok(stage)
    }

    /// Appends at least so many events, as many of each caller.
    pub async fn append(&self, events: usize) -> Result<(), Failure> {
        let store = self.region.store("fn_ledger_writer");
        let appender = Appender::start(&store, self.region.vault("fn_ledger_writer"), RECEIPT_KEY);
        let mut appending = JoinSet::new();
        for _ in 0..CALLERS {
            let mut caller = self.workload.caller(appender.clone(), Manners::Good);
            appending.spawn(async move {
                for _ in 0..events.div_ceil(CALLERS) {
                    caller.call().await?;
                }
                Ok::<_, Failure>(())
            });
        }
        while let Some(appended) = appending.join_next().await {
            appended??;
        }
        store.close().await;
        Ok(())
    }

    /// What the proof batcher seals with.
    pub async fn sealer(&self) -> Result<Sealer, Failure> {
        let bucket = cloud::bucket::Folder::open(&self.folder.bucket(), cloud::clock::Clock::System)?;
        let store = self.region.store("fn_proof_batcher");
        let mut signers = Vec::new();
        for log in store.begin_system().await?.logs().all().await? {
            let file = self.folder.checkpoint_keys().join(format!("{}.key", log.origin.parts().number));
            signers.push(cloud::signer::Signer::KeyFile(cloud::signer::from_file(&file, log.origin.as_str())?));
        }
        Ok(Sealer::new(store, cloud::bucket::Bucket::Folder(bucket), signers))
    }

    /// The environment of the function that serves as this role, in the region behind this URL.
    pub fn environment(&self, role: &str, url: &str) -> Vec<(String, String)> {
        let path = |path: &std::path::Path| path.to_string_lossy().into_owned();
        let region = TestRegion::founding().region;
        let variables = [
            ("REGION", region.to_string()),
            ("REGION_URLS", format!("{region}={url}")),
            ("DATABASE_URL", self.region.url(role)),
            ("WRAPPING_KEYS", path(self.region.wrapping_keys())),
            ("RECEIPT_KEY", path(&self.folder.receipt_key())),
            ("CHECKPOINT_KEYS", path(&self.folder.checkpoint_keys())),
            ("LOG_KEYS", self.keys.join(" ")),
            ("BUCKET", path(&self.folder.bucket())),
            ("PUSH_TOKEN_FILE", path(&self.folder.push_token())),
            ("SEAL_TOPIC", format!("{url}/push/seal")),
            ("DELIVERY_QUEUE", format!("{url}/push/deliver")),
            ("DEAD_LETTERS", path(&self.folder.dead_letters())),
        ];
        variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}
