//! The open loop: events at a steady rate, whether or not the ones before are answered, and proofs of some of them.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::Failure;
use crate::client::Client;
use crate::keys::Keys;
use crate::rounds::Plan;
use crate::times::Times;

/// Events per second.
const RATE: usize = 1_000;
/// One of so many events is asked for.
const SAMPLED: usize = 10;
/// Bytes of the payload's description; 240 with what is around it.
const DESCRIPTION: usize = 200;

/// What the loop showed.
#[derive(Debug)]
pub struct Provable {
    /// Events that did not get a 201, or no evidence in time: an open loop does not wait for a server that cannot keep up.
    pub failed: u32,
    /// Answers per second.
    pub per_second: f64,
    /// From sending an event to its 201.
    pub posted: Times,
    /// From the 201 of a sampled event to its evidence.
    pub proven: Times,
}

/// Runs for four times as long as a contestant of a round.
pub async fn load(client: &Client, keys: &Keys, plan: Plan) -> Result<Provable, Failure> {
    let count = RATE * usize::try_from(plan.time.as_secs().max(1))? * 4;
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / u32::try_from(RATE)?);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut running = JoinSet::new();
    let began = Instant::now();
    for number in 0..count {
        ticks.tick().await;
        let (client, key) = (client.clone(), keys.in_turn(number).to_owned());
        running.spawn(async move { one(&client, &key, number).await });
    }
    let (mut posted, mut proven, mut last, mut failed) = (Vec::new(), Vec::new(), began, 0);
    while let Some(one) = running.join_next().await {
        match one? {
            Ok(one) => {
                last = last.max(one.answered);
                posted.push(one.posted);
                proven.extend(one.proven);
            }
            Err(error) => {
                if failed == 0 {
                    println!("The open loop: {error}");
                }
                failed += 1;
            }
        }
    }
    let per_second = f64::from(u32::try_from(posted.len())?) / (last - began).as_secs_f64();
    Ok(Provable { failed, per_second, posted: Times::of(posted)?, proven: Times::of(proven)? })
}

struct One {
    answered: Instant,
    posted: Duration,
    proven: Option<Duration>,
}

async fn one(client: &Client, key: &str, number: usize) -> Result<One, Failure> {
    let began = Instant::now();
    let receipt = client.post("/api/v1/events", key, event(number), 201).await?;
    let answered = Instant::now();
    let posted = answered - began;
    if !number.is_multiple_of(SAMPLED) {
        return Ok(One { answered, posted, proven: None });
    }
    client.get(&format!("/api/v1/proofs/{}?wait=10s", id(&receipt)?), key).await?;
    Ok(One { answered, posted, proven: Some(answered.elapsed()) })
}

/// A claim of 240 bytes.
pub fn event(number: usize) -> String {
    let description = "hail ".repeat(DESCRIPTION / 5);
    json!({ "type": "claim.filed", "classification": "transactional", "tags": ["claim"], "claim_id": format!("P-{number}"),
            "payload": { "amount": "1200.50", "description": description } })
    .to_string()
}

/// The id of the event that a receipt is for.
pub fn id(receipt: &[u8]) -> Result<String, Failure> {
    let receipt: Value = serde_json::from_slice(receipt)?;
    let header: Value = serde_json::from_str(receipt["event"]["header"].as_str().ok_or("a receipt without a header")?)?;
    Ok(header["id"].as_str().ok_or("a header without an id")?.to_owned())
}
