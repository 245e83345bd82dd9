//! The control: appends like the ledger, flushes on a connection of its own, and does not read again what it answers for.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, PgConnection};
use test_support::fresh_id;
use tokio::sync::{Mutex, MutexGuard, Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use truth_kernel::id::{EventId, OrgId};
use uuid::Uuid;

use crate::Failure;
use crate::check::Tally;
use crate::ground::Ground;

/// Events of one batch.
const BATCH: usize = 16;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running control.
#[derive(Debug)]
pub struct Control {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    acknowledged: std::sync::Mutex<Vec<Uuid>>,
    batches: AtomicUsize,
    one_more: Notify,
    /// Whether a batch is appended and not flushed.
    unflushed: watch::Sender<bool>,
    /// Held by whoever flushes, or wants no flush.
    gate: Mutex<()>,
}

/// One batch of one chain, with neither claims nor new data keys.
const APPEND: &str = "SELECT count(*) FROM append_v1(ARRAY[$1::uuid], '{test}', '{ledger}', '{1}', '{}', '{}', '{}', '{}', '{}', '{}', '{}',
    '{}', '{}', '{}', array_fill(1, ARRAY[$3]), array_fill(NULL::integer, ARRAY[$3]), $2, $2, array_fill('claim.filed'::text, ARRAY[$3]),
    array_fill('transactional'::text, ARRAY[$3]), array_fill(decode(repeat('11', 32), 'hex'), ARRAY[$3]), array_fill(NULL::bytea, ARRAY[$3]),
    array_fill($1, ARRAY[$3]), array_fill(NULL::text, ARRAY[$3]), array_fill(''::text, ARRAY[$3]), array_fill('\\x01'::bytea, ARRAY[$3]),
    'control')";

impl Control {
    /// Starts appending to the region.
    pub fn start(ground: &Ground) -> Result<Self, Failure> {
        let url = ground.region.url("fn_ledger_writer");
        let pool = || PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE).connect_lazy(&url);
        let (appending, flushing) = (pool()?, pool()?);
        let shared = Arc::new(Shared::default());
        let (org, for_task) = (ground.load.orgs[0], Arc::clone(&shared));
        let task = tokio::spawn(async move {
            loop {
                let ids: Vec<Uuid> = (0..BATCH).map(|_| *fresh_event().as_uuid()).collect();
                if append(&appending, org, &ids).await.is_ok() {
                    for_task.unflushed.send_replace(true);
                    let gate = for_task.gate.lock().await;
                    flush(&flushing).await;
                    for_task.unflushed.send_replace(false);
                    drop(gate);
                    for_task.acknowledge(ids);
                }
            }
        });
        Ok(Self { shared, task })
    }

    /// Waits for more batches to be acknowledged.
    pub async fn hear(&self, batches: usize) -> Result<(), Failure> {
        let until = self.shared.batches.load(Ordering::Acquire) + batches;
        while self.shared.batches.load(Ordering::Acquire) < until {
            timeout(PATIENCE, self.shared.one_more.notified()).await.map_err(|_| "the control hangs")?;
        }
        Ok(())
    }

    /// Waits for the moment after a batch and before its flush, which lasts as long as the answer. Chance alone would miss it wherever
    /// a flush takes long.
    pub async fn between(&self) -> Result<MutexGuard<'_, ()>, Failure> {
        let gate = self.shared.gate.lock().await;
        let mut unflushed = self.shared.unflushed.subscribe();
        timeout(PATIENCE, unflushed.wait_for(|unflushed| *unflushed)).await.map_err(|_| "the control hangs")??;
        Ok(gate)
    }

    /// Ends it and counts what it has answered for and lost.
    pub async fn stop(self, ground: &Ground) -> Result<Tally, Failure> {
        self.task.abort();
        // It was aborted: that is its end.
        let _ = self.task.await;
        let acknowledged = self.shared.acknowledged.lock().map_err(|_| "a poisoned lock")?.clone();
        let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM ledger_events WHERE id = ANY ($1)")
            .bind(&acknowledged)
            .fetch_one(&mut ground.region.superuser().await)
            .await?;
        let answered = acknowledged.len() as u64;
        Ok(Tally { rounds: 1, acknowledged: answered, lost: answered - u64::try_from(kept)?, ..Tally::default() })
    }
}

impl Shared {
    fn acknowledge(&self, ids: Vec<Uuid>) {
        if let Ok(mut acknowledged) = self.acknowledged.lock() {
            acknowledged.extend(ids);
        }
        self.batches.fetch_add(1, Ordering::Release);
        self.one_more.notify_one();
    }
}

fn fresh_event() -> EventId {
    fresh_id()
}

async fn append(pool: &PgPool, org: OrgId, ids: &[Uuid]) -> Result<(), sqlx::Error> {
    let count = i32::try_from(ids.len()).unwrap_or(i32::MAX);
    sqlx::query(APPEND).bind(org.as_uuid()).bind(ids).bind(count).execute(pool).await.map(drop)
}

/// A synchronous commit, on whichever connection works.
async fn flush(pool: &PgPool) {
    while sqlx::query("SELECT pg_logical_emit_message(true, 'barrier', '')").execute(pool).await.is_err() {}
}

/// Makes every barrier of this database wait before it flushes: `wait` is an SQL expression.
pub async fn widen(superuser: &mut PgConnection, wait: &str) -> Result<(), Failure> {
    let wrap = format!(
        "DO $do$ DECLARE types text; numbers text; BEGIN
             SELECT pg_get_function_identity_arguments(p.oid), (SELECT string_agg('$' || n, ', ') FROM generate_series(1, p.pronargs) n)
                 INTO types, numbers FROM pg_proc p WHERE proname = 'barrier_v1';
             ALTER FUNCTION barrier_v1 RENAME TO barrier_v1_at_once;
             EXECUTE format('CREATE FUNCTION barrier_v1(%s) RETURNS integer[] LANGUAGE plpgsql AS
                 ''BEGIN PERFORM {}; RETURN barrier_v1_at_once(%s); END''', types, numbers);
             GRANT EXECUTE ON FUNCTION barrier_v1 TO fn_ledger_writer;
         END $do$",
        wait.replace('\'', "''''")
    );
    sqlx::query(AssertSqlSafe(wrap)).execute(superuser).await?;
    Ok(())
}
