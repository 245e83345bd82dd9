//! Sealing what many callers have appended meanwhile, and what each step of it takes.

use std::time::{Duration, Instant};

use sqlx::PgConnection;
use test_support::TestRegion;
use truth_kernel::classification::Mode;

use crate::Failure;
use crate::client::Client;
use crate::rounds::Plan;
use crate::stage::Stage;
use crate::times::Times;

/// An empty message in the envelope of a push.
const NUDGE: &str = r#"{"message":{"messageId":"1"},"subscription":"bench"}"#;
/// How often the database is asked whether it is published.
const PACE: Duration = Duration::from_millis(5);

/// Medians.
#[derive(Debug)]
pub struct Sealing {
    /// From the push until the database knows that the bucket serves the checkpoint.
    pub published: Duration,
    /// From the push until its answer, before which the batcher pauses and looks again.
    pub answered: Duration,
    /// What the steps take, one after the other, measured once in process.
    pub steps: Vec<(&'static str, Duration)>,
}

/// Appends and seals in a few rounds through the function, and once more step by step.
pub async fn seal(stage: &Stage, client: &Client, pending: usize, plan: Plan) -> Result<Sealing, Failure> {
    let token = std::fs::read_to_string(stage.folder.push_token())?;
    let (mut published, mut answered) = (Vec::new(), Vec::new());
    for _ in 0..plan.rounds.min(3) {
        stage.append(pending).await?;
        let mut connection = stage.region.superuser().await;
        let began = Instant::now();
        let push = async {
            client.post("/push/seal", token.trim_end(), NUDGE.to_owned(), 204).await?;
            Ok::<_, Failure>(began.elapsed())
        };
        let watch = async {
            nothing_waits(&mut connection).await?;
            Ok(began.elapsed())
        };
        let (seen, done) = tokio::try_join!(watch, push)?;
        published.push(seen);
        answered.push(done);
    }
    stage.append(pending).await?;
    Ok(Sealing {
        published: Times::of(published)?.median(),
        answered: Times::of(answered)?.median(),
        steps: steps(stage).await?,
    })
}

/// Waits until every event of the log is under the published checkpoint.
async fn nothing_waits(connection: &mut PgConnection) -> Result<(), Failure> {
    let appended: i64 = sqlx::query_scalar("SELECT sum(seq)::bigint FROM chain_heads WHERE mode = 'test'")
        .fetch_one(&mut *connection)
        .await?;
    loop {
        let published: i64 = sqlx::query_scalar("SELECT sum(published_size)::bigint FROM logs WHERE mode = 'test'")
            .fetch_one(&mut *connection)
            .await?;
        if published >= appended {
            return Ok(());
        }
        tokio::time::sleep(PACE).await;
    }
}

async fn steps(stage: &Stage) -> Result<Vec<(&'static str, Duration)>, Failure> {
    let (sealer, log) = (stage.sealer().await?, TestRegion::log(Mode::Test));
    let mut at = vec![Instant::now()];
    sealer.extend(&log).await?;
    at.push(Instant::now());
    sealer.sign(&log).await?;
    at.push(Instant::now());
    let publication = sealer.prepare(&log).await?.ok_or("nothing to publish")?;
    sealer.copy(&publication).await?;
    at.push(Instant::now());
    sealer.announce(&publication).await?;
    sealer.record(&publication).await?;
    at.push(Instant::now());
    let names = ["of which extend", "of which sign", "of which copy to the bucket", "of which announce"];
    Ok(names.into_iter().zip(at.windows(2).map(|pair| pair[1] - pair[0])).collect())
}
