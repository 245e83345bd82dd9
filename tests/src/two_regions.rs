//! The two regions that the stories of one test binary share.

use std::sync::LazyLock;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::OnceCell;

use crate::log_output;
use crate::region::{Durability, Region, start};

/// A region in Europe and one in the United States, each with a cluster, bucket, keys and functions of its own.
#[derive(Debug)]
pub struct TwoRegions {
    /// `europe-west1`.
    pub eu: Region,
    /// `us-east1`.
    pub us: Region,
}

/// What the regions run on: it outlives every test, whose own runtime would take the servers with it.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    log_output::capture();
    Builder::new_multi_thread().enable_all().build().expect("a runtime")
});

/// Tells a story in the two regions, with organizations of its own, and verifies everything at its end.
pub fn tell(story: impl AsyncFnOnce(&'static TwoRegions)) {
    static REGIONS: OnceCell<TwoRegions> = OnceCell::const_new();
    block_on(async {
        let regions = REGIONS.get_or_init(TwoRegions::start).await;
        story(regions).await;
        regions.verify_everything().await;
    });
}

/// Runs a story that brings regions of its own.
pub fn block_on(story: impl Future<Output = ()>) {
    RUNTIME.block_on(story);
}

impl TwoRegions {
    /// Starts both. What they keep is deleted when the process ends, however it ends.
    pub async fn start() -> Self {
        let regions: Result<[Region; 2], _> =
            start(["europe-west1", "us-east1"], Durability::Volatile).await.try_into();
        let [eu, us] = regions.expect("two regions");
        Self { eu, us }
    }

    /// Each region and the other one.
    pub fn pairs(&self) -> [(&Region, &Region); 2] {
        [(&self.eu, &self.us), (&self.us, &self.eu)]
    }

    /// What holds at the end of every story: each region is sound in itself, and knows nothing of the other.
    pub async fn verify_everything(&self) {
        for (region, other) in self.pairs() {
            region.verify().await;
            region.knows_nothing_of(other).await;
        }
    }
}
