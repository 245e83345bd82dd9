//! Proofs of random events of a large log.

use std::time::{Duration, Instant};

use sqlx::Row;
use tokio::task::JoinSet;
use truth_kernel::id::EventId;

use crate::Failure;
use crate::client::Client;
use crate::keys::Keys;
use crate::rounds::Plan;
use crate::stage::Stage;
use crate::times::Times;

/// Asks for so many proofs at a time, of other events in each round; the first fifth (keys, connections, tiles) does not count.
pub async fn ask(stage: &Stage, client: &Client, keys: &Keys, at_a_time: usize, plan: Plan) -> Result<Times, Failure> {
    let asked = plan.events.min(1_000 * plan.rounds);
    let paths = random_events(stage, keys, asked + asked / 5).await?;
    let (warm_up, measured) = paths.split_at(asked / 5);
    ask_all(client, warm_up, at_a_time).await?;
    Times::of(ask_all(client, measured, at_a_time).await?)
}

/// Paths and keys.
type Asked = (String, String);

async fn random_events(stage: &Stage, keys: &Keys, count: usize) -> Result<Vec<Asked>, Failure> {
    let sql = "SELECT id, org FROM ledger_events WHERE mode = 'test' AND chain = 'ledger' ORDER BY random() LIMIT $1";
    let count = i64::try_from(count)?;
    let rows = sqlx::query(sql).bind(count).fetch_all(&mut stage.region.superuser().await).await?;
    let asked = rows.iter().map(|row| {
        let event = EventId::from_uuid(row.get("id"));
        Ok((format!("/api/v1/proofs/{event}"), keys.of(row.get("org"))?.to_owned()))
    });
    asked.collect()
}

async fn ask_all(client: &Client, asked: &[Asked], at_a_time: usize) -> Result<Vec<Duration>, Failure> {
    let mut asking = JoinSet::new();
    for share in asked.chunks(asked.len().div_ceil(at_a_time).max(1)) {
        let (client, share) = (client.clone(), share.to_vec());
        asking.spawn(async move {
            let mut times = Vec::with_capacity(share.len());
            for (path, key) in &share {
                let began = Instant::now();
                client.get(path, key).await?;
                times.push(began.elapsed());
            }
            Ok::<_, Failure>(times)
        });
    }
    let mut times = Vec::new();
    while let Some(share) = asking.join_next().await {
        times.extend(share??);
    }
    Ok(times)
}
