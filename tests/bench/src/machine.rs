//! What everything is measured on: one durable private cluster, and how long its disk takes to flush.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::time::{Duration, Instant};

use private_postgres::{Cluster, SUPERUSER, Settings};
use sqlx::{Connection, PgConnection};

use crate::Failure;

/// Settings that decide what a commit costs.
const TELLING: [&str; 9] = [
    "server_version",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "wal_sync_method",
    "commit_delay",
    "shared_buffers",
    "max_wal_size",
    "max_connections",
];

/// The disk under the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flush {
    /// As it is.
    Local,
    /// As a network disk: every flush takes 3 ms longer.
    Slow,
}

/// A durable private cluster, which ends with this process.
#[derive(Debug)]
pub struct Machine {
    pub cluster: &'static Cluster,
}

impl Machine {
    /// Starts the cluster; memory and checkpoints as one would set them on a server of this size.
    pub fn start() -> Result<Self, Failure> {
        let settings = Settings::scratch()
            .set("shared_buffers", "1GB")
            .set("max_wal_size", "8GB")
            .set("checkpoint_timeout", "30min")
            .set("wal_buffers", "64MB")
            .set("max_connections", "400");
        // Leaked: its guard ends it with this process, however that ends.
        Ok(Self { cluster: Box::leak(Box::new(Cluster::start(&settings)?)) })
    }

    /// Prints the settings and the measured flush.
    pub async fn describe(&self) -> Result<(), Failure> {
        let mut connection = self.superuser().await?;
        let mut settings = Vec::new();
        for name in TELLING {
            let value: String =
                sqlx::query_scalar("SELECT current_setting($1)").bind(name).fetch_one(&mut connection).await?;
            settings.push(format!("{name} = {value}"));
        }
        let cores = std::thread::available_parallelism()?;
        println!("PostgreSQL: {}", settings.join(", "));
        println!(
            "Machine: {cores} cores shared by load, ledger and database; fdatasync {:?} (median)",
            self.fdatasync()?
        );
        Ok(())
    }

    /// Makes each flush of the cluster's log as slow as told, from now on.
    pub async fn set_flush(&self, flush: Flush) -> Result<(), Failure> {
        let mut connection = self.superuser().await?;
        let changes = match flush {
            Flush::Local => ["ALTER SYSTEM RESET commit_delay", "ALTER SYSTEM RESET commit_siblings"],
            Flush::Slow => ["ALTER SYSTEM SET commit_delay = 3000", "ALTER SYSTEM SET commit_siblings = 0"],
        };
        for change in changes.into_iter().chain(["SELECT pg_reload_conf()"]) {
            sqlx::query(change).execute(&mut connection).await?;
        }
        // Backends take it up before their next command.
        tokio::time::sleep(Duration::from_millis(200)).await;
        Ok(())
    }

    async fn superuser(&self) -> Result<PgConnection, Failure> {
        Ok(PgConnection::connect(&self.cluster.url("postgres", SUPERUSER)).await?)
    }

    /// Median time of writing 8 KiB in place and waiting for the disk, in the cluster's own folder.
    fn fdatasync(&self) -> Result<Duration, Failure> {
        let path = self.cluster.data_dir().with_file_name("fdatasync");
        let mut file = File::create(&path)?;
        file.write_all(&vec![0; 1 << 20])?;
        file.sync_all()?;
        let mut times = Vec::new();
        for _ in 0..200 {
            file.seek(SeekFrom::Start(0))?;
            file.write_all(&[1; 8192])?;
            let started = Instant::now();
            file.sync_data()?;
            times.push(started.elapsed());
        }
        std::fs::remove_file(path)?;
        times.sort_unstable();
        Ok(times[times.len() / 2])
    }
}
