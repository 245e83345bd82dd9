//! `kill -9` of the whole `PostgreSQL`.

use std::time::Duration;

use super::{Plan, acknowledges};
use crate::check::{Tally, check};
use crate::child::Child;
use crate::{Failure, ground};

/// Answers that a writer must give after its server is back.
const GOES_ON: usize = 50;

/// Kills the server under load and starts it again; the writer lives on and reconnects.
pub async fn run(plan: &Plan) -> Result<Tally, Failure> {
    let cluster = ground::cluster()?;
    plan.run(cluster, async |ground, chance| {
        let writer = ground.writer(chance.pick(&[1, 16, 64, 200]), chance.pick(&[1, 2, 4]));
        let mut child = Child::start(&plan.program, "be-writer", &writer.arguments())?;
        child.hear(100, acknowledges).await?;
        chance.pause(Duration::from_millis(150)).await;
        cluster.kill()?;
        chance.pause(Duration::from_millis(50)).await;
        child.catch_up();
        cluster.restart()?;
        child.hear(GOES_ON, acknowledges).await?;
        let said = child.kill().await?;
        check(ground, &writer, &said).await
    })
    .await
}
