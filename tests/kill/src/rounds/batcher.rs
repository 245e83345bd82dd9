//! `kill -9` of the batcher, between any two steps or anywhere, alone or together with the server.

use std::path::{Path, PathBuf};
use std::time::Duration;

use cloud::bucket::Folder;
use cloud::clock::Clock;
use private_postgres::Cluster;
use test_support::TestRegion;

use super::{Plan, acknowledges};
use crate::batcher::{BatcherProcess, STEPS};
use crate::check::{Tally, check};
use crate::child::Child;
use crate::ground::Ground;
use crate::seeded::Seeded;
use crate::{Failure, ensure, ground, published};

/// How a batcher dies.
#[derive(Clone, Copy, Debug)]
enum Death {
    /// After so many steps.
    After(u32),
    /// At a random moment of its runs.
    Anywhere,
    /// The same, and the server with it.
    WithServer,
}

/// Kills a batcher under load; then a new one finishes.
pub async fn run(plan: &Plan) -> Result<Tally, Failure> {
    let cluster = ground::cluster()?;
    let mut bucket = BucketFolder(PathBuf::new());
    plan.run(cluster, async |ground, chance| {
        if ground.next == 0 {
            bucket = BucketFolder::new(cluster, chance)?;
        }
        let death = match chance.below(u64::from(STEPS) + 7) {
            6..=9 => Death::Anywhere,
            10..=12 => Death::WithServer,
            steps => Death::After(u32::try_from(steps)?),
        };
        round(plan, cluster, ground, chance, (death, &bucket.0))
            .await
            .map_err(|error| format!("{death:?}: {error}").into())
    })
    .await
}

async fn round(
    plan: &Plan,
    cluster: &Cluster,
    ground: &mut Ground,
    chance: &mut Seeded,
    (death, bucket): (Death, &Path),
) -> Result<Tally, Failure> {
    let writer = ground.writer(16, 2);
    let mut load = Child::start(&plan.program, "be-writer", &writer.arguments())?;
    load.hear(50 + usize::try_from(chance.below(200))?, acknowledges).await?;
    let steps = match death {
        Death::After(steps) => Some(steps),
        Death::Anywhere | Death::WithServer => None,
    };
    let process = BatcherProcess { url: ground.region.url("fn_proof_batcher"), bucket: bucket.to_owned(), steps };
    let mut child = Child::start(&plan.program, "be-batcher", &process.arguments())?;
    match death {
        Death::After(_) => child.hear(1, |line| line == "standing").await?,
        Death::Anywhere | Death::WithServer => chance.pause(Duration::from_millis(200)).await,
    }
    if let Death::WithServer = death {
        cluster.kill()?;
    }
    child.kill().await?;
    let said = load.kill().await?;
    if !cluster.is_running() {
        cluster.restart()?;
    }
    published::check(bucket, &mut ground.region.superuser().await).await?;
    let tally = check(ground, &writer, &said).await?;
    process.sealer()?.run().await?;
    let sealed = published::check(bucket, &mut ground.region.superuser().await).await?;
    ensure(sealed == ground.next, || format!("{sealed} of {} events are sealed", ground.next))?;
    crate::check::audit(ground).await?;
    Ok(tally)
}

/// A bucket that goes with this value.
struct BucketFolder(PathBuf);

impl BucketFolder {
    fn new(cluster: &Cluster, chance: &mut Seeded) -> Result<Self, Failure> {
        let folder = cluster.data_dir().with_file_name(format!("bucket-{:x}", chance.below(u64::MAX)));
        Folder::create_in(&folder, &TestRegion::founding().region, Clock::System)?;
        Ok(Self(folder))
    }
}

impl Drop for BucketFolder {
    fn drop(&mut self) {
        // It lies in the cluster's folder, which is removed at the end.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
