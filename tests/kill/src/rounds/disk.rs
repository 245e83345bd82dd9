//! A disk that is full, and has room again.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use private_postgres::{Cluster, Settings};

use super::{Plan, acknowledges};
use crate::check::{Tally, check};
use crate::child::Child;
use crate::{Failure, ground};

/// Room for a cluster and a little more.
const SIZE: &str = "size=320m,mode=0755";
/// Answers that a writer must give when there is room again.
const GOES_ON: usize = 50;

/// Fills the disk under load until appends fail, and makes room.
pub async fn run(plan: &Plan) -> Result<Tally, Failure> {
    let Some(disk) = SmallDisk::mount(&private_postgres::state_dir()?.join("small-disk"))? else {
        println!("disk: skipped, no file system can be mounted here");
        return Ok(Tally::default());
    };
    let settings = ground::settings(Settings::kept(disk.0.join("cluster")))
        .set("max_wal_size", "64MB")
        .set("min_wal_size", "32MB");
    let cluster = ground::start(&settings)?;
    let tally = rounds(plan, cluster, &disk).await;
    // Its guard would find the disk gone.
    cluster.stop(private_postgres::Shutdown::Immediate)?;
    tally
}

async fn rounds(plan: &Plan, cluster: &'static Cluster, disk: &SmallDisk) -> Result<Tally, Failure> {
    plan.run(cluster, async |ground, chance| {
        let writer = ground.writer(64, chance.pick(&[1, 2, 4]));
        let mut child = Child::start(&plan.program, "be-writer", &writer.arguments())?;
        child.hear(50, acknowledges).await?;
        let ballast = disk.fill()?;
        child.hear(20, |line| line.starts_with("unknown ")).await?;
        chance.pause(Duration::from_millis(300)).await;
        child.catch_up();
        drop(ballast);
        // A server that could not write its log gives up when it cannot even recover; whoever makes room starts it again.
        tokio::time::sleep(Duration::from_millis(100)).await;
        if !cluster.is_running() {
            cluster.restart()?;
        }
        child.hear(GOES_ON, acknowledges).await?;
        let said = child.kill().await?;
        check(ground, &writer, &said).await
    })
    .await
}

/// A file system in memory.
#[derive(Debug)]
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// None where it is not allowed.
    fn mount(parent: &Path) -> Result<Option<Self>, Failure> {
        let folder = parent.with_file_name(format!("small-disk-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", SIZE, "tmpfs"]).arg(&folder).output();
        if mount.is_ok_and(|output| output.status.success()) {
            return Ok(Some(Self(folder)));
        }
        fs::remove_dir(&folder)?;
        Ok(None)
    }

    /// Takes all its room until the answer is dropped.
    fn fill(&self) -> Result<Ballast, Failure> {
        let path = self.0.join("ballast");
        let mut file = File::create(&path)?;
        let ballast = Ballast(path);
        for block in [1 << 20, 1 << 12] {
            while file.write_all(&vec![1; block]).is_ok() {}
        }
        Ok(ballast)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: the guard of the cluster may still stand in it.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
        let _ = fs::remove_dir(&self.0);
    }
}

/// What fills the disk.
struct Ballast(PathBuf);

impl Drop for Ballast {
    fn drop(&mut self) {
        // A ballast that stays fails the round that waits for room.
        let _ = fs::remove_file(&self.0);
    }
}
