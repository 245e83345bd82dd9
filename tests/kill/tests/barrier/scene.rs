//! A region whose barriers wait for a sign, and a server that crashes when told.

use std::time::Duration;

use kill::control::widen;
use kill::ground::Ground;
use kill::said::Said;
use kill::seeded::Seeded;
use kill::writer::Caller;
use private_postgres::Cluster;
use sqlx::{AssertSqlSafe, PgConnection};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

/// Nobody else's advisory lock.
const HOLD: &str = "SELECT pg_advisory_lock(42)";
const WAIT: &str = "pg_advisory_lock_shared(42), pg_advisory_unlock_shared(42)";

pub struct Scene {
    pub ground: Ground,
    cluster: &'static Cluster,
    _holder: PgConnection,
    locker: Mutex<PgConnection>,
    watcher: Mutex<PgConnection>,
}

impl Scene {
    pub async fn new(cluster: &'static Cluster) -> Self {
        let mut chance = Seeded::of_round(u64::from_be_bytes(cloud::random::Random::system().bytes()), 0);
        let ground = Ground::new(cluster, &mut chance).await;
        let mut holder = ground.region.superuser().await;
        widen(&mut holder, WAIT).await.unwrap();
        // The way back from the crash is then short enough for those who wait for a connection.
        sqlx::query("CHECKPOINT").execute(&mut holder).await.unwrap();
        sqlx::query(HOLD).execute(&mut holder).await.unwrap();
        let (locker, watcher) = (ground.region.superuser().await, ground.region.superuser().await);
        Self { ground, cluster, _holder: holder, locker: Mutex::new(locker), watcher: Mutex::new(watcher) }
    }

    /// A writer with caches of its own and two connections: one to append, one for the barrier.
    pub fn writer(&self) -> Caller {
        Caller { appender: self.ground.writer(1, 2).appender().unwrap(), load: self.ground.load.clone() }
    }

    /// Returns when so many barriers wait for the sign.
    pub async fn barrier_waits(&self, count: i64) {
        let sql = "SELECT count(*) = $1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 42 AND NOT granted";
        self.until(sql, count).await;
    }

    pub async fn is_event(&self, number: u64) {
        let digest = self.ground.load.digest(number);
        let sql = format!("SELECT $1 = 0 AND EXISTS (SELECT 1 FROM idempotency_keys WHERE digest = '{digest}')");
        self.until(&sql, 0).await;
    }

    /// Returns when the writer has called `append_v1` once more after its barrier began.
    pub async fn appended_since(&self) {
        let sql = "SELECT $1 = 0 AND EXISTS (SELECT 1 FROM pg_stat_activity a JOIN pg_stat_activity b ON b.wait_event = 'advisory'
                       WHERE a.query LIKE '%append_v1%' AND a.usename = 'fn_ledger_writer' AND a.state = 'idle'
                           AND a.query_start > b.query_start)";
        self.until(sql, 0).await;
    }

    /// Sends a draft that hangs in the middle of its append, so that its connection dies with the server while it is in use.
    pub async fn stuck_in_append(&self, writer: &Caller, number: u64) -> JoinHandle<Said> {
        let lock = "BEGIN; SELECT 1 FROM chain_heads FOR UPDATE";
        sqlx::raw_sql(lock).execute(&mut *self.locker.lock().await).await.unwrap();
        let stuck = send(writer, number);
        let sql =
            "SELECT count(*) = $1 FROM pg_stat_activity WHERE query LIKE '%append_v1%' AND wait_event_type = 'Lock'";
        self.until(sql, 1).await;
        stuck
    }

    /// Kills the server, and returns when it is back. While nobody listens, a pool goes on trying to connect.
    pub async fn crash(&self) {
        self.cluster.kill().unwrap();
        self.cluster.restart().unwrap();
        *self.watcher.lock().await = self.ground.region.superuser().await;
    }

    pub async fn has(&self, number: u64) -> bool {
        let digest = self.ground.load.digest(number);
        self.ask(&format!("SELECT $1 = 0 AND EXISTS (SELECT 1 FROM idempotency_keys WHERE digest = '{digest}')"), 0)
            .await
    }

    pub async fn has_data_key(&self) -> bool {
        self.ask("SELECT count(*) > $1 FROM data_keys", 0).await
    }

    async fn until(&self, sql: &str, argument: i64) {
        while !self.ask(sql, argument).await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    async fn ask(&self, sql: &str, argument: i64) -> bool {
        let mut watcher = self.watcher.lock().await;
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).bind(argument).fetch_one(&mut *watcher).await.unwrap()
    }
}

/// Sends a draft; those whose numbers are multiples of 60 are of one organization, without claim and subject.
pub fn send(writer: &Caller, number: u64) -> JoinHandle<Said> {
    let writer = writer.clone();
    tokio::spawn(async move { writer.once(number).await.unwrap() })
}

/// Sends a draft until it is acknowledged.
pub async fn insist(writer: &Caller, number: u64) {
    while !writer.once(number).await.unwrap().is_acknowledgement() {}
}
