//! What a part is tried on: a durable cluster of its own, and regions in it.

use std::path::PathBuf;

use private_postgres::{Cluster, Settings};
use test_support::TestRegion;
use truth_kernel::id::OrgId;

use crate::Failure;
use crate::load::Load;
use crate::seeded::Seeded;
use crate::writer::Writer;

/// Organizations of a region.
const ORGS: usize = 5;

/// A durable cluster with long-lived unflushed commits: only who waits for a flush gets one.
pub fn cluster() -> Result<&'static Cluster, Failure> {
    start(&settings(Settings::scratch()))
}

/// The same in a folder of one's choice.
pub fn settings(settings: Settings) -> Settings {
    let settings = settings
        .set("wal_writer_delay", "10000ms")
        .set("wal_writer_flush_after", "1GB")
        // The WAL writer writes every whole page of WAL at once, and images of pages would fill one with each commit. They are for torn
        // pages, which the crash of a process does not leave behind.
        .set("full_page_writes", "off")
        .set("checkpoint_timeout", "30min")
        .set("autovacuum", "off")
        .set("shared_buffers", "64MB");
    // Before it recovers, a server flushes its folder: at once, or file by file, which takes seconds.
    if cfg!(target_os = "linux") { settings.set("recovery_init_sync_method", "syncfs") } else { settings }
}

/// Starts a cluster that ends with this process, however that ends.
pub fn start(settings: &Settings) -> Result<&'static Cluster, Failure> {
    Ok(Box::leak(Box::new(Cluster::start(settings)?)))
}

/// A region and its load so far.
#[derive(Debug)]
pub struct Ground {
    /// The region.
    pub region: TestRegion,
    /// The drafts.
    pub load: Load,
    /// How many of them have been events since the last check.
    pub next: u64,
    keys: PathBuf,
}

impl Ground {
    /// A fresh region.
    pub async fn new(cluster: &'static Cluster, chance: &mut Seeded) -> Self {
        let region = TestRegion::within(cluster).await;
        let mut orgs: Vec<OrgId> = Vec::new();
        for _ in 0..ORGS {
            orgs.push(region.organization().await);
        }
        let keys = cluster.data_dir().with_file_name("keys");
        Self { region, load: Load { seed: chance.below(u64::MAX), orgs }, next: 0, keys }
    }

    /// A writer that goes on where the last one ended.
    pub fn writer(&self, callers: u64, connections: u32) -> Writer {
        Writer {
            url: self.region.url("fn_ledger_writer"),
            keys: self.keys.clone(),
            seed: self.load.seed,
            orgs: self.load.orgs.clone(),
            first: self.next,
            callers,
            connections,
        }
    }
}
