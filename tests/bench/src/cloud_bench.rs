//! The cloud part: events through Google's emulator of Pub/Sub, with the clients of Google Cloud and fakes of Cloud Storage and `BigQuery`,
//! from each 201 until its row is in the warehouse.

use std::time::{Duration, Instant};

use cloud_tests::bigquery::{DATASET, FakeBigQuery, PROJECT};
use cloud_tests::emulator::Emulator;
use cloud_tests::fake::storage::{BUCKET, FakeStorage};
use cloud_tests::issuer::{ACCOUNT, AUDIENCE, ISSUER, Issuer};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::Failure;
use crate::client::Client;
use crate::keys::Keys;
use crate::machine::Machine;
use crate::proofs_bench::provable::{event, id};
use crate::report::{Bar, Figure, print_figures};
use crate::rounds::Plan;
use crate::serving::{Serving, listen};
use crate::stage::Stage;
use crate::times::{Times, in_millis};

/// Events per second.
const RATE: u32 = 200;
/// How long the last event may take to its row.
const PATIENCE: Duration = Duration::from_secs(30);

/// Prints how long an event takes to its row.
pub async fn run(machine: &Machine, plan: Plan) -> Result<(), Failure> {
    let Some(emulator) = Emulator::start("bench_cloud").await else { return Ok(()) };
    let stage = Stage::prepare(machine, "cloud").await?;
    let (storage, warehouse) = (FakeStorage::start().await, FakeBigQuery::start("europe-west1").await);
    let serving = start(&stage, &emulator, &storage, &warehouse).await?;
    let client = Client::new(&serving.url);
    let keys = Keys::make(&stage).await?;
    let seconds = u32::try_from(plan.time.as_secs().max(1))? * 4;
    let answered = load(&client, &keys, RATE * seconds).await?;
    let times = until_told(&warehouse, answered).await?;
    serving.stop().await?;
    let figure = |what: &str, time, bar| {
        Figure::plain(format!("from 201 to the warehouse at {RATE}/s, {what}"), in_millis(time), "ms", bar)
    };
    print_figures(&[
        figure("median", times.median(), Bar::Ceiling(1500.0, "ms")),
        figure("p99", times.p99(), Bar::Told),
    ]);
    Ok(())
}

/// The functions on the way, wired to Google Cloud; pushes get their tokens from the pusher.
async fn start(
    stage: &Stage,
    emulator: &Emulator,
    storage: &FakeStorage,
    warehouse: &FakeBigQuery,
) -> Result<Serving, Failure> {
    let ((listener, url), issuer) = (listen().await?, Issuer::start().await);
    let (seal, published) = (emulator.topic().await, emulator.topic().await);
    let google = [
        ("SEAL_TOPIC", seal.to_string()),
        ("PUBLISHED_TOPIC", published.to_string()),
        ("PUBSUB_ENDPOINT", emulator.url().to_owned()),
        ("BUCKET", format!("gs://{BUCKET}")),
        ("STORAGE_ENDPOINT", storage.server.url().to_owned()),
        ("WAREHOUSE", format!("projects/{PROJECT}/datasets/{DATASET}")),
        ("BIGQUERY_URL", warehouse.url().to_owned()),
        ("PUSH_AUDIENCE", AUDIENCE.to_owned()),
        ("PUSH_SERVICE_ACCOUNTS", ACCOUNT.to_owned()),
        ("PUSH_ISSUER", ISSUER.to_owned()),
        ("PUSH_JWKS_URL", issuer.keys_url().to_owned()),
    ];
    let environment = |role| {
        let wired = google.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        stage.environment(role, &url).into_iter().chain(wired).collect()
    };
    let functions = vec![
        ledger_writer::start(environment("fn_ledger_writer")).await?,
        proof_batcher::start(environment("fn_proof_batcher")).await?,
        analytics::start(environment("fn_analytics")).await?,
    ];
    emulator.subscribe(&seal, &issuer.pusher(format!("{url}/push/seal"), 1).await, None).await;
    emulator.subscribe(&published, &issuer.pusher(format!("{url}/push/analyze"), 1).await, None).await;
    Serving::serve(listener, url, functions)
}

/// Posts events at a steady rate; the id of each, and when it was answered.
async fn load(client: &Client, keys: &Keys, count: u32) -> Result<Vec<(String, Instant)>, Failure> {
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / RATE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut posting = JoinSet::new();
    for number in 0..count as usize {
        ticks.tick().await;
        let (client, key) = (client.clone(), keys.in_turn(number).to_owned());
        posting.spawn(async move {
            let receipt = client.post("/api/v1/events", &key, event(number), 201).await?;
            Ok::<_, Failure>((id(&receipt)?, Instant::now()))
        });
    }
    posting.join_all().await.into_iter().collect()
}

/// Waits until each event has its row; how long each took.
async fn until_told(warehouse: &FakeBigQuery, answered: Vec<(String, Instant)>) -> Result<Times, Failure> {
    let began = Instant::now();
    loop {
        let arrivals = warehouse.arrivals("facts");
        let took =
            |(id, answered): &(String, Instant)| arrivals.get(id).map(|at| at.saturating_duration_since(*answered));
        if let Some(times) = answered.iter().map(took).collect::<Option<Vec<_>>>() {
            return Times::of(times);
        }
        if began.elapsed() > PATIENCE {
            return Err(format!("{} of {} events have a row", arrivals.len(), answered.len()).into());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
