//! `POST /push/sweep`: looks for what should have been sealed or followed by now, and nudges whoever is behind.

use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use cloud::clock::Clock;
use cloud::topic::{Message, Topic};
use store::Store;
use store::backlog::Backlog;
use truth_kernel::time::Timestamp;
use web::problem::{Problem, ProblemDocument};
use web::push::{Push, Pusher};
use web::telemetry::traced;

/// Milliseconds that an event may wait for its own nudge to work: longer than a run of the batcher under load.
const PATIENCE: i64 = 2_000;
/// Milliseconds that an attempt to tell a partner may be overdue: as long as `webhooks` waits before it queues it again.
const FORGOTTEN: i64 = 60_000;

/// What the function has at hand. Clones share everything.
#[derive(Clone, Debug)]
pub struct Timekeeper {
    /// The region's database, as `fn_timekeeper`.
    pub store: Store,
    /// The topic that the proof batcher listens to.
    pub batcher: Topic,
    /// The topic of those who follow the log, if anybody does.
    pub followers: Option<Topic>,
    /// Tells the time.
    pub clock: Clock,
    /// Who may push.
    pub pusher: Pusher,
}

impl FromRef<Timekeeper> for Pusher {
    fn from_ref(timekeeper: &Timekeeper) -> Self {
        timekeeper.pusher.clone()
    }
}

/// Make up for lost nudges.
#[utoipa::path(post, path = "/push/sweep", tag = "push", security(("push" = [])), request_body(content = Object, content_type = "application/json",
    description = "The envelope of Pub/Sub push around an empty message"), responses(
    (status = 204, description = "Whoever had to be nudged was"),
    (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn sweep(State(timekeeper): State<Timekeeper>, _tick: Push<()>) -> Result<StatusCode, Problem> {
    let mut tx = timekeeper.store.begin_system().await?;
    let (backlog, behind) = (tx.backlog().await?, tx.furthest_behind().await?);
    let now = timekeeper.clock.now();
    let forgotten = tx.overdue_deliveries(Timestamp::from_millis(now.millis() - FORGOTTEN), 1).await?;
    drop(tx);
    if is_overdue(&backlog, now) {
        tracing::info!(log.unpublished = backlog.unpublished, "the proof batcher is nudged");
        timekeeper.batcher.publish(traced(Message::nudge())).await.map_err(not_taken)?;
    }
    if let Some(followers) = timekeeper.followers.as_ref().filter(|_| behind > 0 || !forgotten.is_empty()) {
        followers.publish(traced(Message::nudge())).await.map_err(not_taken)?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Whether somebody must look: an event is older than it should be without a leaf, or a run was cut short. A nudge too many does no harm.
fn is_overdue(backlog: &Backlog, now: Timestamp) -> bool {
    let waited = backlog.oldest_pending.map(|oldest| now.millis().saturating_sub(oldest.millis()));
    backlog.unpublished > 0 || waited.is_some_and(|waited| waited >= PATIENCE)
}

fn not_taken(error: cloud::topic::PublishError) -> Problem {
    tracing::warn!(error = %error, "nobody can be nudged");
    Problem::unavailable().with_retry_after(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_waits_for_too_long_or_was_cut_short_is_overdue() {
        let now = Timestamp::from_millis(10_000);
        for (oldest_pending, unpublished, overdue) in [
            (None, 0, false),
            (Some(10_000), 0, false),
            (Some(8_001), 0, false),
            (Some(8_000), 0, true),
            (Some(0), 0, true),
            (Some(11_000), 0, false),
            (None, 1, true),
        ] {
            let backlog = Backlog { oldest_pending: oldest_pending.map(Timestamp::from_millis), unpublished };
            assert_eq!(is_overdue(&backlog, now), overdue, "{backlog:?}");
        }
    }
}
