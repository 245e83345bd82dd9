//! `kill -9` of the one backend that has just appended: the server recovers by itself, and the writer reconnects by itself.

use std::future::ready;
use std::time::Duration;

use private_postgres::{Cluster, SUPERUSER};
use sqlx::{Connection, PgConnection};
use test_support::TestRegion;
use tokio::time::{sleep, timeout};

use super::{Plan, acknowledges};
use crate::check::{Tally, check};
use crate::child::Child;
use crate::control::{Control, widen};
use crate::{Failure, ground};

/// Answers that a writer must give after the server is back.
const GOES_ON: usize = 50;
/// How long a server may take to recover.
const PATIENCE: Duration = Duration::from_secs(30);

/// Kills the backend of the last append, in every other region with a pause before each barrier.
pub async fn run(plan: &Plan) -> Result<Tally, Failure> {
    let cluster = ground::cluster()?;
    let mut regions = 0;
    plan.run(cluster, async |ground, chance| {
        if ground.next == 0 {
            regions += 1;
            if regions % 2 == 1 {
                widen(&mut ground.region.superuser().await, "pg_sleep(0.01)").await?;
            }
        }
        let writer = ground.writer(chance.pick(&[1, 16, 64, 200]), chance.pick(&[1, 1, 2, 4]));
        let mut child = Child::start(&plan.program, "be-writer", &writer.arguments())?;
        child.hear(100, acknowledges).await?;
        chance.pause(Duration::from_millis(150)).await;
        kill_appending_backend(cluster, &ground.region, ready(Ok(()))).await?;
        chance.pause(Duration::from_millis(50)).await;
        child.catch_up();
        child.hear(GOES_ON, acknowledges).await?;
        let said = child.kill().await?;
        check(ground, &writer, &said).await
    })
    .await
}

/// The same harm to who does not read again: what it lost, which must be something or the part proves nothing.
pub async fn run_control(plan: &Plan) -> Result<Tally, Failure> {
    let cluster = ground::cluster()?;
    plan.run(cluster, async |ground, chance| {
        let control = Control::start(ground)?;
        control.hear(20).await?;
        chance.pause(Duration::from_millis(100)).await;
        kill_appending_backend(cluster, &ground.region, control.between()).await?;
        control.hear(20).await?;
        control.stop(ground).await
    })
    .await
}

/// Kills the backend that ran the newest append of this database when the moment has come, and returns when the server has ended all
/// others and recovered: until it has noticed, the other backends go on answering, and what is heard then says nothing of the time after.
async fn kill_appending_backend<T>(
    cluster: &Cluster,
    region: &TestRegion,
    moment: impl Future<Output = Result<T, Failure>>,
) -> Result<(), Failure> {
    let mut superuser = region.superuser().await;
    let backend = appending_backend(&mut superuser).await?;
    let _moment = moment.await?;
    cluster.kill_backend(backend)?;
    timeout(PATIENCE, async {
        while sqlx::query("SELECT 1").execute(&mut superuser).await.is_ok() {
            sleep(Duration::from_millis(1)).await;
        }
        while PgConnection::connect(&region.url(SUPERUSER)).await.is_err() {
            sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .map_err(|_| "the server did not recover from the death of a backend".into())
}

async fn appending_backend(superuser: &mut PgConnection) -> Result<u32, Failure> {
    for _ in 0..1000 {
        let backend: Option<i32> = sqlx::query_scalar(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename = 'fn_ledger_writer'
                 AND query LIKE '%append_%v1%' ORDER BY query_start DESC LIMIT 1",
        )
        .fetch_optional(&mut *superuser)
        .await?;
        if let Some(backend) = backend {
            return Ok(u32::try_from(backend)?);
        }
        sleep(Duration::from_millis(1)).await;
    }
    Err("nobody appends".into())
}
