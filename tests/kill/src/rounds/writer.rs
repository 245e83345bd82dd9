//! `kill -9` of the writer.

use std::time::Duration;

use super::{Plan, acknowledges};
use crate::check::{Tally, check};
use crate::child::Child;
use crate::{Failure, ground};

/// Kills the writer under load, at any moment of its life.
pub async fn run(plan: &Plan) -> Result<Tally, Failure> {
    let cluster = ground::cluster()?;
    plan.run(cluster, async |ground, chance| {
        let writer = ground.writer(chance.pick(&[1, 16, 64, 200]), chance.pick(&[1, 2, 4]));
        let mut child = Child::start(&plan.program, "be-writer", &writer.arguments())?;
        let warm = usize::try_from(chance.below(200))?;
        child.hear(warm, acknowledges).await?;
        chance.pause(Duration::from_millis(150)).await;
        let said = child.kill().await?;
        check(ground, &writer, &said).await
    })
    .await
}
